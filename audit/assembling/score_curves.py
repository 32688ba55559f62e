"""Curves of one group's scores, thinned to what a picture needs: distribution, ROC, reliability, threshold sweep.

No point of a curve stands for fewer than a least number of records: so many lie in every bar and bin, and between any
two neighbouring points. Under sampling weights these are effective numbers (Kish).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.result.records import ReliabilityBin, RocCurve, ScoreBar
from audit.stats.calibration import Reliability, reliability
from audit.stats.design_effect import design_effects
from audit.stats.distances import roc_band
from audit.stats.histogram import Histogram
from audit.stats.shares import kish, wilson
from audit.stats.thresholds import sweep

Array = NDArray[np.float64]
#: The most points of a ROC curve, bars of a distribution, and bins of a reliability table.
MOST_POINTS, MOST_BARS, MOST_BINS = 60, 20, 10
#: A ROC curve is thinned no less than this: nobody sees a deviation of a thousandth of the picture.
CLOSE = 0.001
#: Coordinates have so many decimals.
_DECIMALS = 6
_NICE = (1.0, 2.0, 2.5, 4.0, 5.0, 10.0)


def rounded(value: float) -> float:
    """A coordinate of a curve."""
    return round(float(value), _DECIMALS)


def trimmed(histogram: Histogram) -> Histogram:
    """Without the scores that nobody has, which no statistic needs; with one of them if nobody has any."""
    there = histogram.everyone().sum(axis=0) > 0
    there[0] |= not there.any()
    counts: dict[str, Any] = {
        name: value[:, there]
        for name, value in vars(histogram).items()
        if isinstance(value, np.ndarray) and value.ndim == 2
    }
    return replace(histogram, scores=histogram.scores[there], **counts)


# ---- distribution --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Display:
    """The bars that the groups of an attribute share: their edges, and each occurring score's place among them.

    `exact` are the distinct scores where there is a bar for each, otherwise nothing.
    """

    edges: Array
    places: NDArray[np.intp]
    exact: Array


def display(histogram: Histogram, least: float) -> Display:
    """The bars of all groups together: one for each score where they are few, else of one round width.

    The few scores beyond the outermost `least` records go into the outermost bars.
    """
    scores = histogram.scores
    occurring = histogram.everyone().sum(axis=0)
    exact = scores[occurring > 0]
    if histogram.width == 0 and 1 < exact.size <= MOST_BARS:
        middles = (exact[1:] + exact[:-1]) / 2
        ends = (exact[0] - (middles[0] - exact[0]), exact[-1] + (exact[-1] - middles[-1]))
        edges = np.concatenate([ends[:1], middles, ends[1:]])
        return Display(edges=edges, places=_places(scores, edges), exact=exact)
    edges = _round_edges(scores, occurring, least, histogram.width)
    return Display(edges=edges, places=_places(scores, edges), exact=np.empty(0))


def _round_edges(scores: Array, occurring: Array, least: float, width: float) -> Array:
    reached = np.cumsum(occurring)
    part = min(least, reached[-1] / 2)
    low = float(scores[np.searchsorted(reached, part)]) - width / 2
    high = float(scores[np.searchsorted(reached, reached[-1] - part)]) + width / 2
    span = high - low or abs(low) or 1.0
    base = 10.0 ** math.floor(math.log10(span / (MOST_BARS - 2)))
    step = next(base * nice for nice in _NICE if base * nice * (MOST_BARS - 2) >= span * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return np.array([round(i * step, 12) for i in range(first, max(last, first + 1) + 1)])


def _places(scores: Array, edges: Array) -> NDArray[np.intp]:
    return np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, edges.size - 2).astype(np.intp)


def bars(histogram: Histogram, shown: Display, least: float) -> tuple[ScoreBar, ...]:
    """The distribution of one group; neighbouring bars are joined until each has enough records, or none."""
    size = shown.edges.size - 1
    weight = np.bincount(shown.places, weights=histogram.everyone()[0], minlength=size)
    squares = np.bincount(shown.places, weights=_squares(histogram), minlength=size)
    runs = runs_of([(weight[i], squares[i]) for i in range(size)], least)
    total = weight.sum()
    return tuple(
        ScoreBar(
            low=rounded(shown.edges[first]),
            high=rounded(shown.edges[last]),
            n=rounded(float(kish(weight[first:last].sum(), squares[first:last].sum()))),
            share=rounded(weight[first:last].sum() / total),
            values=tuple(rounded(value) for value in shown.exact[first:last]),
        )
        for first, last in runs
    )


def runs_of(parts: Sequence[tuple[float, float]], least: float) -> list[tuple[int, int]]:
    """Runs [first, last) of neighbouring parts, each worth at least so many records; empty parts outside are left out.

    A part is a weight and a sum of squared weights. What remains at the end joins the last run.
    """
    runs: list[tuple[int, int]] = []
    first, weight, squares = 0, 0.0, 0.0
    for place, (more, more2) in enumerate(parts):
        if weight == 0:
            first = place
        weight, squares = weight + more, squares + more2
        if weight > 0 and kish(weight, squares) >= least:
            runs.append((first, place + 1))
            weight = squares = 0.0
    if weight > 0 and runs:
        last = max(place for place, part in enumerate(parts) if part[0] > 0)
        runs[-1] = (runs[-1][0], last + 1)
    return runs


def _squares(histogram: Histogram) -> Array:
    """The squared weights of all of one group's records at each score."""
    if histogram.positive2 is None or histogram.negative2 is None or histogram.unlabelled2 is None:
        return np.asarray(histogram.everyone()[0])
    return np.asarray((histogram.positive2 + histogram.negative2 + histogram.unlabelled2)[0])


