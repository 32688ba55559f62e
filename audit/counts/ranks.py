"""What was counted of ranked lists: of each group, sums over its items by bucket of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audit.counts.celltable import BUCKETS, CellTable, read, written
from audit.counts.rankgroup import DIVERGENCES, FIELDS, Divergence, RankGroup
from audit.errors import DataError


@dataclass(frozen=True, kw_only=True, eq=False)
class RankCounts:
    """Tables of ranked lists, one for everyone and one for each crossing that was asked for.

    What chance does to a group depends on how many of it are in each list, so no table is a sum of another. Keys beside
    the groups: `bucket`, `period`, `version`, and `unusable`, of rows that are in no list. `k`: how many first places
    count, if any do. `divergences` hold lists instead of items, where a rule asks how far groups diverge.
    """

    tables: tuple[CellTable, ...]
    k: int | None = None
    divergences: tuple[CellTable, ...] = ()

    @property
    def read(self) -> int:
        """How many rows were read."""
        return int(self.tables[0].cells["n"].sum())

    def groups(self, attributes: Sequence[str], *, unknown: str | None) -> dict[tuple[str, ...], RankGroup]:
        """The groups of some attributes by their key; none if they were not counted."""
        table = next((one for one in self.tables if set(one.attributes) == set(attributes)), None)
        if table is None:
            return {}
        found = table.by(attributes, unknown)
        hashed = table.code("bucket")
        numbers = np.array([0 if digits is None else int(digits, 16) for digits in hashed.values])
        places = found.places * BUCKETS + numbers[found.of(hashed.places)]
        shape = (len(found.keys), BUCKETS)
        columns_of = [found.of(table.cells[name].to_numpy(dtype=np.float64)) for name in ("n", *FIELDS)]
        items, *sums = (np.bincount(places, one, minlength=shape[0] * shape[1]).reshape(shape) for one in columns_of)
        return {
            key: RankGroup(
                items=items[group], sums={name: one[group] for name, one in zip(FIELDS, sums, strict=True)}, k=self.k
            )
            for group, key in enumerate(found.keys)
        }

    def divergence(self, attributes: Sequence[str]) -> Divergence | None:
        """How far the groups of some attributes diverge; None if it was not counted."""
        table = next((one for one in self.divergences if set(one.attributes) == set(attributes)), None)
        if table is None:
            return None
        places = [int(bucket, 16) for bucket in table.cells["bucket"]]
        names = ("n", *DIVERGENCES)
        added = (np.bincount(places, weights=table.cells[name], minlength=BUCKETS) for name in names)
        lists, *sums = (one.astype(np.float64) for one in added)
        return Divergence(lists=lists, sums=dict(zip(DIVERGENCES, sums, strict=True)))

    def only(self, key: str, value: str | None) -> RankCounts:
        """The counts of one period or version."""
        of_lists = tuple(table.only(key, value) for table in self.divergences)
        return replace(self, tables=tuple(table.only(key, value) for table in self.tables), divergences=of_lists)

    def __add__(self, other: RankCounts) -> RankCounts:
        """The counts of both sets of lists, in the crossings that both hold. A list has to be in one of them alone."""
        both = _both(self.tables, other.tables)
        if not both:
            raise DataError("these counts hold no crossing of attributes in common; count again with one policy")
        return replace(self, tables=both, divergences=_both(self.divergences, other.divergences))

    def to_plain(self) -> dict[str, Any]:
        """As JSON has them."""
        of_lists = [written(table) for table in self.divergences]
        return {"k": self.k, "tables": [written(table) for table in self.tables], "divergences": of_lists}

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> RankCounts:
        """Back from JSON."""
        tables, of_lists = (tuple(read(table) for table in plain[name]) for name in ("tables", "divergences"))
        return RankCounts(k=plain["k"], tables=tables, divergences=of_lists)


def _both(first: Sequence[CellTable], second: Sequence[CellTable]) -> tuple[CellTable, ...]:
    """The tables of the same crossings, added."""
    theirs = {table.attributes: table for table in second}
    return tuple(table + theirs[table.attributes] for table in first if table.attributes in theirs)
