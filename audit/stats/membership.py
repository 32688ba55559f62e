"""What can be said when group membership, or the outcome, is not known for every row: bounds without assumptions.

Every bound is reached by some way of filling in what is not known (Manski's worst case), unless said otherwise.
Bounds hold for the counted rows; `Bounded` adds the sampling error at either end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios, Shares
from audit.stats.numerics import Array, Limits, Mask, divide, floats


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Unknown:
    """K groups' x of n, and rows of any of these groups (or none) whose membership is not known: hits and misses."""

    x: Array
    n: Array
    hits: float
    misses: float

    @property
    def share_of_rows(self) -> float | None:
        """How much of all rows has no known group; None of no rows."""
        unknown = self.hits + self.misses
        total = float(np.sum(self.n)) + unknown
        return unknown / total if total > 0 else None

    def shares(self) -> Limits:
        """Each group's lowest and highest possible share; (0, 1) for a group with no known rows, if there are unknown.

        Highest, if all unknown hits and no unknown miss are the group's; lowest, the other way round.
        """
        x, n = floats(self.x, self.n)
        some = self.hits + self.misses > 0
        low, high = divide(x, n + self.misses), divide(x + self.hits, n + self.hits)
        return Limits(np.where((n == 0) & some, 0.0, low), np.where((n == 0) & some, 1.0, high))

    def differences(self, first: ArrayLike, second: ArrayLike) -> Limits:
        """The least and the most that one group's share may lie above another's, by their places.

        Both ends can be true at once: one group takes the hits and the other the misses.
        """
        low, high = self.shares()
        one, other = np.asarray(first), np.asarray(second)
        return Limits(low[one] - high[other], high[one] - low[other])

    def ratios(self, first: ArrayLike, second: ArrayLike) -> Limits:
        """The least and the most that the ratio of two groups' shares may be; infinite where the second may be zero
        and the first not, NaN where neither can be more.
        """
        low, high = self.shares()
        one, other = np.asarray(first), np.asarray(second)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Limits(divide(low[one], high[other]), np.asarray(high[one] / low[other]))

    def max_gap(self) -> Limits:
        """The least and the most that the largest gap of any two groups may be; NaN of fewer than two groups.

        The most is reached. The least may not be with three groups or more, since one unknown row cannot serve two
        pairs: the true bound is then no smaller.
        """
        low, high = self._present()
        if low.size < 2:
            return Limits(np.asarray(np.nan), np.asarray(np.nan))
        return Limits(np.maximum(0.0, _apart(low[:, np.newaxis] - high).max()), _apart(high[:, np.newaxis] - low).max())

    def min_ratio(self) -> Limits:
        """The least and the most that the smallest ratio of any two groups may be; as `max_gap`, the most outwards."""
        low, high = self._present()
        if low.size < 2:
            return Limits(np.asarray(np.nan), np.asarray(np.nan))
        with np.errstate(divide="ignore", invalid="ignore"):
            least, most = low[:, np.newaxis] / high, high[:, np.newaxis] / low
        return Limits(_smallest(_apart(least)), np.minimum(1.0, _smallest(_apart(most))))

    def bounded_differences(self, first: ArrayLike, second: ArrayLike) -> Bounded:
        """The differences of two groups with both uncertainties: who the unknown are, and sampling."""
        one, other = self._tables(first, second)
        return _bounded(ShareDifferences, one, other)

    def bounded_ratios(self, first: ArrayLike, second: ArrayLike) -> Bounded:
        """The ratios of two groups with both uncertainties."""
        one, other = self._tables(first, second)
        return _bounded(ShareRatios, one, other)

    def bounded_shares(self) -> Bounded:
        """Each group's share with both uncertainties."""
        x, n = floats(self.x, self.n)
        return Bounded(
            known=Shares(x=x, n=n), least=Shares(x=x, n=n + self.misses), most=Shares(x=x + self.hits, n=n + self.hits)
        )

    def _present(self) -> tuple[Array, Array]:
        """The bounds of the groups that have known rows."""
        low, high = self.shares()
        known: Mask = np.asarray(self.n) > 0
        return low[known], high[known]

    def _tables(self, first: ArrayLike, second: ArrayLike) -> tuple[list[tuple[Array, Array]], ...]:
        """The counts of either group, as known, with the misses, and with the hits."""
        x, n = floats(self.x, self.n)
        places = np.atleast_1d(first), np.atleast_1d(second)
        added = ((0.0, 0.0), (0.0, self.misses), (self.hits, self.hits))
        return tuple([(x[place] + hits, n[place] + rows) for hits, rows in added] for place in places)