# ---- ROC -----------------------------------------------------------------------------------------------------------


def roc(histogram: Histogram, least: float, *, falling: bool = False) -> RocCurve | None:
    """The ROC curve of one group, of cutoffs that select high scores, or low ones; None for too few of either outcome.

    Points are added where the curve is farthest from what is drawn (Douglas & Peucker 1973), as long as enough records
    remain on either side of each. `deviation` allows for what lies hidden within a bin.
    """
    worth = _worth(histogram)
    if min(histogram.positive.sum(), histogram.negative.sum()) * worth < least:
        return None
    x, y, rows = _cutoffs(histogram, falling=falling)
    kept = _farthest_first(x, y, rows * worth, least)
    thinned = max(float(_off(x, y, first, last).max()) for first, last in pairwise(kept))
    hidden = _hidden(np.diff(x), np.diff(y)) if histogram.width > 0 else 0.0
    return RocCurve(
        false_positive_rate=tuple(rounded(x[i]) for i in kept),
        true_positive_rate=tuple(rounded(y[i]) for i in kept),
        deviation=math.ceil((thinned + hidden) * 1e6 + 1) / 1e6,
    )


def banded(curve: RocCurve | None, histogram: Histogram, confidence: float) -> RocCurve | None:
    """The curve of one group with its band, which allows for what thinning and bins leave open."""
    if curve is None or histogram.positive2 is not None:
        return curve
    sides = roc_band(float(histogram.positive.sum()), float(histogram.negative.sum()), confidence)
    across, up = (rounded(min(1.0, side + curve.deviation)) for side in sides)
    return replace(curve, band_across=across, band_up=up)


def _cutoffs(histogram: Histogram, *, falling: bool) -> tuple[Array, Array, Array]:
    """FPR, TPR and how many rows with outcome are selected, from nobody to everybody."""
    found = sweep(histogram)
    x, y, rows = found.false_positive_rate[0], found.true_positive_rate[0], (found.tp + found.fp)[0]
    return (1.0 - x, 1.0 - y, rows[0] - rows) if falling else (x[::-1], y[::-1], rows[::-1])


def _hidden(across: Array, up: Array) -> float:
    """How far a curve may be from a straight line within one bin, where all that is known is that it rises."""
    long = np.hypot(across, up)
    return float(np.max(np.divide(across * up, long, out=np.zeros_like(long), where=long > 0)))


def _worth(histogram: Histogram) -> float:
    """How many equally weighted records a unit of weight is worth."""
    weight = float(histogram.everyone().sum())
    return float(histogram.effective()[0]) / weight if weight else 0.0


