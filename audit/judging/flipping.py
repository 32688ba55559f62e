"""What one decision made the other way, and how many, would do to a selection rate's ratio or difference.

The Uniform Guidelines let "small numbers" speak against adverse impact (29 CFR 1607.4(D)), and their questions and
answers (44 FR 11996, question 21) try it with one person. It is said beside a finding and never changes a verdict.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from audit.counts.group import Group, pooled
from audit.groups.measure import measure
from audit.groups.population import Population
from audit.judging.evidence import Evidence, knowing
from audit.judging.weigh import Weighed
from audit.metrics import METRICS
from audit.policy import Policy
from audit.result.caveats import FlipNote
from audit.stats.flips import Table, changes_to_meet, single, swaps_to_meet
from audit.values import Region
from audit.words.caveat_words import flip_words, level_words

_METRIC = METRICS["selection_rate"]


def with_flips(weighed: Weighed, attributes: tuple[str, ...], people: Population, policy: Policy) -> Weighed:
    """The evidence with what single decisions would do to it, for selection rates of counts against another group."""
    rule = weighed.evidence[0].rule
    flipped = rule.compare == "difference" or (rule.compare == "ratio" and rule.region.low is not None)
    if not flipped or weighed.evidence[0].metric is not _METRIC or not _counts_people(weighed, attributes, people):
        return weighed
    kind = policy.reference_for(attributes, rule).kind
    if kind == "overall":  # a decision would change both sides
        return weighed
    groups = {group.name: group for group in people.groups[attributes]}
    low = policy.harm_of(_METRIC.name, rule) == "low"
    pieces = list(weighed.evidence)
    for place in weighed.places:
        pieces[place] = knowing(pieces[place], flip=_flip(pieces[place], groups, rest=kind == "rest", low=low))
    return replace(weighed, evidence=tuple(pieces))


def _counts_people(weighed: Weighed, attributes: tuple[str, ...], people: Population) -> bool:
    """Are they whole people, each of a known group, and compared as a whole?"""
    whole = not people.sampled and attributes not in people.proxies
    return whole and bool(weighed.places) and not weighed.evidence[0].rule.given


def _flip(piece: Evidence, groups: dict[str, Group], *, rest: bool, low: bool) -> FlipNote | None:
    """What single decisions would do to one comparison; `low`: a low rate is bad for a group."""
    name = piece.group.name if piece.group else ""
    other = pooled([group for one, group in groups.items() if one != name]) if rest else groups[str(piece.reference)]
    (x1, n1), (x2, n2) = _counts(groups[name]), _counts(other)
    table, region = Table(x1=x1, n1=n1, x2=x2, n2=n2), piece.rule.region
    by_ratio = piece.rule.compare == "ratio"
    one = single(table, lambda changed: _meets(changed, region, by_ratio=by_ratio))
    if one.decision is None:
        return None
    swapped = by_ratio and region.high is None and region.low is not None
    note = FlipNote(
        by_one_decision=one.decision,
        by_one_left_out=one.left_out,
        reverses=_reverses(table, region, by_ratio=by_ratio),
        changes=changes_to_meet(table, "ratio" if by_ratio else "difference", low=region.low, high=region.high),
        swaps=swaps_to_meet(table, region.low) if swapped and region.low is not None else None,
        words="",
        equalises=_equalises(table),
    )
    if piece.rule.limited:
        return replace(note, words=flip_words(note, name, str(piece.reference)))
    worse_off = (note.equalises or 0) * (1 if low else -1) > 0  # nobody is told to do worse by those who are better off
    return replace(note, words=level_words(note, name, str(piece.reference)) if worse_off else "")


def _equalises(table: Table) -> int | None:
    """How many more of the first group bring its rate to that of the second, or just beyond it; negative: fewer."""
    below, level = (table.difference or 0) < 0, Fraction(0)
    return changes_to_meet(table, "difference", low=level if below else None, high=None if below else level)


def _counts(group: Group) -> tuple[int, int]:
    """How many were selected, of how many."""
    measured = measure(_METRIC, group, sampled=False)
    return measured.hits or 0, measured.trials


def _meets(table: Table, region: Region, *, by_ratio: bool) -> bool | None:
    """Does the table meet the requirement? None if there can be no such table, or it has no value."""
    if not table.possible:
        return None
    value = table.ratio if by_ratio else table.difference
    if value is not None:
        return region.holds(value)
    without_end = by_ratio and table.n1 and table.n2 and table.x1 and region.high is None
    return True if without_end else None


def _reverses(table: Table, region: Region, *, by_ratio: bool) -> bool | None:
    """Is the value too low, and would one place given to the group and not the reference make its rate the higher?"""
    swapped, value = table.plus(x1=1, x2=-1), table.ratio if by_ratio else table.difference
    if value is None or not swapped.possible:
        return None
    too_low = region.low is not None and value < region.low
    return too_low and swapped.x1 * table.n2 > swapped.x2 * table.n1
