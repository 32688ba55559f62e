"""Small groups' shares pulled towards the mean of all groups: for display beside the raw ones, never for a verdict.

The groups' true shares are taken as draws from one beta distribution, fitted to all groups (empirical Bayes). A
shrunken share errs less on average over groups, and hides a real disparity of a small group: it is drawn towards
equality by construction. The intervals take the fitted distribution as known and so are somewhat too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from audit.stats.numerics import Array, Limits, divide, floats


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The distribution of the groups' true shares: its mean, and how many trials it is worth.

    `strength` is infinite where the groups differ no more than chance has them differ: all are then one share.
    """

    mean: float
    strength: float

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


def beta_binomial_moments(x: ArrayLike, n: ArrayLike) -> Prior | None:
    """The prior by moments in closed form, each group weighted by its trials (Kleinman 1973, JASA 68:46).

    None with fewer than two groups, if nobody or everybody was selected, or if no group has two trials.
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
