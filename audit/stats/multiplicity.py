"""Adjustments of p-values for the number of hypotheses, and the levels at which these are in effect tested.

A NaN p-value belongs to a hypothesis that cannot be tested: it does not count among the hypotheses, and stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.numerics import Array, Mask


def hommel(p: ArrayLike) -> Array:
    """Hommel's adjusted p-values: closed testing by Simes' test, for tests of positive dependence or none (1988)."""
    return _adjusted(p, _closed_simes)


def benjamini_hochberg(p: ArrayLike) -> Array:
    """Benjamini and Hochberg's adjusted p-values: the false discovery rate is kept (1995)."""
    return _adjusted(p, lambda ranked: _running_minimum(ranked * ranked.size / _upwards(ranked)))


def benjamini_yekutieli(p: ArrayLike) -> Array:
    """Benjamini and Yekutieli's adjusted p-values: the false discovery rate is kept, whatever the dependence (2001)."""
    return _adjusted(
        p, lambda ranked: _running_minimum(ranked * ranked.size * (1 / _upwards(ranked)).sum() / _upwards(ranked))
    )


def bh_tails(p: ArrayLike, alpha: float) -> Array:
    """The level at which Benjamini and Hochberg's procedure in effect tests each one, as in `holm_in_blocks_tails`.

    R rejected of m have the level R alpha / m, the others the next one, (R + 1) alpha / m.
    """
    rejected = benjamini_hochberg(p) <= alpha
    count, found = max(int(np.isfinite(np.asarray(p, dtype=np.float64)).sum()), 1), int(rejected.sum())
    return np.where(rejected, found, min(found + 1, count)) * (alpha / count)


def by_tails(p: ArrayLike, alpha: float) -> Array:
    """The level at which Benjamini and Yekutieli's procedure in effect tests each hypothesis, as in `bh_tails`."""
    count = int(np.isfinite(np.asarray(p, dtype=np.float64)).sum())
    return bh_tails(p, alpha / float((1 / np.arange(1.0, max(count, 1) + 1)).sum()))


def hommel_tails(p: ArrayLike, alpha: float) -> Array:
    """The level at which Hommel's procedure in effect tests each hypothesis, as in `holm_in_blocks_tails`.

    It is alpha / j for all, j the size of the largest set of the largest p-values that Simes' test does not reject.
    """
    p = np.asarray(p, dtype=np.float64)
    ranked = np.sort(p[np.isfinite(p)])
    kept = (
        size
        for size in range(ranked.size, 0, -1)
        if (ranked[ranked.size - size :] > np.arange(1.0, size + 1) * (alpha / size)).all()
    )
    return np.full(p.shape, alpha / next(kept, 1))


# ---- blocks that are tested as one ---------------------------------------------------------------------------------


def bonferroni_in_blocks(p: ArrayLike, block: ArrayLike) -> Array:
    """Bonferroni's adjusted p-values, where each block of hypotheses counts once; see `holm_in_blocks`."""
    p, single, blocks = _blocks(p, block)
    return np.minimum(p * max(int(single.sum()) + blocks, 1), 1.0)


def bonferroni_in_blocks_tails(p: ArrayLike, block: ArrayLike, alpha: float) -> Array:
    """The level at which `bonferroni_in_blocks` tests each hypothesis."""
    p, single, blocks = _blocks(p, block)
    return np.full(p.shape, alpha / max(int(single.sum()) + blocks, 1))


def holm_in_blocks(p: ArrayLike, block: ArrayLike) -> Array:
    """Holm's adjusted p-values, where each block of hypotheses counts once, and for good.

    `block` numbers the blocks; it is negative for a hypothesis by itself. The p-values of a block must be valid
    together: the chance that any of its true hypotheses has one of at most u is at most u, as after an allowance for
    all pairs of groups. Then, with b blocks and m other true hypotheses, each tested at most at alpha / (b + m), the
    chance of any false rejection is at most alpha: the sum over blocks and others, whatever the dependence. A block is
    never counted out, because which of its hypotheses are tested may depend on the data.
    """
    p, single, blocks = _blocks(p, block)
    ranked = np.sort(p[single])
    steps = np.arange(blocks + ranked.size, blocks, -1.0)
    reached = np.concatenate(([0.0], np.maximum.accumulate(ranked * steps)))
    found = np.full(p.shape, np.nan)
    found[single] = reached[np.searchsorted(ranked, p[single], side="right")]
    inside = np.isfinite(p) & ~single
    left = np.arange(blocks + ranked.size, blocks - 1.0, -1.0)
    found[inside] = np.maximum(reached, left * p[inside][:, np.newaxis]).min(axis=1)
    return np.asarray(np.minimum(found, 1.0), dtype=np.float64)


def holm_in_blocks_tails(p: ArrayLike, block: ArrayLike, alpha: float) -> Array:
    """The level at which `holm_in_blocks` in effect tests each hypothesis: p <= level exactly if it rejects at `alpha`.

    A rejected hypothesis has the level of its own step (ties the first's), the others, and those that cannot be
    tested, the level of the step at which the procedure stopped.
    """
    adjusted = holm_in_blocks(p, block)
    p, single, blocks = _blocks(p, block)
    rejected, count = single & (adjusted <= alpha), int(single.sum()) + blocks
    smaller = np.searchsorted(np.sort(p[single]), p, side="left")
    left = np.where(rejected, count - smaller, count - int(rejected.sum()))
    return np.asarray(alpha / np.maximum(left, 1), dtype=np.float64)


def _blocks(p: ArrayLike, block: ArrayLike) -> tuple[Array, Mask, int]:
    """The p-values, which of them can be tested and stand by themselves, and how many blocks can be tested."""
    p, block = np.asarray(p, dtype=np.float64), np.asarray(block)
    testable = np.isfinite(p)
    return p, testable & (block < 0), int(np.unique(block[testable & (block >= 0)]).size)


def _adjusted(p: ArrayLike, adjust: Callable[[Array], Array]) -> Array:
    """Apply an adjustment of ascending p-values to those that are not NaN, and put the results back in place."""
    p = np.asarray(p, dtype=np.float64)
    testable: Mask = np.isfinite(p)
    order = np.argsort(p[testable], kind="stable")
    adjusted = np.empty(order.size)
    adjusted[order] = np.minimum(adjust(p[testable][order]), 1.0)
    result = np.full(p.shape, np.nan)
    result[testable] = adjusted
    return result


def _upwards(ranked: Array) -> Array:
    return np.arange(1.0, ranked.size + 1)


def _running_minimum(ranked: Array) -> Array:
    """The smallest of each item and all behind it."""
    return np.asarray(np.minimum.accumulate(ranked[::-1])[::-1])


def _closed_simes(ranked: Array) -> Array:
    """For each hypothesis, the largest Simes p-value of any set that holds it.

    Of the sets of one size, the one with the other largest p-values has the largest.
    """
    worst = ranked.copy()
    for size in range(2, ranked.size + 1):
        others = ranked[ranked.size - size + 1 :]
        above = float((size * others / np.arange(2.0, size + 1)).min())
        first = np.minimum(ranked, ranked[ranked.size - size])
        worst = np.maximum(worst, np.minimum(size * first, above))
    return worst
