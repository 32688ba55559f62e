"""What was counted of an attribute that is known by probabilities alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audit.counts.celltable import CellTable, read, written

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class ProxyCounts:
    """A table of an attribute's probabilities by decision and outcome.

    Keys beside those of other tables: `state` (ok; outside, for rows whose probabilities are none; None, for rows
    without any), and `step_0`, `step_1` ... each group's probability in twentieths. Sums: `sum_0`, `square_0` ... of
    the probabilities and of their squares, weighted as the rows are.
    """

    name: str
    groups: tuple[str, ...]
    table: CellTable

    def usable(self) -> pd.DataFrame:
        """The cells of rows that can be audited and whose probabilities are known."""
        cells = self.table.usable()
        return cells[cells["state"] == "ok"]

    def unknown(self) -> pd.DataFrame:
        """The cells of rows that can be audited but for their probabilities, of which there are none."""
        cells = self.table.usable()
        return cells[cells["state"].isna()]

    def excluded(self) -> int:
        """How many rows could be audited, were their probabilities such."""
        cells = self.table.usable()
        return int(cells.loc[cells["state"].notna() & (cells["state"] != "ok"), "n"].sum())

    def only(self, key: str, value: str | None) -> ProxyCounts:
        """The counts of one period or version."""
        return replace(self, table=self.table.only(key, value))

    def __add__(self, other: ProxyCounts) -> ProxyCounts:
        """The counts of both sets of rows."""
        return replace(self, table=self.table + other.table)


def added(first: Sequence[ProxyCounts], second: Sequence[ProxyCounts]) -> tuple[ProxyCounts, ...]:
    """Both counts of each attribute together; they were made by one plan."""
    return tuple(one + other for one, other in zip(first, second, strict=True))


def to_plain(proxies: Sequence[ProxyCounts]) -> list[dict[str, Any]]:
    """As JSON has them."""
    return [{"name": one.name, "groups": list(one.groups), "table": written(one.table)} for one in proxies]


def from_plain(plain: Sequence[dict[str, Any]]) -> tuple[ProxyCounts, ...]:
    """Back from JSON."""
    return tuple(ProxyCounts(name=one["name"], groups=tuple(one["groups"]), table=read(one["table"])) for one in plain)
