"""Counts read by other classes: the same rows, with other values of the decision and the outcome as the positive ones.

Where a policy names classes, the counts keep the very value of each cell's decision and outcome. Every choice of
positive values then has confusion cells of its own, which are sums of the cells that were counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.counts.celltable import CellTable, summed
from audit.counts.counts import Counts
from audit.values import Reading

if TYPE_CHECKING:
    import pandas as pd

#: The cells of each role's positive side, and those without an outcome.
_POSITIVE: Final = {"decision": ("tp", "fp", "up"), "outcome": ("tp", "fn")}
_UNLABELLED: Final = ("up", "un")
#: The cell by whether the decision is positive, and then by whether the outcome is.
_PLACES: Final[NDArray[Any]] = np.array([["tn", "fn"], ["fp", "tp"]], dtype=object)
_OPEN: Final[NDArray[Any]] = np.array(["un", "up"], dtype=object)


def read_as(counts: Counts, reading: Reading) -> Counts:
    """The counts with the values of a reading as the positive ones. Their scores and proxies are not read by classes;
    of a fraction of the best scores, the scores are read by it.

    Raises KeyError if the values of a column that the reading names were not kept.
    """
    if reading.decision is None and reading.outcome is None:
        return replace(counts, scores=replace(counts.scores, top=reading.top) if counts.scores else None, proxies=())
    return replace(counts, tables=tuple(_read(table, reading) for table in counts.tables), scores=None, proxies=())


def _read(table: CellTable, reading: Reading) -> CellTable:
    cells = table.cells
    selected = _are(cells, "decision", reading.decision).astype(int)
    positive = _are(cells, "outcome", reading.outcome).astype(int)
    places: NDArray[Any] = np.where(cells["cell"].isin(_UNLABELLED), _OPEN[selected], _PLACES[selected, positive])
    places[cells["cell"].isna()] = None
    read = cells.assign(cell=places).drop(columns=["decision", "outcome"], errors="ignore")
    return replace(table, cells=summed(read))


def _are(cells: pd.DataFrame, role: str, values: Sequence[str] | None) -> NDArray[np.bool_]:
    """Which cells are on the positive side."""
    found = cells["cell"].isin(_POSITIVE[role]) if values is None else cells[role].isin(values)
    return found.to_numpy()
