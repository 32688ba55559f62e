"""What the engine holds of k quantities: their estimates, their limits at any tail, and p-values that agree with these.

For every class, p_below(b) <= t exactly if limits(t).high < b, and p_above(b) <= t exactly if limits(t).low > b, up to
rounding. At an end of what a quantity can be, and estimated to be there, neither p-value is small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from audit.stats.differences import miettinen_nurminen, score_z_difference
from audit.stats.numerics import Array, Limits, divide, floats
from audit.stats.ratios import koopman, score_z_ratio
from audit.stats.shares import share_test, wilson

#: A bound, and whether a quantity is to be shown to lie above it rather than below.
Side = tuple[float, bool]


class Contrast(Protocol):
    """K quantities, such as every group's difference to one reference, or every group's own rate."""

    @property
    def estimate(self) -> Array:
        """The observed quantities; NaN where not defined."""
        ...

    def limits(self, tails: ArrayLike) -> Limits:
        """The confidence limits that leave out `tails` on either side; one tail, or one for each quantity."""
        ...

    def p_below(self, bound: float) -> Array:
        """One-sided p-values, small where the quantity is clearly below the bound; NaN where nothing was counted."""
        ...

    def p_above(self, bound: float) -> Array:
        """One-sided p-values, small where the quantity is clearly above the bound; NaN where nothing was counted."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """Shares on their own, x of n each: Wilson's interval and score test."""

    x: Array
    n: Array

    @property
    def estimate(self) -> Array:
        """The share; NaN of no trials."""
        return divide(self.x, self.n)

    def limits(self, tails: ArrayLike) -> Limits:
        """Wilson limits, in [0, 1]."""
        return wilson(self.x, self.n, tails)

    def p_below(self, bound: float) -> Array:
        """Evidence that the share is below the bound."""
        return _probability(share_test(self.x, self.n, bound))

    def p_above(self, bound: float) -> Array:
        """Evidence that the share is above the bound."""
        return _probability(-share_test(self.x, self.n, bound))

    def p_of(self, sides: Sequence[Side]) -> list[Array]:
        """The p-values for several sides at once."""
        return _p_of(lambda bounds: share_test(self.x, self.n, bounds), sides, np.broadcast(self.x, self.n).ndim)


@dataclass(frozen=True, kw_only=True, eq=False)
class ShareDifferences:
    """Differences p1 - p2 of shares: Miettinen and Nurminen's interval and score test.

    `within` is for a reference that contains the group, such as the whole population: the group's share w of the
    reference's trials. Then x2 of n2 are the *rest*, and the quantity is p1 - p_all = (1 - w)(p1 - p_rest).
    """

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    within: Array | None = None

    @property
    def estimate(self) -> Array:
        """The difference; NaN if either group is empty."""
        return self._scale() * (divide(self.x1, self.n1) - divide(self.x2, self.n2))

    def limits(self, tails: ArrayLike) -> Limits:
        """Score limits, in [-1, 1], or closer by (1 - w)."""
        low, high = miettinen_nurminen(self.x1, self.n1, self.x2, self.n2, tails)
        known = np.isfinite(self.estimate)
        return Limits(np.where(known, self._scale() * low, -1.0), np.where(known, self._scale() * high, 1.0))

    def p_below(self, bound: float) -> Array:
        """Evidence that the difference is below the bound."""
        return _probability(self._score(bound))

    def p_above(self, bound: float) -> Array:
        """Evidence that the difference is above the bound."""
        return _probability(-self._score(bound))

    def p_of(self, sides: Sequence[Side]) -> list[Array]:
        """The p-values for several sides at once."""
        return _p_of(self._score, sides, np.broadcast(self.x1, self.n1, self.x2, self.n2).ndim)

    def _score(self, bound: float | Array) -> Array:
        return score_z_difference(self.x1, self.n1, self.x2, self.n2, divide(bound, self._scale()))

    def _scale(self) -> Array:
        return np.asarray(1.0) if self.within is None else 1.0 - self.within


@dataclass(frozen=True, kw_only=True, eq=False)
class ShareRatios:
    """Ratios p1 / p2 of shares: Koopman's interval and score test.

    `within` is for a reference that contains the group: the group's share w of the reference's trials. Then x2 of n2
    are the *rest*, and the quantity is p1 / p_all = 1 / (w + (1 - w) / r), an increasing function of r = p1 / p_rest.
    """

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    within: Array | None = None

    @property
    def estimate(self) -> Array:
        """The ratio; NaN if either group is empty or the reference's share is zero."""
        p1, p2 = divide(self.x1, self.n1), divide(self.x2, self.n2)
        return divide(p1, p2 if self.within is None else self.within * p1 + (1 - self.within) * p2)

    def limits(self, tails: ArrayLike) -> Limits:
        """Score limits, in [0, infinity], or in [0, 1/w]."""
        limits = koopman(self.x1, self.n1, self.x2, self.n2, tails)
        if self.within is None:
            return limits
        known = (self.n1 > 0) & (self.n2 > 0)
        low, high = (to_whole(limit, self.within) for limit in limits)
        return Limits(np.where(known, low, 0.0), np.where(known, high, np.inf))

    def p_below(self, bound: float) -> Array:
        """Evidence that the ratio is below the bound."""
        return _probability(self._score(bound))

    def p_above(self, bound: float) -> Array:
        """Evidence that the ratio is above the bound."""
        return _probability(-self._score(bound))

    def p_of(self, sides: Sequence[Side]) -> list[Array]:
        """The p-values for several sides at once."""
        return _p_of(self._score, sides, np.broadcast(self.x1, self.n1, self.x2, self.n2).ndim)

    def _score(self, bound: float | Array) -> Array:
        stated = np.asarray(bound) if self.within is None else to_rest(bound, self.within)
        score = score_z_ratio(self.x1, self.n1, self.x2, self.n2, stated)
        if self.within is None:
            return score
        # Above what any ratio to a whole can be: certain, whatever was counted.
        return np.where((bound * self.within > 1) & (self.n1 > 0) & (self.n2 > 0), -np.inf, score)


def _p_of(score: Callable[[Array], Array], sides: Sequence[Side], dimensions: int) -> list[Array]:
    bounds, above = (np.array(column).reshape(-1, *[1] * dimensions) for column in zip(*sides, strict=True))
    found = score(bounds)
    return list(_probability(np.where(above, -found, found)))


def _probability(score: Array) -> Array:
    return np.asarray(ndtr(score), dtype=np.float64)


def to_whole(ratio: Array, within: Array) -> Array:
    """The ratio to the whole, from the ratio to the rest of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = 1.0 / (within + (1.0 - within) / ratio)
    return np.where(ratio <= 0, 0.0, whole)


def to_rest(ratio: float | Array, within: Array) -> Array:
    """The ratio to the rest, from the ratio to the whole; infinite from 1/w, the most that the latter can be."""
    bound, share = floats(ratio, within)
    room = 1.0 - bound * share
    return np.where(room > 0, divide((1.0 - share) * bound, room), np.inf)
