"""Any table, opened lazily: files, globs, folders, SQL, pandas, polars, Arrow, or a DuckDB relation.

Nothing is sniffed: whatever a rule slices by is read as text, whatever is arithmetic is read as a number, and which is
which is the policy's to say. DuckDB reads files and frames out of core; narwhals carries the expressions on from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import DataError
from audit.sources import files, spark, sparksession
from audit.sources.embedded import connected
from audit.sources.frames import open_frame, remote_frame
from audit.sources.lockdown import lock
from audit.sources.spark import spark_errors
from audit.sources.tablefiles import Opened, open_csv, open_parquet, require

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table that can be counted: its columns with their types, where it came from, and the lazy frame itself.

    `inner` is the name that the frame has for each column; the columns' own names may be any text. `stop` interrupts
    the engine from another thread, if it can be. `query` is the SQL, where the table is what it gives. `rows` is how
    many there are, where that is known of a frame.
    """

    frame: nw.LazyFrame[Any]
    name: str
    kind: str
    paths: tuple[Path, ...]
    columns: Mapping[str, str]
    inner: Mapping[str, str]
    engine: str = "duckdb"
    stop: Callable[[], None] | None = None
    query: str | None = None
    rows: int | None = None

    @property
    def bytes(self) -> int | None:
        """How large the files are, if it was files that were opened."""
        return sum(path.stat().st_size for path in self.paths) if self.paths else None


# ---- opening -------------------------------------------------------------------------------------------------------


@contextmanager
def open_table(
    table: object, columns: Sequence[str], *, engine: object = None, memory: str | None = None
) -> Iterator[Source]:
    """Open any table for counting; `columns` are those the policy needs.

    Accepts a path, glob or folder of CSV or Parquet files, a SELECT over files, a pandas or polars frame, an Arrow
    table, a DuckDB relation, a Spark data frame or an Ibis table; with `engine`, a SparkSession or `spark`,
    `spark://HOST:PORT`, `spark:MASTER`, a path, a SELECT or the name of a table, opened there. `memory` is how much
    DuckDB may take, such as `2GB`. Raises DataError if the table cannot be read, lacks a column, does not fit, or if
    one of its files changes before the door is closed.
    """
    wanted = tuple(dict.fromkeys(columns))
    opening = _in_duckdb(table, wanted, memory) if engine in (None, "duckdb") else _in_spark(table, wanted, engine)
    if memory is not None and engine not in (None, "duckdb"):
        raise DataError("a limit of memory is for DuckDB; Spark has its own, in spark.driver.memory and its like")
    with spark_errors(table), opening as source:
        require(source.name, wanted, list(source.columns))
        before = files.stamps(source.paths)
        yield source
        files.unchanged(before)


@contextmanager
def _in_duckdb(table: object, columns: Sequence[str], memory: str | None) -> Iterator[Source]:
    import duckdb

    limit = None if memory is None else memory_limit(memory)
    sql = isinstance(table, str) and files.is_query(table)  # is locked down, which locks a whole DuckDB
    with engine_errors(table, memory), connected(alone=sql, memory=limit) as connection:
        source = _opened(connection, table, columns)
        ours = source.engine == "duckdb" and not isinstance(table, duckdb.DuckDBPyRelation)
        if memory is not None and not ours:
            raise DataError(f"{source.name}: it is counted where it lives, where no limit of memory can be set")
        yield replace(source, stop=connection.interrupt) if ours else source


@contextmanager
def _in_spark(table: object, columns: Sequence[str], engine: object) -> Iterator[Source]:
    import narwhals as nw

    with sparksession.session(engine) as session:
        if (remote := remote_frame(table)) is not None:
            yield _remote(remote, columns)
            return
        held = spark.held(session, table, columns)
        frame = nw.from_native(held.frame).lazy()
        schema = frame.collect_schema()
        kinds = {name: str(schema[place]) for name, place in held.inner.items()}
        yield Source(
            frame=frame,
            name=held.name,
            kind=held.kind,
            paths=held.paths,
            columns=kinds,
            inner=held.inner,
            engine="spark",
        )


_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B)\s*", re.IGNORECASE)


def memory_limit(text: str) -> str:
    """A size as DuckDB reads it; raises DataError if it is none."""
    found = _SIZE.fullmatch(text)
    if found is None or not float(found[1]):
        raise DataError(f"memory {text!r}: write a size such as 500MB or 2GB")
    return f"{found[1]}{found[2]}"


def _opened(connection: duckdb.DuckDBPyConnection, table: object, columns: Sequence[str]) -> Source:
    import duckdb

    if isinstance(table, duckdb.DuckDBPyRelation):
        return _source((table, _own_names(table, columns, "relation")), name="relation", kind="DuckDB relation")
    if isinstance(table, str) and files.is_query(table):
        return _query(connection, table, columns)
    if isinstance(table, str | Path):
        return _files(connection, table, columns)
    if (remote := remote_frame(table)) is not None:
        return _remote(remote, columns)
    opened, name, rows = open_frame(connection, table, columns)
    return replace(_source(opened, name=name, kind=name), rows=rows)


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
    engine = "spark" if name.startswith("pyspark") else name.removesuffix(" table")
    inner = {name: name for name in kinds}
    return Source(frame=frame, name=name, kind=name, paths=(), columns=kinds, inner=inner, engine=engine)


