"""Which numbers of a result a public rendering withholds: the small ones, and those that would give them away.

Each group has four items that are published or withheld: how many records it has, how many of them were selected, how
many have a positive outcome, and how decisions and outcomes go together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from audit.disclosing.linked import Cells, World
from audit.disclosing.linked import world as world_of
from audit.disclosing.told_rates import Fact, told_rates
from audit.metrics import METRICS, ScoreMetric
from audit.result import AuditResult, GroupRow
from audit.stats.suppression import System, closed, protected
from audit.values import CELLS
from audit.wording import without_classes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Block = Literal["n", "decision", "outcome", "both", "scores", "classes"]
Key = tuple[str, str]
Array = NDArray[np.float64]

#: The items of a group: which sums of its cells each one publishes, and what goes with it when it is withheld.
_BLOCKS: Final[Mapping[Block, tuple[str, ...]]] = {
    "n": ("tp fp fn tn up un",),
    "decision": ("tp fp up",),
    "outcome": ("tp fn", "tp fp fn tn"),
    "both": ("tp", "fp", "fn", "tn"),
}
_WITH: Final[Mapping[Block, tuple[Block, ...]]] = {
    "n": ("decision", "outcome", "both"),
    "decision": ("both",),
    "outcome": ("both",),
    "both": (),
}
#: The counts that are small or not: those that an item publishes, and what is left of the records besides.
_COUNTED: Final[Mapping[Block, tuple[str, ...]]] = {
    "n": ("tp fp fn tn up un",),
    "decision": ("tp fp up", "fn tn un"),
    "outcome": ("tp fn", "fp tn", "tp fp fn tn", "up un"),
    "both": ("tp", "fp", "fn", "tn", "tp tn", "fp fn", "tp fp", "fn tn"),
}
#: What withholding an item is worth against its group's records: the less it says, the less it costs.
_COST: Final[Mapping[Block, float]] = {"n": 4.0, "decision": 2.0, "outcome": 1.5, "both": 1.0}
#: Everyone's numbers matter less than a group's; the accounting of rows less still.
_EVERYONE, _ACCOUNT = 0.25, 0.05


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is small, and how wide a range has to stay: the policy's `disclosure`."""

    min_cell: int
    protection: int
    complementary: bool
    extremes: bool

    def small(self, count: int | None) -> bool:
        """Is a count too small to be shown? 0 is not."""
        return count is not None and 0 < count < self.min_cell


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """What is withheld: of each group (by attribute and name), of everyone, and of the accounting of rows.

    `accounts` are the attributes whose accounting is withheld, `told` those of whose it was made sure that it is not.
    `secret` are the attributes of which something small is known about those of unknown membership.
    """

    groups: Mapping[Key, frozenset[Block]]
    everyone: frozenset[Block]
    accounts: frozenset[str]
    told: frozenset[str]
    secret: frozenset[str]

    def whole(self, attribute: str, block: Block) -> bool:
        """Is this published of all groups of the attribute?"""
        return not any(block in gone for (of, _), gone in self.groups.items() if of == attribute)

    def has_total(self, attribute: str) -> bool:
        """Is it published how many records the groups of the attribute have together?"""
        return attribute in self.told or self.whole(attribute, "n")

    def all_of(self, attribute: str) -> bool:
        """Is everything published of all groups of the attribute?"""
        return not any(gone for (of, _), gone in self.groups.items() if of == attribute)


def block_of(metric: str) -> Block:
    """The item that a metric belongs to."""
    if without_classes(metric) != metric:
        return "classes"  # more cells than the six that withholding knows of
    if isinstance(METRICS.get(metric), ScoreMetric):
        return "scores"
    return {"selection_rate": "decision", "base_rate": "outcome"}.get(metric, "both")  # type: ignore[return-value]


