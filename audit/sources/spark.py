"""Tables that are opened in Spark: files, tables of its catalog and SELECTs. They are counted there, and stay there.

CSV is read as it is read here: as text, columns by the very names in each file's header, nothing inferred, and a line
with too few or too many values is an error.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from audit.errors import AuditError, DataError
from audit.sources import files
from audit.sources.embedded import connected
from audit.sources.tablefiles import TEXT, Schema, csv_groups, parquet_schemas, require, same_columns, same_types

#: The same rules as for CSV that is read here. Without `columnPruning`, a broken line would go unseen.
_CSV = {
    "header": "true", "quote": '"', "escape": '"', "nullValue": "", "comment": "", "encoding": "UTF-8",
    "multiLine": "true", "mode": "FAILFAST", "columnPruning": "false", "enforceSchema": "true",
    "ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false",
}  # fmt: skip
#: What Spark puts in place of bytes that are no UTF-8.
_BROKEN = "\ufffd"


@dataclass(frozen=True, kw_only=True)
class Held:
    """A data frame of Spark, the inner name of each column, and what it was made from."""

    frame: Any
    inner: dict[str, str]
    name: str
    kind: str
    paths: tuple[Path, ...] = ()


# ---- the table -----------------------------------------------------------------------------------------------------


def held(spark: Any, table: object, columns: Sequence[str]) -> Held:
    """A path, glob or folder, a SELECT or the name of a table, as a data frame of this session.

    A path without a scheme, such as `s3a://`, is one of this machine. Raises DataError if it cannot be opened.
    """
    if not isinstance(table, str | Path):
        raise DataError(
            f"Spark opens paths, tables of its catalog and SELECTs; a {type(table).__name__} is audited as it is"
        )
    if not str(table).strip():
        raise DataError("no data are named: the path is empty")
    if isinstance(table, str) and files.is_query(table):  # in brackets, nothing but a query is understood
        query = f"SELECT * FROM (\n{table.rstrip().rstrip(';')}\n)"  # noqa: S608 - the SQL is the caller's own
        return _named(spark.sql(query), columns, "query", "SQL in Spark")
    if "://" in str(table):
        return _files(spark, _listed(spark, str(table)), columns, ())
    if isinstance(table, str) and not Path(table).exists() and _known(spark, table):
        return _named(spark.table(table), columns, table, "table in Spark")
    _, paths = files.find(Path(table))
    found = _files(spark, [str(path.absolute()) for path in paths], columns, tuple(paths))
    return Held(frame=found.frame, inner=found.inner, name=Path(table).name, kind=found.kind, paths=tuple(paths))


def _known(spark: Any, table: str) -> bool:
    """Is it a table of the catalog? What cannot be the name of one is none."""
    try:
        return bool(spark.catalog.tableExists(table))
    except Exception:  # noqa: BLE001 - Spark's parser has many kinds of errors
        return False


def _named(frame: Any, columns: Sequence[str], name: str, kind: str) -> Held:
    """A frame whose columns Spark has named, under names by place: any name will do."""
    there = list(frame.columns)
    require(name, columns, there)
    twice = [column for column in columns if there.count(column) > 1]
    if twice:
        raise DataError([f"{name}: column {column!r} stands twice; rename one" for column in twice])
    wanted = list(columns) or list(dict.fromkeys(there))
    return Held(frame=_placed(frame, there, wanted), inner=_inner(wanted), name=name, kind=kind)


def _listed(spark: Any, place: str) -> list[str]:
    """The files that Spark finds there."""
    reader = spark.read.option("recursiveFileLookup", "true")
    found = sorted(unquote(name) for name in reader.text(place).inputFiles())
    found = [name for name in found if files.kind_of(Path(name))]
    if not found:
        raise DataError(f"{place}: holds no CSV or Parquet files")
    return found


def _files(spark: Any, found: Sequence[str], columns: Sequence[str], local: Sequence[Path]) -> Held:
    kinds = {files.kind_of(Path(name)) for name in found}
    if len(kinds) > 1:
        raise DataError(f"{found[0]} and others: CSV and Parquet files; audit one kind at a time")
    opened = _parquet if kinds == {"parquet"} else _csv
    frame, wanted = opened(spark, found, columns, local)
    name = found[0] if len(found) == 1 else f"{len(found)} files"
    return Held(frame=frame, inner=_inner(wanted), name=name, kind=f"{kinds.pop()} in Spark")


def _csv(spark: Any, found: Sequence[str], columns: Sequence[str], local: Sequence[Path]) -> tuple[Any, list[str]]:
    from pyspark.sql import functions

    headers = {name: files.header(path) for name, path in zip(found, local, strict=False)}
    files.check_quotes({path: headers[name].delimiter for name, path in zip(found, local, strict=False)})
    for name in found[len(headers) :]:
        first = spark.read.text(_literal(name)).first()
        headers[name] = files.split_header(name, first[0].removeprefix("\ufeff") if first else "")
    alike, wanted = csv_groups(headers, columns)
    parts = []
    for header, group in alike:
        schema = ", ".join(f"c{place} string" for place in range(len(header.names)))
        reader = spark.read.schema(schema).options(**_CSV, sep=header.delimiter)
        parts.append(_placed(reader.csv([_literal(name) for name in group]), header.names, wanted))
    damaged, unlike = (
        functions.raise_error(functions.lit(_REASONS[sign])) for sign in ("not text in UTF-8", "end alike")
    )
    values = {k: functions.col(k) for k in _inner(wanted).values()}
    sound = [
        functions.when(value.contains(_BROKEN), damaged).when(value.endswith("\r"), unlike).otherwise(value).alias(k)
        for k, value in values.items()
    ]
    return _together(parts).select(*sound), wanted


def _parquet(spark: Any, found: Sequence[str], columns: Sequence[str], local: Sequence[Path]) -> tuple[Any, list[str]]:
    schemas = _schemas(spark, found, local)
    headers = {name: [column for column, _ in schema] for name, schema in schemas.items()}
    wanted = list(columns) or list(dict.fromkeys(next(iter(headers.values()))))
    same_columns(headers, wanted)
    casts = {column: _common(kinds) for column, kinds in same_types(schemas, wanted).items() if len(kinds) > 1}
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name, schema in schemas.items():
        alike.setdefault(tuple(schema), []).append(name)
    parts = [
        _placed(spark.read.parquet(*map(_literal, group)), [column for column, _ in same], wanted, casts)
        for same, group in alike.items()
    ]
    return _together(parts), wanted


def _together(parts: Sequence[Any]) -> Any:
    """The rows of all."""
    return functools.reduce(lambda first, second: first.unionAll(second), parts)


def _schemas(spark: Any, found: Sequence[str], local: Sequence[Path]) -> dict[str, Schema]:
    """The columns of each file. Those of files at hand need no job of Spark's."""
    if local:
        with connected() as connection:
            return parquet_schemas(connection, [Path(name) for name in found])
    read = {name: spark.read.parquet(_literal(name)).schema for name in found}
    return {name: [(field.name, field.dataType.simpleString()) for field in schema] for name, schema in read.items()}


