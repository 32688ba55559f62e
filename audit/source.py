"""Any table, opened lazily: files, globs, folders, SQL, pandas, polars, Arrow, or a DuckDB relation.

Nothing is sniffed: whatever a rule slices by is read as text, whatever is arithmetic is read as a number, and which is
which is the policy's to say. DuckDB reads files and frames out of core; narwhals carries the expressions on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit import files
from audit.errors import DataError
from audit.wording import known_names

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table that can be counted: its columns with their types, where it came from, and the relation itself."""

    relation: duckdb.DuckDBPyRelation
    name: str
    kind: str
    paths: tuple[Path, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    def project(self, *, texts: Mapping[str, str], numbers: Mapping[str, str]) -> nw.LazyFrame[Any]:
        """The asked columns under new names: as text, or as a number with `<name>_present` beside it.

        A number that is missing, not a number or not finite is NULL; `_present` tells the first from the others.
        """
        import narwhals as nw

        parts = [f"{_text(column, self.columns[column])} AS {quote(name)}" for name, column in texts.items()]
        for name, column in numbers.items():
            parts.append(f"{_number(column, self.columns[column])} AS {quote(name)}")
            parts.append(f"{_present(column)} AS {quote(name + '_present')}")
        parts.append("1 AS one")
        return nw.from_native(self.relation.project(", ".join(parts)))


def _require(name: str, needed: Iterable[str], there: Sequence[str]) -> None:
    """Every needed column must be there; raises DataError naming each missing one and the nearest names."""
    missing = [column for column in needed if column not in there]
    if missing:
        raise DataError([f"{name}: {known_names('column', column, there)}" for column in missing])


def quote(name: str) -> str:
    """A name as an SQL identifier, inert whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(column: str, kind: str) -> str:
    """The column as text. A whole floating number is written without its point: pandas turns 1 into 1.0 by itself."""
    name = quote(column)
    if kind not in ("FLOAT", "DOUBLE"):
        return f"CAST({name} AS VARCHAR)"
    whole = f"isfinite({name}) AND {name} = trunc({name}) AND abs({name}) < 1e15"
    return (
        f"CASE WHEN isnan({name}) THEN NULL WHEN {whole} THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) "
        f"ELSE CAST({name} AS VARCHAR) END"
    )


def _number(column: str, kind: str) -> str:
    """The column as a finite number or NULL. Singles go through text, so that 0.62 stays 0.62."""
    name = quote(column)
    number = f"TRY_CAST(trim(CAST({name} AS VARCHAR)) AS DOUBLE)" if kind in ("VARCHAR", "FLOAT") else name
    number = f"TRY_CAST({number} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _present(column: str) -> str:
    name = quote(column)
    return f"({name} IS NOT NULL AND lower(trim(CAST({name} AS VARCHAR))) NOT IN ('', 'nan'))"


# ---- opening -------------------------------------------------------------------------------------------------------


@contextmanager
def open_table(table: object, columns: Sequence[str]) -> Iterator[Source]:
    """Open any table for counting; `columns` are those the policy needs.

    Accepts a path, glob or folder of CSV or Parquet files, a SELECT over files, a pandas or polars frame, an Arrow
    table, or a DuckDB relation. Raises DataError if it cannot be read or lacks a column.
    """
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection, engine_errors(table):
        source = _opened(connection, table, tuple(dict.fromkeys(columns)))
        _require(source.name, dict.fromkeys(columns), list(source.columns))
        yield source


def _opened(connection: duckdb.DuckDBPyConnection, table: object, columns: tuple[str, ...]) -> Source:
    import duckdb

    if isinstance(table, duckdb.DuckDBPyRelation):
        return _source(table, name="relation", kind="DuckDB relation")
    if isinstance(table, Path) or (isinstance(table, str) and not files.is_query(table)):
        return _files(connection, Path(table), columns)
    if isinstance(table, str):
        return _query(connection, table)
    return _frame(connection, table, columns)


def _source(relation: duckdb.DuckDBPyRelation, *, name: str, kind: str, paths: tuple[Path, ...] = ()) -> Source:
    types = {column: str(kind_) for column, kind_ in zip(relation.columns, relation.types, strict=True)}
    return Source(relation=relation, name=name, kind=kind, paths=paths, columns=types)


def _files(connection: duckdb.DuckDBPyConnection, path: Path, columns: tuple[str, ...]) -> Source:
    kind, paths = files.find(path)
    names = "[" + ", ".join(_literal(str(found)) for found in paths) + "]"
    if kind == "parquet":
        _same_columns(_parquet_columns(connection, names), columns)
        call = f"read_parquet({names}, union_by_name=true)"
    else:
        headers = {str(found): files.header(found) for found in paths}
        _same_columns({name: header.names for name, header in headers.items()}, columns)
        delimiters = {header.delimiter for header in headers.values()}
        if len(delimiters) > 1:
            raise DataError(
                f"{path}: the files use different delimiters ({', '.join(sorted(delimiters))}); make them one"
            )
        call = (
            f"read_csv({names}, all_varchar=true, header=true, delim={_literal(delimiters.pop())}, quote='\"', "
            "escape='\"', skip=0, comment='', nullstr='', union_by_name=true, ignore_errors=false)"
        )
    return _source(connection.sql(f"SELECT * FROM {call}"), name=path.name, kind=kind, paths=tuple(paths))


def _parquet_columns(connection: duckdb.DuckDBPyConnection, names: str) -> dict[str, list[str]]:
    rows = connection.execute(f"SELECT file_name, name FROM parquet_schema({names})").fetchall()
    found: dict[str, list[str]] = {}
    for file_name, name in rows:
        found.setdefault(file_name, []).append(name)
    return found


def _same_columns(headers: Mapping[str, Sequence[str]], columns: tuple[str, ...]) -> None:
    """A column that only some files have would read as missing in the others; one that stands twice is ambiguous."""
    problems = []
    for column in columns:
        holders = [name for name, header in headers.items() if column in header]
        lacking = [name for name in headers if name not in holders]
        if holders and lacking:
            problems.append(
                f"{lacking[0]}: no column {column!r}, which {holders[0]} has; give all files the same columns"
            )
        problems += [
            f"{n}: column {column!r} stands twice; rename one" for n in holders if headers[n].count(column) > 1
        ]
    if problems:
        raise DataError(problems)


def _query(connection: duckdb.DuckDBPyConnection, query: str) -> Source:
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise DataError("the SQL must be one SELECT statement; it may read files, and can change nothing")
    return _source(connection.sql(query.rstrip().rstrip(";")), name="query", kind="SQL")


def _frame(connection: duckdb.DuckDBPyConnection, table: object, columns: tuple[str, ...]) -> Source:
    import narwhals as nw

    frame: Any = nw.from_native(table, pass_through=True)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        raise DataError(
            f"a {type(table).__name__} is not a table; give a path, a SELECT, a pandas or polars frame, an Arrow table "
            "or a DuckDB relation"
        )
    known_as = str(frame.implementation).removeprefix("Implementation.").lower()
    _require(f"{known_as} frame", columns, frame.collect_schema().names())
    chosen = frame.select(*columns) if columns else frame
    native = (chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen).to_native()
    connection.register("frame", _plain(native) if known_as == "pandas" else native)
    return _source(connection.sql("SELECT * FROM frame"), name=f"{known_as} frame", kind=f"{known_as} frame")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A pandas frame that DuckDB reads right: mixed Python objects as text, numbers in one piece and in order."""
    return frame.assign(**{name: _plain_column(frame[name]) for name in frame.columns})


def _plain_column(column: pd.Series[Any]) -> pd.Series[Any]:
    import numpy as np
    from pandas.api.types import is_numeric_dtype

    if column.dtype == object:
        return column.map(str, na_action="ignore")
    if isinstance(column.dtype, np.dtype):
        return column if column.to_numpy(copy=False).flags.c_contiguous else column.copy()
    return column.copy() if is_numeric_dtype(column.dtype) else column


@contextmanager
def engine_errors(table: object) -> Iterator[None]:
    """Turn the engine's own errors into ours: what could not be read, and its first line of why."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        name = table if isinstance(table, str | Path) else type(table).__name__
        raise DataError(f"{name}: the data cannot be read: {str(error).strip()}") from error


def digest(path: Path) -> str:
    """The sha256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
