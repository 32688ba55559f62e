"""What a single value in a policy may be: text as written, whole numbers, exact fractions, dates, one or several."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from audit.policy.yaml_door import Plain

_EXACT = re.compile(r"[-+]?[0-9]{1,18}(?:\.[0-9]{0,18}|/[0-9]{1,18})?|[-+]?\.[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCIENTIFIC = re.compile(r"([-+]?[0-9]{1,18}(?:\.[0-9]{0,18})?)[eE]([-+]?[0-9]{1,2})")
MAX_WHOLE: Final = 2**53 - 1  # the largest whole number that every JSON reader keeps exactly


def what(value: Any) -> str:
    """What was found, in a reader's words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Plain):
        return str(value)
    return repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."


def text(value: Any) -> str:
    """Text as a reader sees it: a number or true/false keeps the way it was written."""
    if not isinstance(value, str):
        hint = "; put it in quotes if the word itself is meant" if value is None else ""
        raise ValueError(f"expected text, found {what(value)}{hint}")
    if not value.strip():
        raise ValueError("expected text, found an empty one")
    return str(value)


def exact(value: Any) -> Fraction:
    """A number as an exact fraction: 0.62, 31/50, 1e-3."""
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    written = str(value) if isinstance(value, str) else ""
    if _EXACT.fullmatch(written) and not re.search(r"/0+$", written):
        return Fraction(written)
    if parts := _SCIENTIFIC.fullmatch(written):
        return Fraction(parts[1]) * Fraction(10) ** int(parts[2])
    raise ValueError(f"expected a number, found {what(value)}")


def _number(value: Any) -> Fraction:
    return exact(Fraction(str(value)) if isinstance(value, float) and math.isfinite(value) else value)


def between(low: str, high: str, *, open_ends: bool = False) -> Callable[[Any], Fraction]:
    """A check that a number lies between two limits."""
    least, most = Fraction(low), Fraction(high)

    def check(value: Any) -> Fraction:
        number = exact(value) if isinstance(value, str) and "/" in value else _number(value)
        inside = least < number < most if open_ends else least <= number <= most
        if not inside:
            ends = f"more than {low} and less than {high}" if open_ends else f"from {low} to {high}"
            raise ValueError(f"expected a number {ends}, found {what(value)}")
        return number

    return check


def whole(low: int, high: int = MAX_WHOLE) -> Callable[[Any], int]:
    """A check that a value is a whole number between two limits."""

    def check(value: Any) -> int:
        number = _number(value)
        if number.denominator != 1:
            raise ValueError(f"expected a whole number, found {what(value)}")
        if not low <= number <= high:
            raise ValueError(f"expected a whole number from {low:,} to {high:,}, found {what(value)}")
        return int(number)

    return check


def whole_schema(low: int, high: int) -> WithJsonSchema:
    """What the published schema says of a whole number between two limits."""
    return WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})


def edge(value: Any) -> float:
    """An edge of a bin: a number, or inf or -inf."""
    if isinstance(value, str) and value.removeprefix("-").removeprefix("+") in ("inf", ".inf"):
        return -math.inf if value.startswith("-") else math.inf
    if isinstance(value, float) and math.isinf(value):
        return value
    return float(_number(value))


def date(value: Any) -> str:
    """A day that the calendar has, written YYYY-MM-DD."""
    written = text(value)
    try:
        datetime.date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        raise ValueError(f"expected a date like 2027-02-01, found {written!r}") from None
    return written


def truth(value: Any) -> bool:
    """True or false, written without quotes."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Plain) and value.kind == "bool":
        return value.lower() == "true"
    raise ValueError(f"expected true or false, found {what(value)}")


def several(value: Any) -> tuple[Any, ...]:
    """One value or a list of them, as a tuple."""
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError("expected at least one, found an empty list")
        return tuple(value)
    return (value,)


def different(values: tuple[str, ...]) -> tuple[str, ...]:
    """Values of which none is there twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{value!r} is here twice")
        seen.add(value)
    return values


def listed(value: Any) -> tuple[Any, ...]:
    """A list with something in it, and nothing else."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list, found {what(value)}")
    return several(value)


def mapped(value: Any) -> Any:
    """A map with something in it, and nothing else."""
    if not isinstance(value, dict):
        raise ValueError(f"expected a map, found {what(value)}")
    if not value:
        raise ValueError("expected at least one, found an empty map")
    return value


def terse(number: Fraction) -> str:
    """The shortest exact text of a fraction: 0.62 where the decimals end, else 2/3."""
    twos, rest = 0, number.denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    fives = 0
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    digits = max(twos, fives)
    if rest != 1 or digits > 18:  # more than a number may have
        return f"{number.numerator}/{number.denominator}"
    scaled = str(abs(number.numerator) * 10**digits // number.denominator).rjust(digits + 1, "0")
    head, tail = (scaled[:-digits], "." + scaled[-digits:]) if digits else (scaled, "")
    return f"{'-' if number < 0 else ''}{head}{tail}"


def _written_edge(value: float) -> float | int | str:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return int(value) if value == int(value) and abs(value) <= MAX_WHOLE else value


_ANY_TEXT = {"type": ["string", "number", "boolean"]}
_ONE_OR_MORE = {"anyOf": [_ANY_TEXT, {"type": "array", "items": _ANY_TEXT, "minItems": 1}]}
_FEW = {"type": "array", "items": _ANY_TEXT, "minItems": 1}

Text = Annotated[str, PlainValidator(text), WithJsonSchema(_ANY_TEXT)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(several), AfterValidator(different), WithJsonSchema(_ONE_OR_MORE)]
TextList = Annotated[tuple[Text, ...], BeforeValidator(listed), AfterValidator(different), WithJsonSchema(_FEW)]
Exact = Annotated[
    Fraction, PlainValidator(exact), PlainSerializer(terse), WithJsonSchema({"type": ["number", "string"]})
]
Share = Annotated[
    Fraction,
    PlainValidator(between("0", "1")),
    PlainSerializer(terse),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": 1}),
]
Fragment = Annotated[
    Fraction,
    PlainValidator(between("0", "1", open_ends=True)),
    PlainSerializer(terse),
    WithJsonSchema({"type": ["number", "string"], "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
]
Edge = Annotated[
    float,
    PlainValidator(edge),
    PlainSerializer(_written_edge),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"enum": ["inf", "-inf"]}]}),
]
Truth = Annotated[bool, PlainValidator(truth), WithJsonSchema({"type": "boolean"})]
Date = Annotated[str, PlainValidator(date), WithJsonSchema({"type": "string", "format": "date"})]