def _files(connection: duckdb.DuckDBPyConnection, path: str | Path, columns: Sequence[str]) -> Source:
    if not str(path).strip():
        raise DataError("no data are named: the path is empty")
    kind, paths = files.find(Path(path))
    opened = (open_parquet if kind == "parquet" else open_csv)(connection, paths, columns)
    return _source(opened, name=Path(path).name, kind=kind, paths=paths)


def _query(connection: duckdb.DuckDBPyConnection, query: str, columns: Sequence[str]) -> Source:
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise DataError("the SQL must be one SELECT statement; it may read files, and can change nothing")
    lock(connection, query)
    relation = connection.sql(_to_its_end(query))
    source = _source((relation, _own_names(relation, columns, "query")), name="query", kind="SQL")
    return replace(source, query=" ".join(query.split()))


def _to_its_end(query: str) -> str:
    """One statement without its semicolons, and without the comments behind them."""
    import duckdb

    text = query.encode()  # in which tokens have their places
    ends = [
        place for place, kind in duckdb.tokenize(query) if (text[place], kind) == (ord(";"), duckdb.token_type.operator)
    ]
    return text[: ends[0] if ends else None].decode()


def _own_names(relation: duckdb.DuckDBPyRelation, columns: Sequence[str], name: str) -> dict[str, str]:
    """A relation's columns under their own names; raises DataError if DuckDB, which does not tell capitals apart, would
    take another for one of those that are asked for.
    """
    lower = [column.lower() for column in relation.columns]
    twins = [column for column in columns if column in relation.columns and lower.count(column.lower()) > 1]
    if twins:
        raise DataError(
            [
                f"{name}: column {column!r} stands twice, or differs only in capitals from another; rename one"
                for column in twins
            ]
        )
    return {column: column for column in relation.columns}


@contextmanager
def engine_errors(table: object, memory: str | None = None) -> Iterator[None]:
    """Turn the engine's own errors into ours: what could not be read, where, and why; never the row itself."""
    import duckdb

    name = str(table) if isinstance(table, str | Path) else type(table).__name__
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise DataError(_no_room(name, str(error), memory)) from error
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise DataError(_reason(name, str(error))) from error
    except UnicodeEncodeError as error:  # Python's texts may hold what is no character
        raise DataError(f"{name}: a text cannot be written as UTF-8 ({error.reason}); mend it") from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C when it hears it first
            raise KeyboardInterrupt from error
        raise


def _no_room(name: str, message: str, memory: str | None) -> str:
    """Neither memory nor the disk that it spills to was enough."""
    if any(sign in message for sign in _DISK_FULL):
        return f"{name}: {_FULL}"
    limit = f"the limit of {memory}" if memory else "the memory that there is"
    return (
        f"{name}: it cannot be counted within {limit}; allow more with --memory (memory= in Python), or audit fewer "
        "attributes at a time; nothing was counted"
    )


_DISK_FULL = ("max_temp_directory_size", "No space left on device", "failed to offload")
_FULL = (
    "the disk is full to which goes what does not fit in memory; free space, or name another folder in TMPDIR; "
    "nothing was counted"
)


def _reason(name: str, message: str) -> str:
    """The engine's message without the row that it quotes and the settings that it proposes."""
    for sign, reason in _FILE_REASONS.items():
        if sign in message:
            file = re.search(
                r"""(?:pattern|file:?) ["'](.+?)["']|Unexpected end of GZIP stream: (\S+)|\n  file = (.+)""", message
            )
            said = (
                "there is no such file; check the path in the SQL"
                if reason == files.GONE and files.is_query(name)
                else reason
            )
            return f"{next(filter(None, file.groups()), name) if file else name}: {said}"
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


_OUTSIDE = (
    "outside of the folders that the SQL may read, which are this one and those of the files that it names in full"
)
_FILE_REASONS = {
    "disabled by configuration": _OUTSIDE,
    "automatically install the required extension": _OUTSIDE,
    "No space left on device": _FULL,
    "CSV Parser state machine": "its lines do not all end alike; save it anew, with one kind of line end",
    "Parallel CSV Reader": "values in quotes go over lines where so large a file is read in parts; save it as Parquet",
    "Unexpected end of GZIP stream": "the file is cut off; get it again",
    "No magic bytes found at end of file": "not a Parquet file, or cut off; get it again",
    "too small to be a Parquet file": "not a Parquet file, or cut off; get it again",
    "No files found that match": files.GONE,
    "No such file or directory": files.GONE,
}
_CSV_REASONS = {
    "unterminated quote": "a quotation mark is opened and not closed; mend the line",
    "not utf-8": "not text in UTF-8; save the file as UTF-8",
    "Maximum line size": "the line is longer than 2,000,000 bytes; shorten it, or save the table as Parquet",
}
