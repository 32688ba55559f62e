"""Plan: how much data an audit by a policy needs, before any are collected, if the rates of the groups were these.

The same comparisons as in an audit, at the same levels, asked the other way round: not what the data show, but how many
are needed to show it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from audit.judging.adjust import strictest_tails
from audit.judging.assumed import EXTREMES, Assumed, Block, Unplanned, blocks
from audit.policy import Policy
from audit.stats.asked import Asked
from audit.stats.ranges import Extreme
from audit.stats.settle import Detectable, detectable, further

_LEAST = 2.0  # trials in the smallest group from which the search begins


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One comparison of an audit that is still to be made.

    `low` and `high` are the limits that it has to keep. `toward` is the verdict that the rates lead to, `records`
    how many records of the group it takes to reach it with the plan's power, `reference_records` how many of its
    reference, `total` how many of all groups in the planned mix. `detectable_low` and `detectable_high`: the values
    nearest to the requirement that so many records as are planned would show to miss it; with neither,
    `not_detectable` says why. Without a number of records, `reason` does.
    """

    rule: str
    metric: str
    attribute: str
    compare: str
    group: str
    reference: str | None
    rate: float
    reference_rate: float | None
    value: float | None
    require: str
    low: float | None
    high: float | None
    toward: str | None = None
    records: int | None = None
    reference_records: int | None = None
    total: int | None = None
    detectable_low: float | None = None
    detectable_high: float | None = None
    not_detectable: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanResult:
    """What an audit needs: every comparison, how many they are, and what could not be planned."""

    title: str
    power: float
    confidence: float
    correction: str
    comparisons: int
    records: int | None
    total: int | None
    planned: tuple[Planned, ...]
    notes: tuple[str, ...]
    cautions: tuple[str, ...] = ()


def plan(policy: Policy, assumed: Assumed) -> PlanResult:
    """How much data the policy's comparisons need. Raises DataError with every mistake in what is assumed."""
    asked, left = blocks(policy, assumed)
    sizes = [len(block.compared) for block in asked]
    chosen = [len(block.groups) if block.chosen else 0 for block in asked]
    tails = strictest_tails([block.rule.id for block in asked], sizes, chosen, policy.statistics)
    found = [
        one
        for block, tail in zip(asked, tails, strict=True)
        for one in _planned(block, policy, assumed, tail, sum(sizes))
    ]
    totals = [one.total for one in found]
    return PlanResult(
        title=policy.title,
        power=assumed.power,
        confidence=policy.statistics.confidence,
        correction=policy.statistics.correction,
        comparisons=sum(sizes),
        records=assumed.records,
        total=max((total for total in totals if total is not None), default=None),
        planned=tuple(found),
        notes=tuple(one.why for one in left),
        cautions=tuple(_cautions(policy, left)),
    )


def _cautions(policy: Policy, left: Sequence[Unplanned]) -> Iterator[str]:
    """What makes an audit need more than a plan of independent records that count alike."""
    if policy.data.unit:
        yield "Records are taken for those of different units; where several belong to one, more are needed."
    if policy.data.weight and policy.data.weight.kind == "sampling":
        yield "Records are taken to weigh alike; under unequal sampling weights more are needed."
    if policy.groups.unknown == "bound":
        yield "Membership is taken to be known of all; what records of unknown group could change is not planned."
    if any(one.counts for one in left) and policy.statistics.correction != "none":
        yield "Comparisons that are not planned count in the audit's correction as well, and ask for more."


def _planned(block: Block, policy: Policy, assumed: Assumed, tail: float, comparisons: int) -> Iterator[Planned]:
    start = float((_LEAST / (block.shares * block.parts)).max())
    asked = _asked(block, policy, start, tail)
    passing = further([asked], 1 - (1 - assumed.power) / comparisons)[0]
    failing = further([asked], assumed.power)[0]
    shown = detectable([_asked(block, policy, assumed.records, tail)], assumed.power)[0] if assumed.records else None
    value = asked.contrast.estimate
    for i, place in enumerate(block.compared):
        # All comparisons have to pass, so each needs more than the plan's power; one failure is enough.
        answer = passing[i] if passing[i].toward == "pass" else failing[i]
        one = replace(_bare(block, place), value=_known(value[i]), toward=answer.toward, reason=answer.reason)
        if answer.factor is not None:
            one = _sized(one, block, place, start * answer.factor)
        yield one if shown is None else _showing(one, shown[i], block.chosen)


def _showing(one: Planned, shown: Detectable, chosen: str | None) -> Planned:
    """With what the planned records would show. No group lies above the highest, nor below the lowest."""
    low, high = (None if chosen == kind else end for kind, end in (("lowest", shown.low), ("highest", shown.high)))
    none = "out_of_reach" if low is None and high is None else None
    return replace(one, detectable_low=low, detectable_high=high, not_detectable=shown.reason or none)


def _bare(block: Block, place: int) -> Planned:
    extreme = block.rule.compare in EXTREMES
    low, high = (int(np.argmin(block.rates)), int(np.argmax(block.rates))) if extreme else (place, block.at)
    reference = block.groups[high] if extreme and high is not None else block.reference
    region = block.rule.region
    return Planned(
        rule=block.rule.id,
        metric=block.metric.name,
        attribute=block.attribute,
        compare=block.rule.compare,
        group=block.groups[low],
        reference=reference,
        rate=float(block.rates[low]),
        reference_rate=None if high is None else float(block.rates[high]),
        value=None,
        require=block.rule.require,
        low=_limit(region.low),
        high=_limit(region.high),
    )


def _sized(one: Planned, block: Block, place: int, records: float) -> Planned:
    """With so many records in all, how many of them are needed of whom."""
    each = [math.ceil(records * share - 1e-6) for share in block.shares]
    one = replace(one, total=sum(each))
    if block.rule.compare in EXTREMES:
        return one
    others = None if block.reference is None else sum(each) - (0 if block.reference == "everyone" else each[place])
    return replace(one, records=each[place], reference_records=others if block.at is None else each[block.at])


def _asked(block: Block, policy: Policy, records: float, tail: float) -> Asked:
    contrast = block.contrast(records)
    region = block.rule.region
    low, high = _limit(region.low), _limit(region.high)
    if isinstance(contrast, Extreme):
        low, high = (None, high) if contrast.kind == "gap" else (low, None)
    plain = (1 - policy.statistics.confidence) / 2
    tails = np.full(contrast.estimate.shape, tail)
    least = policy.statistics.min_expected
    return Asked(contrast=contrast, low=low, high=high, tail=plain, fail_tails=tails, least=least)


def _limit(limit: Fraction | None) -> float | None:
    return None if limit is None else float(limit)


def _known(value: float) -> float | None:
    # Rounded far below what is planned for: 0.3 - 0.4 is not exactly -0.1 in binary, and would be printed in full.
    return round(float(value), 12) if np.isfinite(value) else None
