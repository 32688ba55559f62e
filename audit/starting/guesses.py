"""What the columns of a table look like: which is the decision, what happened afterwards, who is protected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from audit.errors import DataError
from audit.scanning.projection import collected, project
from audit.sources.source import Source
from audit.starting.polarity import place, plain
from audit.wording import known_names

#: Rows that are looked at, and the most values of a column that are listed.
_LOOK_AT = 100_000
_MOST_VALUES = 40
#: A decision or an outcome has at most so many values; a number with more of them is a score.
_MOST_OUTCOMES = 6

# In every table of names the surest word is first. A word of one letter is a whole name, one of two or three letters is
# a whole word, and a longer one begins a word.
_DECISION = (
    "decision", "decided", "approv", "deny", "denied", "denial", "reject", "admit", "admission", "hire", "hiring",
    "offer", "promot", "accept", "grant", "select", "shortlist", "callback", "call", "invit", "releas", "detain",
    "declin", "refus", "terminat", "award", "y_pred", "y_hat", "predict", "pred", "score_text", "recommend", "flag",
    "score",
)  # fmt: skip
_OUTCOME = (
    "outcome", "y_true", "actual", "observed", "ground_truth", "truth", "target", "label", "repaid", "default", "recid",
    "reoffend", "qualified", "performed", "fraud", "churn", "income",
)  # fmt: skip
#: Columns that a table of training data calls what is to be predicted: tried first where no name tells the decision.
_TARGET = ("y", *_OUTCOME, "class", "status", "pincp")
_SCORE = ("y_score", "score", "prob", "risk", "rating", "y_pred", "y_hat", "predict", "pred")
_PROTECTED = (
    "sex", "gender", "race", "ethnic", "age", "disab", "religion", "national", "citizen", "marital", "pregnan",
    "veteran", "orientation", "skin", "colour", "color", "foreign", "rac1p", "agep", "dis",
)  # fmt: skip
#: Names of one group: protected if the column has few values.
_GROUP = ("afam", "black", "white", "asian", "hispanic", "latino", "female", "male", "married", "single", "native")
_FREQUENCY = ("freq", "frequency", "count", "counts", "n")
_WEIGHT = ("weight", "wgt", "wt", "fnlwgt", "pwgtp")


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
    times = source.frame.collect_schema()[source.inner[name]].is_temporal()  # which no engine casts to a number
    asked = {} if times else {"d": name}
    first = collected(project(source.frame.head(_LOOK_AT), source.inner, texts={"v": name}, numbers=asked))
    first = first[first["v"].fillna("").str.strip() != ""]
    counted, numbers = first["v"].value_counts(), first.get("d", first["v"].iloc[:0]).dropna()
    numeric = 0 < len(first) == len(numbers)
    pairs = sorted(((str(value), int(n)) for value, n in counted.items()), key=lambda pair: (-pair[1], pair[0]))
    return Column(
        name=name,
        values=tuple(pairs[:_MOST_VALUES]),
        few=0 < len(pairs) <= _MOST_VALUES,
        lowest=float(numbers.min()) if numeric else None,
        highest=float(numbers.max()) if numeric else None,
    )


# ---- which column is what ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the user says of the columns; what is left out is guessed."""

    decision: str | None = None
    outcome: str | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which column is what; the others that could be, the likeliest first. `told`: the decision is more than a stab."""

    decision: Column | None = None
    told: bool = True
    decisions: tuple[Column, ...] = ()
    outcome: Column | None = None
    outcomes: tuple[Column, ...] = ()
    attributes: tuple[Column, ...] = ()
    candidates: tuple[Column, ...] = ()
    weight: Column | None = None


def roles(columns: Sequence[Column], choice: Choice) -> Roles:
    """What each column seems to be. Raises DataError if a column that the user names is absent, or cannot be that."""
    attributes = tuple(_named(name, columns) for name in dict.fromkeys(choice.attributes))
    outcome = _outcome(choice.outcome, columns)
    taken = [column for column in (*attributes, outcome) if column]
    free = [column for column in columns if column not in taken and not is_protected(column)]
    found = _decided(_decision(choice.decision, columns), free)
    if outcome is None:
        found = _with_outcome(found, [column for column in free if column != found.decision])
    found = replace(found, outcome=outcome or found.outcome)
    taken = [column for column in (found.decision, found.outcome) if column]
    weight = next((column for column in free if column not in taken and weight_kind(column) is not None), None)
    rest = [column for column in columns if column not in (*taken, weight)]
    protected = tuple(column for column in rest if is_protected(column))
    candidates = tuple(column for column in rest if column.few and 2 <= len(column.values) <= 12)
    return replace(found, attributes=attributes or protected, candidates=candidates, weight=weight)


def is_score(column: Column) -> bool:
    """Is this a number of many values, which a cutoff makes a decision of?"""
    return column.lowest is not None and len(column.values) > _MOST_OUTCOMES


def is_protected(column: Column) -> bool:
    """Does the column's name speak of a protected attribute, and do its values make groups?"""
    several = len(column.values) > 1
    named = several and (column.few or column.lowest is not None) and place(column.name, _PROTECTED) is not None
    return named or (several and len(column.values) <= _MOST_OUTCOMES and place(column.name, _GROUP) is not None)


