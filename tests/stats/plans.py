"""How much data one comparison needs, and the textbook formulas that plans are compared with.

`needed` plans for the score tests that decide, so enumeration can tell whether the power is right. The formulas under
"Textbook" are for Wald tests of equality or of a margin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.power import Compare, Setting
from audit.stats.settle import Reason, Toward, least_growth, standing

_SEED = 2.0  # trials in the smaller group from which the search begins


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The requirement that data are planned for: [low, high] or open at None, and the certainty that is wanted.

    `comparisons`: how many are judged together. `allocation`: trials in the reference for each in the group.
    `least` is the policy's `min_expected`.
    """

    compare: Compare
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    power: float = 0.8
    comparisons: int = 1
    allocation: float = 1.0
    least: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Needed:
    """The trials that each group needs for a verdict, and the records that these take; None if none would do.

    For a metric whose trials are a part of the records, such as the positives of a true positive rate, the records are
    the trials over that part's share. For a rate by itself there is no reference.
    Reasons for none: `at_the_limit`, no amount decides; `out_of_reach`; `undefined`, as the ratio to a rate of zero.
    """

    toward: Toward | None = None
    trials: int | None = None
    reference_trials: int | None = None
    records: int | None = None
    reference_records: int | None = None
    reason: Reason | None = None


def needed(
    plan: Plan, rate: float, reference: float | None = None, *, parts: tuple[float, float] = (1.0, 1.0)
) -> Needed:
    """The data for a verdict if these are the true rates: a pass if they keep the requirement, a failure if they don't.

    All comparisons must pass for a pass, so each of k is given the power 1 - (1 - power) / k, without adjusting its
    interval. One is enough for a failure; its interval is drawn at the tail over k, the strictest of Holm's steps.
    `parts`: which share of the records count as trials, in the group and in the reference.
    """
    larger = max(plan.allocation, 1.0)
    sizes = (_SEED * larger / plan.allocation, _SEED * larger)
    setting = _setting(plan, rate, reference, sizes)
    (towards,) = standing(setting.value, setting.low, setting.high)
    if towards.toward is None:
        return Needed(reason=towards.reason)
    power = {"pass": 1 - (1 - plan.power) / plan.comparisons, "fail": plan.power}[towards.toward]
    growth = float(least_growth(setting, towards.toward, power)[0])
    if math.isnan(growth):
        return Needed(toward=towards.toward, reason="out_of_reach")
    trials, others = math.ceil(sizes[0] * growth - 1e-6), math.ceil(sizes[1] * growth - 1e-6)
    found = Needed(toward=towards.toward, trials=trials, records=math.ceil(trials / parts[0]))
    if reference is None:
        return found
    return replace(found, reference_trials=others, reference_records=math.ceil(others / parts[1]))


_PAIRS: dict[Compare, type[ShareDifferences | ShareRatios]] = {"difference": ShareDifferences, "ratio": ShareRatios}


def _setting(plan: Plan, rate: float, reference: float | None, sizes: tuple[float, float]) -> Setting:
    tail = (1 - plan.confidence) / 2
    columns = {
        "p1": rate,
        "n1": sizes[0],
        "p2": 0.0 if reference is None else reference,
        "n2": sizes[1],
        "low": -math.inf if plan.low is None else plan.low,
        "high": math.inf if plan.high is None else plan.high,
        "tail": tail,
        "fail_tail": tail / plan.comparisons,
        "least": plan.least,
    }
    return Setting(compare=plan.compare, **{name: np.array([float(value)]) for name, value in columns.items()})


# ---- Textbook ------------------------------------------------------------------------------------------------------


def n_two_proportions(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8, ratio: float = 1.0) -> float:
    """Trials in the first group to find p1 and p2 different, two-sided; `ratio` times as many in the second (Fleiss).

    Equal to R's power.prop.test for equal groups.
    """
    pooled = (p1 + ratio * p2) / (1 + ratio)
    null = math.sqrt((1 + 1 / ratio) * pooled * (1 - pooled))
    return ((_z(alpha / 2) * null + _z(1 - power) * _spread(p1, p2, ratio)) / (p1 - p2)) ** 2


def minimum_detectable_difference(p: float, n1: float, n2: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """The difference that is found with this power where both rates are about p."""
    return (_z(alpha / 2) + _z(1 - power)) * math.sqrt(p * (1 - p) * (1 / n1 + 1 / n2))


def n_equivalence(plan: Plan, p1: float, p2: float) -> tuple[float, float]:
    """Trials in each group to show by two one-sided tests that p1 - p2 is within `plan.high` (Chow, Shao & Wang)."""
    if plan.high is None:
        return math.nan, math.nan
    missed = (1 - plan.power) / (2 if p1 == p2 else 1)
    reach = (_z((1 - plan.confidence) / 2) + _z(missed)) * _spread(p1, p2, plan.allocation)
    n1 = (reach / (plan.high - abs(p1 - p2))) ** 2
    return n1, n1 * plan.allocation


def n_for_half_width(p: float, half_width: float, confidence: float = 0.95) -> float:
    """Trials for an interval of a rate about p that reaches so far to either side."""
    return _z((1 - confidence) / 2) ** 2 * p * (1 - p) / half_width**2


def multiplier_to_resolve(shares: tuple[float, float], trials: tuple[float, float], tolerance: float) -> float | None:
    """By what factor both groups must grow for the 95 % Wald interval to just reach the tolerance: power one half.

    None at the tolerance, where no amount decides. A rough planning value; `settle.further` is what verdicts need.
    """
    gap = tolerance - abs(shares[0] - shares[1])
    if abs(gap) < 1e-12:
        return None
    variance = sum(p * (1 - p) / n for p, n in zip(shares, trials, strict=True))
    return _z(0.025) ** 2 * variance / gap**2


def cohens_h(p1: float, p2: float) -> float:
    """Cohen's effect size of two rates, the difference of their arcsine transforms (Cohen 1988)."""
    return 2 * math.asin(math.sqrt(p1)) - 2 * math.asin(math.sqrt(p2))


def _z(tail: float) -> float:
    return -float(ndtri(tail))


def _spread(p1: float, p2: float, ratio: float) -> float:
    """The standard deviation of a difference, times the root of the first group's trials."""
    return math.sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)
