"""Mean scores in the standard deviation of the two groups that are compared: whose it is, and how unsure it makes them.

The difference d = (m1 - m2) / S varies with both means and with S. To first order each row pulls on it by (x - m) / S,
less d / (2 S^2) times its pull on S^2, which is s ((x - m)^2 - v) for a row of a group of mean m and
variance v. So d is a difference of two means, of quantities that are polynomials of the score, and has Welch's interval
like any other: nothing is supposed about the distribution of the scores (delta method).

The deviation of both groups as one holds what lies between them, so that a difference in it has an end, and nearer to
that end it varies less. It is d / sqrt(1 + p q d^2) of the difference d in the deviation within groups, p and q being
their shares of the rows, and has the limits of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from audit.counts.scoregroup import GRAIN, ScoreGroup, polynomial_moments, score_moments
from audit.groups.measure import Measure
from audit.stats.moments import MeanDifferences, Moments, joined, mean, variance
from audit.stats.numerics import Array, Limits

#: How large a part of a variance the rounding of sums of fourth powers may be, before no interval is given.
_MOST_ROUNDING: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two groups: its rows, its share of the weight of both, the mean of its scores, and their variance (of
    n - 1, and of n).
    """

    rows: float
    share: float
    mean: float
    variance: float
    around: float


#: The square of a deviation, and the parts that the variances of the first and the second group have in it.
_Found = tuple[float, float, float]


def _within(one: Side, other: Side) -> _Found:
    """Within both groups, of n: the deviation of both as one without what lies between them."""
    return one.share * one.around + other.share * other.around, one.share, other.share


def _pooled(one: Side, other: Side) -> _Found:
    """Cohen's: the variances of both, weighed by their rows less one."""
    free = one.rows + other.rows - 2
    parts = (one.rows - 1) / free, (other.rows - 1) / free
    return parts[0] * one.variance + parts[1] * other.variance, *parts


def _hedges(one: Side, other: Side) -> _Found:
    """The same, larger by so much that the difference has no bias in few rows (Hedges 1981, equation 6e)."""
    half = (one.rows + other.rows - 2) / 2
    by = math.exp(2 * (gammaln(half - 0.5) - gammaln(half))) * half
    square, *parts = _pooled(one, other)
    return by * square, by * parts[0], by * parts[1]


def _reference(_: Side, other: Side) -> _Found:
    """The second group's own (Glass's delta)."""
    return other.variance, 0.0, 1.0


def _average(one: Side, other: Side) -> _Found:
    """The root of the average of both variances, whatever the numbers of rows."""
    return (one.variance + other.variance) / 2, 0.5, 0.5


