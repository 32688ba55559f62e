"""Measure a group: a metric of its cells or scores, exact where they are counts, and how much each share is worth to an
interval.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import Group
from audit.counts.scoregroup import ScoreGroup
from audit.groups.ranked import rank_value
from audit.groups.scored import score_values
from audit.metrics import DECISION_FREE, OUTCOME_FREE, RANKED, Composite, Metric, Rate, ScoreMetric, is_share
from audit.stats.design_effect import share_effect, squares_by_place
from audit.stats.designed import designed
from audit.stats.shares import effective_trials
from audit.values import Number, Share, Sums

Array = NDArray[np.float64]
#: The cells of a confusion table.
CONFUSION = ("tp", "fp", "fn", "tn")
_NOBODY = Sums()


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric of one group. `trials` is its denominator in records; no value: `reason` names why.

    `share` is set for rates. `effective` holds the confusion cells as the interval of a composite may count them.
    """

    value: Number | None
    trials: int
    hits: int | None
    reason: str | None
    share: Share | None
    effective: Mapping[str, float]
    group: Group


def measure(metric: Metric, group: Group, *, sampled: bool) -> Measure:
    """Measure one group. `sampled`: rows carry sampling weights."""
    return measures(metric, [group], sampled=sampled)[0]


def measures(metric: Metric, groups: Sequence[Group], *, sampled: bool) -> list[Measure]:
    """Measure several groups, each by itself."""
    if isinstance(metric, ScoreMetric):
        return _scores(metric, groups, sampled=sampled)
    if isinstance(metric, Composite):
        return [_composite(metric, group, sampled=sampled) for group in groups]
    return _rates(metric, groups, sampled=sampled)


def _of_share(counted: Share, hits: int, group: Group) -> Measure:
    value = counted.value
    reason = None if value is not None else "no_trials"
    return Measure(value=value, trials=counted.rows, hits=hits, reason=reason, share=counted, effective={}, group=group)


def uncomputable(metric: str, *, has_outcome: bool, has_decision: bool) -> str | None:
    """Why a metric cannot be computed from what the policy names, whatever the data; None if it can."""
    if not has_outcome and metric not in OUTCOME_FREE:
        return "no_outcome"
    return None if has_decision or metric in DECISION_FREE else "no_decision"


# ---- rates ---------------------------------------------------------------------------------------------------------


def _rates(rate: Rate, groups: Sequence[Group], *, sampled: bool) -> list[Measure]:
    """Hits of trials: whole numbers for counts; sums of weights for a weighted sample. And what they are worth."""
    hits, rows = _added("n", rate, groups)
    parts = _added("weight", rate, groups) if sampled else (hits, rows)
    shares = [
        Share(hits=part, trials=whole, effective=worth, rows=n)
        for part, whole, worth, n in zip(*parts, _worths(rate, groups, parts, rows, sampled=sampled), rows, strict=True)
    ]
    return [_of_share(*one) for one in zip(shares, hits, groups, strict=True)]


def _added(kind: Literal["n", "weight", "weight2"], rate: Rate, groups: Sequence[Group]) -> tuple[list[Any], list[Any]]:
    """The hits of each group, and all that they are among: in rows, in weights or in squared weights."""
    of, cells_of = operator.attrgetter(kind), [group.cells for group in groups]
    columns_of = {name: list(map(of, [cells.get(name, _NOBODY) for cells in cells_of])) for name in rate.among}
    hits, among = (
        list(map(sum, zip(*[columns_of[name] for name in names], strict=True))) for names in (rate.hits, rate.among)
    )
    return hits, among


def _worths(
    rate: Rate, groups: Sequence[Group], parts: tuple[list[Any], list[Any]], rows: Sequence[int], *, sampled: bool
) -> list[float]:
    """How many independent trials each share is worth."""
    if sampled and all(group.buckets is None for group in groups):
        found: list[float] = effective_trials(*parts, *_added("weight2", rate, groups), rows).tolist()
        return found
    there = [(group.buckets, n) for group, n in zip(groups, rows, strict=True) if group.buckets is not None]
    clustered = iter(_clustered(rate.hits, rate.among, there))
    return [float(n) if group.buckets is None else next(clustered) for group, n in zip(groups, rows, strict=True)]


def _clustered(
    hits: Sequence[str], among: Sequence[str], groups: Sequence[tuple[Mapping[str, Array], int]]
) -> list[float]:
    """How many independent trials shares of clustered rows are worth, from each group's buckets and number of rows."""
    if not groups:
        return []
    empty = np.zeros_like(next((sums for buckets, _ in groups for sums in buckets.values()), np.zeros(1)))
    summed, trials = (
        np.stack([sum([buckets[cell] for cell in names if cell in buckets], empty) for buckets, _ in groups])
        for names in (hits, among)
    )
    found: list[float] = designed(summed, trials, [rows for _, rows in groups]).adjusted().tolist()
    return found


# ---- composites ----------------------------------------------------------------------------------------------------


def _composite(metric: Composite, group: Group, *, sampled: bool) -> Measure:
    sums = {name: group.cells.get(name, Sums()) for name in CONFUSION}
    trials = sum(cell.n for cell in sums.values())
    parts = [cell.weight if sampled else cell.n for cell in sums.values()]
    value = _FORMULAS[metric.name](*parts)
    return Measure(
        value=value,
        trials=trials,
        hits=None,
        reason=None if value is not None else "no_trials",
        share=None,
        effective=_effective_cells(metric, group, sums, sampled=sampled),
        group=group,
    )