def weight_kind(column: Column) -> Literal["frequency", "unknown"] | None:
    """What kind of weight the column could be; None if it does not look like one."""
    if column.lowest is None or column.lowest < 0 or len(column.values) < 2:
        return None
    if plain(column.name) in _FREQUENCY:
        return "frequency"
    return "unknown" if place(column.name, _WEIGHT) is not None else None


def _decided(chosen: Column | None, free: Sequence[Column]) -> Roles:
    """The decision: as the user says; by its name; a score by its name; else a column of two values, as a stab."""
    if chosen is not None:
        return Roles(decision=chosen)
    named = _ranked([column for column in free if _is_flag(column)], _DECISION)
    named = named or _ranked([column for column in free if is_score(column)], _SCORE)
    pairs = [column for column in free if column.few and len(column.values) == 2]
    likely = _ranked(pairs, _TARGET)
    found = named or [*likely, *(column for column in pairs if column not in likely)]
    return Roles(decision=found[0], told=bool(named), decisions=tuple(found[1:])) if found else Roles(told=False)


def _with_outcome(found: Roles, free: Sequence[Column]) -> Roles:
    """With the outcome, by its name; beside a decision that is only a stab, none is taken."""
    named = _ranked([column for column in free if _is_flag(column)], _OUTCOME)
    if not found.told or not named:
        return replace(found, outcomes=tuple(named))
    return replace(found, outcome=named[0], outcomes=tuple(named[1:]))


def _is_flag(column: Column) -> bool:
    return column.few and 2 <= len(column.values) <= _MOST_OUTCOMES


def _ranked(columns: Iterable[Column], words: Sequence[str]) -> list[Column]:
    """The columns whose names hold one of the words; those of two values first, then those of the surest word."""
    ranks = [(rank, column) for column in columns if (rank := place(column.name, words)) is not None]
    ranks.sort(key=lambda found: (len(found[1].values) != 2, found[0], found[1].name))
    return [column for _, column in ranks]


def _named(name: str, columns: Sequence[Column]) -> Column:
    for column in columns:
        if column.name == name:
            return column
    raise DataError(known_names("column", name, [column.name for column in columns]))


def _decision(name: str | None, columns: Sequence[Column]) -> Column | None:
    column = _named(name, columns) if name is not None else None
    if column is not None and not column.few and not is_score(column):
        raise DataError(f"column {name!r} cannot be the decision: it is no number, and has over {_MOST_VALUES} values")
    return column


def _outcome(name: str | None, columns: Sequence[Column]) -> Column | None:
    column = _named(name, columns) if name is not None else None
    if column is not None and (is_score(column) or not column.few):
        raise DataError(
            f"column {name!r} cannot be the outcome: it has many values; add a column that says which of them count as "
            "good, and name that"
        )
    return column
