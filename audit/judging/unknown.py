"""What the unknown could do to the evidence: rows whose group, or whose outcome, is not known, in the worst case.

No verdict is changed by this in silence: the bounds stand beside the evidence, and only where the policy says
`groups: {unknown: bound}` does the interval that decides reach over all ways in which unknown membership could be
filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import Group, pooled
from audit.groups.measure import Measure, measure
from audit.groups.population import Population
from audit.judging.ends import End, between, extreme_between, name_of, named_ends
from audit.judging.evidence import Doubt, Evidence
from audit.judging.filling import Ends, could_belong, counted, with_outcomes, with_unknown
from audit.judging.proxy_bounds import with_proxies
from audit.judging.weigh import Weighed
from audit.judging.widened import noted, widened
from audit.metrics import OUTCOME_FREE, Rate
from audit.policy import Policy
from audit.stats.contrasts import Contrast

Array = NDArray[np.float64]
_EXTREMES = ("max_gap", "min_ratio")
_TO_ONE = ("ratio", "difference")


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

    Shares of people alone have such bounds, and not those that are compared within strata or with a baseline.
    Membership by probabilities has its own.
    """
    if proxy := people.proxies.get(attributes):
        return with_proxies(weighed, attributes, proxy, policy)
    if not weighed.places:
        return weighed
    rule, metric = weighed.evidence[0].rule, weighed.evidence[0].metric
    if not isinstance(metric, Rate) or rule.given or rule.compare == "change":
        return weighed
    case = _Case(weighed=weighed, attributes=attributes, rate=metric, people=people, policy=policy)
    for name, fill in (("unknown", _unknown), ("outcomes", _outcomes)):
        found = fill(case)
        if found is not None:
            weighed = noted(weighed, name, *found)
    return widened(weighed, "unknown") if policy.groups.unknown == "bound" else weighed


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
    """Every missing outcome turns out as it may. Not against everyone, of whom the group would be another share."""
    unlabelled = case.people.unlabelled[case.attributes]
    if not unlabelled or not case.people.has_outcome or case.rate.name in OUTCOME_FREE:
        return None
    ends = {name: with_outcomes(case.rate, group, unlabelled.get(name)) for name, group in case.groups.items()}

    def rest(name: str) -> Ends:
        others = [group for other, group in case.groups.items() if other != name]
        lacking = [group for other, group in unlabelled.items() if other != name]
        return with_outcomes(case.rate, pooled(others), pooled(lacking) if lacking else None)

    def rows(names: Sequence[str]) -> int:
        return sum(unlabelled[name].n for name in names if name in unlabelled)

    if not rows(list(case.groups)) or _kind(case) == "overall":
        return None
    return _bounded(case, ends, rest, rows)


# ---- both ----------------------------------------------------------------------------------------------------------


def _kind(case: _Case) -> str | None:
    """Whom groups are compared with; None where they are not compared with one."""
    rule = case.pieces[0].rule
    return case.policy.reference_for(case.attributes, rule).kind if rule.compare in _TO_ONE else None


_Rest = Callable[[str], Ends]
_Rows = Callable[[Sequence[str]], int]


def _bounded(case: _Case, ends: Mapping[str, Ends], rest: _Rest, rows: _Rows) -> tuple[Contrast, list[Doubt]] | None:
    compare = case.pieces[0].rule.compare
    if compare in _EXTREMES:
        return _extreme(case, ends, rows)
    if compare == "value":
        names = [name_of(piece) for piece in case.pieces]
        least = End(first=[case.measured(ends[name].least) for name in names])
        most = End(first=[case.measured(ends[name].most) for name in names])
        return between(case.weighed, (least, most), [rows([name]) for name in names], case.policy.statistics)
    kind = str(_kind(case))
    if kind in ("overall", "rest"):
        against = _whole(case, ends, rest, kind)
    else:
        shares = [{n: case.measured(getattr(one, end)) for n, one in ends.items()} for end in ("least", "most")]
        against = named_ends(case.pieces, shares[0], shares[1], kind)
    everyone = list(case.groups)
    compared = [
        everyone if kind not in ("fixed", "largest") else [name_of(piece), str(piece.reference)]
        for piece in case.pieces
    ]
    return between(case.weighed, against, [rows(names) for names in compared], case.policy.statistics)


def _whole(case: _Case, ends: Mapping[str, Ends], rest: _Rest, kind: str) -> tuple[End, End]:
    """Against everybody else, or against a whole that holds the group."""
    names = [name_of(piece) for piece in case.pieces]
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


# ---- all groups at once --------------------------------------------------------------------------------------------


def _extreme(case: _Case, ends: Mapping[str, Ends], rows: _Rows) -> tuple[Contrast, list[Doubt]] | None:
    """The largest gap or the smallest ratio, every pair reaching from one of its ends to the other."""
    names = [name for name, group in case.groups.items() if _is_judged(case, group)]
    least = [case.measured(ends[name].least) for name in names]
    most = [case.measured(ends[name].most) for name in names]
    return extreme_between(case.weighed, least, most, rows(names))


def _is_judged(case: _Case, group: Group) -> bool:
    """Was the group among those that the extreme was taken over?"""
    aside = {piece.group.name for piece in case.weighed.evidence if piece.group and not piece.judged}
    return group.name not in aside
