"""The scores of every group, out of the tables that hold them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.counts.celltable import BUCKETS, POWERS, SQUARED, CellTable, covering
from audit.counts.coded import Coded, ranked
from audit.counts.scoregroup import LABELS, ScoreGroup, UnitSums
from audit.counts.scores import ScoreCounts
from audit.errors import DataError
from audit.stats.design_effect import PLACES
from audit.stats.histogram import Histogram

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Places = NDArray[np.integer[Any]]
#: A histogram of all groups holds no more numbers than this: 800 MB.
MOST_NUMBERS = 1e8


def score_groups(
    scores: ScoreCounts, attributes: Sequence[str], *, weighted: str | None, unknown: str | None = None
) -> dict[tuple[str, ...], ScoreGroup]:
    """The scores of each group of some attributes, by its key; of everyone, whose key is empty, for no attribute."""
    table = covering(scores.tables, attributes)
    found = table.by(attributes, unknown)
    keys, labels = found.keys, found.of(_labels(table))
    cells = table.cells if found.kept.all() else table.cells[found.kept]
    sums = _added((found.places, labels), (len(keys), len(LABELS)), _values(scores.powered(cells), weighted))
    histograms: Sequence[Histogram | None] = [None] * len(keys)
    if scores.distribution:
        scored = table.code("score")
        scored = replace(scored, places=found.of(scored.places))
        histograms = _histograms(scores, cells, (labels, found.places, scored), len(keys), weighted)
    above = _above(scores, attributes, keys, weighted=weighted, unknown=unknown)
    units = _units(scores, attributes, unknown)
    return {
        key: ScoreGroup(
            low=scores.low,
            high=scores.high,
            sums=sums[place],
            histogram=histograms[place],
            above=above[key][:3] if key in above else None,
            falling=scores.falling,
            powers=scores.powers,
            spread=scores.spread,
            errors=scores.errors,
            units=_with_above(units.get(key), above.get(key)),
        )
        for place, key in enumerate(keys)
    }


def _units(scores: ScoreCounts, attributes: Sequence[str], unknown: str | None) -> dict[tuple[str, ...], UnitSums]:
    """The scores of each group by bucket of units; nothing where rows are independent."""
    if not scores.units:
        return {}
    table = covering(scores.units, attributes)
    found = table.by(attributes, unknown)
    counted = "score" in table.cells
    if len(found.keys) * BUCKETS * len(LABELS) * (PLACES if counted else 3) > MOST_NUMBERS:
        raise DataError(
            f"the scores of {len(found.keys):,} groups by unit would not fit into memory; ask for fewer groups"
        )
    cells = table.cells[found.kept]
    hashed = table.code("bucket")
    numbers = np.array([0 if digits is None else int(digits, 16) for digits in hashed.values], dtype=np.int64)
    at = (found.places, numbers[hashed.places][found.kept], _labels(table)[found.kept])
    shape = (len(found.keys), BUCKETS, len(LABELS))
    sums = _added(at, shape, _columns(cells, ("weight", *POWERS[:2])))
    places: Sequence[Array | None] = [None] * len(found.keys)
    if counted:
        weight = _columns(cells, ("weight",))
        places = list(_added((*at, cells["score"].to_numpy(dtype=np.int64)), (*shape, PLACES), weight)[..., 0])
    return {key: UnitSums(sums=sums[i], places=places[i]) for i, key in enumerate(found.keys)}


def _with_above(units: UnitSums | None, above: Array | None) -> UnitSums | None:
    """The same with how much weight lies above the median, or in the best-scored fraction, place by place."""
    return units if units is None or above is None else replace(units, above=above[3:])


def _labels(table: CellTable) -> Places:
    """The place of each cell's label among LABELS; the last is for the missing ones."""
    label = table.code("label")
    ranks = [LABELS.index(value) if value in LABELS else len(LABELS) - 1 for value in label.values]
    return np.array(ranks, dtype=np.int64)[label.places]


def _added(places: tuple[Places, ...], shape: tuple[int, ...], values: Sequence[Array | None]) -> Array:
    """The values of all cells, column by column, added up where each cell belongs: (*shape, columns); 0 of none."""
    flat = np.ravel_multi_index(places, shape)
    added = np.zeros((int(np.prod(shape)), len(values)))
    for place, column in enumerate(values):
        if column is not None:
            added[:, place] = np.bincount(flat, weights=column, minlength=len(added))
    return added.reshape(*shape, len(values))


