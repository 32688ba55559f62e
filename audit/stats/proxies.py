"""A group's share of hits where membership is known by probabilities alone: the weighted estimate, and its bounds.

Weighted: every row counts by its probability (Chen, Kallus, Mao, Svacha & Udell 2019). That is right if membership and
outcome are unrelated among rows with the same probability, which no data on either side can show. The bounds assume
nothing: among rows with about the same probability the members are so many, and may be any of them (Kallus, Mao & Zhou
2022). Both come with the number of independent trials that their error of sampling amounts to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.stats.numerics import Array, divide
from audit.stats.shares import effective_trials

Places = NDArray[np.intp]
#: Strata of fewer rows are joined with their neighbours: a share of few hits reaches its bounds by chance, and the
#: bounds would be too narrow.
LEAST = 50


class Counted(NamedTuple):
    """Hits of trials, as sums of weights and probabilities, and how many independent trials they are worth."""

    hits: float
    trials: float
    effective: float

    @property
    def share(self) -> float:
        """The share of hits; NaN of no trials."""
        return self.hits / self.trials if self.trials > 0 else float("nan")


@dataclass(frozen=True, kw_only=True, eq=False)
class Extra:
    """Rows without any probability, who may all be members or none: their weights, and their squared weights."""

    hits: float = 0.0
    misses: float = 0.0
    hits2: float = 0.0
    misses2: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ProxyCells:
    """Cells of rows for one group and one rate.

    `hit` and `miss` mark the cells that the rate is made of; in others members may be too. `weight` and `weight2` are
    sums of the rows' weights and squared weights, `total` of weight times probability q, `square` and `cross` of
    squared weight times q^2 and q. `stratum` is each cell's place among the strata.
    """

    hit: NDArray[np.bool_]
    miss: NDArray[np.bool_]
    rows: Array
    weight: Array
    weight2: Array
    total: Array
    square: Array
    cross: Array
    stratum: Places

    def weighted(self) -> Counted:
        """Every row by its probability, with the linearised variance of that ratio."""
        among = self.hit | self.miss
        hits, trials = float(self.total[self.hit].sum()), float(self.total[among].sum())
        squares = float(self.square[self.hit].sum()), float(self.square[among].sum())
        worth = effective_trials(hits, trials, *squares, float(self.rows[among].sum()))
        return Counted(hits, trials, float(worth))

    def highest(self, extra: Extra) -> Counted:
        """The most that the share can be: members are hits where they can be, and misses where they must.

        Reached in every stratum at once. The variance is that of the sums over rows of which the bound is made.
        """
        strata = int(self.stratum.max(initial=-1)) + 1
        members, hits, misses = (
            np.bincount(self.stratum, weights=values, minlength=strata)
            for values in (self.total, self.weight * self.hit, self.weight * self.miss)
        )
        others = np.bincount(self.stratum, weights=self.weight, minlength=strata) - hits - misses
        forced = np.maximum(members - hits - others, 0.0)
        found = float(np.minimum(members, hits).sum()) + extra.hits
        trials = found + float(forced.sum())
        if trials <= 0:
            return Counted(found, trials, 0.0)
        worth = self._worth(found / trials, trials, members <= hits, forced > 0, extra)
        return Counted(found, trials, worth)

    def lowest(self, extra: Extra) -> Counted:
        """The least that it can be: what is left of the most that the share of misses can be."""
        turned = replace(self, hit=self.miss, miss=self.hit).highest(
            Extra(hits=extra.misses, misses=extra.hits, hits2=extra.misses2, misses2=extra.hits2)
        )
        return Counted(turned.trials - turned.hits, turned.trials, turned.effective)

    def _worth(
        self, share: float, trials: float, few: NDArray[np.bool_], full: NDArray[np.bool_], extra: Extra
    ) -> float:
        """How many independent trials a bound is worth: p (1 - p) over its linearised variance, at most the rows.

        Each row moves the hits by its q where there are enough hits for all members, else by 1 if it is one; and the
        misses by q less 1 for any other row where misses are forced. Both are linear in q, so sums of squares do.
        """
        few, full = few[self.stratum], full[self.stratum]
        constant = (1 - share) * np.where(few, 0.0, self.hit) + share * np.where(full, ~self.miss, 0.0)
        slope = (1 - share) * few - share * full
        squares = constant**2 * self.weight2 + 2 * constant * slope * self.cross + slope**2 * self.square
        beyond = (1 - share) ** 2 * extra.hits2 + share**2 * extra.misses2
        variance = (float(squares.sum()) + beyond) / trials**2
        rows = float(self.rows[self.hit | self.miss].sum())
        usual = self.weighted().effective
        if not 0 < share < 1 or variance <= 0:
            return min(usual, rows) if usual else rows
        return max(1.0, min(share * (1 - share) / variance, rows))


def strata_of(steps: Places, rows: Array, least: float = LEAST) -> Places:
    """Each cell's stratum, by its probability in steps: neighbours joined until there are so many rows in each."""
    sizes = np.bincount(steps, weights=rows)
    place, here = 0, 0.0
    places = np.zeros(len(sizes), dtype=np.intp)
    for step, size in enumerate(sizes):
        places[step] = place
        here += size
        if here >= least:
            place, here = place + 1, 0.0
    if place and here < least:  # the last are too few for a stratum of their own
        places[places == place] = place - 1
    return places[steps]


def by_threshold(probable: NDArray[np.bool_], rows: Array, hit: NDArray[np.bool_], miss: NDArray[np.bool_]) -> float:
    """The share if the rows that are probable members were the members: for comparison only; NaN of none."""
    hits, misses = float((rows * (probable & hit)).sum()), float((rows * (probable & miss)).sum())
    return float(divide(hits, hits + misses))
