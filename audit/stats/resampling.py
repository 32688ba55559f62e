"""The bootstrap from counts: drawing rows with replacement and counting them is a multinomial draw of the cells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from audit.stats.numerics import Array, divide

#: A function of stacked cells, of shape (..., strata, cells), that gives one number each, NaN where it is not defined.
Statistic = Callable[[Array], Array]

_MOST_UNDEFINED = 0.01
_ROUNDING = 1e-12  # sums of weights that are equal differ by this much


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled:
    """A statistic, its sorted bootstrap replicates, and what BCa needs. `reason` says why there are no limits, if so.

    `bias` is BCa's z0 (infinite if the statistic lies outside of all replicates), `dropped` the share of replicates
    in which the statistic was not defined.
    """

    estimate: float | None
    replicates: Array
    bias: float
    acceleration: float
    dropped: float
    reason: str | None

    def limits(self, tail: float) -> tuple[float, float] | None:
        """The BCa limits, or the percentile limits where BCa has no level to offer (Efron 1987).

        Infinite where the level lies beyond all replicates, which are too few to say. None, never a zero width, if the
        replicates tell nothing.
        """
        if self.reason is not None:
            return None
        low, high = (self._quantile(level) for level in self._levels(tail))
        return (low, high) if low < high else None

    def percentile(self, tail: float) -> tuple[float, float] | None:
        """The percentile limits, for comparison with other tools."""
        if self.reason is not None:
            return None
        return self._quantile(tail), self._quantile(1.0 - tail)

    def _levels(self, tail: float) -> tuple[float, float]:
        levels = bca_levels(self.bias, self.acceleration, tail)
        return (tail, 1.0 - tail) if levels is None else levels

    def _quantile(self, level: float) -> float:
        beyond = 1.0 / (self.replicates.size + 1)
        if level < beyond or level > 1.0 - beyond:
            return -np.inf if level < 0.5 else np.inf
        return float(np.quantile(self.replicates, level))


def bootstrap(cells: Array, statistic: Statistic, *, seed: int, key: str, replicates: int = 2000) -> Resampled:
    """Resample each stratum's cells with its number of rows fixed, and evaluate the statistic on every replicate.

    `cells` has shape (strata, cells). Fractional (effective) counts keep their proportions; their number of rows is
    rounded down. The random numbers depend on seed and key alone, not on what else was drawn before.
    Reasons for no limits: "undefined", "undefined_replicates" (over 1 %), "no_variation".
    """
    estimate = float(statistic(cells[np.newaxis])[0])
    if not np.isfinite(estimate):
        return without_limits(None, "undefined")
    draws = np.asarray(statistic(draw(cells, seed=seed, key=key, replicates=replicates)))
    return resampled(estimate, draws, acceleration(*jackknife(cells, statistic)))


def resampled(estimate: float, draws: Array, skewness: float) -> Resampled:
    """An estimate, its replicates, however they were drawn, and BCa's acceleration."""
    defined = np.sort(draws[np.isfinite(draws)])
    dropped = 1.0 - defined.size / draws.size
    if dropped > _MOST_UNDEFINED:
        return without_limits(estimate, "undefined_replicates", dropped)
    slack = _ROUNDING * max(1.0, abs(estimate))
    if defined[-1] - defined[0] <= slack:
        return without_limits(estimate, "no_variation", dropped)
    less, equal = float(np.mean(defined < estimate - slack)), float(np.mean(np.abs(defined - estimate) <= slack))
    return Resampled(
        estimate=estimate,
        replicates=defined,
        bias=bias(less, equal),
        acceleration=skewness,
        dropped=dropped,
        reason=None,
    )


def draw(cells: Array, *, seed: int, key: str, replicates: int) -> Array:
    """Replicates of the cells, of shape (replicates, strata, cells), from a Philox stream keyed on seed and key."""
    numbers = stream(seed, key)
    sizes = np.floor(cells.sum(axis=-1) + 1e-9).astype(np.int64)
    shares = divide(cells, cells.sum(axis=-1, keepdims=True))
    drawn = [numbers.multinomial(n, p, size=replicates) for n, p in zip(sizes, np.nan_to_num(shares), strict=True)]
    return np.stack(drawn, axis=1).astype(np.float64)


def stream(seed: int, key: str) -> np.random.Generator:
    """The random numbers that belong to a seed and a key, whatever else was drawn before."""
    digest = hashlib.sha256(f"{seed}\0{key}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))


def bias(less: float, equal: float) -> float:
    """BCa's z0, from the shares of replicates below and equal to the estimate; ties count half."""
    return float(ndtri(less + equal / 2))


def bca_levels(z0: float, a: float, tail: float) -> tuple[float, float] | None:
    """The levels at which BCa reads the replicates; None if its correction breaks down."""
    if not np.isfinite(z0):
        return None
    shifted = z0 + np.array([ndtri(tail), -ndtri(tail)])
    room = 1.0 - a * shifted
    if (room <= 0).any():
        return None
    low, high = ndtr(z0 + shifted / room)
    return float(low), float(high)


def jackknife(cells: Array, statistic: Statistic) -> tuple[Array, Array]:
    """Every row's influence and how many rows have it, by leaving out one row of each kind from (strata, cells).

    Rows of one cell have one influence, so there are no more of them than cells. Strata contribute with the factor
    (n - 1) / n. Zero influence where leaving a row out leaves the statistic undefined.
    """
    strata, kinds = cells.shape
    one_less = cells - np.eye(strata * kinds).reshape(-1, strata, kinds)
    left = np.asarray(statistic(np.maximum(one_less, 0.0))).reshape(strata, kinds)
    known = (cells > 0) & np.isfinite(left)
    weight = np.where(known, cells, 0.0)
    values = np.where(known, left, 0.0)
    rows = weight.sum(axis=1, keepdims=True)
    middle = np.nan_to_num(divide((weight * values).sum(axis=1, keepdims=True), rows))
    influence = np.where(known, middle - values, 0.0) * np.nan_to_num(divide(rows - 1.0, rows))
    return influence, weight


def acceleration(influence: Array, weight: Array) -> float:
    """BCa's acceleration, a sixth of the skewness of the influences; 0 if there are none."""
    squares = float((weight * influence**2).sum())
    return float((weight * influence**3).sum()) / (6.0 * squares**1.5) if squares > 0 else 0.0


def matthews(cells: Array) -> Array:
    """The Matthews correlation of stacked cells tp, fp, fn, tn of one stratum; NaN if a margin is zero."""
    tp, fp, fn, tn = (cells[..., 0, i] for i in range(4))
    return divide(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn)))


def f1_of(cells: Array) -> Array:
    """F1 of stacked cells tp, fp, fn, tn of one stratum; NaN if there is neither a positive decision nor outcome."""
    tp, fp, fn = (cells[..., 0, i] for i in range(3))
    return divide(2 * tp, 2 * tp + fp + fn)


def balanced_accuracy_of(cells: Array) -> Array:
    """The mean of both true rates of stacked cells tp, fp, fn, tn of one stratum; NaN without both outcomes."""
    tp, fp, fn, tn = (cells[..., 0, i] for i in range(4))
    return (divide(tp, tp + fn) + divide(tn, tn + fp)) / 2


def without_limits(estimate: float | None, reason: str, dropped: float = 0.0) -> Resampled:
    """An estimate about whose limits resampling says nothing, and why."""
    none = np.empty(0)
    return Resampled(estimate=estimate, replicates=none, bias=0.0, acceleration=0.0, dropped=dropped, reason=reason)
