"""Counts: additive tables of cells. Every group, intersection, rest and overall is a sum of their rows.

`audit.scanning.scan.count` is the only code that reads rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from audit.counts.celltable import CellTable, added, covering
from audit.counts.group import Group
from audit.counts.proxycounts import ProxyCounts
from audit.counts.proxycounts import added as added_proxies
from audit.counts.ranks import RankCounts
from audit.counts.scores import ScoreCounts
from audit.errors import DataError
from audit.values import Sums
from audit.wording import listed

#: A crossing of attributes into more cells than this is refused.
MOST_CELLS = 1_000_000
Slice = Literal["period", "version"]
SLICES: tuple[Slice, ...] = ("period", "version")


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many rows of each kind there are.

    `tables` hold the cells, one table for all attributes crossed, or one for each crossing that was asked for where
    that would have been too many. `declared` holds the groups of each attribute in the order in which the policy names
    them, `plan` the digest of what was counted how: counts of one plan can be added, and judged by policies of that
    plan. `sliced` says of which period or version these are, if not of all.
    """

    attributes: tuple[str, ...]
    declared: dict[str, tuple[str, ...]]
    plan: str
    weighted: str | None
    has_outcome: bool
    has_decision: bool
    tables: tuple[CellTable, ...]
    scores: ScoreCounts | None = None
    proxies: tuple[ProxyCounts, ...] = ()
    ranks: RankCounts | None = None
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """How many rows were read, whatever became of them."""
        return int(self.tables[0].cells["n"].sum())

    @property
    def usable_rows(self) -> int:
        """How many rows can be audited."""
        return self.tables[0].rows()

    @property
    def cells(self) -> int:
        """How many cells all tables have together."""
        scored = (*self.scores.tables, *self.scores.units) if self.scores else ()
        return sum(len(table.cells) for table in (*self.tables, *scored, *(proxy.table for proxy in self.proxies)))

    @property
    def clustered(self) -> bool:
        """Are the rows kept apart by the buckets of their units?"""
        return "bucket" in self.tables[0].cells

    @property
    def unknown_name(self) -> str:
        """What missing membership is called as a group."""
        return unknown_name(level for name in self.attributes for level in self.levels(name))

    def table(self, attributes: Sequence[str] = ()) -> CellTable:
        """The smallest table that holds these attributes; raises DataError if none does."""
        return covering(self.tables, attributes)

    def levels(self, attribute: str) -> tuple[str, ...]:
        """The groups of an attribute that occur, as declared and then by name."""
        there = self.table([attribute]).levels(attribute)
        return tuple(name for name in dict.fromkeys([*self.declared[attribute], *sorted(there)]) if name in there)

    def slices(self, by: Slice) -> tuple[str, ...]:
        """The periods or versions that occur, in order; none if they were not counted."""
        cells = self.tables[0].cells
        return tuple(sorted(set(cells[by].dropna()))) if by in cells else ()

    def unusable(self, attributes: Sequence[str] = ()) -> dict[str, int]:
        """How many rows could not be used, by reason."""
        return self.table(attributes).unusable()

    def unknown(self, attributes: Sequence[str]) -> int:
        """How many usable rows lack membership in at least one of these attributes."""
        table = self.table(attributes)
        return table.rows() - table.rows(attributes)

    def known(self, attributes: Sequence[str]) -> int:
        """How many usable rows have known membership in all of these attributes."""
        return self.table(attributes).rows(attributes)

    def groups(self, attributes: Sequence[str], *, unknown: str | None = None) -> list[Group]:
        """The groups of an attribute, or of several crossed, in order. `unknown` names the missing ones as a group."""
        cells = self._sums_by(attributes, unknown)
        ranks = [{level: place for place, level in enumerate(self.levels(name))} for name in attributes]
        there = [key for key, sums in cells.items() if any(sum_.n for sum_ in sums.values())]
        ordered = sorted(there, key=lambda key: [ranks[i].get(level, len(ranks[i])) for i, level in enumerate(key)])
        attribute = joined(attributes)
        return [
            Group(attribute=attribute, name=joined(key), key=dict(zip(attributes, key, strict=True)), cells=cells[key])
            for key in ordered
        ]

    def everyone(self) -> Group:
        """All usable rows as one group, whatever their membership."""
        return Group(attribute="everyone", name="everyone", key={}, cells=self._sums_by((), None)[()])

    def _sums_by(self, attributes: Sequence[str], unknown: str | None) -> dict[tuple[str, ...], dict[str, Sums]]:
        """The cells of each group; a frequency weight repeats its row, so there it says how many records there are."""
        rows: Literal["n", "weight"] = "weight" if self.weighted == "frequency" else "n"
        return self.table(attributes).sums_by(attributes, unknown, rows=rows)

    def only(self, by: Slice, value: str) -> Counts:
        """The counts of one period or one version; raises DataError if there is none of that name."""
        there = self.slices(by)
        if value not in there:
            shown = f"there are {listed(there)}" if there else f"the policy names no column for a {by}"
            raise DataError(f"there is no {by} {value!r}; {shown}")
        tables = tuple(table.only(by, value) for table in self.tables)
        scores = self.scores
        if scores:
            kept = {
                name: tuple(t.only(by, value) for t in getattr(scores, name)) for name in ("tables", "near", "units")
            }
            scores = replace(scores, **kept)  # type: ignore[arg-type]
        proxies = tuple(proxy.only(by, value) for proxy in self.proxies)
        ranks = self.ranks.only(by, value) if self.ranks else None
        return replace(self, tables=tables, scores=scores, proxies=proxies, ranks=ranks)

    def __add__(self, other: Counts) -> Counts:
        """The counts of both sets of rows together. Raises DataError if they were counted by different plans."""
        if self.plan != other.plan:
            raise DataError(
                "these counts were made by different plans (columns, groups, bins, decisions or weights); count again "
                "with one policy"
            )
        notes = tuple(dict.fromkeys(self.notes + other.notes))
        scores = _both_scores(self.scores, other.scores)
        proxies = added_proxies(self.proxies, other.proxies)
        ranks = self.ranks + other.ranks if self.ranks and other.ranks else None
        return replace(
            self, tables=added(self.tables, other.tables), scores=scores, proxies=proxies, ranks=ranks, notes=notes
        )


def _both_scores(first: ScoreCounts | None, second: ScoreCounts | None) -> ScoreCounts | None:
    if first is None or second is None:
        return None
    return first + second


def unknown_name(groups: Iterable[str]) -> str:
    """`(unknown)`, in more brackets if a group is called that already."""
    taken, name = set(groups), "(unknown)"
    while name in taken:
        name = f"({name})"
    return name


def joined(names: Sequence[str]) -> str:
    """The name of attributes, or of groups, taken together; one that holds ` & ` itself stands in quotes."""
    if len(names) == 1:
        return names[0]
    return " & ".join(f'"{name}"' if " & " in name or name.startswith('"') else name for name in names)
