"""Frames in memory as a relation: pandas, polars and Arrow, their columns by place, so that any name will do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audit.errors import DataError
from audit.sources.tablefiles import Opened, require

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def open_frame(connection: duckdb.DuckDBPyConnection, table: object, needed: Sequence[str]) -> tuple[Opened, str, int]:
    """A frame as a relation, its name and its rows; raises DataError if it is none, or a column stands twice."""
    import narwhals as nw
    from narwhals.dependencies import is_pandas_dataframe

    table = nw.to_native(table, pass_through=True)
    if is_pandas_dataframe(table):
        return _pandas(connection, table, needed), "pandas frame", len(table)
    frame = _wrapped(table)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        raise DataError(
            f"a {type(table).__name__} is not a table; give a path, a SELECT, a pandas or polars frame, an Arrow table "
            "or a DuckDB relation"
        )
    name = f"{frame.implementation.name.lower()} frame"
    with _computing(name):
        there = frame.collect_schema().names()
    if len(set(there)) < len(there):
        raise DataError(f"{name}: a column stands twice; rename one")
    require(name, needed, there)
    inner = {column: f"k{i}" for i, column in enumerate(needed or there)}
    chosen = frame.select(**{place: nw.col(column) for column, place in inner.items()})
    with _computing(name):
        held = chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
    return _registered(connection, held.to_native(), inner, name), name, len(held)


@contextmanager
def _computing(name: str) -> Iterator[None]:
    """Turn what goes wrong in a lazy frame into our error: what its expressions and its files do is not ours."""
    try:
        yield
    except Exception as error:  # of polars, of Python, or of the functions that the frame calls
        why = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(f"{name}: it cannot be computed: {why[0]}") from error


def _registered(connection: duckdb.DuckDBPyConnection, frame: Any, inner: dict[str, str], name: str) -> Opened:
    """A frame as a relation; raises DataError naming each column that DuckDB cannot read."""
    import duckdb

    try:
        connection.register("frame", frame)
        return connection.sql("SELECT * FROM frame"), inner
    except duckdb.Error as error:
        problems = list(_unreadable(connection, frame, inner, name))
        raise (DataError(problems) if problems else error) from error


def _unreadable(connection: duckdb.DuckDBPyConnection, frame: Any, inner: dict[str, str], name: str) -> Iterator[str]:
    import duckdb
    import narwhals as nw

    for column, place in inner.items():
        one = nw.from_native(frame).select(place)
        try:
            connection.register("one", one.to_native())
            connection.sql("SELECT * FROM one")
        except duckdb.Error:
            yield f"{name}: column {column!r} of type {one.schema[place]} cannot be read; make it text or a number"


def remote_frame(table: object) -> Any:
    """The table as a lazy frame if it lives in another engine (Spark, or a database by way of Ibis), else None."""
    import narwhals as nw
    from narwhals.dependencies import is_pandas_dataframe

    table = nw.to_native(table, pass_through=True)
    frame = None if is_pandas_dataframe(table) else _wrapped(table)
    if isinstance(frame, nw.LazyFrame) and frame.implementation.name in _REMOTE:
        return frame
    return None


def _wrapped(table: object) -> Any:
    """The table in narwhals' hands, or as it is if narwhals does not know its kind."""
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        return nw.from_native(table, pass_through=True)
    except DuplicateError as error:
        why = " ".join(str(error).split())
        raise DataError(f"a {type(table).__name__}: a column stands twice ({why}); rename one") from error


_REMOTE = ("PYSPARK", "PYSPARK_CONNECT", "SQLFRAME", "IBIS")


def _pandas(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, needed: Sequence[str]) -> Opened:
    """A pandas frame that DuckDB reads right; its index does not matter."""
    import pandas as pd

    there = [str(name) for name in frame.columns]
    require("pandas frame", needed, there)
    wanted = list(needed) or list(dict.fromkeys(there))
    twice = [name for name in wanted if there.count(name) > 1]
    if twice:
        raise DataError([f"pandas frame: column {name!r} stands twice; rename one" for name in twice])
    inner = {name: f"k{i}" for i, name in enumerate(wanted)}
    columns = {place: _plain(frame.iloc[:, there.index(name)]).reset_index(drop=True) for name, place in inner.items()}
    return _registered(connection, pd.DataFrame(columns, copy=False), inner, "pandas frame")


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    """Mixed Python objects, intervals and periods as text, value by value; numbers in one piece and in order."""
    import numpy as np
    from pandas.api.types import is_numeric_dtype

    if _is_of_objects(column.dtype):
        return column.astype(object).map(_object_text, na_action="ignore")
    if isinstance(column.dtype, np.dtype):
        return column if column.to_numpy(copy=False).flags.c_contiguous else column.copy()
    return column.copy() if is_numeric_dtype(column.dtype) else column


def _is_of_objects(kind: Any) -> bool:
    """Are these Python's objects, or what DuckDB does not know and can be told as text? Cuts are such categories."""
    import pandas as pd

    if isinstance(kind, pd.CategoricalDtype):
        categories = kind.categories
        return _is_of_objects(categories.dtype) and pd.api.types.infer_dtype(categories) != "string"
    return pd.api.types.is_object_dtype(kind) or isinstance(kind, pd.IntervalDtype | pd.PeriodDtype | pd.SparseDtype)


def _object_text(value: Any) -> str:
    """A Python object as the same text that a column of its kind gives: 1 for 1.0, true for True."""
    if isinstance(value, str):
        return value
    kind = type(value).__name__  # numpy has truth and floats of its own
    if kind in ("bool", "bool_"):
        return str(value).lower()
    return str(int(value)) if kind.startswith("float") and value.is_integer() else str(value)
