"""How far the groups of a list's first places differ from those of the whole list: NDKL, and what chance makes of it.

The normalised discounted Kullback-Leibler divergence (Geyik, Ambler and Kenthapadi 2019) is a mean over all depths i of
a list, weighted by 1 / log2(1 + i), of the divergence of the groups of the first i items from those of the list. It is
above 0 for all but impossibly even orders: in a random order of a short list, far above.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from audit.stats.numerics import Array
from audit.stats.resampling import stream

Places = NDArray[np.int64]
#: Numbers that are made of all shuffles of a set of lists, and the fewest and most shuffles of one.
_NUMBERS, _FEWEST, _MOST = 1e7, 20, 10_000
_FAR = 12.0  # standard deviations from the mean, beyond which a count has no probability that float64 could hold


def ndkl(orders: Places, groups: int) -> Array:
    """The NDKL of lists of one length, (lists, places), whose items are of groups 0, 1, ...; natural logarithms."""
    lists, n = orders.shape
    found = np.zeros(lists)
    depth = np.arange(1, n + 1)
    for group in range(groups):
        first = np.cumsum(orders == group, axis=1)
        share = first / depth
        expected = np.maximum(first[:, -1:], 1) / n  # where there are none, the share is 0 too
        found += xlogy(share, share / expected) @ weights(n)
    return found


def weights(n: int) -> Array:
    """What each depth counts for."""
    discounts = 1 / np.log2(1 + np.arange(1, n + 1))
    return np.asarray(discounts / discounts.sum())


def by_chance(sizes: Sequence[int]) -> float:
    """The mean NDKL over all orders of a list with so many items of each group: exactly."""
    n = int(sum(sizes))
    return float(sum(_of_group(n, int(size)) for size in sizes))


@lru_cache(maxsize=100_000)
def _of_group(n: int, size: int) -> float:
    """One group's part of it: the first i places have a hypergeometric number of the group."""
    if not 0 < size < n:
        return 0.0
    logs, found = gammaln(np.arange(n + 2) + 1.0), 0.0
    for i, weight in enumerate(weights(n), start=1):
        centre = i * size / n
        room = _FAR * np.sqrt(centre * (1 - size / n) * (n - i) / max(n - 1, 1)) + _FAR
        c = np.arange(max(0, i + size - n, int(centre - room)), min(i, size, int(centre + room) + 1) + 1)
        ways = logs[size] - logs[c] - logs[size - c] + logs[n - size] - logs[i - c] - logs[n - size - i + c]
        chance = np.exp(ways - (logs[n] - logs[i] - logs[n - i]))
        found += weight * float(chance @ xlogy(c / i, c * n / (i * size)))
    return found


def moments(compositions: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], tuple[float, float]]:
    """The variance and the third central moment of the NDKL over the orders of lists, by how many of each group it has.

    From shuffles, more of them the fewer there are to shuffle; random numbers depend on the composition alone.
    """
    cost = sum(sum(sizes) * len(sizes) for sizes in compositions)
    draws = int(np.clip(_NUMBERS / max(cost, 1), _FEWEST, _MOST))
    return {sizes: _moments(sizes, draws) for sizes in compositions}


def _moments(sizes: tuple[int, ...], draws: int) -> tuple[float, float]:
    items = np.repeat(np.arange(len(sizes)), sizes)
    orders = stream(0, f"ndkl/{sizes}").permuted(np.tile(items, (draws, 1)), axis=1)
    off = ndkl(orders, len(sizes)) - by_chance(sizes)
    return float((off**2).mean()), float((off**3).mean())


def p_by_chance(excess: float, variance: float, third: float) -> float | None:
    """How likely random orders are to give so large a sum above its mean, or a larger one; None without variance.

    From the first three moments over all orders, by Pearson's type III (Mielke, Berry and Brier 1981).
    """
    from scipy.stats import norm, pearson3  # a fifth of a second, which audits without lists do not need

    if variance <= 0:
        return None
    skew, errors = third / variance**1.5, excess / np.sqrt(variance)
    return float(norm.sf(errors) if abs(skew) < 1e-6 else pearson3.sf(errors, skew))
