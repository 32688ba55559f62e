"""A first policy for a table, with its guesses marked, for somebody to read and correct."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from audit.starting.guesses import Choice, Column, Roles, is_score, roles, weight_kind
from audit.starting.polarity import Key, Side, key_of, plain, side_of
from audit.wording import listed

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]*[A-Za-z0-9_.]|[A-Za-z_]")
#: What YAML would not read as the text it is.
_SPECIAL = {"true", "false", "null", "~", "nan", "inf"}
#: A key with nothing behind it, which the policy's door refuses, and the question that the reader has to answer.
_OPEN = re.compile(r" *(\w+): +# FILL IN: (.*)")


def starter(name: str, columns: Sequence[Column], choice: Choice) -> str:
    """A policy for these columns, commented; what nothing tells is left open, so that the policy is refused till then.

    Raises DataError if a column that the user names is absent, or cannot be what it is named for.
    """
    found = roles(columns, choice)
    key, decision, outcome = _sides(found)
    sure = decision or outcome or (found.decision and key_of(found.decision.name))
    parts = [
        _head(name),
        "\n".join(
            ["data:", *_decided(found, key, decision), *_happened(found, key, outcome), *_weight(found.weight), ""]
        ),
        _attributes(found),
        (_GROUPS[key] if sure else _OPEN_KEY + _GROUPS[key]),
        _rules(key, found.outcome),
        _TAIL,
    ]
    return "\n".join(parts)


def open_questions(policy: str) -> list[str]:
    """What a starter policy leaves to be filled in: each with its line."""
    lines = enumerate(policy.splitlines(), 1)
    return [f"line {n}: {found[1]}: {found[2]}" for n, line in lines if (found := _OPEN.fullmatch(line))]


def _sides(found: Roles) -> tuple[Key, Side | None, Side | None]:
    """Decision and outcome have to name the same side: the decision's, if words tell it, else the outcome's."""
    decision = side_of(found.decision.name, _values(found.decision)) if found.decision and found.told else None
    outcome = side_of(found.outcome.name, _values(found.outcome)) if found.outcome else None
    number = key_of(found.decision.name) if found.decision and is_score(found.decision) else None
    key: Key = number or (decision or outcome or Side(key="favorable", named=(), otherwise=())).key
    return key, decision and decision.under(key), outcome and outcome.under(key)


def _values(column: Column) -> tuple[str, ...]:
    return tuple(value for value, _ in column.values)


def _seen(column: Column, most: int = 8) -> str:
    more = ", ..." if len(column.values) > most else ""
    return _comment(", ".join(f"{value} ({n:,})" for value, n in column.values[:most])) + more


def _names(columns: Iterable[Column]) -> str:
    return _comment(listed(column.name for column in columns)) or "none"


# ---- text in YAML --------------------------------------------------------------------------------------------------


def text(value: str) -> str:
    """A value as YAML reads it back: bare where that is safe, else in double quotes."""
    bare = _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL
    return value if bare or re.fullmatch(r"[0-9]{1,9}", value) else f'"{_escaped(value)}"'


def _comment(value: str) -> str:
    """Text from the data inside a comment: on one line, and printable."""
    return _escaped(value)


def _escaped(value: str) -> str:
    return "".join(_character(character) for character in value)


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


# ---- the parts of the policy ---------------------------------------------------------------------------------------


def _head(name: str) -> str:
    return f"""# A first policy for {_comment(name)}. Lines marked GUESS were guessed from the columns: read and
# correct them before you look at any result, and fill in what is marked FILL IN: until then the policy is refused.
# Then: evenhand policy check THIS_FILE
evenhand: 1
title: First look at {_comment(name) if _PLAIN.fullmatch(name) else "the decisions"}

subject:
  name: my-model                  # what is being audited; printed on the cover
