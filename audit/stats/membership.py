"""Quantities between two ends, where group membership, or the outcome, is not known for every row."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from audit.stats.contrasts import Contrast
from audit.stats.numerics import Array, Limits


@dataclass(frozen=True, kw_only=True, eq=False)
class Bounded:
    """Quantities known only to lie between two others, which are themselves estimated: a contrast like any other.

    `known` is the quantity from the rows that are known. A limit is that of the nearer end's own interval, so each
    side leaves out its tail at most, wherever the truth lies between the ends.
    """

    known: Contrast
    least: Contrast
    most: Contrast

    @property
    def estimate(self) -> Array:
        """The quantities among the rows that are known."""
        return self.known.estimate

    def limits(self, tails: ArrayLike) -> Limits:
        """From the lower limit of the least possible to the upper limit of the most possible."""
        return Limits(self.least.limits(tails).low, self.most.limits(tails).high)

    def p_below(self, bound: float) -> Array:
        """Evidence that the most that it can be is below the bound."""
        return self.most.p_below(bound)

    def p_above(self, bound: float) -> Array:
        """Evidence that the least that it can be is above the bound."""
        return self.least.p_above(bound)
