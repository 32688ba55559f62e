"""The limits of many resampled statistics at once: the same as each one's own, in a few array operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from audit.stats.numerics import Array, Limits, Mask
from audit.stats.resampling import Resampled

Places = NDArray[np.intp]


def limits_of(samples: Sequence[Resampled], least: float, most: float) -> Callable[[Places, Array], Limits]:
    """What gives the limits of the samples at some places, each at its own tail; `least` and `most` if none.

    BCa limits, or percentile limits where BCa has no level to offer (Efron 1987), as `Resampled.limits`.
    """
    told = np.array([sample.reason is None for sample in samples], dtype=np.bool_)
    sizes = np.array([max(sample.replicates.size, 1) for sample in samples], dtype=np.float64)
    starts = np.concatenate([[0.0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    flat = np.concatenate(
        [np.zeros(0)] + [sample.replicates if sample.replicates.size else np.zeros(1) for sample in samples]
    )
    bias = np.array([sample.bias for sample in samples])
    skew = np.array([sample.acceleration for sample in samples])

    def ends(at: Places, tails: Array) -> Limits:
        lower, upper = _levels(bias[at], skew[at], tails)
        low, high = (_quantiles(flat, starts[at], sizes[at], level) for level in (lower, upper))
        known = told[at] & (low < high)
        return Limits(np.where(known, low, least), np.where(known, high, most))

    return ends


def breaks_of(samples: Sequence[Resampled]) -> Limits:
    """At how many standard errors the samples' limits break off, as their levels lie beyond all replicates; (1, k).

    BCa's levels, solved for the standard errors; infinite where they never lie there.
    """
    last = ndtri(1.0 / (np.array([sample.replicates.size for sample in samples]) + 1.0))
    bias = np.array([sample.bias for sample in samples])
    skew = np.array([sample.acceleration for sample in samples])
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (level / np.maximum(1.0 + skew * level, 0.0) for level in (last - bias, -last - bias))
    plain = ~np.isfinite(bias)
    ends = np.where(plain, -last, bias - low), np.where(plain, -last, high - bias)
    return Limits(*(end[np.newaxis] for end in ends))


def _levels(bias: Array, skew: Array, tails: Array) -> tuple[Array, Array]:
    """The levels at which BCa reads the replicates, or the tails themselves where its correction breaks down."""
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (bias + sign * ndtri(tails) for sign in (1.0, -1.0))
        room_low, room_high = 1.0 - skew * low, 1.0 - skew * high
        sound: Mask = np.isfinite(bias) & (room_low > 0) & (room_high > 0)
        lower, upper = ndtr(bias + low / room_low), ndtr(bias + high / room_high)
    return np.where(sound, lower, tails), np.where(sound, upper, 1.0 - tails)


def _quantiles(flat: Array, starts: Places, sizes: Array, levels: Array) -> Array:
    """Each sample's quantile by linear interpolation; infinite where the level lies beyond all of its replicates."""
    place = np.clip(levels, 0.0, 1.0) * (sizes - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, sizes.astype(np.intp) - 1)
    first, second = flat[starts + below], flat[starts + above]
    found = first + (second - first) * (place - below)
    beyond = 1.0 / (sizes + 1)
    found = np.where(levels < beyond, -np.inf, found)
    return np.where(levels > 1.0 - beyond, np.inf, found)