"""


def _decided(found: Roles, key: Key, side: Side | None) -> list[str]:
    column = found.decision
    if column is None:
        return [
            "  # No column looks like a decision; write {column: ..., favorable: ...}, or a score: with a cutoff.",
            "  decision:   # FILL IN: which column holds the decision?",
        ]
    why = "" if found.told else "; no name tells it, so this is only the first that could be"
    lines = [f"  # GUESS: the decision is in column {_comment(column.name)}{why}"]
    if found.decisions:
        lines.append(f"  # It could also be: {_names(found.decisions)}")
    return [*lines, *(_cut(column, key) if is_score(column) else _flag("decision", column, key, side))]


def _cut(column: Column, key: Key) -> list[str]:
    """A decision that a cutoff makes of a number."""
    told = key_of(column.name)
    good = "good" if key == "favorable" else "bad"
    side = (
        f"    {key}: above" if told else f"    {key}:   # FILL IN: which side is {good} for a person, above or below?"
    )
    return [
        "  # GUESS: it is a number, which a cutoff makes the decision of",
        "  score:",
        f"    column: {text(column.name)}",
        side + (f"   # GUESS: a high number is {good} for a person" if told else ""),
        f"    cutoff:   # FILL IN: where does the decision change? Seen: {column.lowest:.6g} to {column.highest:.6g}",
    ]


def _happened(found: Roles, key: Key, side: Side | None) -> list[str]:
    column = found.outcome
    if column is None:
        maybe = f" It could be: {_names(found.outcomes)}" if found.outcomes else ""
        return [
            f"  # No outcome was found. Without one there are no error rates.{maybe}",
            f"  # outcome: {{column: ..., {key}: ...}}",
        ]
    lines = [f"  # GUESS: what happened afterwards is in column {_comment(column.name)}"]
    if found.outcomes:
        lines.append(f"  # It could also be: {_names(found.outcomes)}")
    return [*lines, *_flag("outcome", column, key, side)]


#: What the named values are for a person, the other key, and when that is the one to write.
_WORDS: dict[Key, tuple[str, Key, str]] = {
    "favorable": ("good", "adverse", "to act against"),
    "adverse": ("bad", "favorable", "to give something to"),
}


def _flag(role: str, column: Column, key: Key, side: Side | None) -> list[str]:
    """A decision or an outcome; of more than two values, both sides are listed."""
    good, other, why = _WORDS[key]
    if side is None:
        otherwise = ["    # otherwise: [...]   # list all other values here"] if len(column.values) > 2 else []
        return [
            f"  # Write {other}: in place of {key}:, everywhere in data, if the system looks for people {why}.",
            f"  {role}:",
            f"    column: {text(column.name)}",
            f"    {key}:   # FILL IN: which value is {good} for a person? Seen: {_seen(column)}",
            *otherwise,
        ]
    named = f"[{', '.join(map(text, side.named))}]" if len(side.named) > 1 else text(side.named[0])
    several = len(side.named) + len(side.otherwise) > 2
    otherwise_values = f", otherwise: [{', '.join(map(text, side.otherwise))}]" if several else ""
    return [
        f"  {role}: {{column: {text(column.name)}, {key}: {named}{otherwise_values}}}",
        f"  # GUESS: {_comment(', '.join(side.named))} is {good} for a person. Seen: {_seen(column)}",
    ]


def _weight(column: Column | None) -> list[str]:
    if column is None:
        return []
    name = text(column.name)
    if weight_kind(column) == "frequency":
        return [
            "  # GUESS: each row may stand for so many identical rows; if so, take the # away:",
            f"  # weight: {{column: {name}, kind: frequency}}",
        ]
    return [
        "  # GUESS: rows may have weights; if so, take the # away, and choose the kind: frequency or sampling",
        f"  # weight: {{column: {name}, kind: }}",
    ]


def _attributes(found: Roles) -> str:
    if not found.attributes:
        return _no_attributes(found.candidates)
    lines = ["attributes:                       # GUESS: protected attributes, by their columns' names"]
    for column in found.attributes:
        lines += _attribute(column)
    if len(found.attributes) > 1:
        first, second = (text(column.name) for column in found.attributes[:2])
        lines.append(f"intersections: [[{first}, {second}]]")
    return "\n".join([*lines, ""])


def _no_attributes(candidates: Sequence[Column]) -> str:
    some = [f"  # {text(c.name)}: {{column: {text(c.name)}}}   # seen: {_seen(c, 4)}" for c in candidates[:12]]
    more = [f"  # and {_names(candidates[12:])}"] if len(candidates) > 12 else []
    which = "these have few values: uncomment those that are" if candidates else "none has few values"
    lines = [
        f"# No column's name speaks of a protected attribute; {which}.",
        "attributes:   # FILL IN: which attributes are protected?",
    ]
    return "\n".join([*lines, *some, *more, ""])


def _attribute(column: Column) -> list[str]:
    name = text(column.name)
    if is_score(column) and len(column.values) > 8:
        bins = f"  {name}: {{column: {name}, bins: [{_edges(column)}]}}"
        return [bins, "  # GUESS: bins [edge, next edge); choose those that your rule book names"]
    return [f"  {name}: {{column: {name}}}", f"  # seen: {_seen(column)}"]


def _edges(column: Column) -> str:
    """Ages are cut at 40 and 62; other numbers in four equal parts."""
    low, high = column.lowest or 0.0, column.highest or 0.0
    if {"age", "agep"} & set(plain(column.name).split("_")) and low >= 0 and 40 < high < 130:
        return "0, 40, 62, inf" if low < 40 else "40, 62, inf"
    step = (high - low) / 4
    return ", ".join(f"{low + i * step:.6g}" for i in range(4)) + ", inf"


_GROUPS: dict[Key, str] = {
    "favorable": """groups:
  reference: highest              # each group is compared with the one whose rate is highest
  min_count: 30                   # smaller groups are shown, and not judged
""",
    "adverse": """groups:
  reference: lowest               # each group is compared with the one whose rate is lowest
  min_count: 30                   # smaller groups are shown, and not judged
""",
}

_SELECTED: dict[Key, str] = {
    "favorable": """rules:
  - id: four-fifths
    title: No group is selected at less than four fifths of the highest rate
    metric: selection_rate
    compare: ratio
    require: ">= 4/5"             # a convention; say here what you must be able to show
    basis: convention
    effect: block                 # block | review | report
""",
    "adverse": """rules:
  - id: five-fourths
    title: No group is acted against at more than five fourths of the lowest rate
    metric: selection_rate        # here the share of the adverse decision
    compare: ratio
    require: "<= 5/4"             # the four-fifths convention turned round; say here what you must be able to show
    basis: house
    effect: block                 # block | review | report
""",
}

_OPEN_KEY = """# If you write adverse: above, write reference: lowest here, and another title and "<= 5/4" below.
"""

_ERRORS = """
  - id: error-rates
    title: The errors of the system fall on each group about equally often
    metric: [false_positive_rate, false_negative_rate]
    compare: difference
    require: "<= 0.05"            # at most five percentage points, either way
    reference: rest               # each group is compared with all others; not with the one of most errors
    basis: house
    effect: review
"""


def _rules(key: Key, outcome: Column | None) -> str:
    return _SELECTED[key] + (_ERRORS if outcome else "")


_TAIL = """signoff:
  roles: [model owner, independent validator]
"""