def _common(kinds: set[str]) -> str:
    """The type that holds all of these. Spark itself would make a number of text."""
    if kinds & TEXT:
        return "string"
    return "double" if "double" in kinds else "bigint"


def _placed(
    frame: Any, names: Sequence[str], wanted: Sequence[str], casts: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """The wanted columns as k0, k1, ... by their places: Spark does not tell capitals apart, nor dots in names."""
    by_place = frame.toDF(*(f"c{place}" for place in range(len(names))))
    places = {column: f"c{list(names).index(column)}" for column in wanted}
    typed = [f"CAST({place} AS {casts[column]})" if column in casts else place for column, place in places.items()]
    return by_place.selectExpr(*(f"{place} AS k{i}" for i, place in enumerate(typed)))


def _inner(wanted: Sequence[str]) -> dict[str, str]:
    return {name: f"k{i}" for i, name in enumerate(wanted)}


def _literal(name: str) -> str:
    """A file by its very name, which Spark would take for a pattern; on this machine unless it says where."""
    exact = re.sub(r"([*?\[\]{}\\])", r"\\\1", name)
    return exact if "://" in name else f"file://{exact}"


# ---- what goes wrong -----------------------------------------------------------------------------------------------


@contextmanager
def spark_errors(table: object) -> Iterator[None]:
    """Turn Spark's errors into ours: what could not be read and why, never the row itself."""
    try:
        yield
    except Exception as error:
        cause = error.__cause__ if isinstance(error, AuditError) else error
        if cause is None or not _is_sparks(cause):
            raise
        if isinstance(cause.__context__, KeyboardInterrupt):  # Spark's package cancels the jobs, and reports just that
            raise KeyboardInterrupt from error
        raise DataError(_reason(table, cause)) from cause


def _is_sparks(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in ("pyspark", "py4j") or isinstance(error, ConnectionError)


def _reason(table: object, error: BaseException) -> str:
    name = str(table) if isinstance(table, str | Path) else "pyspark table"
    if isinstance(error, ConnectionError) or type(error).__name__ in ("Py4JError", "Py4JNetworkError"):
        return f"{name}: Spark ended before it had counted (killed, or out of memory); nothing was counted"
    text = str(error)
    place = re.search(r"reading file (\S+?)\.?\s", text)
    where = place[1] if place else name
    for sign, reason in _REASONS.items():
        if sign in text:
            return f"{where}: {reason}"
    causes = re.findall(r"Caused by: [\w.$]+: (.*)", text) or text.strip().splitlines() or [type(error).__name__]
    return f"{where}: it could not be counted in Spark: {causes[-1] if 'Caused by' in text else causes[0]}"


_REASONS = {
    "MALFORMED_CSV_RECORD": "a line does not have as many values as the header names columns; mend it",
    "not text in UTF-8": "a value is not text in UTF-8; save the file as UTF-8",
    "end alike": "its lines do not all end alike; save it anew, with one kind of line end",
    "Unexpected end of input stream": "the file is cut off; get it again",
    "CANNOT_READ_FILE_FOOTER": "not a Parquet file, or cut off; get it again",
    "FILE_NOT_EXIST": files.GONE,
    "FileNotFoundException": files.GONE,
    "No space left on device": "the disk that Spark writes to is full; free space, or name another in spark.local.dir",
    "OutOfMemoryError": "Spark ran out of memory; give it more, with spark.driver.memory or spark.executor.memory",
}
