"""Numbers for readers: rounded, but never onto or across a limit, so that a figure and its verdict always agree."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import NamedTuple

from audit.tongue import _, figures

NONE = "–"  # en dash: there is no number
WITHHELD = "withheld"  # there is one, and this rendering keeps it
MINUS = "−"

#: More digits than this never help: a float has 17 that mean something.
_MOST_DIGITS = 20
_PLACES = [Decimal(1).scaleb(-places) for places in range(_MOST_DIGITS)]
#: A limit is written with so many digits after the point at most.
_LIMIT_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Unit:
    """How a kind of number is written: its scale, decimal places, suffix, and whether a plus sign is shown."""

    scale: int = 1
    digits: int = 2
    suffix: str = ""
    signed: bool = False


RATIO = Unit()
PERCENT = Unit(scale=100, digits=1, suffix="%")
POINTS = Unit(scale=100, digits=1, signed=True)
PLAIN = Unit(digits=3)
STEP = Unit(digits=3, signed=True)

Limits = float | tuple[float, ...] | None


def show(value: float | None, unit: Unit, limit: Limits = None) -> str:
    """A number in its unit, with as many digits as keep it on its own side of every limit; no number is a dash."""
    if value is None:
        return NONE
    scaled = _exact(value) * unit.scale
    return figures(_sign(_rounded(scaled, _fences(limit, unit), unit.digits), signed=unit.signed) + unit.suffix)


def number(value: float | None, limit: Limits = None, digits: int = 2) -> str:
    """A plain number: number(0.7996) is '0.80', and number(0.7996, limit=0.8) is '0.7996'."""
    return show(value, Unit(digits=digits), limit)


def percent(value: float | None, limit: Limits = None, digits: int = 1) -> str:
    """A share as a percentage: percent(0.3412) is '34.1%'."""
    return show(value, Unit(scale=100, digits=digits, suffix="%"), limit)


def count(value: float | None) -> str:
    """A count with thousands separators; a sum of sampling weights keeps one decimal. Without one, it is withheld."""
    if value is None:
        return WITHHELD
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return figures(text.replace("-", MINUS))


def span(low: float | None, high: float | None, unit: Unit, limit: Limits = None) -> str:
    """An interval in words: '0.74 to 0.78'. A missing end is unbounded."""
    first, last = (_("unbounded") if end is None else show(end, unit, limit) for end in (low, high))
    return _("{first} to {last}").format(first=first, last=last)


def bounds(low: float | None, high: float | None, unit: Unit) -> str:
    """What a requirement accepts: '≥ 0.80', '≤ 5.0', '±5.0', '0.80 to 1.25'."""
    plain = Unit(scale=unit.scale, digits=unit.digits, suffix=unit.suffix)
    if low is not None and high is not None:
        return _within(low, high, plain)
    if low is not None:
        return f"≥ {_short(low, plain)}"
    return _("no limit") if high is None else f"≤ {_short(high, plain)}"


def _within(low: float, high: float, plain: Unit) -> str:
    if low == -high:
        return f"±{_short(high, plain)}"
    return _("{first} to {last}").format(first=_short(low, plain), last=_short(high, plain))


def _short(limit: float, unit: Unit) -> str:
    """A limit: at least two figures for ratios, none after the point where none are needed, four at most."""
    return figures(_sign(_written(limit, unit), signed=unit.signed) + unit.suffix)


@lru_cache(maxsize=256)  # every number of an audit is held against the same few limits
def _written(limit: float, unit: Unit) -> Decimal:
    """A limit as a page writes it, which is not always what it is: 2/3 is written 0.6667."""
    exact = _exact(limit) * unit.scale
    places = max(-int(exact.normalize().as_tuple().exponent), 2 if unit.scale == 1 else 0)
    return exact.quantize(Decimal(1).scaleb(-min(places, _LIMIT_DIGITS)), rounding=ROUND_HALF_EVEN)


class _Fence(NamedTuple):
    """A limit that no number may be rounded onto or across: as it is, and as it is written."""

    exact: Decimal
    written: Decimal


@lru_cache(maxsize=256)
def _fences(limit: Limits, unit: Unit) -> tuple[_Fence, ...]:
    limits = () if limit is None else limit if isinstance(limit, tuple) else (limit,)
    return tuple(_Fence(_exact(fence) * unit.scale, _written(fence, unit)) for fence in limits)


def _exact(value: float) -> Decimal:
    """The number as it is written, not as it is stored: 0.8 is four fifths."""
    return Decimal(repr(float(value)))


def _rounded(value: Decimal, fences: tuple[_Fence, ...], digits: int) -> Decimal:
    """Round to the fewest digits, from `digits` up, that leave the value on its own side of each fence.

    A value that is at a limit is written as the limit is.
    """
    for exact, written in fences:
        if exact == value:
            return written.quantize(Decimal(1).scaleb(min(-digits, int(written.as_tuple().exponent))))
    for places in range(digits, _MOST_DIGITS):
        text = value.quantize(_PLACES[places], rounding=ROUND_HALF_EVEN)
        if _keeps_sides(value, text, fences):
            return text
    return value


def _keeps_sides(value: Decimal, text: Decimal, fences: tuple[_Fence, ...]) -> bool:
    """Is the number, as it is written, where it is: below or above each limit, and each limit as that is written?"""
    for exact, written in fences:
        below = value < exact
        if (text < exact) != below or (text < written) != below or text in (exact, written):
            return False
    return True


def _sign(value: Decimal, *, signed: bool) -> str:
    text = f"{abs(value):,f}"
    if value == 0:
        return text
    if value < 0:
        return MINUS + text
    return "+" + text if signed else text
