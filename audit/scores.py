"""Counts of scores: how many rows have each score, and sums of its powers, per group and outcome.

Distinct scores are kept as they are while there are few of them, and then everything made of them is exact. Beyond that
they are put into bins of one width over the range of the score, the same bins for all data, so that counts add up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from audit.celltable import CellTable, summed

#: With more distinct scores than this, they are put into bins.
MOST_DISTINCT = 5_000
#: How many bins.
BINS = 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCounts:
    """The counts of a score from `low` to `high`. `bins` is 0 where the table holds the very scores.

    Each table has the key `label` (the outcome) and, where the distribution was asked for, `score`.
    """

    low: float
    high: float
    bins: int
    distribution: bool
    tables: tuple[CellTable, ...]

    @property
    def width(self) -> float:
        """The width of a bin in the score's own units; 0 where scores are exact."""
        return (self.high - self.low) / self.bins if self.bins else 0.0

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
        return replace(self, bins=bins, tables=tuple(tables))

    def _bin(self, table: CellTable, bins: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        part = (table.cells["score"].to_numpy(dtype=np.float64) - self.low) / (self.high - self.low)
        return np.minimum(np.floor(part * bins), bins - 1.0)

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        """The counts of both sets of rows together."""
        bins = max(self.bins, other.bins)
        first, second = (self.binned(bins), other.binned(bins)) if bins else (self, other)
        tables = tuple(one + another for one, another in zip(first.tables, second.tables, strict=True))
        return replace(first, tables=tables).settled()
