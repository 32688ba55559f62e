"""What is known of the scores of one group: sums by outcome, rows at each score, rows above the median of all or first.

Groups add up and can be taken out of a whole, as their confusion cells can.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from audit.stats.histogram import Clusters, Histogram
from audit.stats.moments import Moments, clustered, mean
from audit.stats.numerics import dot

Array = NDArray[np.float64]
#: The outcomes, in the order of the first axis of `sums`.
LABELS = ("positive", "negative", None)
#: The last axis of `sums`: rows, weight, squared weight, weight times powers of the score, squared weight times those.
WIDTH = 11
_POWERS, _SQUARED = slice(3, 7), slice(7, 11)
#: Variances below this part of the range squared are the rounding of sums; of rows with sampling weights, the second.
GRAIN = (2.0**-46, 2.0**-34)


@dataclass(frozen=True, kw_only=True, eq=False)
class UnitSums:
    """The scores of one group by bucket of units: what their intervals need where rows belong together.

    `sums` (buckets, 3, 3) by outcome are weight, and weight times the first two powers; `places` (buckets, 3, 50) the
    weight at each place of the range (see `audit.stats.design_effect`), None where only sums were counted. `above`
    (50,) is how much of it lies above the median of all, or in the best-scored fraction; None where that is not known.
    """

    sums: Array
    places: Array | None = None
    above: Array | None = None

    def plus(self, other: UnitSums, sign: float) -> UnitSums:
        """Both together; with a sign of -1, what is left without the other."""
        there = {name: value for name, value in vars(self).items() if value is not None}
        theirs = {name: getattr(other, name) for name in there}
        return UnitSums(
            **{name: value + sign * theirs[name] for name, value in there.items() if theirs[name] is not None}
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreGroup:
    """The scores of one group, from `low` to `high`; `sums` (3, 11) by outcome, powers being of the part of the range.

    `histogram` holds one group, and is None where only sums were counted. `above` holds how many rows, what weight and
    what squared weight lie above the median of all, or in the best-scored fraction of all that a rule names; None where
    that is not known. `falling`: a low score speaks for the positive outcome. `powers`: how many of them were counted.
    `spread`: the mean and the standard deviation (of n, not n - 1) of all usable scores, those of unknown membership
    included; None if these are all alike. `errors`: no scores but by how much predictions miss their targets; the
    labels say which are too low (negative). `units` is set where rows belong together.
    """

    low: float
    high: float
    sums: Array
    histogram: Histogram | None = None
    above: Array | None = None
    falling: bool = False
    powers: int = 4
    spread: tuple[float, float] | None = None
    errors: bool = False
    units: UnitSums | None = None

    @property
    def rows(self) -> int:
        """How many rows have a score."""
        return round(float(self.sums[:, 0].sum()))

    def without(self, part: ScoreGroup) -> ScoreGroup:
        """The rest of a whole that holds the part."""
        return self._with(part, -1.0)

    def __add__(self, other: ScoreGroup) -> ScoreGroup:
        """Both together."""
        return self._with(other, 1.0)

    def _with(self, other: ScoreGroup, sign: float) -> ScoreGroup:
        above = None if self.above is None or other.above is None else self.above + sign * other.above
        histogram = None
        if self.histogram is not None and other.histogram is not None:
            histogram = _combined(self.histogram, other.histogram, sign)
        units = self.units.plus(other.units, sign) if self.units and other.units else None
        return replace(self, sums=self.sums + sign * other.sums, histogram=histogram, above=above, units=units)


def nothing_like(other: ScoreGroup) -> ScoreGroup:
    """A group without any scores, counted as the other."""
    return other.without(other)


def together(groups: Sequence[ScoreGroup]) -> Histogram:
    """The histograms of several groups as one of several groups; all falling scores are turned around."""
    found = [group.histogram for group in groups if group.histogram is not None]
    first = found[0]
    parts: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in found])
        for name in ("positive", "negative", "unlabelled", "positive2", "negative2", "unlabelled2")
        if getattr(first, name) is not None
    }
    stacked = replace(first, **parts, clusters=_clusters(groups))
    if not groups[0].falling:
        return stacked
    clusters = stacked.clusters
    return replace(
        stacked,
        clusters=clusters and replace(clusters, counts=clusters.counts[:, :, [1, 0, 2]]),
        positive=stacked.negative,
        negative=stacked.positive,
        positive2=stacked.negative2,
        negative2=stacked.positive2,
    )


def _clusters(groups: Sequence[ScoreGroup]) -> Clusters | None:
    """The rows of several groups by their units; None where rows are independent."""
    found = [group.units.places for group in groups if group.units is not None and group.units.places is not None]
    return Clusters(counts=np.stack(found), low=groups[0].low, high=groups[0].high) if found else None


# A quantity x of a row is a polynomial of its score s: its coefficients, and those of its square, from s^0.
_Polynomials = tuple[tuple[float, ...], tuple[float, ...]]
_SCORE: _Polynomials = ((0, 1), (0, 0, 1))
_ONE_MINUS: _Polynomials = ((1, -1), (1, -2, 1))
_MINUS: _Polynomials = ((0, -1), (0, 0, 1))
_FAR_FROM_ONE: _Polynomials = ((1, -2, 1), (1, -4, 6, -4, 1))
_FAR_FROM_ZERO: _Polynomials = ((0, 0, 1), (0, 0, 0, 0, 1))


def score_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of the scores themselves, in their own units."""
    return _moments(groups, (_SCORE, _SCORE, _SCORE))


