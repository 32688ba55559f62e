"""Small groups' shares pulled towards the mean of all groups: for display beside the raw ones, never for a verdict.

The groups' true shares are taken as draws from one beta distribution, fitted to all groups (empirical Bayes). A
shrunken share errs less on average over groups, and hides a real disparity of a small group: it is drawn towards
equality by construction. The intervals take the fitted distribution as known and so are somewhat too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, betaln, digamma

from audit.stats.numerics import Array, Limits, divide, floats

_WEAKEST, _STRONGEST = np.log(1e-3), np.log(1e6)
_ROUNDING = 1e-6  # gains in log-likelihood that mean nothing
_GRID = 100
_STEPS = 60
_SECANTS = 20  # steps of false position, of which a dozen reach the last digit


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The distribution of the groups' true shares: its mean, and how many trials it is worth.

    `strength` is infinite where the groups differ no more than chance has them differ: all are then one share.
    """

    mean: float
    strength: float

    @property
    def correlation(self) -> float:
        """The intra-class correlation 1 / (1 + strength): 0 if all groups share one rate."""
        return 1.0 / (1.0 + self.strength)

    def weight_on_data(self, n: ArrayLike) -> Array:
        """How far each group's shrunken share rests on its own trials, from 0 to 1."""
        (n,) = floats(n)
        return np.zeros_like(n) if np.isinf(self.strength) else np.where(n > 0, divide(n, n + self.strength), 0.0)

    def shrink(self, x: ArrayLike, n: ArrayLike) -> Array:
        """The shrunken shares; the mean for a group without trials."""
        x, n = floats(x, n)
        own = self.weight_on_data(n)
        return own * np.where(n > 0, divide(x, n), 0.0) + (1 - own) * self.mean

    def limits(self, x: ArrayLike, n: ArrayLike, tail: ArrayLike) -> Limits | None:
        """The posterior's quantiles at both tails; None if the strength is infinite, which would leave no width."""
        if np.isinf(self.strength):
            return None
        x, n, tail = floats(x, n, tail)
        a, b = x + self.mean * self.strength, n - x + (1 - self.mean) * self.strength
        return Limits(np.asarray(betaincinv(a, b, tail)), np.asarray(betaincinv(a, b, 1 - tail)))


def beta_binomial(x: ArrayLike, n: ArrayLike) -> Prior | None:
    """The prior that makes the groups' counts likeliest, each a beta-binomial (marginal maximum likelihood).

    None with fewer than two groups, or if nobody or everybody was selected. The mean that belongs to a strength is
    where the slope of a concave likelihood is zero; the strength, where the slope along these is, next to the best
    point of a grid from 1e-3 to 1e6. It is taken as infinite if the grid's upper end is as likely.
    """
    x, n = _usable(x, n)
    if n.size < 2 or not 0 < x.sum() < n.sum():
        return None
    grid = np.linspace(_WEAKEST, _STRONGEST, _GRID)
    likelihood = _log_likelihood(x, n, _best_mean(x, n, np.exp(grid)), np.exp(grid))
    best = int(np.argmax(likelihood))
    if likelihood[best] - likelihood[-1] < _ROUNDING:
        return Prior(mean=float(x.sum() / n.sum()), strength=np.inf)
    strength = np.exp(np.array([_turning(x, n, grid[max(best - 1, 0)], grid[best + 1])]))
    return Prior(mean=float(_best_mean(x, n, strength)[0]), strength=float(strength[0]))


def beta_binomial_moments(x: ArrayLike, n: ArrayLike) -> Prior | None:
    """The prior by moments in closed form, each group weighted by its trials (Kleinman 1973, JASA 68:46).

    None as for `beta_binomial`, or if no group has two trials.
    """
    x, n = _usable(x, n)
    total, groups = n.sum(), n.size
    if groups < 2 or total <= groups or not 0 < x.sum() < total:
        return None
    mean = x.sum() / total
    between, chance = (n * (x / n - mean) ** 2).sum(), (groups - 1) * mean * (1 - mean)
    correlation = (between - chance) / (mean * (1 - mean) * (total - (n**2).sum() / total - (groups - 1)))
    if correlation <= 0:
        return Prior(mean=float(mean), strength=np.inf)
    return Prior(mean=float(mean), strength=float(max(1 / correlation - 1, 0.0)))


def _usable(x: ArrayLike, n: ArrayLike) -> tuple[Array, Array]:
    x, n = floats(x, n)
    return x[n > 0], n[n > 0]


def _log_likelihood(x: Array, n: Array, mean: Array, strength: Array) -> Array:
    """Of each pair of mean and strength, up to a constant."""
    a, b = (mean * strength)[:, np.newaxis], ((1 - mean) * strength)[:, np.newaxis]
    return np.asarray((betaln(x + a, n - x + b) - betaln(a, b)).sum(axis=1))


def _best_mean(x: Array, n: Array, strength: Array) -> Array:
    """The likeliest mean at each strength, by bisection."""
    low, high = np.zeros_like(strength), np.ones_like(strength)
    for _ in range(_STEPS):
        mean = 0.5 * (low + high)
        a, b = (mean * strength)[:, np.newaxis], ((1 - mean) * strength)[:, np.newaxis]
        slope = (digamma(x + a) - digamma(a) - digamma(n - x + b) + digamma(b)).sum(axis=1)
        low, high = np.where(slope > 0, mean, low), np.where(slope > 0, high, mean)
    return np.asarray(0.5 * (low + high))


def _turning(x: Array, n: Array, low: float, high: float) -> float:
    """Where the likelihood turns from rising to falling in the strength's logarithm (false position, Illinois)."""
    rising, falling = (_slope_at(x, n, end) for end in (low, high))
    middle = 0.5 * (low + high)
    for _ in range(_SECANTS):
        middle = low + (high - low) * rising / (rising - falling) if rising > 0 > falling else 0.5 * (low + high)
        slope = _slope_at(x, n, middle)
        if slope > 0:
            low, rising, falling = middle, slope, 0.5 * falling
        else:
            high, falling, rising = middle, slope, 0.5 * rising
    return middle


def _slope_at(x: Array, n: Array, logarithm: float) -> float:
    """The slope in the strength's logarithm, whose size does not fall off as the strength grows."""
    strength = np.exp(np.array([logarithm]))
    return float((strength * _strength_slope(x, n, _best_mean(x, n, strength), strength))[0])


def _strength_slope(x: Array, n: Array, mean: Array, strength: Array) -> Array:
    """The likelihood's slope in the strength at fixed means; at the best means it is the slope along these."""
    m, s = mean[:, np.newaxis], strength[:, np.newaxis]
    hits = m * (digamma(x + m * s) - digamma(m * s))
    misses = (1 - m) * (digamma(n - x + (1 - m) * s) - digamma((1 - m) * s))
    return np.asarray((hits + misses - digamma(n + s) + digamma(s)).sum(axis=1))
