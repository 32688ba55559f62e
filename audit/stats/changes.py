"""How differences between groups changed from one model to another on the same rows, as contrasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from audit.stats.mover import mover_difference
from audit.stats.numerics import Array, Limits, crossing, divide
from audit.stats.paired import tango

_FARTHEST = 37.0  # standard errors; the tail beyond is as small as float64 can tell from none


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedChanges:
    """Differences of two groups' changes: `gained1` less `lost1` of `n1` rows, minus the same of the second group.

    Each change has Tango's limits (1998), the difference those of MOVER (Zou and Donner 2008): groups share no rows.
    """

    gained1: Array
    lost1: Array
    n1: Array
    gained2: Array
    lost2: Array
    n2: Array

    @property
    def estimate(self) -> Array:
        """The difference of the changes; NaN if either group is empty."""
        return divide(self.gained1 - self.lost1, self.n1) - divide(self.gained2 - self.lost2, self.n2)

    def limits(self, tails: ArrayLike) -> Limits:
        """MOVER limits of Tango's, in [-2, 2]."""
        tails = np.broadcast_to(np.asarray(tails, dtype=np.float64), self.n1.shape)
        pairs = ((self.gained1, self.gained2), (self.lost1, self.lost2), (self.n1, self.n2), (tails, tails))
        low, high = tango(*(np.stack(pair) for pair in pairs))
        first, second = divide(self.gained1 - self.lost1, self.n1), divide(self.gained2 - self.lost2, self.n2)
        found = mover_difference(first, Limits(low[0], high[0]), second, Limits(low[1], high[1]))
        known = np.isfinite(self.estimate)
        return Limits(np.where(known, found.low, -2.0), np.where(known, found.high, 2.0))

    def p_below(self, bound: float) -> Array:
        """Evidence that the difference is below the bound."""
        return self._p(bound, below=True)

    def p_above(self, bound: float) -> Array:
        """Evidence that the difference is above the bound."""
        return self._p(bound, below=False)

    def _p(self, bound: float, *, below: bool) -> Array:
        """The tail at which a limit is the bound: that of the side on which the estimate does not lie."""
        gap = self.estimate - bound
        far: Callable[[Array], Array] = lambda z: np.where(  # noqa: E731 - what falls to zero at the answer
            gap > 0, self.limits(ndtr(-z)).low - bound, bound - self.limits(ndtr(-z)).high
        )
        none = np.zeros_like(gap)
        tail = ndtr(-crossing(far, none, none + _FARTHEST))
        toward = gap < 0 if below else gap > 0
        p = np.where(gap == 0, 0.5, np.where(toward, tail, 1.0 - tail))
        return np.where(np.isnan(gap), np.nan, p)
