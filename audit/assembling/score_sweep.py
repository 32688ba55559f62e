"""What other cutoffs would do: selection rates and error rates at some twenty thresholds, and the groups' ratio there.

Who is selected at a threshold is what the policy says of its own cutoff: those above it, at least at it, below it or at
most at it. At the cutoff itself the rates are those of the decisions, which no bin has moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.assembling.score_curves import rounded
from audit.counts.group import Group
from audit.groups.measure import measure, measures
from audit.metrics import METRICS
from audit.result.records import SweepPoint, SweepRatio
from audit.stats.histogram import Histogram
from audit.stats.numerics import divide
from audit.stats.ranges import min_ratio
from audit.stats.thresholds import sweep

Array = NDArray[np.float64]
#: At these shares of everyone lie the thresholds, unless there are no more distinct scores than this anyway.
LEVELS = tuple(i / 20 for i in range(1, 20))
_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")


@dataclass(frozen=True, kw_only=True, eq=False)
class Thresholds:
    """The thresholds of an attribute, ascending, and where each is in a sweep; `cutoff` is the policy's own.

    `selected` is the share of everyone who is selected at each.
    """

    values: Array
    places: NDArray[np.intp]
    selected: Array
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
    kept = (below >= least) & (reached[-1] - below >= least)
    places, part = places[kept], below[kept] / reached[-1]
    return Thresholds(
        values=edges[places],
        places=(places + strict).astype(np.intp),
        selected=part if side in ("below", "at_most") else 1.0 - part,
        side=side,
        cutoff=cutoff,
        sampled=sampled,
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


@dataclass(frozen=True, kw_only=True)
class Sure:
    """How sure an interval is: what it leaves out on each side, and how many events a group needs for its low side."""

    tail: float
    min_expected: float


@dataclass(frozen=True, kw_only=True, eq=False)
class _At:
    """The groups' selection rates at one threshold, what they are worth, and the share of everyone selected there."""

    rates: Sequence[float]
    trials: Sequence[float]
    selected: float | None


def ratios(
    judged: Mapping[str, tuple[Group, Histogram]], at: Thresholds, everyone: Group, sure: Sure
) -> tuple[SweepRatio, ...]:
    """At each threshold the lowest selection rate of the judged groups over the highest; none for fewer than two."""
    if len(judged) < 2:
        return ()
    swept = [_swept(histogram, at) for _, histogram in judged.values()]
    found = {
        float(value): _At(
            rates=[float(one.rates["selection_rate"][i]) for one in swept],
            trials=[one.rows for one in swept],
            selected=float(at.selected[i]),
        )
        for i, value in enumerate(at.values)
    }
    if at.cutoff is not None:
        found[at.cutoff] = _as_decided([group for group, _ in judged.values()], everyone, at)
    clustered = any(group.buckets is not None for group, _ in judged.values())
    return tuple(
        _ratio(value, list(judged), there, None if clustered else sure) for value, there in sorted(found.items())
    )


def _as_decided(groups: Sequence[Group], everyone: Group, at: Thresholds) -> _At:
    """The groups' decisions as they are, at the policy's own cutoff."""
    measured = measures(METRICS["selection_rate"], [*groups, everyone], sampled=at.sampled)
    *shares, whole = [one.share for one in measured]
    return _At(
        rates=[float(share.value or 0.0) if share else 0.0 for share in shares],
        trials=[share.effective if share else 0.0 for share in shares],
        selected=None if whole is None or whole.value is None else float(whole.value),
    )


def _ratio(threshold: float, names: Sequence[str], there: _At, sure: Sure | None) -> SweepRatio:
    low, high = int(np.argmin(there.rates)), int(np.argmax(there.rates))
    ratio = rounded(there.rates[low] / there.rates[high]) if there.rates[high] > 0 else None
    ends = (None, None) if sure is None or ratio is None else _ends(there, sure)
    return SweepRatio(
        threshold=rounded(threshold),
        ratio=ratio,
        lowest=names[low],
        highest=names[high],
        selected=None if there.selected is None else rounded(there.selected),
        low=ends[0],
        high=ends[1],
    )


def _ends(there: _At, sure: Sure) -> tuple[float | None, float | None]:
    """The limits of the smallest ratio of any two groups at this threshold alone: those of `min_ratio`."""
    n = np.array(there.trials)
    low, high = min_ratio(np.array(there.rates) * n, n, min_expected=sure.min_expected).limits(sure.tail)
    return rounded(low[0]), min(rounded(high[0]), 1.0)