_DEVIATIONS: Final[dict[str, Callable[[Side, Side], _Found]]] = {
    "both": _within,
    "pooled": _pooled,
    "hedges": _hedges,
    "reference": _reference,
    "average": _average,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Standardized:
    """Two groups' means less the mean of all, in one deviation of theirs, and moments of what makes up the difference.

    `mixed` is the product of the groups' shares where what lies between them is a part of the deviation, else 0.
    """

    first: float
    second: float
    moments: tuple[Moments, Moments]
    mixed: float


def standardized(denominator: str, first: ScoreGroup, second: ScoreGroup) -> Standardized | None:
    """Two groups in the deviation of a name; None where there is none, as their scores do not vary or are too few."""
    one, other = _sides(*(score_moments([group]) for group in (first, second)))
    if min(one.rows, other.rows) < 2 or first.spread is None:
        return None
    square, *parts = _DEVIATIONS[denominator](one, other)
    if not square > 0:
        return None
    apart, middle, deviation = one.mean - other.mean, first.spread[0], math.sqrt(square)
    mixed = one.share * other.share if denominator == "both" else 0.0
    unit = math.sqrt(square + mixed * apart**2)
    pull = apart / (2 * deviation * square)
    moments = [
        _pulled(group, _polynomial(side, sign * pull * part, (middle, deviation)), deviation)
        for group, side, part, sign in zip((first, second), (one, other), parts, (-1, 1), strict=True)
    ]
    return Standardized(
        first=(one.mean - middle) / unit,
        second=(other.mean - middle) / unit,
        moments=(moments[0], moments[1]),
        mixed=mixed,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviationDifferences:
    """Differences of means in deviations, as contrasts: those `within` groups, and where `mixed` is above 0, mapped to
    the deviation of both as one, in which none is farther from 0 than 1 / sqrt(mixed).
    """

    within: MeanDifferences
    mixed: Array

    @property
    def estimate(self) -> Array:
        """The differences."""
        return self._of_both(self.within.estimate)

    def limits(self, tails: ArrayLike) -> Limits:
        """Welch's limits of linearised values; infinite where rounding would make up the spread."""
        low, high = self.within.limits(tails)
        return Limits(*(np.where(np.isfinite(end), self._of_both(end), end) for end in (low, high)))

    def p_below(self, bound: float) -> Array:
        """Evidence that a difference is below the bound."""
        return self.within.p_below(self._inside(bound))

    def p_above(self, bound: float) -> Array:
        """Evidence that a difference is above the bound."""
        return self.within.p_above(self._inside(bound))

    def _of_both(self, within: Array) -> Array:
        return np.asarray(within / np.sqrt(1 + self.mixed * np.where(np.isfinite(within), within, 0.0) ** 2))

    def _inside(self, bound: float) -> Array:
        """The difference within groups that belongs to a bound, infinite for one that is out of reach."""
        rest = 1 - self.mixed * bound**2
        return np.where(rest > 0, bound / np.sqrt(np.where(rest > 0, rest, 1.0)), np.copysign(np.inf, bound))


def in_deviations(denominator: str, first: Measure, second: Measure) -> tuple[Measure, Measure]:
    """Two groups' measures with their means in a deviation of theirs; none for the first, and why, if there is none."""
    one, other = first.group.scores, second.group.scores
    if first.value is None or second.value is None or one is None or other is None:
        return first, second
    found = standardized(denominator, one, other)
    if found is None:
        return replace(first, value=None, reason="no_deviation"), second
    return replace(first, value=found.first), replace(second, value=found.second)


def deviation_differences(
    denominator: str, first: Sequence[ScoreGroup], second: Sequence[ScoreGroup]
) -> DeviationDifferences:
    """The differences of pairs of groups that have one, as contrasts."""
    found = [standardized(denominator, one, other) for one, other in zip(first, second, strict=True)]
    pairs = [one for one in found if one is not None]
    sides = [joined([pair.moments[side] for pair in pairs]) for side in (0, 1)]
    mixed = np.array([pair.mixed for pair in pairs])
    return DeviationDifferences(within=MeanDifferences(first=sides[0], second=sides[1]), mixed=mixed)


def _sides(one: Moments, other: Moments) -> tuple[Side, Side]:
    total = float(one.weight[0] + other.weight[0])
    found = [
        Side(
            rows=float(sums.rows[0]),
            share=float(sums.weight[0]) / total if total else 0.0,
            mean=float(mean(sums)[0]),
            variance=float(variance(sums)[0]),
            around=float(variance(sums)[0] * (sums.rows[0] - 1) / max(sums.rows[0], 1)),
        )
        for sums in (one, other)
    ]
    return found[0], found[1]


def _polynomial(side: Side, pull: float, scale: tuple[float, float]) -> tuple[float, float, float]:
    """The coefficients of s^0, s^1, s^2 of what a row of a side adds to its mean, whose mean is that mean."""
    middle, deviation = scale
    return (
        -middle / deviation + pull * (side.mean**2 - side.around),
        1 / deviation - 2 * pull * side.mean,
        pull,
    )


def _pulled(group: ScoreGroup, of: tuple[float, float, float], deviation: float) -> Moments:
    """The moments of a row's quantity; without a spread, and so without limits, where rounding would make it up."""
    a, b, c = of
    moments = polynomial_moments([group], ((a, b, c), (a * a, 2 * a * b, b * b + 2 * a * c, 2 * b * c, c * c)))
    grain = GRAIN[0] if (moments.weight == moments.weight2).all() else GRAIN[1]
    rounding = grain * ((group.high - group.low) / deviation) ** 4
    if rounding > _MOST_ROUNDING:
        return replace(
            moments, second=np.full_like(moments.second, np.nan), second2=np.full_like(moments.second, np.nan)
        )
    return moments
