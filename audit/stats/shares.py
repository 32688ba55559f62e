"""Intervals and a test for one share: x successes of n trials."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainccinv, betaincinv

from audit.stats.numerics import Array, Limits, critical, divide, floats, score


def wilson(x: ArrayLike, n: ArrayLike, tail: ArrayLike) -> Limits:
    """Wilson's score interval of x of n: exactly 0 at x = 0, exactly 1 at x = n, (0, 1) if n = 0 (Wilson 1927)."""
    x, n, z = floats(x, n, critical(tail))
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = x + z**2 / 2
        half = z * np.sqrt(x * (n - x) / n + z**2 / 4)
        # The product of the two limits is known, which spares the lower one a difference of near-equal numbers.
        low = x**2 / n / (middle + half)
        high = (middle + half) / (n + z**2)
    return _within_unit(x, n, low, high)


def clopper_pearson(x: ArrayLike, n: ArrayLike, tail: ArrayLike) -> Limits:
    """The exact interval of x of n: its coverage is never below the nominal one (Clopper & Pearson 1934)."""
    x, n, tail = floats(x, n, tail)
    low, high = floats(betaincinv(x, n - x + 1, tail), betainccinv(x + 1, n - x, tail))
    return _within_unit(x, n, low, high)


def jeffreys(x: ArrayLike, n: ArrayLike, tail: ArrayLike) -> Limits:
    """The equal-tailed interval under Jeffreys' prior, closed when x is 0 or n (Brown, Cai & DasGupta 2001)."""
    x, n, tail = floats(x, n, tail)
    low, high = floats(betaincinv(x + 0.5, n - x + 0.5, tail), betainccinv(x + 0.5, n - x + 0.5, tail))
    return _within_unit(x, n, low, high)


def share_test(x: ArrayLike, n: ArrayLike, bound: ArrayLike) -> Array:
    """How many standard errors the share x of n lies above the bound; NaN of no trials.

    The standard error is the one under the bound, so the test rejects exactly if Wilson's interval excludes the bound.
    """
    x, n, bound = floats(x, n, bound)
    inside = np.clip(bound, 0.0, 1.0)
    z = score(divide(x, n) - inside, divide(inside * (1 - inside), n))
    z = np.where(bound < 0, np.inf, np.where(bound > 1, -np.inf, z))
    return np.where(n > 0, z, np.nan)


def kish(weight: ArrayLike, weight2: ArrayLike) -> Array:
    """Kish's number of equally weighted trials: the weights' sum squared over the sum of their squares; 0 of none."""
    return np.nan_to_num(divide(np.square(np.asarray(weight, dtype=np.float64)), weight2), nan=0.0)


def effective_trials(
    hits_weight: ArrayLike,
    trials_weight: ArrayLike,
    hits_weight2: ArrayLike,
    trials_weight2: ArrayLike,
    rows: ArrayLike,
) -> Array:
    """How many independent trials the rows behind a share are worth under sampling weights.

    Takes the sums of the weights and of their squares, over the hits and over all trials, and the number of rows. From
    the linearised (Taylor) variance of a ratio, each row its own cluster; at a share of 0 or 1, where that variance
    says nothing, Kish's number. Never more than there are rows: weights that happen to follow
    the outcome must not make few rows look like many. Never less than 1, and 0 of no rows.
    """
    hits, trials, hits2, trials2, rows = floats(hits_weight, trials_weight, hits_weight2, trials_weight2, rows)
    p = divide(hits, trials)
    spread = hits2 * (1 - p) ** 2 + np.maximum(trials2 - hits2, 0.0) * p**2
    variance = divide(rows, rows - 1) * divide(spread, trials**2)
    linearised = np.minimum(divide(p * (1 - p), variance), rows)
    varied = (hits > 0) & (hits < trials) & np.isfinite(linearised)
    return np.where(varied, linearised, kish(trials, trials2))


def _within_unit(x: Array, n: Array, low: Array, high: Array) -> Limits:
    """Close the interval at 0 and 1 where nothing or everything was a success; without trials nothing is known."""
    return Limits(
        np.where(x <= 0, 0.0, np.clip(low, 0.0, 1.0)),
        np.where(x >= n, 1.0, np.clip(high, 0.0, 1.0)),
    )
