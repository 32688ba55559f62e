"""What the unknown could do to the evidence: rows whose group, or whose outcome, is not known, in the worst case.

No verdict is changed by this in silence: the bounds stand beside the evidence, and only where the policy says
`groups: {unknown: bound}` does the interval that decides reach over all ways in which unknown membership could be
filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.compare import effective, interval, of_shares, tail_of
from audit.ends import End, contrast_of, range_of, value_of
from audit.evidence import Doubt, Evidence
from audit.filling import Ends, could_belong, counted, with_outcomes, with_unknown
from audit.group import Group, pooled
from audit.measure import Measure, measure
from audit.metrics import Rate
from audit.policy import Policy
from audit.policy.statistics import Statistics
from audit.population import Population
from audit.stats.contrasts import Contrast
from audit.stats.equivalence import p_inside, p_outside
from audit.stats.membership import Bounded
from audit.stats.ranges import Extreme
from audit.weigh import Weighed

Array = NDArray[np.float64]
_EXTREMES = ("max_gap", "min_ratio")


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One block of evidence, and what is needed to fill in its groups."""

    weighed: Weighed
    attributes: tuple[str, ...]
    rate: Rate
    people: Population
    policy: Policy

    @property
    def pieces(self) -> list[Evidence]:
        """The evidence that was computed."""
        return [self.weighed.evidence[place] for place in self.weighed.places]

    @property
    def groups(self) -> dict[str, Group]:
        """The known groups by name."""
        return {group.name: group for group in self.people.groups[self.attributes]}

    def measured(self, group: Group) -> Measure:
        return measure(self.rate, group, sampled=self.people.sampled)


def with_doubts(weighed: Weighed, attributes: tuple[str, ...], people: Population, policy: Policy) -> Weighed:
    """The evidence with what unknown membership and missing outcomes could make of it; as it was where there are none.

    Shares of people alone have such bounds, and not those that are compared within strata.
    """
    if not weighed.places:
        return weighed
    rule, metric = weighed.evidence[0].rule, weighed.evidence[0].metric
    if not isinstance(metric, Rate) or rule.given:
        return weighed
    case = _Case(weighed=weighed, attributes=attributes, rate=metric, people=people, policy=policy)
    for name, fill in (("unknown", _unknown), ("outcomes", _outcomes)):
        found = fill(case)
        if found is not None:
            weighed = _noted(weighed, name, *found)
    return _widened(weighed) if policy.groups.unknown == "bound" else weighed


def settled(blocks: Sequence[Weighed], tails: Sequence[Array], statistics: Statistics) -> list[Weighed]:
    """The blocks with the intervals of their doubts, each at the tail at which its verdict is taken."""
    return [_settled(block, own, statistics) for block, own in zip(blocks, tails, strict=True)]


def _settled(block: Weighed, tails: Array, statistics: Statistics) -> Weighed:
    pieces = list(block.evidence)
    claimed = [pieces[place].interval.outside(pieces[place].rule.region) for place in block.places]
    at = np.where(claimed, tails, tail_of(statistics))
    for name, contrast in block.bounded.items():
        low, high = contrast.limits(at)
        for i, place in enumerate(block.places):
            doubts = pieces[place].doubts
            doubt = replace(doubts[name], interval=interval(low[i], high[i]))
            pieces[place] = replace(pieces[place], doubts={**doubts, name: doubt})
    return replace(block, evidence=tuple(pieces))


def _noted(weighed: Weighed, name: str, bounded: Contrast, doubts: Sequence[Doubt]) -> Weighed:
    pieces = list(weighed.evidence)
    for place, doubt in zip(weighed.places, doubts, strict=True):
        pieces[place] = replace(pieces[place], doubts={**pieces[place].doubts, name: doubt})
    return replace(weighed, evidence=tuple(pieces), bounded={**weighed.bounded, name: bounded})


