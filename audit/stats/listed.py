"""Quotients of sums over the items of ranked lists, with lists as clusters: exposure, and shares among the first k.

A quantity of a group is a sum over its items divided by another: of their discounts by how many items there are, or by
what a random order of each list would give. Items of one list push one another down, so neither the items nor the
groups of a list are independent:

- the variance is that of a delete-one jackknife over clusters of lists, of both groups of a comparison together;
- it is never taken for smaller than chance alone makes it where each list is in random order, for which variances of
  drawing without replacement are exact: the spread of a few items among the first k says little by itself;
- Student's quantile has one degree of freedom fewer than there are lists, counted as Kish does (1965), of the group
  that has fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from audit.stats.numerics import Array, Limits, Mask, crossing, divide

_LEAST, _MOST = 1e-8, 1e8
#: Lists of equal size, below which how they differ is not told: at 8, tests kept their size in simulations.
FEWEST = 8.0


def enough_lists(lists: ArrayLike) -> Mask:
    """Are there so many that how they differ is told?"""
    return np.asarray(np.asarray(lists) >= FEWEST - 1e-9)


@dataclass(frozen=True, kw_only=True, eq=False)
class Listed:
    """The sums of k groups in m clusters of lists.

    `top`, `base`, (k, m): numerators and denominators. `items`, (k, m): how many items. Of the numerators, where each
    list is in random order, (k,): `alone` is the variance of the group's sum, `apart` the variance between the items of
    a list (of n - 1), added up over the group's items. `counts`: numerators are counts, whose variance grows with them.
    `signed`: values may be below 0.
    """

    top: Array
    base: Array
    items: Array
    alone: Array
    apart: Array
    counts: bool
    signed: bool = False

    @property
    def value(self) -> Array:
        """The quotients, (k,); NaN where there is nothing to divide by."""
        return divide(self.top.sum(axis=-1), self.base.sum(axis=-1))

    @property
    def lists(self) -> Array:
        """How many lists of equal size the items of each group are worth: (sum n)^2 / sum n^2; 0 of none."""
        return np.nan_to_num(divide(self.items.sum(axis=-1) ** 2, (self.items**2).sum(axis=-1)))

    def left_out(self) -> Array:
        """By how much the value falls where a cluster is left out, (k, m); NaN if that leaves nothing."""
        whole = self.base.sum(axis=-1, keepdims=True)
        residual = self.top - np.nan_to_num(self.value)[:, np.newaxis] * self.base
        return divide(residual, whole - self.base)

    def by_chance(self, variance: Array, rate: ArrayLike) -> Array:
        """A variance of the numerator as one of the value; of counts, at so many times the rate of chance."""
        scale = np.asarray(rate, dtype=np.float64) if self.counts else np.asarray(1.0)
        return np.nan_to_num(divide(variance * scale, self.base.sum(axis=-1) ** 2))


@dataclass(frozen=True, kw_only=True, eq=False)
class ListContrast:
    """The values of groups, or the differences or ratios of first and second, which come from the same lists.

    A ratio is tested as Fieller does (1954): first - r second against 0. Differences and ratios of counts have the
    variances that their counts would have if the bound were true, as score tests do.
    """

    first: Listed
    second: Listed | None = None
    compare: Literal["value", "difference", "ratio"] = "value"

    @property
    def estimate(self) -> Array:
        """The quantities; NaN where not defined."""
        if self.second is None:
            return self.first.value
        both = self.first.value, self.second.value
        return divide(*both) if self.compare == "ratio" else both[0] - both[1]

    @property
    def freedom(self) -> Array:
        """The degrees of freedom."""
        lists = self.first.lists if self.second is None else np.minimum(self.first.lists, self.second.lists)
        return np.asarray(np.where(enough_lists(lists), lists - 1, np.nan))

    def limits(self, tails: ArrayLike) -> Limits:
        """The values that no test at these tails excludes; infinite where nothing is known of the spread."""
        t = -stdtrit(self.freedom, np.broadcast_to(np.asarray(tails, dtype=np.float64), self.estimate.shape))
        # Where none were counted, the variance is 0 at the estimate and nowhere else.
        known = np.isfinite(t) & np.isfinite(self.estimate) & (self._variance(np.abs(self.estimate) + 1.0) > 0)
        low, high = self._reached(t), self._reached(-t)
        none = -np.inf if self._is_signed else 0.0
        return Limits(np.where(known, low, none), np.where(known, high, np.inf))

    def p_below(self, bound: float) -> Array:
        """Evidence that the quantity is below the bound; NaN where nothing is known of the spread."""
        return np.asarray(stdtr(self.freedom, self._errors(np.full_like(self.estimate, bound))), dtype=np.float64)

    def p_above(self, bound: float) -> Array:
        """Evidence that the quantity is above the bound; NaN where nothing is known of the spread."""
        return np.asarray(stdtr(self.freedom, -self._errors(np.full_like(self.estimate, bound))), dtype=np.float64)

    @property
    def _is_signed(self) -> bool:
        return self.compare == "difference" or self.first.signed

    def _reached(self, t: Array) -> Array:
        """The bound that lies so many standard errors below the estimate."""
        if self._is_signed:
            ends = np.full_like(t, _MOST)
            found = crossing(lambda bound: self._errors(bound) - t, -ends, ends)
            return np.where(np.abs(found) < _MOST / 2, found, np.copysign(np.inf, found))
        low, high = np.full_like(t, np.log(_LEAST)), np.full_like(t, np.log(_MOST))
        found = np.exp(crossing(lambda log: self._errors(np.exp(log)) - t, low, high))
        return np.where(found < 2 * _LEAST, 0.0, np.where(found > _MOST / 2, np.inf, found))

    def _errors(self, bound: Array) -> Array:
        """By how many standard errors the estimate lies above a bound."""
        first = self.first.value
        if self.second is None:
            gap = first - bound
        else:
            gap = first - (bound * self.second.value if self.compare == "ratio" else bound + self.second.value)
        variance = self._variance(bound)
        return divide(gap, np.sqrt(np.where(variance > 0, variance, 0.0)))

    def _variance(self, bound: Array) -> Array:
        """That of chance if the bound were true, and by how much lists spread more than chance makes them."""
        more = self._spread(bound) - self._usual(bound)
        return np.asarray(self._chance(bound) + np.maximum(np.nan_to_num(more), 0.0))

    def _chance(self, bound: Array) -> Array:
        """The variance where each list is in random order but for rates as the bound has them."""
        first, second = self.first, self.second
        if second is None:
            return first.by_chance(first.alone, bound)
        hits, base = first.top.sum(axis=-1) + second.top.sum(axis=-1), first.base.sum(axis=-1)
        if self.compare == "ratio":
            rate = np.nan_to_num(divide(hits, bound * base + second.base.sum(axis=-1)))
            return self._of_both(bound * rate, rate, bound)
        rate = np.nan_to_num(divide(hits - bound * base, base + second.base.sum(axis=-1)))
        rate = np.maximum(rate, np.maximum(-bound, 0.0))
        return self._of_both(rate + bound, rate, bound)

    def _usual(self, bound: Array) -> Array:
        """The same for the rates that were observed."""
        if self.second is None:
            return self.first.by_chance(self.first.alone, self.estimate)
        return self._of_both(self.first.value, self.second.value, bound)

    def _of_both(self, first: Array, second: Array, bound: Array) -> Array:
        """Chance's variance of what is tested, at the rates of both groups."""
        if self.second is None:
            raise LookupError("there is one group only")
        one, other = (of.by_chance(of.apart, rate) for of, rate in ((self.first, first), (self.second, second)))
        return np.asarray(one + self._times(bound) ** 2 * other)

    def _spread(self, bound: Array) -> Array:
        """The variance of what is tested by the jackknife, about the estimates themselves, which is cautious."""
        own, there = self.first.left_out(), self.first.items > 0
        if self.second is None:
            return _jackknife(own, own, there)
        other, there = self.second.left_out(), there | (self.second.items > 0)
        times = self._times(bound)
        crossed = 2 * times * _jackknife(own, other, there)
        return np.asarray(_jackknife(own, own, there) - crossed + times**2 * _jackknife(other, other, there))

    def _times(self, bound: Array) -> Array:
        """How often the second value is taken from the first."""
        return bound if self.compare == "ratio" else np.ones_like(bound)


def _jackknife(first: Array, second: Array, there: Mask) -> Array:
    """The covariance of two values from what leaving out each cluster moves them by."""
    clusters = there.sum(axis=-1)
    return np.asarray(divide(clusters - 1, clusters) * np.where(there, first * second, 0.0).sum(axis=-1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Logarithms:
    """The natural logarithms of quantities that are never negative, such as ratios."""

    of: ListContrast

    @property
    def estimate(self) -> Array:
        """The logarithms; NaN of nothing and of what is not defined."""
        value = self.of.estimate
        return np.log(np.where(value > 0, value, np.nan))

    def limits(self, tails: ArrayLike) -> Limits:
        """The logarithms of the limits."""
        low, high = self.of.limits(tails)
        with np.errstate(divide="ignore"):
            return Limits(np.log(low), np.log(high))

    def p_below(self, bound: float) -> Array:
        """Evidence that the logarithm is below the bound."""
        return self.of.p_below(float(np.exp(bound)))

    def p_above(self, bound: float) -> Array:
        """Evidence that the logarithm is above the bound."""
        return self.of.p_above(float(np.exp(bound)))