def standardized_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of the scores less the mean of all, in standard deviations of all; NaN where all scores are alike."""
    mean, deviation = groups[0].spread or (np.nan, np.nan)
    shift, by = -mean / deviation, 1 / deviation
    return polynomial_moments(groups, ((shift, by), (shift**2, 2 * shift * by, by**2)))


def polynomial_moments(groups: Sequence[ScoreGroup], of: _Polynomials) -> Moments:
    """The moments of any polynomial of the score, given its coefficients and those of its square, from s^0."""
    return _moments(groups, (of, of, of))


def error_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of outcome minus score, of rows whose outcome is known, for scores that are probabilities."""
    return _moments(groups, (_ONE_MINUS, _MINUS, None))


def squared_error_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of the squared error, of rows whose outcome is known, for scores that are probabilities."""
    return _moments(groups, (_FAR_FROM_ONE, _FAR_FROM_ZERO, None))


def missed_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of prediction minus target."""
    return _firm(_moments(groups, (_SCORE, _MINUS, None)), groups[0].high)


def distance_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of how far predictions lie from their targets."""
    return _firm(_moments(groups, (_SCORE, _SCORE, None)), groups[0].high)


def squared_distance_moments(groups: Sequence[ScoreGroup]) -> Moments:
    """The moments of the squares of these distances."""
    return _firm(_moments(groups, (_FAR_FROM_ZERO, _FAR_FROM_ZERO, None)), groups[0].high ** 2)


def _firm(moments: Moments, most: float) -> Moments:
    """The same without a spread that the parts in which powers are added up could have made: see `keyed`."""
    centre = mean(moments)
    level = 2 * centre * moments.first - centre**2 * moments.weight
    level2 = 2 * centre * moments.first2 - centre**2 * moments.weight2
    least = most**2 * np.where(moments.weight == moments.weight2, *GRAIN)
    return replace(
        moments,
        second=np.where(moments.second - level > least * moments.weight, moments.second, level),
        second2=np.where(moments.second2 - level2 > least * moments.weight2, moments.second2, level2),
    )


def _moments(groups: Sequence[ScoreGroup], by_label: Sequence[_Polynomials | None]) -> Moments:
    """The moments of a quantity that is a polynomial of the score for each outcome; None leaves an outcome out."""
    sums = np.stack([group.sums[[1, 0, 2]] if group.falling else group.sums for group in groups])
    quantities = {label: polynomials for label, polynomials in enumerate(by_label) if polynomials is not None}
    used = list(quantities)
    weight = np.concatenate([sums[:, :, 1:2], sums[:, :, _POWERS]], axis=-1)
    weight2 = np.concatenate([sums[:, :, 2:3], sums[:, :, _SQUARED]], axis=-1)

    def total(powers: Array, degree: int) -> Array:
        low, high = groups[0].low, groups[0].high
        parts = [dot(powers[:, label], _of_part(of[degree], low, high)) for label, of in quantities.items()]
        return functools.reduce(np.add, parts)

    moments = Moments(
        rows=sums[:, used, 0].sum(axis=-1),
        weight=weight[:, used, 0].sum(axis=-1),
        first=total(weight, 0),
        second=total(weight, 1),
        weight2=weight2[:, used, 0].sum(axis=-1),
        first2=total(weight2, 0),
        second2=total(weight2, 1),
    )
    return _by_units(moments, groups, {label: of for label, (of, _) in quantities.items()})


def _by_units(moments: Moments, groups: Sequence[ScoreGroup], quantities: Mapping[int, tuple[float, ...]]) -> Moments:
    """The same with how much the means vary between buckets of units, where rows belong together.

    No quantity is of a higher degree than two, so two powers are enough.
    """
    units = [group.units.sums for group in groups if group.units is not None]
    if not units:
        return moments
    sums = np.stack(units)
    sums = sums[:, :, [1, 0, 2]] if groups[0].falling else sums
    low, high = groups[0].low, groups[0].high
    parts = [dot(sums[:, :, label], _of_part(of, low, high)[:3]) for label, of in quantities.items()]
    return clustered(moments, sums[:, :, list(quantities), 0].sum(axis=-1), np.sum(parts, axis=0))


@functools.lru_cache(maxsize=256)  # a few ranges and a dozen polynomials; others for each pair of groups
def _of_part(coefficients: tuple[float, ...], low: float, high: float) -> Array:
    """The coefficients of a polynomial of the score, from u^0 to u^4, of the part u of its range that was counted."""
    composed = Polynomial(coefficients)(Polynomial((low, high - low)))
    padded = np.zeros(5)
    padded[: composed.coef.size] = composed.coef
    return padded


def _combined(one: Histogram, other: Histogram, sign: float) -> Histogram:
    names = ("positive", "negative", "unlabelled", "positive2", "negative2", "unlabelled2")
    there = [name for name in names if getattr(one, name) is not None]
    counts: dict[str, Any] = {name: getattr(one, name) + sign * getattr(other, name) for name in there}
    return replace(one, **counts)
