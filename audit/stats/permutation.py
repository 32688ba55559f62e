"""Tests by permutation, from counts: shuffling who belongs to which group is a hypergeometric draw of the cells.

Such a test asks whether groups are exchangeable, which is more than equality of one metric. To test a rate that is
taken among a part of the rows (true positives among the qualified), shuffle within these parts, as strata; and let the
statistic be studentised (DiCiccio and others 2020).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, gammaln

from audit.stats.numerics import Array, divide
from audit.stats.resampling import stream

#: A function of the cells of both groups, each of shape (replicates, strata, cells), that gives one number each.
Contrasted = Callable[[Array, Array], Array]

Whole = NDArray[np.int64]

_REPLICATES = 9999
_MOST_TABLES = 20_000
_LEAST_EXPECTED = 5.0
_DRAWABLE = 1e9  # more records than this cannot be drawn without replacement
_SLACK = 1e-9  # statistics that are equal but for rounding


@dataclass(frozen=True, kw_only=True)
class Permuted:
    """A permutation test: two-sided by the statistic's size, and exact or from random shuffles.

    `observed` is None, and p too, where the statistic is not defined.
    """

    observed: float | None
    p_value: float | None
    method: Literal["exact", "random"]


@dataclass(frozen=True, kw_only=True)
class Independence:
    """Is the outcome independent of the group? Pearson's chi-square over a table, and how strong the association is.

    `method` says where p is from: the chi-square distribution, or random tables with the same margins where any
    expected count is under 5. `cramers_v` is Bergsma's, whose bias at no association is nearly gone (Bergsma 2013).
    `no_variation`: fewer than two groups or outcomes occur.
    """

    statistic: float | None
    degrees: int
    p_value: float | None
    cramers_v: float | None
    method: Literal["chi_square", "random"]
    reason: Literal["no_variation"] | None = None


def independence(table: ArrayLike, *, seed: int, key: str) -> Independence:
    """Test a table of counts, groups as rows. Random numbers depend on seed and key alone. Empty margins are left out.

    Fractional counts are rounded for the random tables.
    """
    counts = np.asarray(table, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return Independence(
            statistic=None, degrees=0, p_value=None, cramers_v=None, method="chi_square", reason="no_variation"
        )
    statistic, expected = float(_chi_square(counts)), _expected(counts)
    degrees = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    v = _bergsma(statistic, counts)
    if expected.min() >= _LEAST_EXPECTED or counts.sum() >= _DRAWABLE:
        p = max(float(chdtrc(degrees, statistic)), sys.float_info.min)
        return Independence(statistic=statistic, degrees=degrees, p_value=p, cramers_v=v, method="chi_square")
    whole = np.rint(counts).astype(np.int64)
    drawn = _chi_square(_random_tables(whole, stream(seed, key)))
    extreme = int((drawn >= float(_chi_square(whole.astype(np.float64))) * (1 - _SLACK)).sum())
    p = (1 + extreme) / (1 + _REPLICATES)
    return Independence(statistic=statistic, degrees=degrees, p_value=p, cramers_v=v, method="random")


def permutation(first: ArrayLike, second: ArrayLike, statistic: Contrasted, *, seed: int, key: str) -> Permuted:
    """Shuffle the groups' labels within each stratum: cells of shape (strata, cells), whole counts.

    All tables are weighed if there are at most 20,000; else 9,999 are drawn, and p = (1 + as extreme) / 10,000.
    Tables for which the statistic is not defined count as extreme.
    """
    mine, theirs = (np.asarray(cells, dtype=np.float64) for cells in (first, second))
    observed = float(statistic(mine[np.newaxis], theirs[np.newaxis])[0])
    pooled, sizes = np.rint(mine + theirs).astype(np.int64), np.rint(mine.sum(axis=1)).astype(np.int64)
    if not np.isfinite(observed):
        return Permuted(observed=None, p_value=None, method="exact")
    every = _all_tables(pooled, sizes)
    drawn = _shuffled(pooled, sizes, stream(seed, key)) if every is None else every
    found = statistic(drawn, pooled - drawn)
    extreme = ~(np.abs(found) < abs(observed) - _SLACK * max(1.0, abs(observed)))
    if every is None:
        return Permuted(observed=observed, p_value=(1 + int(extreme.sum())) / (1 + _REPLICATES), method="random")
    weight = _probabilities(drawn, pooled)
    return Permuted(observed=observed, p_value=min(float(weight[extreme].sum() / weight.sum()), 1.0), method="exact")


# ---- tables of many groups -----------------------------------------------------------------------------------------


def _expected(counts: Array) -> Array:
    return divide(counts.sum(axis=-1, keepdims=True) * counts.sum(axis=-2, keepdims=True), counts.sum())


def _chi_square(counts: Array) -> Array:
    """Pearson's statistic of one table, or of a stack of tables that have the same margins."""
    expected = _expected(counts if counts.ndim == 2 else counts[0])
    # A margin that rounding has emptied contributes nothing.
    return np.asarray(np.nan_to_num(divide((counts - expected) ** 2, expected)).sum(axis=(-2, -1)))


