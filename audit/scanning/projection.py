"""The columns of a plan, out of any lazy table: as text, or as numbers. One expression, whatever the engine."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import narwhals as nw

from audit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_LARGEST = 1.7976931348623157e308
#: What reads as a number in text.
_NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*$"


def project(  # noqa: PLR0913 - the kinds of columns
    frame: nw.LazyFrame[Any],
    inner: Mapping[str, str],
    *,
    texts: Mapping[str, str],
    numbers: Mapping[str, str],
    raw: Mapping[str, str] | None = None,
    ranged: Collection[str] = (),
) -> nw.LazyFrame[Any]:
    """The asked columns under new names: as they are (`raw`), as text, or as a number with `<name>_present` beside it.

    `inner` is the frame's name for each column. A number that is missing, not a number or not finite is NULL;
    `_present` tells the first from the others. What is not finite stays in the `ranged` numbers, which whoever asks for
    them compares with two ends.
    """
    kinds = frame.collect_schema()
    knows_nan = frame.implementation.name != "IBIS"  # not every database has it
    columns = [nw.col(inner[column]).alias(name) for name, column in (raw or {}).items()]
    columns += [_text(inner[column], kinds[inner[column]]).alias(name) for name, column in texts.items()]
    for name, column in numbers.items():
        kind = kinds[inner[column]]
        if kind.is_temporal():
            raise DataError(f"column {column!r}: a {kind} is not a number; name another column, or turn it into one")
        number = _number(inner[column], kind)
        columns.append((number if name in ranged else nw.when(_finite(number)).then(number)).alias(name))
        columns.append(_present(inner[column], kind, knows_nan=knows_nan).alias(f"{name}_present"))
    return frame.select(*columns) if columns else frame.select(nw.lit(1).alias("one"))


def in_text(frame: nw.LazyFrame[Any], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """These columns as text, where they are not."""
    kinds = frame.collect_schema()
    other = [_text(name, kinds[name]).alias(name) for name in names if kinds[name] != nw.String]
    return frame.with_columns(*other) if other else frame


def _finite(column: nw.Expr) -> nw.Expr:
    """Neither infinite nor NaN, which every engine takes for larger than any number, or for unequal to all."""
    return (column >= -_LARGEST) & (column <= _LARGEST)


def _text(name: str, kind: Any) -> nw.Expr:
    """A column as text. A whole floating number is written without its point: pandas turns 1 into 1.0 by itself."""
    column = nw.col(name)
    if not kind.is_float():
        return column.cast(nw.String)
    small = (column > -1e15) & (column < 1e15)
    whole = nw.when(small & (column == column.round(0))).then(column).cast(nw.Int64).cast(nw.String)
    return (
        nw.when(small & (column == column.round(0)))
        .then(whole)
        .otherwise(nw.when(_finite(column)).then(column).cast(nw.String))
    )


def _number(name: str, kind: Any) -> nw.Expr:
    """A column as a number or NULL. Singles go through text, so that 0.62 stays 0.62; so do lists and categories,
    which engines refuse to cast, and of which few are numbers.
    """
    column = nw.col(name)
    if kind == nw.Float32 or not (kind.is_numeric() or kind in (nw.Boolean, nw.String)):
        column, kind = column.cast(nw.String), nw.String
    if kind == nw.String:
        column = nw.when(column.str.contains(_NUMBER)).then(column).str.strip_chars()
    return column.cast(nw.Float64)


def _present(name: str, kind: Any, *, knows_nan: bool) -> nw.Expr:
    """Is there anything at all in the column?"""
    column = nw.col(name)
    if kind == nw.String:
        return ~column.is_null() & ~column.str.strip_chars().str.to_lowercase().is_in(["", "nan"])
    return ~column.is_null() & ~column.is_nan() if kind.is_float() and knows_nan else ~column.is_null()


def collected(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """The few rows of an answer, in memory. Other engines than DuckDB hand them over as Arrow."""
    if frame.implementation.is_duckdb():
        rows: pd.DataFrame = frame.collect("pandas").to_native()
        return rows
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of their own making, about pandas 3
            return frame.collect("pyarrow").to_pandas()
    except Exception as error:  # each engine and each driver has errors of its own
        name = frame.implementation.name.lower()
        why = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(f"{name} table: it could not be counted where it lives: {why[0]}") from error
