"""Shares, differences and ratios by the intervals that a policy can ask for instead of the score intervals.

Each is a contrast like those of `contrasts`: its p-values agree with its limits. `usual` is the same quantity by the
score interval, which planning is done with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, ndtr

from audit.stats.composites import above_by_limits, below_by_limits
from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios, Shares, to_rest, to_whole
from audit.stats.differences import newcombe
from audit.stats.numerics import Array, Limits, Mask, divide
from audit.stats.ratios import katz
from audit.stats.shares import clopper_pearson, jeffreys


@dataclass(frozen=True, kw_only=True, eq=False)
class ClopperPearsonShares:
    """Shares on their own, by the exact interval and the binomial tail probabilities that it inverts."""

    x: Array
    n: Array

    @property
    def usual(self) -> Contrast:
        """By Wilson's interval."""
        return Shares(x=self.x, n=self.n)

    @property
    def estimate(self) -> Array:
        """The share; NaN of no trials."""
        return divide(self.x, self.n)

    def limits(self, tails: ArrayLike) -> Limits:
        """Clopper and Pearson's limits, in [0, 1]."""
        return clopper_pearson(self.x, self.n, tails)

    def p_below(self, bound: float) -> Array:
        """The chance of so few successes at the bound."""
        at = min(max(bound, 0.0), 1.0)
        found = betaincc(self.x + 1, np.maximum(self.n - self.x, 1e-300), at)
        return _of_trials(self.n, _beyond(np.where(self.x >= self.n, 1.0, found), bound > 1))

    def p_above(self, bound: float) -> Array:
        """The chance of so many successes at the bound."""
        at = min(max(bound, 0.0), 1.0)
        found = betainc(np.maximum(self.x, 1e-300), self.n - self.x + 1, at)
        return _of_trials(self.n, _beyond(np.where(self.x <= 0, 1.0, found), bound < 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class JeffreysShares:
    """Shares on their own, by the posterior under Jeffreys' prior; no evidence against an end that was observed."""

    x: Array
    n: Array

    @property
    def usual(self) -> Contrast:
        """By Wilson's interval."""
        return Shares(x=self.x, n=self.n)

    @property
    def estimate(self) -> Array:
        """The share; NaN of no trials."""
        return divide(self.x, self.n)

    def limits(self, tails: ArrayLike) -> Limits:
        """Jeffreys' limits, closed at 0 and at 1 where that was observed."""
        return jeffreys(self.x, self.n, tails)

    def p_below(self, bound: float) -> Array:
        """How likely the share is at the bound or above it."""
        found = betaincc(self.x + 0.5, self.n - self.x + 0.5, min(max(bound, 0.0), 1.0))
        return _of_trials(self.n, _beyond(np.where(self.x >= self.n, 1.0, found), bound > 1))

    def p_above(self, bound: float) -> Array:
        """How likely the share is at the bound or below it."""
        found = betainc(self.x + 0.5, self.n - self.x + 0.5, min(max(bound, 0.0), 1.0))
        return _of_trials(self.n, _beyond(np.where(self.x <= 0, 1.0, found), bound < 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class NewcombeDifferences:
    """Differences p1 - p2 of shares by Newcombe's interval, inverted for p-values; `within` as in ShareDifferences."""

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    within: Array | None = None

    @property
    def usual(self) -> ShareDifferences:
        """By Miettinen and Nurminen's interval."""
        return ShareDifferences(x1=self.x1, n1=self.n1, x2=self.x2, n2=self.n2, within=self.within)

    @property
    def estimate(self) -> Array:
        """The difference; NaN if either group is empty."""
        return self.usual.estimate

    def limits(self, tails: ArrayLike) -> Limits:
        """Newcombe's limits, in [-1, 1], or closer by (1 - w)."""
        low, high = newcombe(self.x1, self.n1, self.x2, self.n2, tails)
        scale = 1.0 if self.within is None else 1.0 - self.within
        known = np.isfinite(self.estimate)
        return Limits(np.where(known, scale * low, -1.0), np.where(known, scale * high, 1.0))

    def p_below(self, bound: float) -> Array:
        """The smallest tail at which the upper limit is below the bound."""
        return below_by_limits(self.estimate, self.limits, bound)

    def p_above(self, bound: float) -> Array:
        """The smallest tail at which the lower limit is above the bound."""
        return above_by_limits(self.estimate, self.limits, bound)


@dataclass(frozen=True, kw_only=True, eq=False)
class KatzRatios:
    """Ratios p1 / p2 of shares by Katz's log-normal interval; `within` as in ShareRatios.

    Without a success in a group the logarithm is not defined, and where everyone is selected in both its spread is
    zero: there it is no interval, from 0 to infinity, and the p-values are NaN. `estimable` says where it is one.
    """

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    within: Array | None = None

    @property
    def usual(self) -> ShareRatios:
        """By Koopman's interval."""
        return ShareRatios(x1=self.x1, n1=self.n1, x2=self.x2, n2=self.n2, within=self.within)

    @property
    def estimate(self) -> Array:
        """The ratio; NaN if either group is empty or the reference's share is zero."""
        return self.usual.estimate

    @property
    def estimable(self) -> Mask:
        """Where there is an interval."""
        return np.asarray((self.x1 > 0) & (self.x2 > 0) & (self._spread() > 0))

    def limits(self, tails: ArrayLike) -> Limits:
        """Katz's limits; 0 and infinity where there is no interval."""
        limits = katz(self.x1, self.n1, self.x2, self.n2, tails)
        if self.within is not None:
            limits = Limits(*(to_whole(limit, self.within) for limit in limits))
        return Limits(np.where(self.estimable, limits.low, 0.0), np.where(self.estimable, limits.high, np.inf))

    def p_below(self, bound: float) -> Array:
        """Evidence that the ratio is below the bound."""
        return np.asarray(ndtr(self._score(bound)))

    def p_above(self, bound: float) -> Array:
        """Evidence that the ratio is above the bound."""
        return np.asarray(ndtr(-self._score(bound)))

    def _spread(self) -> Array:
        return divide(1, self.x1) - divide(1, self.n1) + divide(1, self.x2) - divide(1, self.n2)

    def _score(self, bound: float) -> Array:
        """How many standard errors the logarithm of the ratio lies above that of the bound."""
        rest = np.asarray(bound) if self.within is None else to_rest(bound, self.within)
        ratio = divide(divide(self.x1, self.n1), divide(self.x2, self.n2))
        with np.errstate(divide="ignore", invalid="ignore"):
            score = (np.log(ratio) - np.log(np.maximum(rest, 0.0))) / np.sqrt(self._spread())
        return np.where(self.estimable, score, np.nan)


SHARES: dict[str, type[Shares | ClopperPearsonShares | JeffreysShares]] = {
    "wilson": Shares,
    "clopper_pearson": ClopperPearsonShares,
    "jeffreys": JeffreysShares,
}
DIFFERENCES: dict[str, type[ShareDifferences | NewcombeDifferences]] = {
    "miettinen_nurminen": ShareDifferences,
    "newcombe": NewcombeDifferences,
}
RATIOS: dict[str, type[ShareRatios | KatzRatios]] = {"koopman": ShareRatios, "katz": KatzRatios}


def _beyond(p: Array, certain: bool) -> Array:
    """The p-values, or 0 where the bound lies beyond what a share can be."""
    return np.zeros_like(p) if certain else p


def _of_trials(n: Array, p: Array) -> Array:
    return np.where(n > 0, p, np.nan)
