"""Counts of scores: how many rows have each score, and sums of its powers, per group and outcome.

Distinct scores are kept as they are while there are few of them, and then everything made of them is exact. Beyond that
they are put into bins of one width over the range of the score, the same bins for all data, so that counts add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.celltable import CellTable, added, summed

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
#: With more distinct scores than this, they are put into bins.
MOST_DISTINCT = 5_000
#: How many bins.
BINS = 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCounts:
    """The counts of a score from `low` to `high`. `bins` is 0 where the table holds the very scores.

    Each table has the key `label` (the outcome) and, where the distribution was asked for, `score`. `near` holds the
    very scores of the bins around the median of all, where those were asked for. `falling`: a low score speaks for the
    positive outcome.
    """

    low: float
    high: float
    bins: int
    distribution: bool
    tables: tuple[CellTable, ...]
    falling: bool = False
    near: tuple[CellTable, ...] = ()

    @property
    def width(self) -> float:
        """The width of a bin in the score's own units; 0 where scores are exact."""
        return (self.high - self.low) / self.bins if self.bins else 0.0

    def median(self) -> float | None:
        """The median of all usable rows, exact: the middle one, or the mean of the two middle ones.

        For weighted rows the middle of the weight. None where binning hides it: add `near` tables, or count together.
        """
        middle = self.middle()
        if not self.bins or middle is None:
            return None if middle is None else (middle[0] + middle[1]) / 2
        if not set(middle) <= set(self._near_bins()):
            return None
        below = self._weights(self.tables)
        start = float(below[below.index < middle[0]].sum())
        between = below[(below.index >= middle[0]) & (below.index <= middle[1])]
        lower, upper = _middle(self._weights(self.near), start, float(below.sum()) / 2)
        return (lower + upper) / 2 if len(between) <= 2 else None

    def middle(self) -> tuple[float, float] | None:
        """The score, or the bin, of the row before the middle of all usable rows, and of the one after it."""
        weights = self._weights(self.tables)
        return None if weights.empty else _middle(weights, 0.0, float(weights.sum()) / 2)

    def _near_bins(self) -> set[float]:
        return set(self._bin(self.near[0], self.bins)) if self.near else set()

    def _weights(self, tables: Sequence[CellTable]) -> pd.Series[float]:
        """The weight of all usable rows at each score."""
        smallest = min(tables, key=lambda table: len(table.cells))
        return smallest.usable().groupby("score", sort=True)["weight"].sum()

    def settled(self) -> ScoreCounts:
        """The same in bins, if there are too many distinct scores to keep."""
        if self.bins or not self.distribution or not self.tables:
            return self
        distinct = max(table.cells["score"].nunique() for table in self.tables)
        return self if distinct <= MOST_DISTINCT else self.binned(BINS)

    def binned(self, bins: int) -> ScoreCounts:
        """Exact scores put into bins; bins stay as they are."""
        if self.bins == bins:
            return self
        tables = [
            replace(table, cells=summed(table.cells.assign(score=self._bin(table, bins)))) for table in self.tables
        ]
        return replace(self, bins=bins, tables=tuple(tables), near=self._around_the_median(bins))

    def _around_the_median(self, bins: int) -> tuple[CellTable, ...]:
        """The very scores of those bins that hold the two middle rows."""
        middle = self.middle()
        if middle is None:
            return ()
        wanted = set(self._bins_of(np.array(middle), bins))
        kept = [(table, np.isin(self._bin(table, bins), list(wanted))) for table in self.tables]
        return tuple(replace(table, cells=table.cells[near]) for table, near in kept)

    def _bin(self, table: CellTable, bins: int) -> Array:
        return self._bins_of(table.cells["score"].to_numpy(dtype=np.float64), bins)

    def _bins_of(self, scores: Array, bins: int) -> Array:
        part = (scores - self.low) / (self.high - self.low)
        return np.minimum(np.floor(part * bins), bins - 1.0)

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        """The counts of both sets of rows together."""
        bins = max(self.bins, other.bins)
        first, second = (self.binned(bins), other.binned(bins)) if bins else (self, other)
        return replace(first, tables=added(first.tables, second.tables), near=_near(first, second)).settled()


def _middle(weights: pd.Series[float], start: float, half: float) -> tuple[float, float]:
    """Where the running sum of weights, from `start`, reaches half of all, and where it exceeds it."""
    reached = start + weights.to_numpy(dtype=np.float64).cumsum()
    rounding = 1e-12 * 2 * half
    at = int(np.argmax(reached >= half - rounding))
    beyond = reached > half + rounding
    after = int(np.argmax(beyond)) if beyond.any() else len(reached) - 1
    return float(weights.index[at]), float(weights.index[after])


def _near(first: ScoreCounts, second: ScoreCounts) -> tuple[CellTable, ...]:
    """The exact scores around the median of both, if both hold those of the same bins."""
    same = first.near and second.near and first._near_bins() == second._near_bins()  # noqa: SLF001 - of one kind
    return added(first.near, second.near) if same else ()