@dataclass(frozen=True, kw_only=True, eq=False)
class Proxy:
    """Rows by strata of a proxy, such as surname and area: how many, how many hits, and each group's probability.

    `probability` has shape (strata, groups), its rows adding up to 1 or less (the rest: other groups). A row of its
    own, or all rows with the same probabilities, make a stratum.
    """

    hits: Array
    n: Array
    probability: Array

    def weighted(self) -> Array:
        """Each group's share with every row counted by its probability; NaN of a group of no probability.

        Right if membership and the outcome are unrelated within strata; else off by `weighted_bias`.
        """
        hits, rows = self._columns()
        return divide((self.probability * hits).sum(axis=0), (self.probability * rows).sum(axis=0))

    def weighted_bias(self, covariance: ArrayLike) -> Array:
        """How far the weighted share lies above the true one, if membership and outcome have this covariance in strata.

        -E[cov(member, outcome | proxy)] / P(member), for covariances of shape (strata, groups) or one for all. Over
        many rows (Chen, Kallus, Mao, Svacha & Udell 2019).
        """
        _, rows = self._columns()
        inside = np.broadcast_to(np.asarray(covariance, dtype=np.float64), self.probability.shape)
        return -divide((rows * inside).sum(axis=0), (rows * self.probability).sum(axis=0))

    def thresholded(self, threshold: float) -> tuple[Array, Array]:
        """Hits and rows of each group if a row belongs to the group of which it is this sure: for comparison only.

        The threshold is above 0.5, or 0.5 for two groups, where the first takes the tie. Rows that reach it for no
        group are left out, and the share of the others is generally biased away from equality.
        """
        hits, rows = self._columns()
        sure = self.probability >= threshold - 1e-12
        sure &= np.cumsum(sure, axis=1) == 1
        return (sure * hits).sum(axis=0), (sure * rows).sum(axis=0)

    def shares(self) -> Limits:
        """Each group's lowest and highest possible share, given the probabilities and no more.

        In each stratum the members' hits are at least max(0, P + M - 1) and at most min(P, M) of its rows, with M the
        stratum's share of hits (Frechet; Kallus, Mao & Zhou 2022).
        """
        hits, rows = self._columns()
        share, members = np.nan_to_num(divide(hits, rows)), (rows * self.probability).sum(axis=0)
        least = np.maximum(0.0, self.probability + share - 1)
        most = np.minimum(self.probability, share)
        return Limits(divide((rows * least).sum(axis=0), members), divide((rows * most).sum(axis=0), members))

    def differences(self, first: int, second: int) -> Limits:
        """The least and the most that one group's share may lie above another's: both ends can be true at once."""
        low, high = self.shares()
        return Limits(low[first] - high[second], high[first] - low[second])

    def _columns(self) -> tuple[Array, Array]:
        hits, rows = floats(self.hits, self.n)
        return hits[:, np.newaxis], rows[:, np.newaxis]


def missing_outcomes(x: ArrayLike, n: ArrayLike, missing: ArrayLike) -> Limits:
    """The share of hits if some rows' outcomes are missing: all of them misses, or all of them hits; NaN of no rows."""
    x, n, missing = floats(x, n, missing)
    return Limits(divide(x, n + missing), divide(x + missing, n + missing))


def selective_true_positive_rate(tp: ArrayLike, fn: ArrayLike, selected: ArrayLike, rejected: ArrayLike) -> Limits:
    """The true positive rate if the outcomes of some selected and some rejected rows are not known.

    Lowest if those selected are negatives and those rejected positives; highest the other way round. Of fp and tn, the
    false positive rate's bounds.
    """
    tp, fn, selected, rejected = floats(tp, fn, selected, rejected)
    return Limits(divide(tp, tp + fn + rejected), divide(tp + selected, tp + fn + selected))


def apart(first: Limits, second: Limits) -> Limits:
    """Bounds of a difference, from the bounds of two quantities that know nothing of one another."""
    return Limits(first.low - second.high, first.high - second.low)


def _bounded(
    kind: type[ShareDifferences | ShareRatios], one: list[tuple[Array, Array]], other: list[tuple[Array, Array]]
) -> Bounded:
    def contrast(first: int, second: int) -> Contrast:
        return kind(x1=one[first][0], n1=one[first][1], x2=other[second][0], n2=other[second][1])

    return Bounded(known=contrast(0, 0), least=contrast(1, 2), most=contrast(2, 1))


def _apart(pairs: Array) -> Array:
    """Pairs of different groups alone."""
    return pairs[~np.eye(pairs.shape[0], dtype=bool)]


def _smallest(values: Array) -> Array:
    """The smallest value that is defined; NaN if none is."""
    return np.asarray(np.fmin.reduce(values))