def _farthest_first(x: Array, y: Array, rows: Array, least: float) -> list[int]:
    """The places that are kept, in order."""
    kept = [0, x.size - 1]
    best = {(0, x.size - 1): _split(x, y, rows, (0, x.size - 1), least)}
    while len(kept) < MOST_POINTS:
        segment, (place, off) = max(best.items(), key=lambda item: item[1][1])
        if off <= CLOSE:
            break
        del best[segment]
        kept.append(place)
        for part in ((segment[0], place), (place, segment[1])):
            best[part] = _split(x, y, rows, part, least)
    return sorted(kept)


def _split(x: Array, y: Array, rows: Array, segment: tuple[int, int], least: float) -> tuple[int, float]:
    """Where a segment is best split, and how far off it is there; 0 where it may not be split."""
    first, last = segment
    inside = rows[first : last + 1]
    allowed = (inside - inside[0] >= least) & (inside[-1] - inside >= least)
    off = np.where(allowed, _off(x, y, first, last), 0.0)
    place = int(np.argmax(off))
    return first + place, float(off[place])


def _off(x: Array, y: Array, first: int, last: int) -> Array:
    """How far the points of a curve are from the straight line between two of them, both ends included."""
    across, up = x[last] - x[first], y[last] - y[first]
    long = math.hypot(across, up)
    if long == 0:
        return np.zeros(last - first + 1)
    return np.asarray(np.abs((x[first : last + 1] - x[first]) * up - (y[first : last + 1] - y[first]) * across) / long)


# ---- reliability ---------------------------------------------------------------------------------------------------


def reliability_bins(
    histogram: Histogram, least: float, tail: float, ends: tuple[float, float]
) -> tuple[ReliabilityBin, ...]:
    """Up to ten bins of about equal weight of one group, each with enough records, and Wilson intervals.

    A score that is no probability is put onto the range from 0 to 1 for the while, from the ends of its own.
    """
    low, long = ends[0], ends[1] - ends[0]
    moved = replace(histogram, scores=np.clip((histogram.scores - low) / long, 0.0, 1.0), width=histogram.width / long)
    rows = float((histogram.positive + histogram.negative).sum()) * _worth(histogram)
    wanted = min(MOST_BINS, int(rows // least))
    if wanted < 1:
        return ()
    table = reliability(moved, bins=wanted)
    squares = np.divide(table.weight**2, table.trials, out=np.zeros_like(table.weight), where=table.trials > 0)[0]
    runs = runs_of(list(zip(table.weight[0], squares, strict=True)), least)
    joined = [_joined(table, squares, run) for run in runs]
    return tuple(_bin(one, _effect(histogram, moved.scores, one), tail, (low, long)) for one in joined)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """Neighbouring bins as one, from `low` to `high` on the range from 0 to 1."""

    low: float
    high: float
    trials: float
    promised: float
    observed: float


def _joined(table: Reliability, squares: Array, run: tuple[int, int]) -> _Run:
    part = slice(*run)
    weight = table.weight[0][part]
    return _Run(
        low=float(np.nanmin(table.low[0][part])),
        high=float(np.nanmax(table.high[0][part])),
        trials=float(kish(weight.sum(), squares[part].sum())),
        promised=float((np.nan_to_num(table.promised[0][part]) * weight).sum() / weight.sum()),
        observed=float(table.positives[0][part].sum() / weight.sum()),
    )


def _effect(histogram: Histogram, moved: Array, run: _Run) -> float:
    """By how much units multiply the variance of the share of positives among the rows of a run."""
    inside = (moved >= run.low) & (moved <= run.high)
    each = (1.0 - run.observed, -run.observed, np.nan)
    pulls = np.stack([np.where(inside, pull, pull * 0.0) for pull in each])
    return float(design_effects(histogram, pulls[np.newaxis])[0])


def _bin(run: _Run, effect: float, tail: float, axis: tuple[float, float]) -> ReliabilityBin:
    worth = max(run.trials / effect, min(run.trials, 1.0))
    limits = wilson(run.observed * worth, worth, tail)
    low, long = axis
    return ReliabilityBin(
        low=rounded(low + long * run.low),
        high=rounded(low + long * run.high),
        n=rounded(run.trials),
        mean_score=rounded(low + long * run.promised),
        observed=rounded(run.observed),
        observed_low=rounded(float(limits.low)),
        observed_high=rounded(float(limits.high)),
    )
