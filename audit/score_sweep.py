"""What other cutoffs would do: selection rates and error rates at some twenty thresholds, and the groups' ratio there.

Who is selected at a threshold is what the policy says of its own cutoff: those above it, at least at it, below it or at
most at it. At the cutoff itself the rates are those of the decisions, which no bin has moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.group import Group
from audit.measure import measure
from audit.metrics import METRICS
from audit.records import SweepPoint, SweepRatio
from audit.score_curves import rounded
from audit.stats.histogram import Histogram
from audit.stats.numerics import divide
from audit.stats.thresholds import sweep

Array = NDArray[np.float64]
#: At these shares of everyone lie the thresholds, unless there are no more distinct scores than this anyway.
LEVELS = tuple(i / 20 for i in range(1, 20))
_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")


@dataclass(frozen=True, kw_only=True, eq=False)
class Thresholds:
    """The thresholds of an attribute, ascending, and where each is in a sweep; `cutoff` is the policy's own."""

    values: Array
    places: NDArray[np.intp]
    side: str
    cutoff: float | None
    sampled: bool

    @property
    def low(self) -> bool:
        """Are those on the low side selected?"""
        return self.side in ("below", "at_most")


def thresholds(histogram: Histogram, *, side: str, cutoff: float | None, sampled: bool, least: float) -> Thresholds:
    """Thresholds that part all rows of an attribute in twentieths, or every distinct score where those are fewer.

    None leaves fewer than the least number of records on either side.
    """
    occurring = histogram.everyone().sum(axis=0)
    reached = np.cumsum(occurring)
    places = np.flatnonzero(occurring > 0)
    if places.size > len(LEVELS) + 1:
        places = np.unique(np.searchsorted(reached, np.array(LEVELS) * reached[-1]))
    strict = histogram.width == 0 and side in ("above", "at_most")
    edges = histogram.scores - histogram.width / 2
    below = np.append(0.0, reached)[places + strict]
    places = places[(below >= least) & (reached[-1] - below >= least)]
    return Thresholds(
        values=edges[places], places=(places + strict).astype(np.intp), side=side, cutoff=cutoff, sampled=sampled
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Swept:
    """One group's rates at every threshold, and how many of its records lie on the low side of each."""

    rates: dict[str, Array]
    below: Array
    rows: float
    kinds: dict[str, float]
    error: Array


def _swept(histogram: Histogram, at: Thresholds) -> _Swept:
    found = sweep(histogram)
    high = {name: getattr(found, name)[0][at.places] for name in _RATES}
    worth = float(divide(histogram.effective(), found.among)[0])
    selected = found.selection_rate[0][at.places]
    return _Swept(
        rates={name: 1.0 - rate if at.low else rate for name, rate in high.items()},
        below=(1.0 - selected) * float(found.among[0]) * worth,
        rows=float(found.among[0]) * worth,
        kinds={
            "true_positive_rate": float(histogram.positive.sum()) * worth,
            "false_positive_rate": float(histogram.negative.sum()) * worth,
        },
        error=found.error[0][at.places],
    )


def sweep_points(group: Group, histogram: Histogram, at: Thresholds, least: float) -> tuple[SweepPoint, ...]:
    """The thresholds at which a group may be shown: enough of its records lie between them, and beyond the last."""
    found = _swept(histogram, at)
    own = _at_the_cutoff(group, at, least)
    fixed = None if own is None else _below(own, at) * found.rows
    points = [own] if own else []
    last = 0.0
    for place, (value, below) in enumerate(zip(at.values, found.below, strict=True)):
        near = fixed is not None and abs(below - fixed) < least
        if value == at.cutoff or near or below - last < least or found.rows - below < least:
            continue
        points.append(_point(float(value), found, place, least))
        last = below
    return tuple(sorted(points, key=lambda point: point.threshold))


def _below(own: SweepPoint, at: Thresholds) -> float:
    """The share of a group on the low side of the cutoff."""
    return own.selection_rate if at.low else 1.0 - own.selection_rate


def _point(value: float, found: _Swept, place: int, least: float) -> SweepPoint:
    errors = {
        name: rounded(found.rates[name][place]) if found.kinds[name] >= least else None
        for name in ("true_positive_rate", "false_positive_rate")
    }
    return SweepPoint(
        threshold=rounded(value),
        selection_rate=rounded(found.rates["selection_rate"][place]),
        error=rounded(found.error[place]),
        **errors,
    )


def _at_the_cutoff(group: Group, at: Thresholds, least: float) -> SweepPoint | None:
    """The group's decisions as they are."""
    if at.cutoff is None:
        return None
    found = {name: measure(METRICS[name], group, sampled=at.sampled) for name in _RATES}
    rates = {name: None if one.value is None or one.trials < least else float(one.value) for name, one in found.items()}
    if rates["selection_rate"] is None:
        return None
    return SweepPoint(threshold=at.cutoff, **rates)  # type: ignore[arg-type]  # the selection rate is there


def ratios(judged: Mapping[str, tuple[Group, Histogram]], at: Thresholds) -> tuple[SweepRatio, ...]:
    """At each threshold the lowest selection rate of the judged groups over the highest; none for fewer than two."""
    if len(judged) < 2:
        return ()
    names = list(judged)
    rates = [_swept(histogram, at).rates["selection_rate"] for _, histogram in judged.values()]
    found = {float(value): [float(rate[i]) for rate in rates] for i, value in enumerate(at.values)}
    if at.cutoff is not None:
        cells = [measure(METRICS["selection_rate"], group, sampled=at.sampled).value for group, _ in judged.values()]
        found[at.cutoff] = [float(value or 0.0) for value in cells]
    return tuple(_ratio(value, names, found[value]) for value in sorted(found))


def _ratio(threshold: float, names: Sequence[str], rates: Sequence[float]) -> SweepRatio:
    low, high = int(np.argmin(rates)), int(np.argmax(rates))
    ratio = rounded(rates[low] / rates[high]) if rates[high] > 0 else None
    return SweepRatio(threshold=rounded(threshold), ratio=ratio, lowest=names[low], highest=names[high])