def _effective_cells(metric: Composite, group: Group, sums: Mapping[str, Sums], *, sampled: bool) -> dict[str, float]:
    """The cells as their interval may count them: clustered cells scaled to what their shares are worth, weighted
    cells to Kish's effective sample size, (sum w)^2 / sum w^2.
    """
    if group.buckets is not None:
        return _clustered_cells(metric, group.buckets, sums)
    if not sampled:
        return {name: float(cell.n) for name, cell in sums.items()}
    weight, weight2 = sum(c.weight for c in sums.values()), sum(c.weight2 for c in sums.values())
    return {name: cell.weight * weight / weight2 if weight2 else 0.0 for name, cell in sums.items()}


#: The shares that a composite is made of: hits, among.
_PARTS = {
    "f1": ((("tp",), ("tp", "fp", "fn")),),
    "balanced_accuracy": ((("tp",), ("tp", "fn")), (("tn",), ("fp", "tn"))),
    "matthews_corrcoef": ((("tp", "tn"), CONFUSION),),
}


def _clustered_cells(metric: Composite, buckets: Mapping[str, Array], sums: Mapping[str, Sums]) -> dict[str, float]:
    effective = {name: cell.weight for name, cell in sums.items()}
    for hits, among in _PARTS[metric.name]:
        rows, weight = (sum(getattr(sums[cell], key) for cell in among) for key in ("n", "weight"))
        scale = _clustered(hits, among, [(buckets, rows)])[0] / weight if weight else 0.0
        effective |= {cell: sums[cell].weight * scale for cell in among}
    return effective


def _balanced_accuracy(tp: float, fp: float, fn: float, tn: float) -> Number | None:
    if tp + fn == 0 or fp + tn == 0:
        return None
    return (_over(tp, tp + fn) + _over(tn, fp + tn)) / 2


def _f1(tp: float, fp: float, fn: float, _tn: float) -> Number | None:
    return None if tp + fp + fn == 0 else _over(2 * tp, 2 * tp + fp + fn)


def _matthews_corrcoef(tp: float, fp: float, fn: float, tn: float) -> Number | None:
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return None if margins == 0 else float(tp * tn - fp * fn) / math.sqrt(margins)


def _over(part: float, whole: float) -> Number:
    """A share, exact of whole numbers."""
    return Fraction(part, whole) if isinstance(part, int) and isinstance(whole, int) else part / whole


_Formula = Callable[[float, float, float, float], Number | None]
_FORMULAS: dict[str, _Formula] = {
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "matthews_corrcoef": _matthews_corrcoef,
}


# ---- scores --------------------------------------------------------------------------------------------------------


def _scores(metric: ScoreMetric, groups: Sequence[Group], *, sampled: bool) -> list[Measure]:
    """A metric of the scores, or of ranked lists."""
    if metric.name in RANKED:
        found = [rank_value(metric.name, group.ranks) for group in groups]
    else:
        found = score_values(metric, [group.scores for group in groups])
    return [_score(metric, *one, sampled=sampled) for one in zip(groups, found, strict=True)]


def _score(metric: ScoreMetric, group: Group, found: tuple[float | None, int, str | None], *, sampled: bool) -> Measure:
    """The share above the median of all, or in the best fraction, is a rate like any other."""
    scores = group.scores
    if is_share(metric) and scores is not None and scores.above is not None:
        return _of_share(*_share_above(scores, scores.above, sampled=sampled), group)
    value, trials, reason = found
    return Measure(value=value, trials=trials, hits=None, reason=reason, share=None, effective={}, group=group)


def _share_above(scores: ScoreGroup, above: Array, *, sampled: bool) -> tuple[Share, int]:
    every = scores.sums[:, :3].sum(axis=0)
    rows, hits = round(float(every[0])), round(float(above[0]))
    worth = float(effective_trials(above[1], every[1], above[2], every[2], rows)) if sampled else float(rows)
    worth = _together(scores, worth)
    if not sampled:
        return Share(hits=hits, trials=rows, effective=worth, rows=rows), hits
    return Share(hits=float(above[1]), trials=float(every[1]), effective=worth, rows=rows), hits


def _together(scores: ScoreGroup, worth: float) -> float:
    """What a share beyond a score is worth where rows belong together: less, by the design effect at that score."""
    units, histogram = scores.units, scores.histogram
    if units is None or units.above is None or units.places is None or histogram is None or worth <= 0:
        return worth
    [squares] = squares_by_place(histogram, scores.low, scores.high)
    effect = share_effect(units.places.sum(axis=1), units.above, squares)
    return max(worth / effect, min(worth, 1.0))


# ---- what intervals and tests count ----------------------------------------------------------------------------------


def effective(measures: Sequence[Measure]) -> tuple[Array, Array]:
    """Successes and trials as intervals may count them."""
    found = [_counted_as(measured.share) for measured in measures]
    return np.array([x for x, _ in found]), np.array([n for _, n in found])


def _counted_as(share: Share | None) -> tuple[float, float]:
    if share is None:
        return 0.0, 0.0
    if isinstance(share.hits, int) and share.effective == share.trials:
        return float(share.hits), share.effective
    return float(share.value or 0.0) * share.effective, share.effective
