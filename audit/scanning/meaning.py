"""What the raw keys of a scan mean: groups, decisions, outcomes, and the rows that cannot be used.

A scan brings back each combination of raw values once, so meaning is read into a few cells and never into rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from audit.counts.coded import Coded, coded, meant, ranked
from audit.values import AttributeColumn, BinaryColumn, Plan, ScoreColumn, ScoreRange, WeightColumn
from audit.wording import counted, listed, nearest

if TYPE_CHECKING:
    import pandas as pd

#: Stands for a number that is there but cannot be used: not finite, or outside the bins.
OUTSIDE = "outside"

#: Why a row is not usable whose outcome is empty.
UNLABELLED = "outcome missing"

#: Among so many values of a column is looked for the one that was meant.
_MANY = 200

#: More groups than this, of fewer than two rows each, are the values of an identifier.
_MANY_GROUPS = 2_000

Flag = bool | str


@dataclass(frozen=True)
class Found:
    """What the data turned out to hold: problems that end the audit, and notes that go into the report."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def levels(cells: pd.DataFrame, key: str, attribute: AttributeColumn, found: Found) -> Coded:
    """Each cell's group of an attribute, or None where membership is unknown."""
    raw, rows = read_key(cells, key)
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
                    f"add them to the values, merge or missing of {attribute.name!r}"
                )
    many = len(set(meaning.values()))
    if many > _MANY_GROUPS and 2 * many > sum(rows.values()):
        found.problems.append(
            f"column {attribute.column!r}: {many:,} groups of {counted(sum(rows.values()), 'row')}, so it names single "
            f"rows and no groups; give {attribute.name!r} another column, bins or merges"
        )
    groups: dict[str | None, str | None] = {value: meaning.get(value) if value is not None else None for value in rows}
    return raw.mapped(groups)


def declared(attribute: AttributeColumn) -> tuple[str, ...]:
    """The groups that the policy names, in its order: the labels of bins, or the declared values."""
    return attribute.labels or tuple(dict.fromkeys(attribute.merge.get(v, v) for v in attribute.values))


def places(cells: pd.DataFrame, plan: Plan, found: Found) -> tuple[Coded, Coded]:
    """Each cell's place in the confusion table, or why its rows cannot be used."""
    none = meant([False], np.zeros(len(cells), dtype=np.int64))
    flags = [
        _flags(cells, "decision", plan.decision, found) if plan.decision else none,
        _flags(cells, "outcome", plan.outcome, found) if plan.outcome else none,
        _weighed(cells, plan.weight, found) if plan.weight else none,
        *([_flags(cells, "baseline", plan.baseline, found)] if plan.baseline else []),
    ]
    return _combined(
        flags, lambda known: _place(known[0] is True, known[1] is True if plan.outcome else None), _decided
    )


def labels(cells: pd.DataFrame, plan: Plan, found: Found) -> tuple[Coded, Coded]:
    """Each cell's outcome, positive or negative, None without an outcome column; or why its score cannot be used.

    Only flags whose unusable rows are excluded are looked at again; others are the cells' own problem.
    """
    if plan.score and plan.score.target:
        return _sided(cells, plan, plan.score, found)
    flags = [_scored(cells, plan.score, found)] if plan.score else []
    flags += [_flags(cells, "outcome", plan.outcome, found)] if plan.outcome else []
    flags += [_flags(cells, "decision", plan.decision, found)] if plan.decision and "decision" in cells else []
    flags += [_weighed(cells, plan.weight, found)] if plan.weight and "state" in cells else []
    flags += [_flags(cells, "baseline", plan.baseline, found)] if plan.baseline and "baseline" in cells else []
    if plan.outcome is None:
        return _combined(flags, lambda _: None)
    return _combined(flags, lambda known: "positive" if known[1] is True else "negative")


def classes(cells: pd.DataFrame, key: str, flag: BinaryColumn) -> Coded:
    """Each cell's very value of the decision or the outcome, as the policy writes it; None where it has none."""
    raw, rows = read_key(cells, key)
    declared = flag.positive + flag.negative
    return raw.mapped({value: _written(value, declared) for value in rows})


def before(cells: pd.DataFrame, baseline: BinaryColumn) -> Coded:
    """How the baseline decided about each cell: `selected` or `not selected`; None where it did not."""
    names = {True: "selected", False: "not selected"}
    raw, rows = read_key(cells, "baseline")
    read = {value: _read(value, baseline, "baseline") for value in rows}
    return raw.mapped({value: None if isinstance(flag, str) else names[flag] for value, flag in read.items()})


def _written(value: str | None, declared: Sequence[str]) -> str | None:
    return next((known for known in declared if value is not None and _same(value, known)), None)


def _sided(cells: pd.DataFrame, plan: Plan, score: ScoreRange, found: Found) -> tuple[Coded, Coded]:
    """Whether a cell's predictions are too low (negative) or not (positive); a missing outcome takes nothing away."""
    raw, rows = read_key(cells, "side")
    flags = [_scored(cells, score, found), raw.mapped({side: side == "1" for side in rows})]
    flags += [_flags(cells, "decision", plan.decision, Found())] if plan.decision else []
    flags += [_weighed(cells, plan.weight, Found())] if plan.weight else []
    flags += [_flags(cells, "baseline", plan.baseline, Found())] if plan.baseline else []
    return _combined(flags, lambda known: "positive" if known[1] is True else "negative")