def withheld(result: AuditResult, limits: Limits) -> Withheld:
    """Decide what a public rendering of a result withholds."""
    world = world_of(result)
    gone = closed(_small_items(world, limits), _implied(world))
    if limits.complementary and world.people:
        wanted, width = _wanted(world, limits)
        system = _system(world, told_rates(world, result))
        gone = protected(system, wanted, width=width, withheld=gone, implied=_implied(world))
    return _told(world, gone, _opaque(result, world, limits), limits)


# ---- what is published of them, and what must not be known ---------------------------------------------------------


def _vector(cells: str) -> list[int]:
    return [int(cell in cells.split()) for cell in CELLS]


_VECTORS: Final = {
    cells: np.array(_vector(cells)) for found in (*_BLOCKS.values(), *_COUNTED.values()) for cells in found
}


def _items(world: World) -> list[tuple[int, Block]]:
    """The items of those with a row, in order; behind them come those of the accounts."""
    return [(place, block) for place in world.rows for block in _BLOCKS]


def _small_items(world: World, limits: Limits) -> set[int]:
    """The items that hold something small."""
    found = {
        item
        for item, (place, block) in enumerate(_items(world))
        if any(_is_small(world.people[place].cells, cells, limits) for cells in _COUNTED[block])
    }
    first = len(_items(world))
    small = [limits.small(one.unknown) or limits.small(one.excluded) for one, _, _ in world.accounts.values()]
    return found | {first + place for place, yes in enumerate(small) if yes}


def _is_small(cells: Cells, counted: str, limits: Limits) -> bool:
    """Is this sum of someone's cells small, or one of nobody where that tells all about everybody?"""
    count = int(_VECTORS[counted] @ cells)
    if limits.small(count):
        return True
    rest = _OTHERS.get(counted)
    return limits.extremes and count == 0 and rest is not None and int(_VECTORS[rest] @ cells) > 0


#: The two sides of each rate: if there is nobody on one, all are known to be on the other.
_SIDES: Final = (("tp fp up", "fn tn un"), ("tp fn", "fp tn"), ("tp", "fn"), ("fp", "tn"))
_OTHERS: Final = {one: other for pair in _SIDES for one, other in (pair, pair[::-1])}


def _implied(world: World) -> dict[int, tuple[int, ...]]:
    places = {pair: item for item, pair in enumerate(_items(world))}
    return {item: tuple(places[place, other] for other in _WITH[block]) for (place, block), item in places.items()}


def _wanted(world: World, limits: Limits) -> tuple[csr_array, Array]:
    """The small sums, and how wide the range of each has to stay; a listed group has one record at least."""
    found: list[tuple[int, str]] = []
    for place, one in enumerate(world.people):
        small = [cells for cells in _VECTORS if _is_small(one.cells, cells, limits)]
        found += [(place, cells) for cells in small]
    matrix = _matrix(world, [[(place, _VECTORS[cells], 1)] for place, cells in found])
    listed = [world.people[place].row and cells in _BLOCKS["n"] for place, cells in found]
    return matrix, limits.protection + np.array(listed, dtype=float)


def _system(world: World, facts: Sequence[Fact]) -> System:
    cells = np.array([one.cells for one in world.people], dtype=float)
    pieces, items, costs = [], [], []
    for item, (place, block) in enumerate(_items(world)):
        pieces += [[(place, _VECTORS[sum_], 1)] for sum_ in _BLOCKS[block]]
        items += [item] * len(_BLOCKS[block])
        costs.append(_COST[block] * cells[place].sum() * (_EVERYONE if place == 0 else 1.0))
    for one, groups, unknown in world.accounts.values():
        every = _VECTORS[_BLOCKS["n"][0]]
        pieces += [[(place, every, 1) for place in groups], [(unknown, every, 1)]]
        items += [len(costs)] * 2
        costs.append(_ACCOUNT * float(one.analysed or 0))
    return System(
        truth=cells.ravel(),
        laws=_laws(world),
        facts=_matrix(world, [[(place, row, 1)] for place, row in facts]),
        pieces=_matrix(world, pieces),
        items=np.array(items, dtype=np.int64),
        costs=np.array(costs),
    )


