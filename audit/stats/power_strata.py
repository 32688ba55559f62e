"""What comparisons within strata could have shown: the smallest disparity, the same in every stratum, that the score
test over the strata would likely have found beyond a limit.

A disparity can be spread over strata in many ways. Here it is the same difference, or the same ratio, in each of them,
as far as shares can go, against the reference's shares as observed. The chance is that of a normal score: its mean and
the standard deviation that the test takes are those of the expected counts, its own deviation that of the true shares.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import ndtr

from audit.stats import differences, ratios
from audit.stats.numerics import Array, critical, divide, floats, last_where
from audit.stats.stratified import StratifiedDifferences, StratifiedRatios, prepared

Side = Literal[-1, 1]
Stratified = StratifiedDifferences | StratifiedRatios
_STEPS = 20


def detectable_within(  # noqa: PLR0913 - what is compared, which limit, how sure, and with which chance
    contrast: Stratified, bound: float | None, fail_tails: Array, *, least: float, power: float, side: Side
) -> Array:
    """For each group the value nearest to the bound, beyond it on this side, that would have been shown; NaN if none.

    `fail_tails` are the tails at which a failure is claimed, `least` the fewest events and non-events that have to be
    expected in each group for that.
    """
    counts = prepared(contrast)
    groups = counts[0].shape[1]
    none = np.full(groups, np.nan)
    if bound is None:
        return none
    start, end = np.full(groups, bound), _end(contrast, counts, side)
    z = np.broadcast_to(critical(fail_tails), (groups,))

    def chance(way: Array) -> Array:
        here = start + way * (end - start)
        return _chance(contrast, counts, (bound, here), z, side) * _enough(contrast, counts, here, least)

    with np.errstate(all="ignore"):
        reached = np.where((end - start) * side > 0, chance(np.ones(groups)), 0.0) >= power
        way = last_where(lambda way: chance(way) < power, np.zeros(groups), np.ones(groups), _STEPS)
        value = _value(contrast, counts, start + way * (end - start))
    return np.where(reached & np.isfinite(value), value, none)


Counts = tuple[Array, Array, Array, Array, Array]


def _shares(contrast: Stratified, counts: Counts, disparity: Array) -> tuple[Array, Array]:
    """The group's shares in every stratum under one disparity, and the reference's as observed."""
    _, _, x2, n2, _ = counts
    second = x2 / n2
    moved = second + disparity if isinstance(contrast, StratifiedDifferences) else second * disparity
    return np.clip(moved, 0.0, 1.0), second


def _value(contrast: Stratified, counts: Counts, disparity: Array) -> Array:
    """What the contrast is of such shares."""
    first, second = (np.asarray((counts[4] * share).sum(axis=0)) for share in _shares(contrast, counts, disparity))
    return first - second if isinstance(contrast, StratifiedDifferences) else divide(first, second)


def _end(contrast: Stratified, counts: Counts, side: Side) -> Array:
    """The farthest that a disparity can be."""
    groups = counts[0].shape[1]
    if isinstance(contrast, StratifiedDifferences):
        return np.full(groups, float(side))
    if side < 0:
        return np.zeros(groups)
    _, _, x2, n2, weight = counts
    rarest = np.where((x2 > 0) & (weight > 0), x2 / n2, np.inf).min(axis=0)
    return np.asarray(1.0 / rarest)


def _chance(contrast: Stratified, counts: Counts, at: tuple[float, Array], z: Array, side: Side) -> Array:
    """The chance that the score test shows a disparity to lie beyond the bound."""
    _, n1, x2, n2, weight = counts
    bound, disparity = at
    first, second = _shares(contrast, counts, disparity)
    x1, n1, x2, n2, stated = floats(first * n1, n1, x2, n2, bound)
    if isinstance(contrast, StratifiedDifferences):
        factor, offset = 1.0, bound
        assumed = differences.variance_under(x1, n1, x2, n2, stated)
    else:
        factor, offset = bound, 0.0
        assumed = ratios.variance_under(x1, n1, x2, n2, stated) * divide(n1 + n2, n1 + n2 - 1)
    gap = (weight * (first - factor * second - offset)).sum(axis=0)
    true = first * (1 - first) / n1 + factor**2 * second * (1 - second) / n2
    taken, own = (np.sqrt((weight**2 * variance).sum(axis=0)) for variance in (assumed, true))
    return np.asarray(ndtr(divide(side * gap - z * taken, own)))


def _enough(contrast: Stratified, counts: Counts, disparity: Array, least: float) -> Array:
    """Are as many events and non-events expected of either group as a claim needs, if both were alike in each stratum?

    Only strata that hold both count.
    """
    _, n1, x2, n2, weight = counts
    first, _ = _shares(contrast, counts, disparity)
    rate = (first * n1 + x2) / (n1 + n2)
    there = weight > 0
    sums = [np.where(there, n * p, 0.0).sum(axis=0) for n in (n1, n2) for p in (rate, 1 - rate)]
    return np.where(np.minimum.reduce(sums) >= least, 1.0, 0.0)