def _combined(
    flags: Sequence[Coded],
    meaning: Callable[[Sequence[Flag]], str | None],
    lacking: Callable[[Sequence[Flag]], str | None] = lambda _: None,
) -> tuple[Coded, Coded]:
    """What all flags of a cell mean together, or the first that makes it unusable, and what is known nevertheless."""
    inverse, firsts = ranked(flags, len(flags[0].places))
    known = [[flag.values[flag.places[first]] for flag in flags] for first in firsts]
    reasons = [next((flag for flag in one if isinstance(flag, str)), None) for one in known]
    kinds = [lacking(one) if reason else meaning(one) for one, reason in zip(known, reasons, strict=True)]
    return meant(kinds, inverse), meant(reasons, inverse)


def _decided(known: Sequence[Flag]) -> str | None:
    """Which of up un, where nothing but the outcome is missing: what it could be is bounded later."""
    decision, outcome, *others = known
    if outcome != UNLABELLED or any(isinstance(flag, str) for flag in (decision, *others)):
        return None
    return _place(decision is True, None)


def _place(selected: bool, positive: bool | None) -> str:
    """Which of tp fp fn tn up un."""
    if positive is None:
        return "up" if selected else "un"
    return ("t" if selected == positive else "f") + ("p" if selected else "n")


def _flags(cells: pd.DataFrame, key: str, flag: BinaryColumn | ScoreColumn, found: Found) -> Coded:
    """Each cell's decision or outcome, or why it has none."""
    raw, rows = read_key(cells, key)
    role = "score" if isinstance(flag, ScoreColumn) else key
    meaning: dict[str | None, Flag] = {value: _read(value, flag, role) for value in rows}
    if isinstance(flag, BinaryColumn):
        _two_valued(flag, meaning, found)
    _allowed(meaning, rows, flag, role, found)
    return raw.mapped(meaning)


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
    several = not flag.negative and len({_number_or_text(value) for value in others}) > 1
    if True not in meaning.values():
        said = f"column {flag.column!r} ({flag.role}): no row holds {_quoted(flag.positive)}"
        (found.problems if several else found.notes).append(said + (_held(flag, others) if several else ""))
    elif several:
        found.problems.append(
            f"column {flag.column!r} ({flag.role}) is not binary: beside {_quoted(flag.positive)} it holds "
            f"{_quoted(others)}; list the values that mean no in data.{flag.role}.otherwise"
        )


def _held(flag: BinaryColumn, others: Sequence[str]) -> str:
    """What a column holds of which no value is the one that was named, and the one that may have been meant."""
    close = [near for named in flag.positive for near in nearest(named, others[:_MANY])]
    meant = f"did you mean {_quoted(dict.fromkeys(close))}?" if close else "name the value as the column has it"
    return f"; it holds {_quoted(others)}; {meant}"


def _weighed(cells: pd.DataFrame, weight: WeightColumn, found: Found) -> Coded:
    states: dict[str | None, Flag] = {"ok": True, None: "weight missing", OUTSIDE: "weight not usable"}
    raw, rows = read_key(cells, "state")
    _allowed(states, rows, weight, "weight", found)
    return raw.mapped(states)


def _scored(cells: pd.DataFrame, score: ScoreRange, found: Found) -> Coded:
    role, what = ("prediction", "prediction or target") if score.target else ("score", "score")
    states: dict[str | None, Flag] = {"ok": True, None: f"{what} missing", OUTSIDE: f"{what} not in its range"}
    raw, rows = read_key(cells, "scored")
    _allowed(states, rows, score, role, found)
    left_out = rows.get(OUTSIDE, 0) + rows.get(None, 0)
    if left_out and score.unusable == "exclude":
        found.notes.append(
            f"column {score.column!r}: {counted(left_out, 'row')} without a usable {what}, which no metric of the "
            f"{role} counts"
        )
    if rows.get(OUTSIDE, 0) and found.problems:
        found.problems.append(
            f"column {score.column!r}: its range is {score.low:g} to {score.high:g}; if that is not what the {what} "
            f"can be, say so in data.{role}.range, like [300, 850]"
        )
    return raw.mapped(states)


def _allowed(
    meaning: Mapping[str | None, Flag],
    rows: Mapping[str | None, int],
    flag: BinaryColumn | ScoreColumn | ScoreRange | WeightColumn,
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


def _unusable(
    flag: BinaryColumn | ScoreColumn | ScoreRange | WeightColumn, role: str, reason: str, n: int, shown: str
) -> str:
    """Which rows cannot be used, and the two things that can be done."""
    values = f": {shown}" if shown else _WEIGHT_HELP.get(reason, "")
    return (
        f"column {flag.column!r}: {reason} in {counted(n, 'row')}{values}; mend the data, or set data.{role}.unusable: "
        "exclude to leave such rows out and count them"
    )


_WEIGHT_HELP = {
    "weight not usable": " (negative, not a number, not whole for a frequency, under 0.000001 or too large)"
}


def read_key(cells: pd.DataFrame, key: str) -> tuple[Coded, dict[str | None, int]]:
    """A raw key of each cell, and how many rows hold each of its values: the missing ones first, then in order."""
    raw = coded(cells[key])
    return raw, raw.rows(cells["n"].to_numpy())


def _number_or_text(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _quoted(values: Iterable[str]) -> str:
    return listed(repr(value) for value in values)
