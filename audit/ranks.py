"""What was counted of ranked lists: of each group, sums over its items by bucket of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audit.celltable import BUCKETS, CellTable, columns, read, written
from audit.errors import DataError
from audit.rankgroup import FIELDS, RankGroup


@dataclass(frozen=True, kw_only=True, eq=False)
class RankCounts:
    """Tables of ranked lists, one for everyone and one for each crossing that was asked for.

    What chance does to a group depends on how many of it are in each list, so no table is a sum of another. Keys beside
    the groups: `bucket`, `period`, `version`, and `unusable`, of rows that are in no list. `k`: how many first places
    count, if any do.
    """

    tables: tuple[CellTable, ...]
    k: int | None = None

    @property
    def read(self) -> int:
        """How many rows were read."""
        return int(self.tables[0].cells["n"].sum())

    def groups(self, attributes: Sequence[str], *, unknown: str | None) -> dict[tuple[str, ...], RankGroup]:
        """The groups of some attributes by their key; none if they were not counted."""
        table = next((one for one in self.tables if set(one.attributes) == set(attributes)), None)
        if table is None:
            return {}
        names, cells = columns(attributes), table.usable()
        cells = cells.fillna(dict.fromkeys(names, unknown)) if unknown else cells.dropna(subset=names)
        places = [int(bucket, 16) for bucket in cells["bucket"]]
        keys = list(cells[names].itertuples(index=False, name=None)) if names else [()] * len(cells)
        values = cells[["n", *FIELDS]].to_numpy(dtype=np.float64)
        found: dict[tuple[str, ...], np.ndarray[Any, np.dtype[np.float64]]] = {}
        for key, place, row in zip(keys, places, values, strict=True):
            found.setdefault(key, np.zeros((BUCKETS, len(FIELDS) + 1)))[place] += row
        return {
            key: RankGroup(items=sums[:, 0], sums=dict(zip(FIELDS, sums[:, 1:].T, strict=True)), k=self.k)
            for key, sums in found.items()
        }

    def only(self, key: str, value: str | None) -> RankCounts:
        """The counts of one period or version."""
        return replace(self, tables=tuple(table.only(key, value) for table in self.tables))

    def __add__(self, other: RankCounts) -> RankCounts:
        """The counts of both sets of lists, in the crossings that both hold. A list has to be in one of them alone."""
        theirs = {table.attributes: table for table in other.tables}
        both = tuple(table + theirs[table.attributes] for table in self.tables if table.attributes in theirs)
        if not both:
            raise DataError("these counts hold no crossing of attributes in common; count again with one policy")
        return replace(self, tables=both)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has them."""
        return {"k": self.k, "tables": [written(table) for table in self.tables]}

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> RankCounts:
        """Back from JSON."""
        return RankCounts(k=plain["k"], tables=tuple(read(table) for table in plain["tables"]))