def _widened(weighed: Weighed) -> Weighed:
    """The evidence judged by an interval that holds whoever the unknown are."""
    bounded = weighed.bounded.get("unknown")
    if bounded is None:
        return weighed
    region = weighed.evidence[0].rule.region
    limits = [None if limit is None else float(limit) for limit in (region.low, region.high)]
    beyond, within = p_outside(bounded, *limits), p_inside(bounded, *limits)
    pieces = list(weighed.evidence)
    for i, place in enumerate(weighed.places):
        known: dict[str, Any] = {"p_beyond": _known(beyond[i]), "p_within": _known(within[i])}
        doubts = pieces[place].doubts
        known["doubts"] = {**doubts, "unknown": replace(doubts["unknown"], widens=True)}
        pieces[place] = replace(pieces[place], **known)
    return replace(weighed, evidence=tuple(pieces), contrast=bounded)


def _known(p_value: float) -> float | None:
    return None if np.isnan(p_value) else float(p_value)


# ---- unknown membership --------------------------------------------------------------------------------------------


def _unknown(case: _Case) -> tuple[Contrast, list[Doubt]] | None:
    """Everybody whose group is not known is given to the groups that they could be of, in all ways."""
    unknown = case.people.unknown[case.attributes]
    if not counted(case.rate, unknown):
        return None
    ends = {name: with_unknown(case.rate, group, unknown) for name, group in case.groups.items()}
    everyone = pooled([*case.groups.values(), *unknown])

    def rest(name: str) -> Ends:
        return Ends(least=everyone.without(ends[name].most), most=everyone.without(ends[name].least))

    def rows(names: Sequence[str]) -> int:
        able = [one for one in unknown if any(could_belong(case.groups[name], one) for name in names)]
        return counted(case.rate, able)

    return _bounded(case, ends, rest, rows)


# ---- missing outcomes ----------------------------------------------------------------------------------------------


def _outcomes(case: _Case) -> tuple[Contrast, list[Doubt]] | None:
    """Every missing outcome turns out as it may."""
    unlabelled = case.people.unlabelled[case.attributes]
    if not unlabelled or not case.people.has_outcome:
        return None
    ends = {name: with_outcomes(case.rate, group, unlabelled.get(name)) for name, group in case.groups.items()}

    def rest(name: str) -> Ends:
        others = [group for other, group in case.groups.items() if other != name]
        lacking = [group for other, group in unlabelled.items() if other != name]
        return with_outcomes(case.rate, pooled(others), pooled(lacking) if lacking else None)

    def rows(names: Sequence[str]) -> int:
        return sum(unlabelled[name].n for name in names if name in unlabelled)

    if not rows(list(case.groups)):
        return None
    return _bounded(case, ends, rest, rows)


# ---- both ----------------------------------------------------------------------------------------------------------

_Rest = Callable[[str], Ends]
_Rows = Callable[[Sequence[str]], int]


def _bounded(case: _Case, ends: Mapping[str, Ends], rest: _Rest, rows: _Rows) -> tuple[Contrast, list[Doubt]] | None:
    compare = case.pieces[0].rule.compare
    if compare in _EXTREMES:
        return _extreme(case, ends, rows)
    if compare == "value":
        names = [_name(piece) for piece in case.pieces]
        least = End(first=[case.measured(ends[name].least) for name in names])
        most = End(first=[case.measured(ends[name].most) for name in names])
        return _between(case, least, most, [rows([name]) for name in names])
    kind = case.policy.reference_for(case.attributes, case.pieces[0].rule).kind
    against = _whole(case, ends, rest, kind) if kind in ("overall", "rest") else _named(case, ends, kind)
    everyone = list(case.groups)
    compared = [
        everyone if kind not in ("fixed", "largest") else [_name(piece), str(piece.reference)] for piece in case.pieces
    ]
    return _between(case, *against, [rows(names) for names in compared])