def _laws(world: World) -> csr_array:
    """Wholes less their parts, cell by cell; and cells that nobody is in, as of outcomes where there are none."""
    units = np.eye(len(CELLS), dtype=int)
    sums = [[(law[0], unit, 1), *((part, unit, -1) for part in law[1:])] for law in world.laws for unit in units]
    empty = [unit for unit, n in zip(units, world.people[0].cells, strict=True) if n == 0]
    sums += [[(place, unit, 1)] for unit in empty for place in range(len(world.people))]
    return _matrix(world, sums)


def _matrix(world: World, sums: Sequence[Sequence[tuple[int, NDArray[Any], int]]]) -> csr_array:
    """Sums of cells as rows of a matrix: each of some people's cells, added or taken away."""
    from scipy.sparse import csr_array  # half a second, and reports seldom need it

    wide = len(CELLS)
    entries = [
        (row, place * wide + cell, sign * vector[cell])
        for row, parts in enumerate(sums)
        for place, vector, sign in parts
        for cell in np.flatnonzero(vector)
    ]
    rows, columns, values = (list(column) for column in zip(*entries, strict=True)) if entries else ([], [], [])
    return csr_array((np.array(values, dtype=float), (rows, columns)), shape=(len(sums), wide * len(world.people)))


# ---- what came of it -----------------------------------------------------------------------------------------------


def _told(world: World, gone: frozenset[int], opaque: Mapping[str, Sequence[str]], limits: Limits) -> Withheld:
    items = _items(world)
    blocks: dict[int, set[Block]] = {}
    for item in sorted(gone):
        if item < len(items):
            blocks.setdefault(items[item][0], set()).add(items[item][1])
    groups = {
        (world.people[place].attribute, world.people[place].name): frozenset(found)
        for place, found in blocks.items()
        if place
    }
    groups |= {(of, name): frozenset(_BLOCKS) for of, names in opaque.items() for name in names}
    accounts = frozenset(of for n, of in enumerate(world.accounts, len(items)) if n in gone) | frozenset(opaque)
    found = Withheld(
        groups=groups,
        everyone=frozenset(blocks.get(0, ())),
        accounts=accounts,
        told=frozenset(world.accounts) - accounts,
        secret=frozenset(),
    )
    open_ = {of for of in world.accounts if _is_open(world, of, found, limits)}
    known = {one.attribute for one in world.people if one.attribute}
    return replace(found, secret=frozenset(known | set(opaque)) - open_)


def _is_open(world: World, attribute: str, found: Withheld, limits: Limits) -> bool:
    """May what those of unknown membership could change be told?"""
    _, _, unknown = world.accounts[attribute]
    crossed = any(one.attribute == attribute and one.name for one in world.people if not one.row)
    small = any(_is_small(world.people[unknown].cells, cells, limits) for cells in _VECTORS)
    hidden = found.everyone or attribute in found.accounts or not found.all_of(attribute)
    nobody = not any(world.people[unknown].cells)
    return nobody or not (crossed or small or hidden)


def _opaque(result: AuditResult, world: World, limits: Limits) -> dict[str, list[str]]:
    """Attributes whose groups are no sets of records, as of probabilities: withheld wholly where anything is small."""
    known = {(one.attribute, one.name) for one in world.people}
    rows = [row for row in result.groups if (row.attribute, row.group) not in known]
    few = {row.attribute for row in rows if any(limits.small(n) for n in _sizes(row))}
    few |= {
        one.attribute for one in result.rows.by_attribute if limits.small(one.unknown) or limits.small(one.excluded)
    }
    return {of: [row.group for row in rows if row.attribute == of] for of in {row.attribute for row in rows} & few}


def _sizes(row: GroupRow) -> Iterator[int]:
    """How many records a group of probabilities has, and about how many each of its rates counts, or does not."""
    yield row.n or 0
    for value in row.metrics.values():
        if value.value is not None and value.n:
            hits = min(max(round(value.value * value.n), 0), value.n)
            yield from (value.n, hits, value.n - hits)
