"""Measure a group: a metric of its cells, exact where they are counts, and how much each share is worth to an
interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from audit.metrics import OUTCOME_FREE, Composite, Metric, Rate
from audit.stats.shares import effective_trials
from audit.values import Number, Share, Sums

Cells = Mapping[str, Sums]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric of one group. `trials` is its denominator in records; no value: `reason` names why.

    `share` is set for rates. `effective` holds the confusion cells as the interval may count them.
    """

    value: Number | None
    trials: int
    hits: int | None
    reason: str | None
    share: Share | None
    effective: Mapping[str, float]


def measure(metric: Metric, cells: Cells, *, sampled: bool) -> Measure:
    """Measure one group. `sampled`: rows carry sampling weights."""
    if isinstance(metric, Rate):
        counted = share(metric, cells, sampled=sampled)
        reason = None if counted.value is not None else "no_trials"
        hits = sum(cells[cell].n for cell in metric.hits if cell in cells)
        return Measure(value=counted.value, trials=counted.rows, hits=hits, reason=reason, share=counted, effective={})
    return _composite(metric, cells, sampled=sampled)


def share(rate: Rate, cells: Cells, *, sampled: bool) -> Share:
    """Hits of trials: whole numbers for counts; sums of weights, with their effective number, for a weighted sample."""
    hits, trials = _total(cells, rate.hits), _total(cells, rate.among)
    if not sampled:
        return Share(hits=hits.n, trials=trials.n, effective=float(trials.n), rows=trials.n)
    effective = effective_trials(hits.weight, trials.weight, hits.weight2, trials.weight2, trials.n)
    return Share(hits=hits.weight, trials=trials.weight, effective=float(effective), rows=trials.n)


def _total(cells: Cells, names: tuple[str, ...]) -> Sums:
    return sum((cells[name] for name in names if name in cells), Sums())


def _composite(metric: Composite, cells: Cells, *, sampled: bool) -> Measure:
    sums = {name: cells.get(name, Sums()) for name in ("tp", "fp", "fn", "tn")}
    trials = sum(cell.n for cell in sums.values())
    parts: list[Number] = [cell.weight if sampled else Fraction(cell.n) for cell in sums.values()]
    value = _FORMULAS[metric.name](*parts)
    return Measure(
        value=value,
        trials=trials,
        hits=None,
        reason=None if value is not None else "no_trials",
        share=None,
        effective=_effective_cells(sums) if sampled else {name: float(cell.n) for name, cell in sums.items()},
    )


def _effective_cells(sums: Mapping[str, Sums]) -> dict[str, float]:
    """Weighted cells scaled to Kish's effective sample size, (sum w)^2 / sum w^2."""
    weight, weight2 = sum(c.weight for c in sums.values()), sum(c.weight2 for c in sums.values())
    return {name: cell.weight * weight / weight2 if weight2 else 0.0 for name, cell in sums.items()}


def _balanced_accuracy(tp: Number, fp: Number, fn: Number, tn: Number) -> Number | None:
    if tp + fn == 0 or fp + tn == 0:
        return None
    return (tp / (tp + fn) + tn / (fp + tn)) / 2


def _f1(tp: Number, fp: Number, fn: Number, _tn: Number) -> Number | None:
    return None if tp + fp + fn == 0 else 2 * tp / (2 * tp + fp + fn)


def _matthews_corrcoef(tp: Number, fp: Number, fn: Number, tn: Number) -> Number | None:
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return None if margins == 0 else float(tp * tn - fp * fn) / math.sqrt(margins)


_FORMULAS = {"balanced_accuracy": _balanced_accuracy, "f1": _f1, "matthews_corrcoef": _matthews_corrcoef}


def computable(metric: str, *, has_outcome: bool) -> bool:
    """Can the metric be computed without an outcome column, if there is none?"""
    return has_outcome or metric in OUTCOME_FREE