def _whole(case: _Case, ends: Mapping[str, Ends], rest: _Rest, kind: str) -> tuple[End, End]:
    """Against everybody else, or against a whole that holds the group."""
    names = [_name(piece) for piece in case.pieces]
    found = []
    for end, other in (("least", "most"), ("most", "least")):
        first = [case.measured(getattr(ends[name], end)) for name in names]
        second = [case.measured(getattr(rest(name), other)) for name in names]
        within = [_within(*pair) for pair in zip(first, second, strict=True)] if kind == "overall" else []
        found.append(End(first=first, second=second, within=within))
    return found[0], found[1]


def _within(part: Measure, rest: Measure) -> float:
    trials = [float(one.share.trials) if one.share else 0.0 for one in (part, rest)]
    return trials[0] / sum(trials) if sum(trials) else 0.0


def _named(case: _Case, ends: Mapping[str, Ends], kind: str) -> tuple[End, End]:
    """Against one group; where the data choose it, against whichever would be chosen at that end."""
    least = {name: case.measured(one.least) for name, one in ends.items()}
    most = {name: case.measured(one.most) for name, one in ends.items()}
    names = [_name(piece) for piece in case.pieces]
    judged = sorted({*names, str(case.pieces[0].reference)})

    def opponents(shares: Mapping[str, Measure]) -> list[Measure]:
        return [shares[_opponent(kind, _name(piece), piece, judged, shares)] for piece in case.pieces]

    return (
        End(first=[least[name] for name in names], second=opponents(most)),
        End(first=[most[name] for name in names], second=opponents(least)),
    )


def _opponent(kind: str, name: str, piece: Evidence, judged: Sequence[str], shares: Mapping[str, Measure]) -> str:
    """The group that would be the reference of another one, if all had these shares."""
    if kind not in ("highest", "lowest"):
        return str(piece.reference)
    best = max if kind == "highest" else min
    defined = [one for one in judged if one != name and shares[one].value is not None]
    return best(defined, key=lambda one: shares[one].value or 0)


def _between(case: _Case, least: End, most: End, rows: Sequence[int]) -> tuple[Contrast, list[Doubt]]:
    """The contrast that reaches from one end to the other, and the values at both ends."""
    compare, statistics = case.pieces[0].rule.compare, case.policy.statistics
    ends = [contrast_of(compare, end, statistics) for end in (least, most)]
    doubts = [
        Doubt(rows=n, low=value_of(compare, least, i), high=value_of(compare, most, i)) for i, n in enumerate(rows)
    ]
    return Bounded(known=case.weighed.contrast or ends[0], least=ends[0], most=ends[1]), doubts


# ---- all groups at once --------------------------------------------------------------------------------------------


def _extreme(case: _Case, ends: Mapping[str, Ends], rows: _Rows) -> tuple[Contrast, list[Doubt]] | None:
    """The largest gap or the smallest ratio, every pair reaching from one of its ends to the other."""
    known = case.weighed.contrast
    if not isinstance(known, Extreme):
        return None
    names = [name for name, group in case.groups.items() if _is_judged(case, group)]
    least = [case.measured(ends[name].least) for name in names]
    most = [case.measured(ends[name].most) for name in names]
    (x1, n1), (x2, n2) = effective(least), effective(most)
    build = of_shares("ratio" if known.kind == "ratio" else "difference", case.policy.statistics)

    def between(first: Any, second: Any) -> Contrast:
        return Bounded(
            known=known.between(first, second),
            least=build(x1=x1[first], n1=n1[first], x2=x2[second], n2=n2[second]),
            most=build(x1=x2[first], n1=n2[first], x2=x1[second], n2=n1[second]),
        )

    low, high = range_of(case.pieces[0].rule.compare, [one.value for one in least], [one.value for one in most])
    return replace(known, between=between), [Doubt(rows=rows(names), low=low, high=high)]


def _is_judged(case: _Case, group: Group) -> bool:
    """Was the group among those that the extreme was taken over?"""
    aside = {piece.group.name for piece in case.weighed.evidence if piece.group and not piece.judged}
    return group.name not in aside


def _name(piece: Evidence) -> str:
    return piece.group.name if piece.group else ""
