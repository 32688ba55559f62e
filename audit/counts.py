"""Counts: an additive table of cells. Every group, intersection, rest and overall is a sum of its rows.

`count` is the only code that reads rows, and it reads them once.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import DataError
from audit.files import write_atomically
from audit.values import CELLS, Group, Sums

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
#: A crossing of attributes into more cells than this is refused.
MOST_CELLS = 1_000_000
SUMS = ["n", "weight", "weight2"]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many rows of each kind there are.

    `table` has one row a cell: a column `@name` for each attribute (its group, or None for unknown membership),
    `cell` (one of tp fp fn tn up un, or None), `unusable` (None, or why the rows could not be used), and the sums n,
    weight, weight2. `declared` holds the groups of each attribute in the order in which the policy names them, `plan`
    the digest of what was counted how: counts of one plan can be added, and judged by policies of that plan.
    """

    attributes: tuple[str, ...]
    declared: dict[str, tuple[str, ...]]
    plan: str
    weighted: str | None
    has_outcome: bool
    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """How many rows were read, whatever became of them."""
        return int(self.table["n"].sum())

    @property
    def unknown_name(self) -> str:
        """What missing membership is called as a group."""
        return unknown_name(level for name in self.attributes for level in self.levels(name))

    def levels(self, attribute: str) -> tuple[str, ...]:
        """The groups of an attribute that occur, as declared and then by name."""
        there = set(self.table[f"@{attribute}"].dropna())
        return tuple(name for name in dict.fromkeys([*self.declared[attribute], *sorted(there)]) if name in there)

    def usable(self) -> pd.DataFrame:
        """The cells of rows that can be audited."""
        return self.table[self.table["unusable"].isna()]

    def unusable(self) -> dict[str, int]:
        """How many rows could not be used, by reason."""
        return {str(why): int(n) for why, n in self.table.groupby("unusable", sort=True)["n"].sum().items()}

    def unknown(self, attributes: Sequence[str]) -> int:
        """How many usable rows lack membership in at least one of these attributes."""
        usable = self.usable()
        return int(usable.loc[usable[_columns(attributes)].isna().any(axis=1), "n"].sum())

    def known(self, attributes: Sequence[str]) -> int:
        """How many usable rows have known membership in all of these attributes."""
        return int(self.usable().dropna(subset=_columns(attributes))["n"].sum())

    def groups(self, attributes: Sequence[str], *, unknown: str | None = None) -> list[Group]:
        """The groups of an attribute, or of several crossed, in order. `unknown` names the missing ones as a group."""
        names, usable = _columns(attributes), self.usable()
        known = usable.fillna(dict.fromkeys(names, unknown)) if unknown else usable.dropna(subset=names)
        sums = known.groupby([*names, "cell"], sort=False)[SUMS].sum()
        cells: dict[tuple[str, ...], dict[str, Sums]] = {}
        for (*key, cell), n, weight, weight2 in sums.itertuples(name=None):
            cells.setdefault(tuple(key), {})[cell] = self._sums(n, weight, weight2)
        ranks = [{level: place for place, level in enumerate(self.levels(name))} for name in attributes]
        there = [key for key, sums in cells.items() if any(sum_.n for sum_ in sums.values())]
        ordered = sorted(there, key=lambda key: [ranks[i].get(level, len(ranks[i])) for i, level in enumerate(key)])
        return [_group(attributes, key, cells[key]) for key in ordered]

    def everyone(self) -> Group:
        """All usable rows as one group, whatever their membership."""
        sums = self.usable().groupby("cell", sort=True)[SUMS].sum()
        cells = {str(cell): self._sums(n, weight, weight2) for cell, n, weight, weight2 in sums.itertuples(name=None)}
        return Group(attribute="everyone", name="everyone", key={}, cells=cells)

    def _sums(self, n: int, weight: float, weight2: float) -> Sums:
        """The sums of a cell; a frequency weight repeats its row, so there it says how many records there are."""
        size = int(weight) if self.weighted == "frequency" else int(n)
        return Sums(n=size, weight=float(weight), weight2=float(weight2))

    def __add__(self, other: Counts) -> Counts:
        """The counts of both sets of rows together. Raises DataError if they were counted by different plans."""
        import pandas as pd

        if self.plan != other.plan:
            raise DataError(
                "these counts were made by different plans (columns, groups, bins, decisions or weights); count again "
                "with one policy"
            )
        table = summed(pd.concat([self.table, other.table]), self.attributes)
        return replace(self, table=table, notes=tuple(dict.fromkeys(self.notes + other.notes)))

    def withheld(self, least: int) -> Counts:
        """The same without cells of fewer rows than this: their rows are counted together, as withheld.

        For counts that leave the place where rows may be seen. No row is lost: the accounting shows how many were
        withheld.
        """
        import pandas as pd

        small = self.table["n"] < least
        blank = dict.fromkeys([*_columns(self.attributes), "cell"])
        hidden = self.table[small].assign(**blank, unusable=f"withheld (cells of fewer than {least} rows)")
        table = summed(pd.concat([self.table[~small], hidden]), self.attributes)
        return replace(self, table=table)

    def to_json(self) -> str:
        """The counts as JSON text, the same bytes for the same counts."""
        rows = [[_plain(value) for value in row] for row in self.table.itertuples(index=False, name=None)]
        plain = {
            "schema": SCHEMA,
            "attributes": list(self.attributes),
            "declared": {name: list(levels) for name, levels in self.declared.items()},
            "plan": self.plan,
            "weighted": self.weighted,
            "has_outcome": self.has_outcome,
            "notes": list(self.notes),
            "columns": list(self.table.columns),
            "cells": rows,
        }
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"

    def sha256(self) -> str:
        """The digest of the counts' JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Write the counts to a file, whole or not at all."""
        write_atomically(path, self.to_json().encode())


