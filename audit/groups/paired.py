"""Two models on the same rows: every rate under the decision and under that of the baseline, and where they differ.

Counts that know a baseline keep apart how it decided. A record is then of one of twelve kinds, named by the cell that
the baseline puts it in and the cell that the decision does: `fn>tp` was rejected before and is selected now. Kinds are
cells like any other: groups of them are added, parted and clustered as those of one decision are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.counts.celltable import CellTable, summed
from audit.counts.counts import Counts
from audit.counts.group import Group, pooled
from audit.groups.people import everyone, people
from audit.metrics import TURNED, Rate
from audit.stats.paired import clustered_pairs, weighted_pairs
from audit.values import CELLS, Number, Share, Sums

Array = NDArray[np.float64]
#: Those who are selected.
_SELECTED: Final = ("tp", "fp", "up")
_ARROW: Final = ">"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A rate of one group under both decisions. `gained` records are among its hits by the decision alone, `lost` ones
    by the baseline alone, of `trials` under both.

    `only_now`, `only_before` and `worth` are the same as intervals may count them; `plain`: these are the records.
    """

    now: Share
    before: Share
    gained: int
    lost: int
    trials: int
    only_now: float
    only_before: float
    worth: float
    plain: bool

    @property
    def change(self) -> Number | None:
        """The rate now less the rate before, exact of counts; None of no trials."""
        now, before = self.now.value, self.before.value
        return None if now is None or before is None else now - before


@dataclass(frozen=True, kw_only=True)
class PairedPeople:
    """The groups of an attribute, or of several crossed, under both decisions. `sampled`: rows carry sampling weights.

    They come by their values of the attributes.
    """

    groups: Mapping[tuple[str, ...], Group]
    sampled: bool

    def of(self, key: tuple[str, ...]) -> Group:
        """One group."""
        return self.groups[key]

    def rest(self, key: tuple[str, ...]) -> Group:
        """Everybody else whose group is known."""
        return pooled([group for name, group in self.groups.items() if name != key])


def paired_people(counts: Counts, attributes: Sequence[str], *, unknown: str | None = None) -> PairedPeople:
    """The groups of some attributes under both decisions. `unknown` names missing membership as a group."""
    found = people(_both(counts), attributes, unknown=unknown)
    groups = {tuple(group.key.values()): group for group in found}
    return PairedPeople(groups=groups, sampled=counts.weighted == "sampling")


def paired_everyone(counts: Counts) -> Group:
    """All usable rows as one group, under both decisions."""
    return everyone(_both(counts))


def _both(counts: Counts) -> Counts:
    return replace(counts, tables=tuple(_kinds(table) for table in counts.tables), scores=None, proxies=())


def _kinds(table: CellTable) -> CellTable:
    """The cells named by both decisions."""
    selected = (table.cells["baseline"] == "selected").to_numpy()
    same = table.cells["cell"].isin(_SELECTED).to_numpy() == selected
    kinds: list[str | None] = [
        f"{cell if alike else TURNED[cell]}{_ARROW}{cell}" if cell in CELLS else None
        for cell, alike in zip(table.cells["cell"], same, strict=True)
    ]
    named = table.cells.assign(cell=np.array(kinds, dtype=object)).drop(columns="baseline")
    return replace(table, cells=summed(named))


# ---- a rate under both ---------------------------------------------------------------------------------------------


def turn(rate: Rate, group: Group, *, sampled: bool) -> Turn:
    """A rate of a group of kinds under both decisions. `sampled`: rows carry sampling weights."""
    kinds = [kind for kind in group.cells if _now(kind) in rate.among]
    only_now = [kind for kind in kinds if _now(kind) in rate.hits and _before(kind) not in rate.hits]
    only_before = [kind for kind in kinds if _before(kind) in rate.hits and _now(kind) not in rate.hits]
    gained, lost, every = (_added(group.cells, names) for names in (only_now, only_before, kinds))
    worth = _worth(group, (only_now, only_before, kinds), (gained, lost, every), sampled=sampled)
    one, other, whole = (side.weight if sampled else float(side.n) for side in (gained, lost, every))
    plain = worth == whole
    scale = 1.0 if plain else worth / whole if whole else 0.0
    now, before = ([kind for kind in kinds if side(kind) in rate.hits] for side in (_now, _before))
    return Turn(
        now=_share(group.cells, now, every, worth, sampled=sampled),
        before=_share(group.cells, before, every, worth, sampled=sampled),
        gained=gained.n,
        lost=lost.n,
        trials=every.n,
        only_now=one * scale,
        only_before=other * scale,
        worth=worth,
        plain=plain and not sampled,
    )


def _worth(group: Group, kinds: Sequence[Sequence[str]], sums: Sequence[Sums], *, sampled: bool) -> float:
    """How many independent records the trials are worth to the change."""
    rows = sums[2].n
    if group.buckets is not None:
        there = group.buckets
        none = np.zeros_like(next(iter(there.values()), np.zeros(1)))
        b, c, n = (np.sum([none, *(there[kind] for kind in names if kind in there)], axis=0) for names in kinds)
        return clustered_pairs(b, c, n, rows)
    if not sampled:
        return float(rows)
    weight, weight2 = (np.array([getattr(side, name) for side in sums]) for name in ("weight", "weight2"))
    return weighted_pairs(weight, weight2, rows)


def _share(cells: Mapping[str, Sums], hits: Sequence[str], every: Sums, worth: float, *, sampled: bool) -> Share:
    found = _added(cells, hits)
    if sampled:
        return Share(hits=found.weight, trials=every.weight, effective=worth, rows=every.n)
    return Share(hits=found.n, trials=every.n, effective=worth, rows=every.n)


def _added(cells: Mapping[str, Sums], names: Sequence[str]) -> Sums:
    return sum((cells[name] for name in names), Sums())


def _before(kind: str) -> str:
    return kind.partition(_ARROW)[0]


def _now(kind: str) -> str:
    return kind.partition(_ARROW)[2]


def exactly(turned: Turn) -> str | None:
    """`(12 - 30)/500`: what changed, for counts."""
    change = turned.change
    return f"({turned.gained} - {turned.lost})/{turned.trials}" if isinstance(change, Fraction) else None
