"""A first policy for a table, with its guesses marked, for somebody to read and correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.errors import DataError
from audit.source import Source
from audit.tablefiles import quote
from audit.wording import known_names, listed

#: Rows that are looked at, and the most values of a column that are listed.
_LOOK_AT = 100_000
_MOST_VALUES = 40

#: Words in a column's name that tell what it holds, the surest first.
_DECISION = (
    "decision", "decided", "approved", "approval", "selected", "hired", "offered", "admitted", "accepted", "granted",
    "y_pred", "predicted", "prediction", "pred", "score_text",
)  # fmt: skip
_OUTCOME = (
    "outcome", "y_true", "actual", "observed", "target", "label", "truth", "repaid", "default", "recid", "qualified",
    "performed", "income",
)  # fmt: skip
_PROTECTED = (
    "sex", "gender", "race", "ethnic", "age", "disab", "religion", "nationality", "national_origin", "citizen",
    "marital", "pregnan", "veteran", "orientation", "skin",
)  # fmt: skip
_YES = (
    "1", "true", "yes", "y", "approved", "approve", "accepted", "accept", "offered", "selected", "hired", "granted",
    "admitted", "positive", "good", ">50k",
)  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]*[A-Za-z0-9_.]|[A-Za-z_]")
#: What YAML would not read as the text it is.
_SPECIAL = {"true", "false", "null", "~", "nan", "inf"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """What was seen of a column: its values with their counts, the commonest first, if they are few."""

    name: str
    values: tuple[tuple[str, int], ...]
    few: bool
    lowest: float | None
    highest: float | None


def look(source: Source) -> list[Column]:
    """What the first rows of a table hold, column by column."""
    return [_column(source, name) for name in source.columns]


def _column(source: Source, name: str) -> Column:
    text = f"CAST({quote(source.inner[name])} AS VARCHAR)"
    first = source.relation.limit(_LOOK_AT).project(f"{text} AS v, TRY_CAST({text} AS DOUBLE) AS d").df()
    counted = first["v"].dropna().value_counts()
    numbers = first["d"].dropna()
    numeric = 0 < len(first["v"].dropna()) == len(numbers)
    pairs = sorted(((str(value), int(n)) for value, n in counted.items()), key=lambda pair: (-pair[1], pair[0]))
    return Column(
        name=name,
        values=tuple(pairs[:_MOST_VALUES]),
        few=0 < len(pairs) <= _MOST_VALUES,
        lowest=float(numbers.min()) if numeric else None,
        highest=float(numbers.max()) if numeric else None,
    )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the user says of the columns; what is left out is guessed."""

    decision: str | None = None
    outcome: str | None = None
    attributes: tuple[str, ...] = ()


def starter(name: str, columns: Sequence[Column], choice: Choice) -> str:
    """A policy for these columns, commented. Raises DataError if no column looks like a decision and none is named."""
    decision = _named(choice.decision, columns) or _best(columns, _DECISION)
    if decision is None:
        raise DataError(
            f"{name}: no column looks like a decision; name it with --decision. There are: "
            f"{listed(column.name for column in columns)}"
        )
    others = [column for column in columns if column is not decision]
    outcome = _named(choice.outcome, columns) or _best(others, _OUTCOME)
    attributes = [column for chosen in choice.attributes if (column := _named(chosen, columns))]
    attributes = attributes or [c for c in others if c is not outcome and _is_protected(c)]
    if not attributes:
        raise DataError(
            f"{name}: no column looks like a protected attribute; name each with --attribute. There are: "
            f"{listed(column.name for column in columns)}"
        )
    parts = [_head(name), _data(decision, outcome), _attributes(attributes), _GROUPS, _rules(outcome), _TAIL]
    return "\n".join(parts)


def _named(name: str | None, columns: Sequence[Column]) -> Column | None:
    if name is None:
        return None
    for column in columns:
        if column.name == name:
            return column
    raise DataError(known_names("column", name, [column.name for column in columns]))


def _best(columns: Iterable[Column], words: Sequence[str]) -> Column | None:
    """The two-valued column, or one of few values, whose name holds the surest word."""
    ranked = [
        (len(column.values) != 2, place, column.name)
        for column in columns
        for place, word in enumerate(words)
        if word in column.name.lower() and column.few and 1 < len(column.values) <= 6
    ]
    found = min(ranked, default=None)
    return next((column for column in columns if found and column.name == found[2]), None)


def _is_protected(column: Column) -> bool:
    words = re.split(r"[^a-z]+", column.name.lower())
    named = any(word.startswith(known) if len(known) > 3 else word == known for known in _PROTECTED for word in words)
    return named and (column.few or column.lowest is not None)