def load(path: Path) -> Counts:
    """Read counts back; raises DataError if the file does not hold counts of a schema that this version reads."""
    import pandas as pd

    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["schema"] != SCHEMA:
            raise DataError(f"{path}: counts of schema {plain['schema']}; this version of evenhand reads {SCHEMA}")
        table = pd.DataFrame(plain["cells"], columns=plain["columns"])
        attributes = tuple(plain["attributes"])
        return Counts(
            attributes=attributes,
            declared={name: tuple(levels) for name, levels in plain["declared"].items()},
            plan=plain["plan"],
            weighted=plain["weighted"],
            has_outcome=plain["has_outcome"],
            table=summed(table, attributes),
            notes=tuple(plain["notes"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: this file does not hold counts ({error})") from error


def cell_table(
    sums: pd.DataFrame,
    groups: Mapping[str, Sequence[str | None]],
    cells: Sequence[str | None],
    unusable: Sequence[str | None],
) -> pd.DataFrame:
    """The table of Counts from its columns: sums, the group of each attribute, the kind of cell, why it is not
    usable.
    """
    import pandas as pd

    keys = {**{f"@{name}": column for name, column in groups.items()}, "cell": cells, "unusable": unusable}
    named = pd.DataFrame({name: pd.Series(list(column), dtype=object) for name, column in keys.items()})
    return summed(named.assign(**{name: sums[name].to_numpy() for name in SUMS}), groups)


def _columns(attributes: Iterable[str]) -> list[str]:
    """The columns of attributes, named so that an attribute may have any name."""
    return [f"@{name}" for name in attributes]


def summed(table: pd.DataFrame, attributes: Iterable[str]) -> pd.DataFrame:
    """One row a cell, in the order of its keys: counts added, sorted, missing keys as None."""
    keys = [*_columns(attributes), "cell", "unusable"]
    grouped = table.astype(dict.fromkeys(keys, object)).groupby(keys, sort=True, dropna=False)[SUMS].sum().reset_index()
    typed = grouped.astype({"n": "int64", "weight": "float64", "weight2": "float64"} | dict.fromkeys(keys, object))
    typed[keys] = typed[keys].where(typed[keys].notna(), None)
    return typed


def unknown_name(groups: Iterable[str]) -> str:
    """`(unknown)`, in more brackets if a group is called that already."""
    taken, name = set(groups), "(unknown)"
    while name in taken:
        name = f"({name})"
    return name


def sum_cells(groups: Iterable[Group]) -> dict[str, Sums]:
    """The cells of several groups together."""
    total = {cell: Sums() for cell in CELLS}
    for group, cell in itertools.product(groups, CELLS):
        if cell in group.cells:
            total[cell] += group.cells[cell]
    return {cell: sums for cell, sums in total.items() if sums.n}


def _group(names: Sequence[str], key: tuple[str, ...], cells: dict[str, Sums]) -> Group:
    return Group(attribute=joined(names), name=joined(key), key=dict(zip(names, key, strict=True)), cells=cells)


def joined(names: Sequence[str]) -> str:
    """The name of attributes, or of groups, taken together; one that holds ` & ` itself stands in quotes."""
    if len(names) == 1:
        return names[0]
    return " & ".join(f'"{name}"' if " & " in name or name.startswith('"') else name for name in names)


def _plain(value: Any) -> Any:
    """A cell of the table as JSON has it: missing is null, whole numbers are whole."""
    if value is None or value != value:  # noqa: PLR0124 - NaN, whatever its type
        return None
    return value.item() if hasattr(value, "item") else value
