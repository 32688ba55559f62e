"""Counts of scores: how many rows have each score, and sums of its powers, per group and outcome.

Distinct scores are kept as they are while there are few of them, and then everything made of them is exact. Beyond that
they are put into bins of one width over the range of the score, the same bins for all data, so that counts add up.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.counts.celltable import POWERS, SQUARED, CellTable, added, covering, summed
from audit.stats.design_effect import place_of
from audit.stats.moments import ROUNDING

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
#: With more distinct scores than this, they are put into bins.
MOST_DISTINCT = 5_000
#: How many bins.
BINS = 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCounts:
    """The counts of a score from `low` to `high`. `bins` is 0 where the tables hold the very scores.

    Each table has the key `label` (the outcome) and, where the distribution was asked for, `score`. Sums of the score's
    powers are in the tables unless the very scores are, from which they follow. `near` holds the very scores of the
    bins around the median of all, where those were asked for, and of those in which the best-scored fractions `tops` of
    all end. `top` is the fraction by which rows are now read. `falling`: a low score speaks for the positive outcome.
    `sampled`: rows carry sampling weights. `errors`: no scores but by how much predictions miss their targets, and the
    label says of which are not too low (positive) and which are. `units` are the same rows by bucket of their
    units, with sums of two powers and, where the distribution was asked for, the place of the score in its range.
    """

    low: float
    high: float
    bins: int
    distribution: bool
    tables: tuple[CellTable, ...]
    falling: bool = False
    powers: int = 4
    sampled: bool = False
    near: tuple[CellTable, ...] = ()
    errors: bool = False
    tops: tuple[Fraction, ...] = ()
    top: Fraction | None = None
    units: tuple[CellTable, ...] = ()

    @property
    def exact(self) -> bool:
        """Do the tables hold the very scores?"""
        return self.distribution and not self.bins

    @property
    def width(self) -> float:
        """The width of a bin in the score's own units; 0 where scores are exact."""
        return (self.high - self.low) / self.bins if self.bins else 0.0

    @cached_property
    def spread(self) -> tuple[float, float] | None:
        """The mean and the standard deviation of all usable scores; None of none, and of scores that are all alike."""
        cells = self.powered(covering(self.tables, ()).usable())
        weight, first, second = np.stack([cells[name].to_numpy() for name in ("weight", "s1", "s2")], axis=-1).sum(
            axis=0
        )
        if weight <= 0 or second * weight - first**2 <= ROUNDING * second * weight:
            return None
        width, mean = self.high - self.low, first / weight
        return float(self.low + width * mean), float(width * np.sqrt(second / weight - mean**2))

    def median(self) -> float | None:
        """The median of all usable rows, exact: the middle one, or the mean of the two middle ones.

        For weighted rows the middle of the weight. None where binning hides it: add `near` tables, or count together.
        """
        middle = self.middle()
        if not self.bins or middle is None:
            return None if middle is None else (middle[0] + middle[1]) / 2
        near = self.around(middle)
        if not near:
            return None
        below = self._weights(self.tables)
        start = float(below[below.index < middle[0]].sum())
        lower, upper = _middle(self._weights(near), start, float(below.sum()) / 2)
        return (lower + upper) / 2

    def middle(self) -> tuple[float, float] | None:
        """The score, or the bin, of the row before the middle of all usable rows, and of the one after it."""
        weights = self._weights(self.tables)
        total = float(weights.sum())
        return _middle(weights, 0.0, total / 2) if total > 0 else None

    def last(self, top: Fraction) -> float | None:
        """The score, or the bin, of the last row of the best-scored fraction of all; None if that is less than a row.

        Of n rows it holds floor(fraction * n); under sampling weights, that part of the weight.
        """
        weights = self._weights(self.tables)
        wanted = self._rows_in(top, float(weights.sum()))
        return _reached(self._best_first(weights), 0.0, wanted) if wanted > 0 else None

    def threshold(self, top: Fraction) -> float | None:
        """The very score of that row. All who have it are selected; None if there is nobody, or if bins hide it."""
        last = self.last(top)
        near = self.around((last,)) if self.bins and last is not None else ()
        if last is None or not self.bins or not near:
            return None if self.bins else last
        weights = self._weights(self.tables)
        better = weights.index < last if self.falling else weights.index > last
        wanted = self._rows_in(top, float(weights.sum()))
        return _reached(self._best_first(self._weights(near)), float(weights[better].sum()), wanted)

    def _rows_in(self, top: Fraction, total: float) -> float:
        return float(top) * total if self.sampled else float(math.floor(top * Fraction(total)))

    def _best_first(self, weights: pd.Series[float]) -> pd.Series[float]:
        return weights if self.falling else weights[::-1]

    def ends(self, *, median: bool) -> set[float]:
        """The scores, or the bins, in which the fractions `tops` end, and those of the two middle rows if wanted."""
        middle = self.middle() if median else None
        lasts = [self.last(top) for top in self.tops]
        return {*(middle or ()), *(last for last in lasts if last is not None)}

    def around(self, bins: Collection[float]) -> tuple[CellTable, ...]:
        """The very scores in these bins and in no others; none if they are not known."""
        if not set(bins) <= self._known_bins():
            return ()
        return self._very({*bins}, self.bins)

    def _known_bins(self) -> set[float]:
        """The bins whose very scores are known."""
        return set(self._bin(self.near[0], self.bins)) if self.near else set()

    def _very(self, wanted: set[float], bins: int) -> tuple[CellTable, ...]:
        """The very scores of some bins, which have to be known."""
        kept = [(table, np.isin(self._bin(table, bins), list(wanted))) for table in self.near or self.tables]
        return tuple(replace(table, cells=table.cells[there]) for table, there in kept)

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
            replace(table, cells=summed(self.powered(table.cells).assign(score=self._bin(table, bins))))
            for table in self.tables
        ]
        ends = sorted(self.ends(median=True))
        near = self._very(set(self._bins_of(np.array(ends), bins)), bins) if ends else ()
        return replace(self, bins=bins, tables=tuple(tables), near=near)

    def powered(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Cells of these counts with the sums of the score's powers, which follow from the very scores."""
        if not self.exact:
            return cells
        part = ((cells["score"] - self.low) / (self.high - self.low)).fillna(0.0)
        first, squared = POWERS[: self.powers], SQUARED[: self.powers]
        weights = {first: cells["weight"]} | ({squared: cells["weight2"]} if self.sampled else {})
        return cells.assign(**{name: by * part**i for names, by in weights.items() for i, name in enumerate(names, 1)})

    def places(self, scores: Array, bins: int) -> NDArray[np.intp]:
        """The place in the range of each score, or of each bin, to be counted by units."""
        return place_of((scores + 0.5) / bins if bins else (scores - self.low) / (self.high - self.low))

    def _bin(self, table: CellTable, bins: int) -> Array:
        return self._bins_of(table.cells["score"].to_numpy(dtype=np.float64), bins)

    def _bins_of(self, scores: Array, bins: int) -> Array:
        part = (scores - self.low) / (self.high - self.low)
        return np.minimum(np.floor(part * bins), bins - 1.0)

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        """The counts of both sets of rows together."""
        bins = max(self.bins, other.bins)
        first, second = (self.binned(bins), other.binned(bins)) if bins else (self, other)
        units = added(first.units, second.units) if first.units and second.units else ()
        tables = added(first.tables, second.tables)
        return replace(first, tables=tables, near=_near(self, other, bins), units=units).settled()


def _middle(weights: pd.Series[float], start: float, half: float) -> tuple[float, float]:
    """Where the running sum of weights, from `start`, reaches half of all, and where it exceeds it."""
    reached = start + weights.to_numpy(dtype=np.float64).cumsum()
    rounding = 1e-12 * 2 * half
    at = int(np.argmax(reached >= half - rounding))
    beyond = reached > half + rounding
    after = int(np.argmax(beyond)) if beyond.any() else len(reached) - 1
    return float(weights.index[at]), float(weights.index[after])


def _reached(weights: pd.Series[float], start: float, wanted: float) -> float:
    """Where the running sum of weights, from `start`, reaches what is wanted, but for its rounding."""
    reached = start + weights.to_numpy(dtype=np.float64).cumsum()
    return float(weights.index[int(np.argmax(reached >= wanted * (1 - 1e-12)))])


def _near(first: ScoreCounts, second: ScoreCounts, bins: int) -> tuple[CellTable, ...]:
    """The very scores of the bins that both know; where scores are exact, all are known."""
    known = [one._known_bins() for one in (first, second) if one.bins]  # noqa: SLF001 - of one kind
    both = set.intersection(*known) if known else set()
    return added(first._very(both, bins), second._very(both, bins)) if both else ()  # noqa: SLF001