def _bergsma(statistic: float, counts: Array) -> float | None:
    """Cramer's V, corrected for its bias."""
    n, (rows, columns) = float(counts.sum()), counts.shape
    if n <= 1:
        return None
    phi2 = max(0.0, statistic / n - (rows - 1) * (columns - 1) / (n - 1))
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return math.sqrt(phi2 / least) if least > 0 else None


def _random_tables(table: Whole, source: np.random.Generator) -> Array:
    """Tables with the same margins: each row takes its records from what the rows before it have left."""
    left = np.tile(table.sum(axis=0), (_REPLICATES, 1))
    rows = []
    for size in table.sum(axis=1):
        rows.append(_take(left, int(size), source))
        left = left - rows[-1]
    return np.stack(rows, axis=1).astype(np.float64)


def _take(left: Whole, size: int, source: np.random.Generator) -> Whole:
    """Draw `size` records without replacement from each row of counts: a multivariate hypergeometric draw."""
    taken, wanted = np.zeros_like(left), np.full(left.shape[0], size)
    for column in range(left.shape[1]):
        others = left[:, column + 1 :].sum(axis=1)
        taken[:, column] = source.hypergeometric(left[:, column], others, wanted)
        wanted = wanted - taken[:, column]
    return taken


# ---- tables of two groups ------------------------------------------------------------------------------------------


def _shuffled(pooled: Whole, sizes: Whole, source: np.random.Generator) -> Array:
    strata = [
        _take(np.tile(cells, (_REPLICATES, 1)), int(size), source) for cells, size in zip(pooled, sizes, strict=True)
    ]
    return np.stack(strata, axis=1).astype(np.float64)


def _all_tables(pooled: Whole, sizes: Whole) -> Array | None:
    """Every table that the first group can have, of shape (tables, strata, cells); None if they are too many."""
    tables = np.zeros((1, 0, pooled.shape[1]))
    for cells, size in zip(pooled, sizes, strict=True):
        ways = list(islice(_ways(tuple(int(cell) for cell in cells), int(size)), _MOST_TABLES + 1))
        if len(ways) * len(tables) > _MOST_TABLES:
            return None
        before, now = np.repeat(tables, len(ways), axis=0), np.tile(np.array(ways, dtype=np.float64), (len(tables), 1))
        tables = np.concatenate((before, now[:, np.newaxis]), axis=1)
    return tables


def _ways(cells: tuple[int, ...], size: int) -> Iterator[tuple[int, ...]]:
    """The ways to take `size` records from cells."""
    if len(cells) == 1:
        yield (size,)
        return
    for taken in range(max(0, size - sum(cells[1:])), min(cells[0], size) + 1):
        for others in _ways(cells[1:], size - taken):
            yield (taken, *others)


def _probabilities(tables: Array, pooled: Whole) -> Array:
    """How likely each table is under exchangeability, relative to the likeliest."""
    logs = (gammaln(pooled + 1) - gammaln(tables + 1) - gammaln(pooled - tables + 1)).sum(axis=(1, 2))
    return np.asarray(np.exp(logs - logs.max()))
