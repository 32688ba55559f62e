"""Any table, opened lazily: files, globs, folders, SQL, pandas, polars, Arrow, or a DuckDB relation.

Nothing is sniffed: whatever a rule slices by is read as text, whatever is arithmetic is read as a number, and which is
which is the policy's to say. DuckDB reads files and frames out of core; narwhals carries the expressions on from there.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit import files
from audit.errors import DataError
from audit.frames import open_frame, remote_frame
from audit.tablefiles import Opened, open_csv, open_parquet, require

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table that can be counted: its columns with their types, where it came from, and the lazy frame itself.

    `inner` is the name that the frame has for each column; the columns' own names may be any text.
    """

    frame: nw.LazyFrame[Any]
    name: str
    kind: str
    paths: tuple[Path, ...]
    columns: Mapping[str, str]
    inner: Mapping[str, str]


# ---- opening -------------------------------------------------------------------------------------------------------


@contextmanager
def open_table(table: object, columns: Sequence[str]) -> Iterator[Source]:
    """Open any table for counting; `columns` are those the policy needs.

    Accepts a path, glob or folder of CSV or Parquet files, a SELECT over files, a pandas or polars frame, an Arrow
    table, a DuckDB relation, a Spark data frame or an Ibis table. Raises DataError if it cannot be read or lacks a
    column.
    """
    import duckdb

    with (
        tempfile.TemporaryDirectory(
            prefix="evenhand-"
        ) as spill,  # what does not fit in memory goes there, and goes away
        duckdb.connect(config={"autoinstall_known_extensions": "false", "temp_directory": spill}) as connection,
        engine_errors(table),
    ):
        source = _opened(connection, table, tuple(dict.fromkeys(columns)))
        require(source.name, list(dict.fromkeys(columns)), list(source.columns))
        yield source


def _opened(connection: duckdb.DuckDBPyConnection, table: object, columns: Sequence[str]) -> Source:
    import duckdb

    if isinstance(table, duckdb.DuckDBPyRelation):
        return _source((table, {name: name for name in table.columns}), name="relation", kind="DuckDB relation")
    if isinstance(table, str) and files.is_query(table):
        return _query(connection, table)
    if isinstance(table, str | Path):
        return _files(connection, table, columns)
    if (remote := remote_frame(table)) is not None:
        return _remote(remote, columns)
    opened, name = open_frame(connection, table, columns)
    return _source(opened, name=name, kind=name)


def _source(opened: Opened, *, name: str, kind: str, paths: Sequence[Path] = ()) -> Source:
    import narwhals as nw

    relation, inner = opened
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    kinds = {column: types[place] for column, place in inner.items()}
    frame = nw.from_native(relation)
    return Source(frame=frame, name=name, kind=kind, paths=tuple(paths), columns=kinds, inner=inner)


def _remote(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> Source:
    """A table that lives in another engine, such as Spark or a database: it is counted there, and stays there."""
    kinds = {name: str(kind) for name, kind in frame.collect_schema().items()}
    name = f"{frame.implementation.name.lower()} table"
    require(name, columns, list(kinds))
    return Source(frame=frame, name=name, kind=name, paths=(), columns=kinds, inner={name: name for name in kinds})


def _files(connection: duckdb.DuckDBPyConnection, path: str | Path, columns: Sequence[str]) -> Source:
    if not str(path).strip():
        raise DataError("no data are named: the path is empty")
    kind, paths = files.find(Path(path))
    opened = (open_parquet if kind == "parquet" else open_csv)(connection, paths, columns)
    return _source(opened, name=Path(path).name, kind=kind, paths=paths)


def _query(connection: duckdb.DuckDBPyConnection, query: str) -> Source:
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise DataError("the SQL must be one SELECT statement; it may read files, and can change nothing")
    relation = connection.sql(query.rstrip().rstrip(";"))
    return _source((relation, {name: name for name in relation.columns}), name="query", kind="SQL")


@contextmanager
def engine_errors(table: object) -> Iterator[None]:
    """Turn the engine's own errors into ours: what could not be read, where, and why; never the row itself."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        name = str(table) if isinstance(table, str | Path) else type(table).__name__
        raise DataError(_reason(name, str(error))) from error


def _reason(name: str, message: str) -> str:
    """The engine's message without the row that it quotes and the settings that it proposes."""
    line = re.search(r"CSV Error on Line: (\d+)", message)
    if line is None:
        return f"{name}: the data cannot be read: {message.strip().splitlines()[0]}"
    found = re.search(r"file = (.*)", message)
    place = f"{found[1].strip() if found else name}, line {line[1]}"
    if columns := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message):
        return f"{place}: {columns[2]} values where the header names {columns[1]} columns; mend the line"
    for sign, reason in _CSV_REASONS.items():
        if sign in message:
            return f"{place}: {reason}"
    return f"{place}: the line cannot be read as CSV; mend it"


_CSV_REASONS = {
    "unterminated quote": "a quotation mark is opened and not closed; mend the line",
    "not utf-8": "not text in UTF-8; save the file as UTF-8",
}


def digest(path: Path) -> str:
    """The sha256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