def text(value: str) -> str:
    """A value as YAML reads it back: bare where that is safe, else in quotes."""
    bare = _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL
    return value if bare or re.fullmatch(r"\d{1,9}", value) else json.dumps(value, ensure_ascii=True)


def _comment(value: str) -> str:
    """Text from the data inside a comment: on one line, and printable."""
    return json.dumps(value, ensure_ascii=True)[1:-1]


def _head(name: str) -> str:
    return f"""# A first policy for {_comment(name)}. Lines marked GUESS were guessed from the columns: read and
# correct them before you look at any result. Then: evenhand policy check THIS_FILE
evenhand: 1
title: First look at {json.dumps(name, ensure_ascii=True)[1:-1] if _PLAIN.fullmatch(name) else "the decisions"}

subject:
  name: my-model                  # what is being audited; printed on the cover
"""


def _data(decision: Column, outcome: Column | None) -> str:
    lines = ["data:", f"  # GUESS: the decision is in column {_comment(decision.name)}", *_flag("decision", decision)]
    if outcome:
        lines += [
            f"  # GUESS: what happened afterwards is in column {_comment(outcome.name)}",
            *_flag("outcome", outcome),
        ]
    else:
        lines.append("  # No column looks like an outcome. Without one there are no error rates:")
        lines.append("  # outcome: {column: ..., favorable: 1}")
    return "\n".join([*lines, ""])


def _flag(role: str, column: Column) -> list[str]:
    """A decision or an outcome; more than two values are listed on both sides."""
    values = [value for value, _ in column.values]
    yes = next((value for value in values if value.lower() in _YES), values[-1])
    no = [value for value in values if value != yes]
    otherwise = f", otherwise: [{', '.join(map(text, no))}]" if len(no) > 1 else ""
    seen = _comment(", ".join(f"{value} ({n:,})" for value, n in column.values[:6]))
    return [
        f"  {role}: {{column: {text(column.name)}, favorable: {text(yes)}{otherwise}}}",
        f"  # GUESS: {_comment(yes)} is good for a person (write adverse: instead if it is bad). Seen: {seen}",
    ]


def _attributes(columns: Sequence[Column]) -> str:
    lines = ["attributes:                       # GUESS: protected attributes, by their columns' names"]
    for column in columns:
        lines += _attribute(column)
    if len(columns) > 1:
        first, second = (_key(column.name) for column in columns[:2])
        lines.append(f"intersections: [[{first}, {second}]]")
    return "\n".join([*lines, ""])


def _key(name: str) -> str:
    return text(name)


def _attribute(column: Column) -> list[str]:
    numeric = column.lowest is not None and column.highest is not None
    if numeric and len(column.values) > 8:
        bins = f"  {_key(column.name)}: {{column: {text(column.name)}, bins: [{_edges(column)}]}}"
        return [bins, "  # GUESS: bins [edge, next edge); choose those that your rule book names"]
    seen = _comment(", ".join(f"{value} ({n:,})" for value, n in column.values[:8]))
    return [f"  {_key(column.name)}: {{column: {text(column.name)}}}", f"  # seen: {seen}"]


def _edges(column: Column) -> str:
    """Ages are cut at 40 and 62; other numbers in four equal parts."""
    low, high = column.lowest or 0.0, column.highest or 0.0
    if "age" in re.split(r"[^a-z]+", column.name.lower()) and low >= 0 and 40 < high < 130:
        return "0, 40, 62, inf" if low < 40 else "40, 62, inf"
    step = (high - low) / 4
    return ", ".join(f"{low + i * step:.6g}" for i in range(4)) + ", inf"


_GROUPS = """groups:
  reference: highest              # each group is compared with the one whose rate is highest
  min_count: 30                   # smaller groups are shown, and not judged
"""


def _rules(outcome: Column | None) -> str:
    rules = """rules:
  - id: four-fifths
    title: No group is selected at less than four fifths of the highest rate
    metric: selection_rate
    compare: ratio
    require: ">= 4/5"             # a convention; say here what you must be able to show
    basis: convention
    effect: block                 # block | review | report
"""
    if outcome is None:
        return rules
    return (
        rules
        + """
  - id: error-rates
    title: The errors of the system fall on each group about equally often
    metric: [false_positive_rate, false_negative_rate]
    compare: difference
    require: "<= 0.05"            # at most five percentage points, either way
    basis: house
    effect: review
"""
    )


_TAIL = """signoff:
  roles: [model owner, independent validator]
"""
