"""The scores of every group, out of the tables that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.celltable import POWERS, SQUARED, columns, covering
from audit.scoregroup import LABELS, WIDTH, ScoreGroup
from audit.scores import ScoreCounts
from audit.stats.histogram import Histogram

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Places = NDArray[np.integer[Any]]
_EVERYONE = ()


def score_groups(
    scores: ScoreCounts, attributes: Sequence[str], *, weighted: str | None, unknown: str | None = None
) -> dict[tuple[str, ...], ScoreGroup]:
    """The scores of each group of some attributes, by its key; of everyone, whose key is empty, for no attribute."""
    names = columns(attributes)
    cells = covering(scores.tables, attributes).usable()
    cells = cells.fillna(dict.fromkeys(names, unknown)) if unknown else cells.dropna(subset=names)
    keys, codes = _coded(cells, names)
    sums = np.zeros((len(keys), len(LABELS), WIDTH))
    np.add.at(sums, (codes, _labels(cells)), _values(cells, weighted))
    histograms = _histograms(scores, cells, codes, len(keys), weighted) if scores.distribution else [None] * len(keys)
    above = _above(scores, attributes, keys, weighted=weighted, unknown=unknown)
    return {
        key: ScoreGroup(
            low=scores.low,
            high=scores.high,
            sums=sums[place],
            histogram=histograms[place],
            above=above.get(key),
            falling=scores.falling,
        )
        for place, key in enumerate(keys)
    }


def _coded(cells: pd.DataFrame, names: list[str]) -> tuple[list[tuple[str, ...]], Places]:
    """The keys that occur, and the place of each cell's key among them."""
    if not names:
        return [_EVERYONE], np.zeros(len(cells), dtype=np.int64)
    grouped = cells.groupby(names, sort=False)
    codes = grouped.ngroup().to_numpy(dtype=np.int64)
    firsts = cells[names].iloc[np.unique(codes, return_index=True)[1]]
    return [tuple(map(str, key)) for key in firsts.itertuples(index=False, name=None)], codes


def _labels(cells: pd.DataFrame) -> Places:
    places = {label: place for place, label in enumerate(LABELS)}
    return np.array([places[label] for label in cells["label"]], dtype=np.int64)


def _values(cells: pd.DataFrame, weighted: str | None) -> Array:
    """The columns of a score group's sums. Rows that count once, or as often as they say, need no squared weights."""
    if weighted == "sampling":
        return cells[["n", "weight", "weight2", *POWERS, *SQUARED]].to_numpy(dtype=np.float64)
    return cells[["weight", "weight", "weight", *POWERS, *POWERS]].to_numpy(dtype=np.float64)


def _histograms(
    scores: ScoreCounts, cells: pd.DataFrame, codes: Places, groups: int, weighted: str | None
) -> list[Histogram | None]:
    """One histogram for each group, over the scores that occur in any."""
    occurring, places = np.unique(cells["score"].to_numpy(dtype=np.float64), return_inverse=True)
    labels = _labels(cells)

    def summed(column: str) -> Array:
        counts = np.zeros((len(LABELS), groups, occurring.size))
        np.add.at(counts, (labels, codes, places), cells[column].to_numpy(dtype=np.float64))
        return counts

    values = scores.low + (occurring + 0.5) * scores.width if scores.bins else occurring
    weight, weight2 = summed("weight"), summed("weight2") if weighted == "sampling" else None
    return [_histogram(values, scores.width, weight, weight2, group) for group in range(groups)]


def _histogram(values: Array, width: float, weight: Array, weight2: Array | None, group: int) -> Histogram:
    counts: dict[str, Any] = dict(zip(("positive", "negative", "unlabelled"), weight[:, [group]], strict=True))
    if weight2 is not None:
        counts |= dict(zip(("positive2", "negative2", "unlabelled2"), weight2[:, [group]], strict=True))
    return Histogram(scores=values, width=width, **counts)


def _above(
    scores: ScoreCounts,
    attributes: Sequence[str],
    keys: list[tuple[str, ...]],
    *,
    weighted: str | None,
    unknown: str | None,
) -> dict[tuple[str, ...], Array]:
    """How many rows of each group, and what weight of them, lie strictly above the median of all usable rows."""
    median = scores.median() if scores.distribution else None
    if median is None:
        return {}
    names = columns(attributes)
    total = {key: np.zeros(3) for key in keys}
    for tables, least in _parts_above(scores, median):
        cells = covering(tables, attributes).usable()
        cells = cells.fillna(dict.fromkeys(names, unknown)) if unknown else cells.dropna(subset=names)
        cells = cells[cells["score"] > least]
        there, codes = _coded(cells, names)
        for place, key in enumerate(there):
            total[key] += _values(cells[codes == place], weighted)[:, :3].sum(axis=0)
    return total


def _parts_above(scores: ScoreCounts, median: float) -> list[tuple[tuple[Any, ...], float]]:
    """Where to look for rows above the median: whole bins beyond it, and the very scores of those around it."""
    if not scores.bins:
        return [(scores.tables, median)]
    middle = scores.middle()
    return [(scores.tables, middle[1] if middle else np.inf), (scores.near, median)]
