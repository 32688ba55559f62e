"""Evidence about groups that are known by probabilities alone, judged by an interval that holds whoever they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from audit.groups.proxied import ProxyEnds, ProxyPeople
from audit.judging.ends import End, between, extreme_between, name_of, named_ends
from audit.judging.evidence import Evidence, Guessed
from audit.judging.weigh import Weighed
from audit.judging.widened import noted, widened
from audit.metrics import Rate
from audit.policy import Policy


def with_proxies(weighed: Weighed, attributes: tuple[str, ...], people: ProxyPeople, policy: Policy) -> Weighed:
    """The evidence with its bounds over all that the members could be, which the deciding interval reaches over."""
    metric = weighed.evidence[0].metric
    if not weighed.places or not isinstance(metric, Rate):
        return weighed
    ends = {name: people.ends(metric, place) for place, name in enumerate(people.groups)}
    pieces = [weighed.evidence[place] for place in weighed.places]
    rows = [people.known] * len(pieces)
    least = {name: end.least for name, end in ends.items()}
    most = {name: end.most for name, end in ends.items()}
    compare, names = pieces[0].rule.compare, [name_of(piece) for piece in pieces]
    if compare in ("max_gap", "min_ratio"):
        judged = [name for name in ends if name not in _aside(weighed)]
        firsts, lasts = [least[name] for name in judged], [most[name] for name in judged]
        found = extreme_between(weighed, firsts, lasts, people.known)
    elif compare == "value":
        alone = End(first=[least[name] for name in names]), End(first=[most[name] for name in names])
        found = between(weighed, alone, rows, policy.statistics)
    else:
        kind = policy.reference_for(attributes, pieces[0].rule).kind
        found = between(weighed, named_ends(pieces, least, most, kind), rows, policy.statistics)
    if found is None:
        return weighed
    return _guessed(widened(noted(weighed, "proxy", *found), "proxy"), ends, people)


def _aside(weighed: Weighed) -> set[str]:
    return {piece.group.name for piece in weighed.evidence if piece.group and not piece.judged}


def _guessed(weighed: Weighed, ends: dict[str, ProxyEnds], people: ProxyPeople) -> Weighed:
    """What the same would be if everybody were of the group that is likely, for comparison."""
    pieces = list(weighed.evidence)
    for place in weighed.places:
        value = _thresholded(pieces[place], ends)
        pieces[place] = replace(pieces[place], guessed=Guessed(value=value, assigned=people.assigned))
    return replace(weighed, evidence=tuple(pieces))


def _thresholded(piece: Evidence, ends: dict[str, ProxyEnds]) -> float | None:
    shares: Sequence[float | None] = [ends[n].thresholded for n in (name_of(piece), piece.reference) if n in ends]
    if any(share is None for share in shares):
        return None
    first, *second = [share for share in shares if share is not None]
    if piece.rule.compare == "value":
        return first
    if not second:
        return None
    if piece.rule.compare in ("ratio", "min_ratio"):
        return first / second[0] if second[0] else None
    gap = first - second[0]
    return abs(gap) if piece.rule.compare == "max_gap" else gap
