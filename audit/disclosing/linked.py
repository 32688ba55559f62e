"""The counts of a result that hang together: whole groups and their parts, and those of whom a group is not known.

The groups of an attribute and those of unknown membership make up everyone. The crossings of a group and those of it of
whom the other attribute is not known make up the group. So whatever is withheld may follow from the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.result import AttributeRows, AuditResult, GroupRow, MetricValue

#: How many records there are in each of the six cells.
Cells = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class People:
    """A set of people and its cells: those of a row of the result, or those of whom a group is not known."""

    attribute: str
    name: str
    cells: Cells
    row: bool


@dataclass(frozen=True, kw_only=True)
class World:
    """All people, everyone first; the laws, by which the first of some people are the others together; the accounts.

    An account says how many of an attribute's records are in its groups, and how many are of unknown membership.
    """

    people: tuple[People, ...]
    laws: tuple[tuple[int, ...], ...]
    accounts: Mapping[str, tuple[AttributeRows, tuple[int, ...], int]]

    @property
    def rows(self) -> list[int]:
        """The places of those who have a row of their own."""
        return [place for place, one in enumerate(self.people) if one.row]


def world(result: AuditResult) -> World:
    """The people of a result, with all sums that tie them together."""
    everyone = cells_of(result.overall)
    if everyone is None:
        return World(people=(), laws=(), accounts={})
    people = [People(attribute="", name="", cells=everyone, row=True)]
    places: dict[str, dict[str, int]] = {}
    keys: dict[tuple[str, str], Mapping[str, str]] = {}
    for row in result.groups:
        if (cells := cells_of(row)) is not None:
            places.setdefault(row.attribute, {})[row.group] = len(people)
            keys[row.attribute, row.group] = row.group_key
            people.append(People(attribute=row.attribute, name=row.group, cells=cells, row=True))
    laws: list[tuple[int, ...]] = []
    unknown: dict[str, int] = {}
    for whole, parts in _wholes(places, keys):
        rest = _rest(people[whole].cells, [people[part].cells for part in parts])
        if min(rest) < 0:  # the groups are not parts of the whole, so nothing can be worked out from it
            continue
        attribute = people[parts[0]].attribute
        if whole == 0:
            unknown[attribute] = len(people)
        laws.append((whole, *parts, len(people)))
        people.append(People(attribute=attribute, name=people[whole].name, cells=rest, row=False))
    accounts = {
        one.attribute: (one, tuple(places[one.attribute].values()), unknown[one.attribute])
        for one in result.rows.by_attribute
        if one.attribute in unknown
    }
    return World(people=tuple(people), laws=tuple(laws), accounts=accounts)


def _wholes(
    places: Mapping[str, Mapping[str, int]], keys: Mapping[tuple[str, str], Mapping[str, str]]
) -> Iterator[tuple[int, list[int]]]:
    """Everyone and each attribute's groups; each group, and those of every crossing that are in it."""
    names = {of: set(keys[of, next(iter(groups))]) for of, groups in places.items()}
    for of, groups in places.items():
        yield 0, list(groups.values())
        for margin in (one for one in places if names[one] < names[of]):
            for name, whole in places[margin].items():
                key = keys[margin, name].items()
                if parts := [place for group, place in groups.items() if key <= keys[of, group].items()]:
                    yield whole, parts


def _rest(whole: Cells, parts: Sequence[Cells]) -> Cells:
    return tuple(n - sum(part[cell] for part in parts) for cell, n in enumerate(whole))


def cells_of(row: GroupRow) -> Cells | None:
    """The six counts of a row's records, as far as its metrics tell; None if they do not, as of probabilities."""
    found = {name: row.metrics.get(name) for name in ("selection_rate", "base_rate", *_JOINT)}
    n = row.n or 0
    selected, positive = (_hits(found[name]) for name in ("selection_rate", "base_rate"))
    tp, fp = (_hits(found[name]) for name in _JOINT)
    known = _trials(found["base_rate"])
    if tp is not None and fp is not None and selected is not None and positive is not None:
        up = selected - tp - fp
        return tp, fp, positive - tp, known - positive - fp, up, n - known - up
    if selected is not None:
        return 0, 0, 0, 0, selected, n - selected
    return None if positive is None else (0, 0, positive, known - positive, 0, n - known)


_JOINT = ("true_positive_rate", "false_positive_rate")


def _hits(value: MetricValue | None) -> int | None:
    return None if value is None else value.hits


def _trials(value: MetricValue | None) -> int:
    return 0 if value is None or value.n is None else value.n
