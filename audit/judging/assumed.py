"""Assumed: what a plan takes for true of groups that nobody has counted yet, as comparisons of a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from audit.counts.counts import joined
from audit.errors import DataError
from audit.metrics import METRICS, Rate
from audit.policy import Policy, Rule
from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios, Shares
from audit.stats.ranges import max_gap, min_ratio
from audit.wording import known_names

Array = NDArray[np.float64]
#: The rates that are taken for true: by attribute and metric, then by group.
Rates = Mapping[tuple[str, str], Mapping[str, float]]
EXTREMES = {"max_gap": max_gap, "min_ratio": min_ratio}
_POSITIVES, _NEGATIVES = frozenset({"tp", "fn"}), frozenset({"fp", "tn"})
_SELECTED, _REJECTED = frozenset({"tp", "fp"}), frozenset({"fn", "tn"})


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What is assumed of the data: true rates, and of each group its share of the records and its base rate.

    Without `shares` all groups are of one size. `records` is how many there will be in all, None if that is open.
    """

    rates: Rates
    shares: Mapping[str, float] = field(default_factory=dict)
    base_rates: Mapping[str, float] = field(default_factory=dict)
    base_rate: float | None = None
    power: float = 0.8
    records: int | None = None


@dataclass(frozen=True, kw_only=True)
class Block:
    """One rule, metric and attribute: its groups in order, their shares of the records and of these in the trials.

    `compared` are the places of the groups that are compared; one stands for all where a finding is about all of them.
    `chosen` says for what the reference is chosen, `highest` or `lowest`; None if it is not chosen for its rate.
    """

    rule: Rule
    metric: Rate
    attribute: str
    groups: tuple[str, ...]
    rates: Array
    shares: Array
    parts: Array
    reference: str | None
    chosen: str | None
    compared: tuple[int, ...] = ()

    @property
    def at(self) -> int | None:
        """The place of the reference among the groups; None if it is not one of them."""
        return self.groups.index(self.reference) if self.reference in self.groups else None

    @property
    def others(self) -> tuple[int, ...]:
        """The places of all groups but the reference; one stands for all where a finding is about all of them."""
        if self.rule.compare in EXTREMES:
            return (0,)
        return tuple(place for place in range(len(self.groups)) if place != self.at)

    def contrast(self, records: float) -> Contrast:
        """The comparison of the groups, if their rates are true and there are so many records in all."""
        n = records * self.shares * self.parts
        x = n * self.rates
        if self.rule.compare in EXTREMES:
            return EXTREMES[self.rule.compare](x, n)
        of = list(self.compared)
        if self.rule.compare == "value":
            return Shares(x=x[of], n=n[of])
        within = None
        if self.at is None:
            n2 = n.sum() - n[of]
            x2 = np.clip(x.sum() - x[of], 0.0, n2)  # beyond the ends by rounding alone
            within = n[of] / n.sum() if self.reference == "everyone" else None
        else:
            x2, n2 = np.full(len(of), x[self.at]), np.full(len(of), n[self.at])
        build = ShareRatios if self.rule.compare == "ratio" else ShareDifferences
        return build(x1=x[of], n1=n[of], x2=x2, n2=n2, within=within)


@dataclass(frozen=True, kw_only=True)
class Unplanned:
    """A comparison that is left out of the plan, and why. `counts`: the audit's correction counts it all the same."""

    why: str
    counts: bool


def blocks(policy: Policy, assumed: Assumed) -> tuple[list[Block], list[Unplanned]]:
    """The comparisons that can be planned, and why others cannot; DataError with every mistake."""
    found: list[Block] = []
    left: list[Unplanned] = []
    problems: list[str] = []
    for rule in policy.rules:
        for attributes in rule.of:
            for metric in rule.metrics:
                said = f"{rule.id}, {metric} by {joined(attributes)}: "
                try:
                    block = _block(rule, metric, attributes, policy, assumed)
                except _NotPlannedError as why:
                    left.append(Unplanned(why=f"{said}{why}", counts=rule.judge == "interval"))
                except DataError as error:
                    problems += error.problems
                else:
                    found += [block] if block.compared else []
                    left += [Unplanned(why=said + why, counts=False) for why in _undefined(block)]
    named = {group for rates in assumed.rates.values() for group in rates}
    strange = [group for group in (*assumed.shares, *assumed.base_rates) if group not in named]
    problems += [known_names("rate of the group", group, sorted(named)) for group in strange]
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    if not found:
        raise DataError(["nothing can be planned", *(one.why for one in left)])
    return found, left


