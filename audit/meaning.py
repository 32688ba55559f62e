"""What the raw keys of a scan mean: groups, decisions, outcomes, and the rows that cannot be used.

A scan brings back each combination of raw values once, so meaning is read into a few cells and never into rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audit.values import AttributeColumn, BinaryColumn, Plan, ScoreColumn, WeightColumn
from audit.wording import counted, listed

if TYPE_CHECKING:
    import pandas as pd

#: Stands for a number that is there but cannot be used: not finite, or outside the bins.
OUTSIDE = "outside"

Flag = bool | str


@dataclass(frozen=True)
class Found:
    """What the data turned out to hold: problems that end the audit, and notes that go into the report."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def levels(cells: pd.DataFrame, key: str, attribute: AttributeColumn, found: Found) -> list[str | None]:
    """Each cell's group of an attribute, or None where membership is unknown."""
    rows = _rows_by_value(cells, key)
    if attribute.edges:
        meaning = {str(i): label for i, label in enumerate(attribute.labels)}
        if outside := rows.get(OUTSIDE):
            found.notes.append(
                f"column {attribute.column!r}: {counted(outside, 'row')} without a number from "
                f"{attribute.edges[0]:g} to {attribute.edges[-1]:g}; their group of {attribute.name!r} is unknown"
            )
    else:
        missing = {"", *attribute.missing}
        meaning = {v: attribute.merge.get(v, v) for v in rows if v is not None and v.strip() and v not in missing}
        if attribute.values:
            declared = {*attribute.values, *attribute.merge, *attribute.merge.values()}
            odd = [value for value in meaning if value not in declared]
            if odd:
                n = counted(sum(rows[value] for value in odd), "row")
                found.problems.append(
                    f"column {attribute.column!r}: {n} with values that the policy does not declare: {_quoted(odd)}; "
                    f"add them to attributes.{attribute.name}.values, merge, or missing"
                )
    return [meaning.get(value) for value in cells[key]]


def declared(attribute: AttributeColumn) -> tuple[str, ...]:
    """The groups that the policy names, in its order: the labels of bins, or the declared values."""
    return attribute.labels or tuple(dict.fromkeys(attribute.merge.get(v, v) for v in attribute.values))


def places(cells: pd.DataFrame, plan: Plan, found: Found) -> tuple[list[str | None], list[str | None]]:
    """Each cell's place in the confusion table, or why its rows cannot be used."""
    decided = _flags(cells, "decision", plan.decision, found)
    turned_out = _flags(cells, "outcome", plan.outcome, found) if plan.outcome else [True] * len(cells)
    weighed = _weighed(cells, plan.weight, found) if plan.weight else [True] * len(cells)
    places: list[str | None] = []
    reasons: list[str | None] = []
    for decision, outcome, weight in zip(decided, turned_out, weighed, strict=True):
        reason = next((flag for flag in (decision, outcome, weight) if isinstance(flag, str)), None)
        reasons.append(reason)
        places.append(None if reason else _place(decision is True, outcome is True if plan.outcome else None))
    return places, reasons


def _place(selected: bool, positive: bool | None) -> str:
    """Which of tp fp fn tn up un."""
    if positive is None:
        return "up" if selected else "un"
    return ("t" if selected == positive else "f") + ("p" if selected else "n")


def _flags(cells: pd.DataFrame, key: str, flag: BinaryColumn | ScoreColumn, found: Found) -> list[Flag]:
    """Each cell's decision or outcome, or why it has none."""
    rows = _rows_by_value(cells, key)
    role = "score" if isinstance(flag, ScoreColumn) else key
    meaning: dict[str | None, Flag] = {value: _read(value, flag, role) for value in rows}
    if isinstance(flag, BinaryColumn):
        _two_valued(flag, meaning, found)
    _allowed(meaning, rows, flag, role, found)
    return [meaning[value] for value in _values(cells, key)]


def _read(value: str | None, flag: BinaryColumn | ScoreColumn, role: str) -> Flag:
    if value is None or not value.strip():
        return f"{role} missing"
    if isinstance(flag, ScoreColumn):
        return "score not a number" if value == OUTSIDE else value == "1"
    if any(_same(value, known) for known in flag.positive):
        return True
    if flag.negative and not any(_same(value, known) for known in flag.negative):
        return f"{role} not a declared value"
    return False


def _same(value: str, known: str) -> bool:
    """Equal as text, as true or false, or as numbers: a decision of 1 may be stored as 1, 1.0 or '1'."""
    if value == known or (value.lower() == known.lower() and known.lower() in ("true", "false")):
        return True
    try:
        return float(value) == float(known)
    except ValueError:
        return False


def _two_valued(flag: BinaryColumn, meaning: Mapping[str | None, Flag], found: Found) -> None:
    """Where the policy names only the positive values, one other value may occur; more is a question, not a no."""
    others = [value for value, is_positive in meaning.items() if is_positive is False and value is not None]
    if not flag.negative and len({_number_or_text(value) for value in others}) > 1:
        found.problems.append(
            f"column {flag.column!r} ({flag.role}) is not binary: beside {_quoted(flag.positive)} it holds "
            f"{_quoted(others)}; list the values that mean no in data.{flag.role}.otherwise"
        )
    if True not in meaning.values():
        found.notes.append(f"column {flag.column!r} ({flag.role}): no row holds {_quoted(flag.positive)}")


def _weighed(cells: pd.DataFrame, weight: WeightColumn, found: Found) -> list[Flag]:
    states: dict[str | None, Flag] = {"ok": True, None: "weight missing", OUTSIDE: "weight not usable"}
    _allowed(states, _rows_by_value(cells, "state"), weight, "weight", found)
    return [states[value] for value in _values(cells, "state")]


def _allowed(
    meaning: Mapping[str | None, Flag],
    rows: Mapping[str | None, int],
    flag: BinaryColumn | ScoreColumn | WeightColumn,
    role: str,
    found: Found,
) -> None:
    """Unusable rows are a problem unless the policy says to exclude and count them."""
    if flag.unusable == "exclude":
        return
    for reason in dict.fromkeys(value for value in meaning.values() if isinstance(value, str)):
        values = [value for value, why in meaning.items() if why == reason and value in rows]
        if values:
            n = sum(rows[v] for v in values)
            found.problems.append(_unusable(flag, role, reason, n, _quoted(v for v in values if v and v != OUTSIDE)))


def _unusable(flag: BinaryColumn | ScoreColumn | WeightColumn, role: str, reason: str, n: int, shown: str) -> str:
    """Which rows cannot be used, and the two things that can be done."""
    values = f": {shown}" if shown else _WEIGHT_HELP.get(reason, "")
    return (
        f"column {flag.column!r}: {reason} in {counted(n, 'row')}{values}; mend the data, or set data.{role}.unusable: "
        "exclude to leave such rows out and count them"
    )


_WEIGHT_HELP = {
    "weight not usable": " (negative, not a number, not whole for a frequency, under 0.000001 or too large)"
}


def _values(cells: pd.DataFrame, key: str) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in cells[key]]


def _rows_by_value(cells: pd.DataFrame, key: str) -> dict[str | None, int]:
    """How many rows hold each raw value, in the order of the values."""
    rows: dict[str | None, int] = {}
    for value, n in sorted(
        zip(_values(cells, key), cells["n"], strict=True), key=lambda pair: (pair[0] or "", pair[1])
    ):
        rows[value] = rows.get(value, 0) + int(n)
    return rows


def _number_or_text(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _quoted(values: Iterable[str]) -> str:
    return listed(repr(value) for value in values)
