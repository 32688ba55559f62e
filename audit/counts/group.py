"""A group of people: its confusion cells, and where they were counted, its units' buckets and its scores."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from audit.counts.rankgroup import RankGroup
from audit.counts.scoregroup import ScoreGroup
from audit.values import CELLS, Sums

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of people and its confusion cells; `key` maps each attribute to this group's value of it.

    `buckets` holds the weight of each cell in each bucket of units, `scores` what is known of its scores,
    `ranks` of its items in ranked lists.
    """

    attribute: str
    name: str
    key: Mapping[str, str]
    cells: Mapping[str, Sums]
    buckets: Mapping[str, Array] | None = field(default=None, compare=False)
    scores: ScoreGroup | None = field(default=None, compare=False)
    ranks: RankGroup | None = field(default=None, compare=False)

    @property
    def n(self) -> int:
        """How many rows."""
        return sum(cell.n for cell in self.cells.values())

    def without(self, part: Group) -> Group:
        """The rest of a whole that holds the part."""
        none = Sums()
        cells = {
            cell: Sums(
                n=sums.n - part.cells.get(cell, none).n,
                weight=sums.weight - part.cells.get(cell, none).weight,
                weight2=sums.weight2 - part.cells.get(cell, none).weight2,
            )
            for cell, sums in self.cells.items()
        }
        buckets = None
        if self.buckets is not None and part.buckets is not None:
            buckets = {cell: sums - part.buckets.get(cell, np.zeros_like(sums)) for cell, sums in self.buckets.items()}
        scores = self.scores.without(part.scores) if self.scores and part.scores else None
        ranks = self.ranks.without(part.ranks) if self.ranks and part.ranks else None
        return replace(self, cells=cells, buckets=buckets, scores=scores, ranks=ranks)


def pooled(groups: Sequence[Group]) -> Group:
    """Several groups as one, named after none of them."""
    kinds = dict.fromkeys([*CELLS, *(cell for group in groups for cell in group.cells)])
    cells = {cell: sum((g.cells[cell] for g in groups if cell in g.cells), Sums()) for cell in kinds}
    buckets = None
    if groups and all(group.buckets is not None for group in groups):
        there = [group.buckets for group in groups if group.buckets is not None]
        names = {cell for one in there for cell in one}
        buckets = {cell: np.sum([one[cell] for one in there if cell in one], axis=0) for cell in sorted(names)}
    scores = [group.scores for group in groups if group.scores is not None]
    ranks = [group.ranks for group in groups if group.ranks is not None]
    return Group(
        attribute="",
        name="",
        key={},
        cells={cell: sums for cell, sums in cells.items() if sums.n},
        buckets=buckets,
        scores=functools.reduce(operator.add, scores) if scores and len(scores) == len(groups) else None,
        ranks=functools.reduce(operator.add, ranks) if ranks and len(ranks) == len(groups) else None,
    )
