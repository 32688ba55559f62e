"""Checks of the columns that a policy names: each says one side, all say the same one, and no column is two things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from audit.policy.checks import Parts
from audit.policy.columns import Label, Score
from audit.policy.faults import Path, Said

#: No two of these can be one column, and none of them can be a unit, a time or a version. Only a decision may be made
#: of the score's own values: `adverse: [8, 9, 10]`.
_FACTS: Final = ("decision", "score", "prediction", "outcome", "baseline", "weight")
_APART: Final = (
    *(pair for pair in combinations(_FACTS, 2) if pair != ("decision", "score")),
    *((fact, key) for key in ("unit", "time", "model_version") for fact in _FACTS),
)
#: What would come of one column for two things, where that is not plain.
_CONSEQUENCE: Final[Mapping[tuple[str, str], str]] = {
    ("decision", "outcome"): "every error rate would be 0",
    ("decision", "baseline"): "nothing would have changed",
    ("outcome", "baseline"): "every error rate of the baseline would be 0",
    ("score", "outcome"): "every score would be right",
}
_HELP: Final[Mapping[str, str]] = {
    "outcome": "name the column that says what turned out to be true",
    "baseline": "name the column that holds what the other model decided",
}


def data_checks(parts: Parts) -> Iterator[Said]:
    """A decision is there, each column says one polarity, and all say the same."""
    if not parts.has_data:
        yield Said(
            ("data",), "neither a decision nor a score is named", "name the column that holds the decision", key=True
        )
    columns: dict[str, Label | Score] = {**parts.labels, **({"score": parts.score} if parts.score else {})}
    sound = {role: column for role, column in columns.items() if bool(column.favorable) != bool(column.adverse)}
    for role in columns.keys() - sound.keys():
        both = "both 'favorable' and 'adverse' are given" if columns[role].favorable else "'favorable' is missing"
        yield Said(
            ("data", role), both, "say which side is good for the person, or which is bad: one of the two", key=True
        )
    yield from _polarity(sound)
    for role, label in parts.labels.items():
        yield from _overlap(role, label)
    yield from _same_columns(parts)


def _polarity(columns: Mapping[str, Label | Score]) -> Iterator[Said]:
    first, *others = [role for role in ("decision", "score", "outcome", "baseline") if role in columns] or [""]
    for role in others:
        if columns[role].polarity != columns[first].polarity:
            yield Said(
                ("data", role, columns[role].polarity),
                f"the {first} says {columns[first].polarity!r} and the {role} {columns[role].polarity!r}; "
                "a true positive would then be a decision and an outcome of opposite meaning",
                f"name the {columns[first].polarity} side of the {role} instead",
                key=True,
            )


def _overlap(role: str, label: Label) -> Iterator[Said]:
    for value in label.otherwise:
        if value in label.favorable + label.adverse:
            yield Said(("data", role, "otherwise"), f"{value!r} is also {label.polarity}; a value is one of the two")


def _same_columns(parts: Parts) -> Iterator[Said]:
    """Pairs of settings that name one column, though a column can only be one of the two."""
    named = {role: column for role, column in (parts.data or {}).items() if column is not None}
    for first, second in _APART:
        if first in named and named[first] == named.get(second):
            why = _CONSEQUENCE.get((first, second), "one column cannot be both")
            message = f"the {_spoken(second)} is the {first}'s column {named[first]!r}; {why}"
            yield Said(_place(second), message, _HELP.get(second, "name another column, or leave one of the two out"))
    for name, attribute in parts.attributes.items():
        if attribute.column == named.get("unit"):
            message = f"the unit is the column of the attribute {name!r}; all rows of a group would belong together"
            yield Said(_place("unit"), message, "name the column that says whose row it is")


def _spoken(role: str) -> str:
    return role.replace("_", " ")


def _place(role: str) -> Path:
    return ("data", role, "column")
