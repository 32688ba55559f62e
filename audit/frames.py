"""Frames in memory as a relation: pandas, polars and Arrow, their columns by place, so that any name will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audit.errors import DataError
from audit.tablefiles import Opened, require

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def open_frame(connection: duckdb.DuckDBPyConnection, table: object, needed: Sequence[str]) -> tuple[Opened, str, int]:
    """A frame as a relation, its name and its rows; raises DataError if it is none, or a column stands twice."""
    import narwhals as nw
    from narwhals.dependencies import is_pandas_dataframe

    if is_pandas_dataframe(table):
        return _pandas(connection, table, needed), "pandas frame", len(table)
    frame = _wrapped(table)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        raise DataError(
            f"a {type(table).__name__} is not a table; give a path, a SELECT, a pandas or polars frame, an Arrow table "
            "or a DuckDB relation"
        )
    name = f"{frame.implementation.name.lower()} frame"
    there = frame.collect_schema().names()
    if len(set(there)) < len(there):
        raise DataError(f"{name}: a column stands twice; rename one")
    require(name, needed, there)
    inner = {column: f"k{i}" for i, column in enumerate(needed or there)}
    chosen = frame.select(**{place: nw.col(column) for column, place in inner.items()})
    held = chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
    connection.register("frame", held.to_native())
    return (connection.sql("SELECT * FROM frame"), inner), name, len(held)


def remote_frame(table: object) -> Any:
    """The table as a lazy frame if it lives in another engine (Spark, or a database by way of Ibis), else None."""
    import narwhals as nw
    from narwhals.dependencies import is_pandas_dataframe

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
        raise DataError(f"a {type(table).__name__}: a column stands twice ({error}); rename one") from error


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
    connection.register("frame", pd.DataFrame(columns))
    return connection.sql("SELECT * FROM frame"), inner


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    """Mixed Python objects as text, value by value; numbers in one piece and in order."""
    import numpy as np
    from pandas.api.types import is_numeric_dtype

    if column.dtype == object:
        return column.map(_object_text, na_action="ignore")
    if isinstance(column.dtype, np.dtype):
        return column if column.to_numpy(copy=False).flags.c_contiguous else column.copy()
    return column.copy() if is_numeric_dtype(column.dtype) else column


def _object_text(value: object) -> str:
    """A Python object as the same text that a column of its kind gives: 1 for 1.0, true for True."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
