"""From numbers to places on a page, and which numbers an axis names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_RATIO_TICKS = (1, 0.8, 0.5, 2, 1.25, 0.6, 1.5, 0.25, 4, 0.2, 5, 0.1, 10, 0.7, 0.9, 0.4, 3, 0.3)


def px(value: float) -> float:
    """A coordinate, to a tenth of a pixel: small files, small diffs, the same text everywhere."""
    rounded = round(float(value), 1)
    return int(rounded) if rounded == int(rounded) else rounded


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A linear or logarithmic axis from `left` to `right`, in pixels."""

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value is; one that lies beyond the axis is at its end."""
        return px(min(self.right, max(self.left, self._raw(value))))

    def beyond(self, value: float | None, *, end: int) -> int:
        """-1 or 1 if the value lies beyond the left or right end; an unbounded value lies beyond the `end` it has."""
        if value is None:
            return end
        place = self._raw(value)
        return (place > self.right + 0.05) - (place < self.left - 0.05)

    def _raw(self, value: float) -> float:
        if self.log and value <= 0:
            return -math.inf
        low, high, here = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        return self.left + (here - low) / (high - low) * (self.right - self.left)


def steps(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most so many steps apart."""
    span = high - low
    base = 10.0 ** math.floor(math.log10(span / most))
    step = next(base * factor for factor in (1, 2, 2.5, 5, 10) if span / (base * factor) <= most + 1e-9)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def ticks(scale: Scale, wanted: Iterable[float], *, first: Sequence[float], apart: float) -> list[float]:
    """Those of the wanted numbers that have room, and before them those that must be named if they are on the axis."""
    kept: list[float] = []
    for value in (*first, *wanted):
        inside = scale.low <= value <= scale.high
        if inside and all(abs(scale.at(value) - scale.at(other)) >= apart for other in kept):
            kept.append(value)
    return sorted(kept)


def ratio_axis(values: Sequence[float], limits: Sequence[float], left: float, right: float) -> Scale:
    """A logarithmic axis that holds 1, the limits and the values; values below 0.2 or above 5 lie beyond it."""
    inside = [min(5.0, max(0.2, value)) for value in values]
    held = [*inside, *limits, 0.6, 1.2]
    return Scale(low=min(held) * 0.92, high=max(held) * 1.08, left=left, right=right, log=True)


def ratio_ticks(scale: Scale, limits: Sequence[float]) -> list[float]:
    """The named numbers of a logarithmic axis."""
    return ticks(scale, _RATIO_TICKS, first=(*limits, 1), apart=34)


def linear_axis(values: Sequence[float], limits: Sequence[float], left: float, right: float) -> Scale:
    """A linear axis that holds zero, the limits with room beyond them, and the values."""
    held = [0.0, *values, *(limit * 1.6 for limit in limits)]
    low, high = min(held), max(held)
    room = (high - low or 1.0) * 0.04
    return Scale(low=low - room if low < 0 else low, high=high + room, left=left, right=right)


def share_axis(values: Sequence[float], limits: Sequence[float], left: float, right: float) -> Scale:
    """An axis of shares: from zero to the next tenth above all values and limits."""
    top = max([*values, *limits, 0.1])
    high = min(1.0, math.ceil(top * 10 + 0.2) / 10) if top <= 1 else top * 1.05
    low = min([0.0, *values, *limits])
    return Scale(low=low * 1.05, high=high, left=left, right=right)