def _values(cells: pd.DataFrame, weighted: str | None) -> list[Array | None]:
    """The columns of a score group's sums, None for powers that no rule needs. Rows that count once, or as often as
    they say, need no squared weights.
    """
    if weighted == "sampling":
        named = ["n", "weight", "weight2", *POWERS, *SQUARED]
    else:
        named = ["weight", "weight", "weight", *POWERS, *POWERS]
    return [cells[name].to_numpy(dtype=np.float64) if name in cells else None for name in named]


def _columns(cells: pd.DataFrame, names: Sequence[str]) -> list[Array]:
    return [cells[name].to_numpy(dtype=np.float64) for name in names]


def _histograms(
    scores: ScoreCounts, cells: pd.DataFrame, keys: tuple[Places, Places, Coded], groups: int, weighted: str | None
) -> list[Histogram]:
    """One histogram for each group, over the scores that occur in any; `keys` are labels, groups and scores."""
    *places, score = keys
    scored, firsts = ranked([score], len(cells))
    occurring = score.values[score.places[firsts]].astype(np.float64)
    if not occurring.size:  # where no row is usable, nobody has the least score
        occurring = np.array([0.0 if scores.bins else scores.low])
    shape = (len(LABELS), groups, occurring.size)
    if np.prod(shape, dtype=float) > MOST_NUMBERS:
        raise DataError(
            f"{groups:,} groups by {occurring.size:,} scores would not fit into memory; ask for the score's "
            "distribution by fewer attributes, or leave rules about AUC and medians out"
        )

    def summed(column: str) -> Array:
        return _added((*places, scored), shape, _columns(cells, (column,)))[..., 0]

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
    keys: Sequence[tuple[str, ...]],
    *,
    weighted: str | None,
    unknown: str | None,
) -> dict[tuple[str, ...], Array]:
    """How many rows of each group, and what weight of them, lie strictly above the median of all usable rows, or in the
    best-scored fraction of these; nothing where bins hide that. Behind it, the weight at each place of the range.
    """
    parts = _parts(scores) if scores.distribution else None
    if parts is None:
        return {}
    total = {key: np.zeros(3 + PLACES) for key in keys}
    kept = ["n", "weight", "weight2"] if weighted == "sampling" else ["weight"] * 3
    for tables, beyond, least, bins in parts:
        table = covering(tables, attributes)
        chosen = replace(table, cells=table.cells[beyond(table.cells["score"], least)])
        found = chosen.by(attributes, unknown)
        values = _columns(chosen.cells[found.kept], kept)
        places = scores.places(chosen.cells.loc[found.kept, "score"].to_numpy(dtype=np.float64), bins)
        size = len(found.keys)
        sums = _added((found.places,), (size,), values)
        by_place = _added((found.places, places), (size, PLACES), values[1:2])[..., 0]
        for key, row in zip(found.keys, np.concatenate([sums, by_place], axis=-1), strict=True):
            total[key] = total[key] + row
    return total


#: Where to look for rows: in which tables, on which side of which score or bin, and of how many bins (0: scores).
_Part = tuple[tuple[Any, ...], Callable[[Any, float], Any], float, int]


def _parts(scores: ScoreCounts) -> list[_Part] | None:
    """Where to look for rows above the median, or in the best-scored fraction; None if that is not known."""
    return _parts_above(scores) if scores.top is None else _parts_first(scores, scores.top)


def _parts_above(scores: ScoreCounts) -> list[_Part] | None:
    """Above the median lie whole bins beyond it, and very scores of those around it."""
    median, middle = scores.median(), scores.middle()
    if median is None or middle is None:
        return None
    if not scores.bins:
        return [(scores.tables, operator.gt, median, 0)]
    near = scores.around(middle)
    return [(scores.tables, operator.gt, middle[1], scores.bins), (near, operator.gt, median, 0)]


def _parts_first(scores: ScoreCounts, top: Fraction) -> list[_Part] | None:
    """The best-scored fraction: whole bins beyond the one in which it ends, and there the very scores up to its last.

    All who share the last score are in it, so it may be larger than asked for. Of less than one row nobody is.
    """
    last, threshold = scores.last(top), scores.threshold(top)
    if last is None or threshold is None:
        return [] if last is None else None
    beyond, reached = (operator.lt, operator.le) if scores.falling else (operator.gt, operator.ge)
    if not scores.bins:
        return [(scores.tables, reached, threshold, 0)]
    near = scores.around((last,))
    return [(scores.tables, beyond, last, scores.bins), (near, reached, threshold, 0)]
