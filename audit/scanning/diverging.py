"""How far groups diverge in each of many ranked lists, beside what a random order of it would make of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.counts.rankgroup import DIVERGENCES
from audit.stats.divergence import by_chance, moments, ndkl

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def divergences(lists: Places, groups: Places) -> tuple[Places, dict[str, Array]]:
    """Of items in the order of their lists, and within these from the top: of each list that holds two groups or more
    its first item, and its sums.
    """
    firsts, sizes, values = _measured(lists, groups)
    compositions, inverse = np.unique(sizes, axis=0, return_inverse=True)
    named = [tuple(int(size) for size in row[row > 0]) for row in compositions]
    spread = moments([one for one in named if len(one) > 1])
    chance = np.array([(sum(one), 0.0, by_chance(one), *spread.get(one, (0.0, 0.0))) for one in named])
    mixed = np.array([len(one) > 1 for one in named], dtype=bool)[inverse.reshape(-1)]
    found = chance.reshape(-1, len(DIVERGENCES))[inverse.reshape(-1)][mixed]
    sums = dict(zip(DIVERGENCES, found.T, strict=True)) | {"rank_divergence_sum": values[mixed]}
    return firsts[mixed], {"n": np.ones(int(mixed.sum())), **sums}


def _measured(lists: Places, groups: Places) -> tuple[Places, NDArray[np.int64], Array]:
    """Of each list its first item, how many items of each group it has, the fewest first, and its NDKL."""
    parts = list(_by_length(lists, groups))
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 1), dtype=np.int64), np.zeros(0)
    firsts, sizes, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    return firsts, sizes, values


def _by_length(lists: Places, groups: Places) -> Iterator[tuple[Places, NDArray[np.int64], Array]]:
    """The lists of one length at a time."""
    many = int(groups.max(initial=-1)) + 1
    _, firsts, lengths = np.unique(lists, return_index=True, return_counts=True)
    for length in np.unique(lengths):
        these = firsts[lengths == length].astype(np.int64)
        orders = groups[these[:, np.newaxis] + np.arange(length)]
        sizes = np.stack([(orders == group).sum(axis=1) for group in range(many)], axis=1)
        yield these, np.sort(sizes, axis=1), ndkl(orders, many)
