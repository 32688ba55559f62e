"""A table of additive cells: key columns that say which rows, and sums of them. Everything else is a sum of its rows.

Key columns: `@name` for each attribute (its group, or None for unknown membership), and of these what was counted:
`cell` (one of tp fp fn tn up un), `label` (positive, negative or None), `unusable` (None, or why the rows could not be
used), `decision` and `outcome` (their very values, where rules name classes), `score` (a number, the place of its bin,
or where scores are counted by `bucket`, its place in the range), `baseline` (how the baseline decided: selected or
not), `period`, `version`, `bucket`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from audit.counts.coded import Coded, coded, ranked
from audit.errors import DataError
from audit.values import CELLS, Sums

if TYPE_CHECKING:
    import pandas as pd

#: Rows, their weights' sum, and the sum of the squared weights.
SUMS = ("n", "weight", "weight2")
#: Sums of weight times the first to fourth power of the score, which lies from 0 to 1 within its range.
POWERS = ("s1", "s2", "s3", "s4")
#: The same with the squared weight, for sampling weights.
SQUARED = ("q1", "q2", "q3", "q4")
_ALL = (*SUMS, *POWERS, *SQUARED)
#: Sums of probabilities, with the number of their group behind, and of positions in ranked lists.
_NUMBERED = ("sum_", "square_", "cross_", "rank_")
#: What keys can be beside None, where that does not depend on the data.
_MEANINGS = {"cell": CELLS, "label": ("positive", "negative"), "baseline": ("selected", "not selected")}
#: So many rows are counted exactly.
_MOST_ROWS = 2**53
#: The rows of a unit (a person), or of a list, fall into one of so many buckets, by two hexadecimal digits of its md5.
BUCKETS = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouped:
    """Cells put together: the different keys, which cells were kept, and the place of each of these among the keys."""

    keys: Sequence[tuple[Any, ...]]
    kept: NDArray[np.bool_]
    places: NDArray[np.int64]

    def of(self, column: NDArray[Any]) -> NDArray[Any]:
        """Of a column of all cells those that were kept, which most often are all."""
        return column if self.kept.all() else column[self.kept]


@dataclass(frozen=True, kw_only=True, eq=False)
class CellTable:
    """The cells of some attributes crossed; `codes` are the keys as far as they were asked for."""

    attributes: tuple[str, ...]
    cells: pd.DataFrame
    codes: dict[str, Coded] = field(init=False, repr=False, default_factory=dict)

    def usable(self) -> pd.DataFrame:
        """The cells of rows that can be audited."""
        return self.cells[self.cells["unusable"].isna()]

    def unusable(self) -> dict[str, int]:
        """How many rows could not be used, by reason."""
        rows = self.code("unusable").rows(self._numbers["n"])
        return {str(why): n for why, n in rows.items() if why is not None}

    def known(self, attributes: Sequence[str]) -> pd.DataFrame:
        """The cells of usable rows with known membership in all of these attributes."""
        return self.usable().dropna(subset=columns(attributes))

    def code(self, name: str) -> Coded:
        """A key column, its values worked out once."""
        if name not in self.codes:
            self.codes[name] = coded(self.cells[name])
        return self.codes[name]

    def levels(self, attribute: str) -> set[str]:
        """The groups of an attribute that occur."""
        return set(self.code(f"@{attribute}").values[:-1])

    def rows(self, attributes: Sequence[str] = ()) -> int:
        """How many usable rows have known membership in all of these attributes."""
        return int(self._numbers["n"][self._are(attributes)].sum())

    def _are(self, attributes: Sequence[str]) -> NDArray[np.bool_]:
        """Which cells are usable, and of known membership in all of these attributes."""
        kept = self._usable
        for name in columns(attributes):
            kept = kept & self.code(name).known
        return kept

    @cached_property
    def _usable(self) -> NDArray[np.bool_]:
        """Which cells can be audited: those with no reason against it."""
        return ~self.code("unusable").known

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.float64]]:
        """How many rows each cell has, their weights and squared weights."""
        return {name: self.cells[name].to_numpy(dtype=np.float64) for name in SUMS}

    @cached_property
    def _alike(self) -> dict[str, str]:
        """Which of these need not be added up again, for being the same as another."""
        return alike(self._numbers)

    def sums_by(
        self, attributes: Sequence[str], unknown: str | None, *, rows: Literal["n", "weight"] = "n"
    ) -> dict[tuple[str, ...], dict[str, Sums]]:
        """The sums of usable rows by their groups of some attributes and their kind of cell.

        Rows without a group of each attribute count under the name of `unknown`, or not at all. `rows` is the column
        that says how many there are.
        """
        found, kinds = self.by(attributes, unknown), self.code("cell")
        shape = (len(found.keys), len(kinds.values))
        places = found.places * len(kinds.values) + found.of(kinds.places)
        added = {
            name: np.bincount(places, weights=found.of(self._numbers[name]), minlength=shape[0] * shape[1])
            for name in {*self._alike.values()}
        }
        sums = [added[self._alike[name]].reshape(shape) for name in (rows, "weight", "weight2")]
        cells: dict[tuple[str, ...], dict[str, Sums]] = {key: {} for key in found.keys}
        at = np.nonzero(added["n"].reshape(shape)[:, :-1])  # the last kind is none
        numbers = [one.tolist() for one in (*at, *(one[at] for one in sums))]
        names = kinds.values.tolist()
        for group, kind, n, weight, weight2 in zip(*numbers, strict=True):
            cells[found.keys[group]][names[kind]] = Sums(n=round(n), weight=weight, weight2=weight2)
        return cells

    def by(self, attributes: Sequence[str], unknown: str | None) -> Grouped:
        """The usable cells by their groups of some attributes; those without one are of the group `unknown`, if any."""
        found = self.grouped(columns(attributes), self._are(() if unknown else attributes))
        keys = [tuple(str(unknown if level is None else level) for level in key) for key in found.keys]
        return replace(found, keys=keys)

    def grouped(self, names: Sequence[str], kept: NDArray[np.bool_]) -> Grouped:
        """Some of the cells by some of the key columns, in order."""
        codes = [self.code(name) for name in names]
        if not kept.all():
            codes = [replace(code, places=code.places[kept]) for code in codes]
        inverse, firsts = ranked(codes, int(kept.sum()))
        values = [code.values[code.places[firsts]] for code in codes]
        return Grouped(keys=list(zip(*values, strict=True)) if names else [()], kept=kept, places=inverse)

    def rolled_up(self, attributes: Sequence[str]) -> CellTable:
        """The same for some of the attributes, in their order here."""
        kept = tuple(name for name in self.attributes if name in attributes)
        dropped = columns(name for name in self.attributes if name not in attributes)
        return table_of(
            kept,
            {name: self.code(name) for name in keys(self.cells) if name not in dropped},
            {name: self.cells[name].to_numpy(dtype=np.float64) for name in sums(self.cells)},
        )

    def only(self, key: str, value: str | None) -> CellTable:
        """The cells of one period or version; None stands for those without one."""
        column = self.cells[key]
        return replace(self, cells=self.cells[column.isna() if value is None else column == value])

    def __add__(self, other: CellTable) -> CellTable:
        """The cells of both sets of rows together."""
        import pandas as pd

        return replace(self, cells=summed(pd.concat([self.cells, other.cells])))


def covering(tables: Sequence[CellTable], attributes: Sequence[str]) -> CellTable:
    """The smallest table that holds these attributes; raises DataError if none does."""
    found = [table for table in tables if set(attributes) <= set(table.attributes)]
    if not found:
        raise DataError(
            f"these counts do not hold {' x '.join(attributes)}; count again with a policy that asks for it"
        )
    return min(found, key=lambda table: len(table.cells))


def added(first: Sequence[CellTable], second: Sequence[CellTable]) -> tuple[CellTable, ...]:
    """Both sums of tables together, in the crossings that both hold."""
    there = [table.attributes for table in (*first, *second)]
    shared = [
        names
        for names in dict.fromkeys(there)
        if all(any(set(names) <= set(table.attributes) for table in side) for side in (first, second))
    ]
    if not shared:
        raise DataError("these counts hold no crossing of attributes in common; count again with one policy")
    return tuple(covering(first, names).rolled_up(names) + covering(second, names).rolled_up(names) for names in shared)


def columns(attributes: Iterable[str]) -> list[str]:
    """The columns of attributes, named so that an attribute may have any name."""
    return [f"@{name}" for name in attributes]


def keys(cells: pd.DataFrame) -> list[str]:
    """The key columns of a table."""
    return [name for name in cells.columns if not _is_sum(name)]


def sums(cells: pd.DataFrame) -> list[str]:
    """The columns of a table that are added."""
    return [name for name in cells.columns if _is_sum(name)]


def _is_sum(name: str) -> bool:
    return name in _ALL or name.startswith(_NUMBERED)


def summed(cells: pd.DataFrame) -> pd.DataFrame:
    """One row a cell, in the order of its keys: sums added, missing keys as None.

    The same to the last bit whatever the order of the rows.
    """
    keys_of = {name: coded(cells[name]) for name in keys(cells)}
    return table_of((), keys_of, {name: cells[name].to_numpy(dtype=np.float64) for name in sums(cells)}).cells


def table_of(
    attributes: tuple[str, ...], keys_of: Mapping[str, Coded], sums_of: Mapping[str, NDArray[np.float64]]
) -> CellTable:
    """The same of columns that are apart, as a table whose keys need not be worked out again."""
    import pandas as pd

    inverse, firsts = ranked(keys_of.values(), len(sums_of["n"]))
    codes = {name: key.at(firsts) for name, key in keys_of.items()}
    columns_of: dict[str, Any] = {
        name: pd.Index(key.objects, dtype="float64" if name == "score" else object, copy=False)
        for name, key in codes.items()
    }
    for name, values in sums_of.items():
        added = _added(values, inverse, len(firsts))
        columns_of[name] = added.round().astype(np.int64) if name == "n" else added
    table = CellTable(attributes=attributes, cells=pd.DataFrame(columns_of, copy=False))  # all are its own
    table.codes.update(codes)
    return table


def _added(values: NDArray[np.float64], places: NDArray[np.intp], size: int) -> NDArray[np.float64]:
    """The values of each place added up: from the least to the largest, so that their order does not matter."""
    if size < len(values):
        order = np.argsort(values)
        values, places = values[order], places[order]
    return np.bincount(places, weights=values, minlength=size).astype(np.float64)


def alike(columns_of: Mapping[str, NDArray[np.float64]]) -> dict[str, str]:
    """For each of these columns the first that equals it: without weights all are `n`."""
    return {
        name: next(other for other, known in columns_of.items() if known is column or np.array_equal(known, column))
        for name, column in columns_of.items()
    }


def written(table: CellTable) -> dict[str, Any]:
    """A table as JSON has it, arrays for lists: of keys the different values and each cell's place among them.

    A column of sums that equals an earlier one is named instead of written: without weights all equal `n`.
    """
    cells = table.cells
    first = alike({name: cells[name].to_numpy(dtype=np.float64) for name in sums(cells)})
    columns_of = {name: cells[name].to_numpy() if same == name else same for name, same in first.items()}
    places = {name: table.code(name) for name in keys(cells)}
    keys_of = {name: {"values": list(key.values), "places": key.places} for name, key in places.items()}
    return {"attributes": list(table.attributes), "keys": keys_of, "sums": columns_of}


def read(plain: Mapping[str, Any]) -> CellTable:
    """A table back from JSON; raises ValueError, KeyError, TypeError or IndexError if it holds none."""
    import pandas as pd

    columns_of: dict[str, Any] = {}
    for name, key in plain["keys"].items():
        values, places = np.array([*key["values"], None], dtype=object)[:-1], np.asarray(key["places"], dtype=np.int64)
        if (places < 0).any() or (name in _MEANINGS and not set(values) <= {*_MEANINGS[name], None}):
            raise ValueError(f"a {name.removeprefix('@')} that there is not")
        columns_of[name] = pd.Series(values[places], dtype="float64" if name == "score" else object)
    for name, numbers in plain["sums"].items():
        columns_of[name] = columns_of[numbers] if isinstance(numbers, str) else pd.Series(numbers, dtype="float64")
    cells = pd.DataFrame(columns_of)
    _check(cells)
    return CellTable(attributes=tuple(plain["attributes"]), cells=summed(cells))


def _check(cells: pd.DataFrame) -> None:
    """Raises ValueError if these are no sums that rows have."""
    if np.isnan(numbers := cells[sums(cells)].to_numpy()).any():
        raise ValueError("a sum is missing")
    n = cells["n"].to_numpy()
    if (n < 0).any() or (n != n.round()).any() or n.sum() > _MOST_ROWS:
        raise ValueError("a number of rows that there cannot be")
    if np.isinf(numbers).any() or (cells[[name for name in SUMS if name in cells]].to_numpy() < 0).any():
        raise ValueError("a weight that there cannot be")
