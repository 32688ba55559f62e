"""What a group could be, were it known who the unknown are, or how the missing outcomes turned out: its two ends.

At its least end a group holds every record that could count for it without being a hit, at its most end every record
that could be one. Both are groups like any other, so measures and intervals need to know nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from audit.counts.group import Group, pooled
from audit.metrics import Rate

#: What a decision turns out to be, if its missing outcome is positive or negative.
_TURNS_OUT: Mapping[str, tuple[str, str]] = {"up": ("tp", "fp"), "un": ("tn", "fn")}


@dataclass(frozen=True, kw_only=True)
class Ends:
    """A group at the lowest and at the highest share that it could have."""

    least: Group
    most: Group


def could_belong(group: Group, unknown: Group) -> bool:
    """Could these records, of which some memberships are known, be of the group?"""
    return all(group.key.get(name) == level for name, level in unknown.key.items())


def with_unknown(rate: Rate, group: Group, unknown: Sequence[Group]) -> Ends:
    """A group with the records of unknown membership that could be its own: the misses, or the hits.

    Both ends are reached (Manski's worst case): who is not given to the group is in another one.
    """
    able = [one for one in unknown if could_belong(group, one)]
    misses = set(rate.among) - set(rate.hits)
    return Ends(least=_joined(group, able, misses), most=_joined(group, able, set(rate.hits)))


def with_outcomes(rate: Rate, group: Group, unlabelled: Group | None) -> Ends:
    """A group with its records of missing outcome, each turned out as lowers the share most, or as raises it most."""
    if unlabelled is None:
        return Ends(least=group, most=group)
    return Ends(
        least=pooled_as(group, [group, _turned_out(unlabelled, rate, (_MISS, _OUT, _HIT))]),
        most=pooled_as(group, [group, _turned_out(unlabelled, rate, (_HIT, _OUT, _MISS))]),
    )


def pooled_as(name: Group, groups: Sequence[Group]) -> Group:
    """Several groups as one under the name of the first argument."""
    together = pooled(groups)
    return Group(attribute=name.attribute, name=name.name, key=name.key, cells=together.cells, buckets=together.buckets)


def counted(rate: Rate, groups: Iterable[Group]) -> int:
    """How many records of these groups are in the denominator."""
    return sum(group.cells[cell].n for group in groups for cell in rate.among if cell in group.cells)


def only(group: Group, cells: set[str]) -> Group:
    """The records of a group in some cells."""
    buckets = None if group.buckets is None else {cell: b for cell, b in group.buckets.items() if cell in cells}
    kept = {cell: sums for cell, sums in group.cells.items() if cell in cells}
    return Group(attribute=group.attribute, name=group.name, key=group.key, cells=kept, buckets=buckets)


def _joined(group: Group, able: Sequence[Group], cells: set[str]) -> Group:
    added = [part for one in able if (part := only(one, cells)).cells]
    return pooled_as(group, [group, *added]) if added else group


_HIT, _OUT, _MISS = "hit", "out", "miss"


def _turned_out(unlabelled: Group, rate: Rate, preferred: Sequence[str]) -> Group:
    """The records with the outcomes that come first among those preferred, of the two that their decision allows."""
    turned = {
        undecided: min(_TURNS_OUT[undecided], key=lambda one: preferred.index(_role(rate, one)))
        for undecided in unlabelled.cells
    }
    buckets = None
    if unlabelled.buckets is not None:
        buckets = {turned[undecided]: weights for undecided, weights in unlabelled.buckets.items()}
    cells = {turned[undecided]: sums for undecided, sums in unlabelled.cells.items()}
    return Group(attribute="", name="", key={}, cells=cells, buckets=buckets)


def _role(rate: Rate, cell: str) -> str:
    """What a cell is to a rate."""
    return _HIT if cell in rate.hits else _MISS if cell in rate.among else _OUT
