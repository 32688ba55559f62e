"""Measures of intersections that other tools report, for display and comparison; none of them decides a verdict."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.numerics import Array, divide, floats


def differential_fairness(x: ArrayLike, n: ArrayLike, concentration: float = 1.0) -> float | None:
    """The largest |log ratio| of any two groups' shares, of hits or of misses: epsilon of Foulds et al. 2020.

    Smoothed: (x + c / 2) / (n + c) with c the concentration, 1 as in AIF360. 0 if all are equal; infinite with a share
    of 0 or 1 beside others and no smoothing; None with fewer than two groups. It grows with the number of groups by
    chance alone, so the interval of the smallest ratio belongs beside it.
    """
    x, n = floats(x, n)
    x, n = x[n > 0], n[n > 0]
    if n.size < 2:
        return None
    hits = (x + concentration / 2) / (n + concentration)
    return max(_largest_log_ratio(hits), _largest_log_ratio(1 - hits))


def divergence_t(x: ArrayLike, n: ArrayLike, x_all: ArrayLike, n_all: ArrayLike) -> tuple[Array, Array]:
    """A group's share less that of all rows, and how many posterior standard deviations the two lie apart.

    DivExplorer's t: moments of beta distributions under a flat prior, as if the group were not part of all (Pastor, de
    Alfaro & Baralis 2021). The divergence is NaN of no rows.
    """
    x, n, x_all, n_all = floats(x, n, x_all, n_all)
    (mean, variance), (mean_all, variance_all) = _flat_posterior(x, n), _flat_posterior(x_all, n_all)
    return divide(x, n) - divide(x_all, n_all), np.abs(mean - mean_all) / np.sqrt(variance + variance_all)


def weighted_disparity(x: ArrayLike, n: ArrayLike, x_all: ArrayLike, n_all: ArrayLike) -> Array:
    """A group's share of all rows times how far its rate lies from that of all rows (Kearns, Neel, Roth & Wu 2018).

    Small groups weigh little in it, which is what it is for, and why it cannot clear one. NaN of no rows.
    """
    x, n, x_all, n_all = floats(x, n, x_all, n_all)
    return divide(n, n_all) * np.abs(divide(x, n) - divide(x_all, n_all))


def _largest_log_ratio(shares: Array) -> float:
    most, least = float(shares.max()), float(shares.min())
    if most <= 0:
        return 0.0
    return float(np.log(most / least)) if least > 0 else float(np.inf)


def _flat_posterior(x: Array, n: Array) -> tuple[Array, Array]:
    """Mean and variance of a share after x of n, all shares equally likely before."""
    mean = (x + 1) / (n + 2)
    return mean, mean * (1 - mean) / (n + 3)
