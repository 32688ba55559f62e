"""A score column reduced to counts: for each group, how many rows with either outcome have each score, or each bin.

Distinct scores that are few are keyed exactly (`width` 0), and everything computed from them is exact. Many are counted
in bins of one width, each standing for its middle, and every statistic then states how far it may be off for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audit.stats.numerics import Array, Mask
from audit.stats.shares import kish

Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Clusters:
    """The rows of k groups by bucket of units, by label (positive, negative, unlabelled) and by place of the score in
    its range from `low` to `high`: `counts` (k, buckets, 3, places), sums of weights.
    """

    counts: Array
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Histogram:
    """The scores of k groups at m >= 1 values: `scores` (m,) ascending, all counts (k, m), one row per group.

    `width` is that of a bin in units of the score; no score lies outside of its bin, whose lower edge belongs to it.
    `unlabelled` holds the rows whose outcome is not known: all of them where there is no column of outcomes.
    Counts may be sums of weights. Under sampling weights the fields ending in 2 hold the sums of their squares; without
    them every unit of a count is taken for a row. `clusters` holds the same rows by units, where they belong together.
    """

    scores: Array
    width: float
    positive: Array
    negative: Array
    unlabelled: Array
    positive2: Array | None = None
    negative2: Array | None = None
    unlabelled2: Array | None = None
    clusters: Clusters | None = None

    def take(self, places: ArrayLike) -> Histogram:
        """Some of the groups, in the given order, repeats allowed."""
        at = np.atleast_1d(np.asarray(places, dtype=np.intp))
        return self._with(lambda counts: counts[at])

    def pooled(self) -> Histogram:
        """All groups as one."""
        return self._with(lambda counts: counts.sum(axis=0, keepdims=True))

    def everyone(self) -> Array:
        """All rows at each score, whatever their outcome, (k, m)."""
        return self.positive + self.negative + self.unlabelled

    def effective(self) -> Array:
        """How many equally weighted rows each group is worth (Kish), (k,)."""
        if self.positive2 is None or self.negative2 is None or self.unlabelled2 is None:
            return np.asarray(self.everyone().sum(axis=-1))
        squares = self.positive2 + self.negative2 + self.unlabelled2
        return kish(self.everyone().sum(axis=-1), squares.sum(axis=-1))

    def _with(self, change: Callable[[Array], Array]) -> Histogram:
        return replace(
            self,
            positive=change(self.positive),
            negative=change(self.negative),
            unlabelled=change(self.unlabelled),
            positive2=None if self.positive2 is None else change(self.positive2),
            negative2=None if self.negative2 is None else change(self.negative2),
            unlabelled2=None if self.unlabelled2 is None else change(self.unlabelled2),
            clusters=self.clusters and replace(self.clusters, counts=change(self.clusters.counts)),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A statistic of each group, and how far binning may have moved it; 0 when it is exact.

    Values are NaN where not defined; `reasons` then says why, of each group.
    """

    value: Array
    error: Array
    reasons: tuple[str | None, ...] = field(default=())


def histogram(
    scores: ArrayLike,
    *,
    positive: ArrayLike | None = None,
    negative: ArrayLike | None = None,
    unlabelled: ArrayLike | None = None,
    width: float = 0.0,
) -> Histogram:
    """A histogram of counts of rows, of shape (m,) for one group or (k, m); what is left out is zero."""
    given = [np.atleast_2d(np.asarray(x, dtype=np.float64)) for x in (positive, negative, unlabelled) if x is not None]
    none = np.zeros_like(given[0])
    found = iter(given)
    counts = [none if x is None else next(found) for x in (positive, negative, unlabelled)]
    return Histogram(
        scores=np.asarray(scores, dtype=np.float64),
        width=width,
        positive=counts[0],
        negative=counts[1],
        unlabelled=counts[2],
    )


def not_probabilities(scores: Array) -> str | None:
    """Why Brier score, log loss and calibration have no meaning for these scores; None if all lie in [0, 1]."""
    return "scores_outside_0_1" if scores.size and (scores.min() < 0 or scores.max() > 1) else None


def why(causes: Mapping[str, Mask]) -> tuple[str | None, ...]:
    """The first cause that holds, for each group."""
    names = list(causes)
    holding = np.stack([np.asarray(causes[name]) for name in names])
    first = np.where(holding.any(axis=0), holding.argmax(axis=0), len(names))
    return tuple([*names, None][i] for i in first)