def _undefined(block: Block) -> list[str]:
    """Why some comparisons have no value at these rates: an audit could not compute them either."""
    left = [block.groups[place] for place in block.others if place not in block.compared]
    if left and block.rule.compare in EXTREMES:
        return ["all rates are 0, and no ratio of them can be formed."]
    if left and block.at is not None:
        return [f"the rate of {block.reference} is 0, and no ratio to it can be formed."]
    return [f"the rate of those compared with {group} is 0, and no ratio to it can be formed." for group in left]


class _NotPlannedError(Exception):
    """A comparison that is left out of the plan, and why."""


def _block(rule: Rule, metric: str, attributes: tuple[str, ...], policy: Policy, assumed: Assumed) -> Block:
    attribute, found = joined(attributes), METRICS[metric]
    if not rule.limited:
        raise _NotPlannedError("it sets no limit, so there is nothing to show.")
    if rule.judge != "interval":
        raise _NotPlannedError(f"judge is {rule.judge}, and a plan is for intervals.")
    if rule.decision or rule.outcome:
        raise _NotPlannedError("it is about a class, and rates are given for the decision as the data part names it.")
    if rule.given:
        raise _NotPlannedError("it compares within strata, whose sizes are not known before.")
    if rule.compare == "change":
        raise _NotPlannedError("it compares with a baseline, and how often two models differ is not known before.")
    if any(policy.attributes[name].probabilities for name in attributes):
        raise _NotPlannedError("membership is by probabilities, and what they leave open is not known before.")
    if not isinstance(found, Rate):
        raise _NotPlannedError("it is no share of records.")
    rates = assumed.rates.get((attribute, metric))
    if rates is None:
        raise _NotPlannedError("no rates were given.")
    if len(rates) < 2 and rule.compare != "value":
        raise DataError(f"the plan needs the {metric} of at least two groups of {attribute}; there is {len(rates)}")
    groups = tuple(rates)
    weights = np.array([assumed.shares.get(group, 1.0) for group in groups])
    shares = weights / weights.sum()
    kind, reference = _reference(rule, attributes, policy, rates, shares)
    block = Block(
        rule=rule,
        metric=found,
        attribute=attribute,
        groups=groups,
        rates=np.array(list(rates.values())),
        shares=shares,
        parts=np.array([_part(found, attribute, group, assumed) for group in groups]),
        reference=reference,
        chosen=kind if kind in ("highest", "lowest") else None,
    )
    block = replace(block, compared=block.others)
    known = np.isfinite(block.contrast(float(len(groups))).estimate)
    return replace(block, compared=tuple(place for place, one in zip(block.others, known, strict=True) if one))


def _reference(
    rule: Rule, attributes: tuple[str, ...], policy: Policy, rates: Mapping[str, float], shares: Array
) -> tuple[str, str | None]:
    """The kind of the reference, and its name: a group, `everyone`, `everyone else`, or none."""
    if rule.compare not in ("ratio", "difference"):
        return "", None
    reference = policy.reference_for(attributes, rule)
    groups = list(rates)
    names = {
        "overall": "everyone",
        "rest": "everyone else",
        "highest": max(groups, key=lambda group: rates[group]),
        "lowest": min(groups, key=lambda group: rates[group]),
        "largest": groups[int(np.argmax(shares))],
    }
    if reference.kind != "fixed":
        return reference.kind, names[reference.kind]
    fixed = reference.fixed if isinstance(reference.fixed, Mapping) else {}
    name = joined(tuple(fixed.values()))
    if name not in rates:
        raise DataError(f"the reference of {joined(attributes)}: {known_names('rate of the group', name, rates)}")
    return "fixed", name


def _part(metric: Rate, attribute: str, group: str, assumed: Assumed) -> float:
    """Which share of a group's records the metric is a share of."""
    among = frozenset(metric.among) - {"up", "un"}
    base = assumed.base_rates.get(group, assumed.base_rate)
    selected = assumed.rates.get((attribute, "selection_rate"), {}).get(group)
    if among in (_POSITIVES, _NEGATIVES):
        return _given(base, among == _POSITIVES, f"{metric.name} counts {metric.counted}; give their --base-rate")
    if among in (_SELECTED, _REJECTED):
        told = f"{metric.name} counts {metric.counted}; give the selection_rate of {group} among --rates"
        return _given(selected, among == _SELECTED, told)
    return 1.0


def _given(share: float | None, of_them: bool, told: str) -> float:
    if share is None or not 0 < (share if of_them else 1 - share) <= 1:
        raise DataError(f"{told}, above 0 and below 1")
    return share if of_them else 1 - share
