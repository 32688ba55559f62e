"""CSV and Parquet files as one relation, column by column under the very names that the files give them.

DuckDB renames columns whose names differ only in capitals or blanks, and matches files by place where they differ in
order. So columns are taken by their place in each file's own header, and no name is left to be guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audit import files
from audit.errors import DataError
from audit.files import Header
from audit.wording import known_names, listed

if TYPE_CHECKING:
    import duckdb

#: The relation, and under which name it holds each column of the table.
Opened = tuple["duckdb.DuckDBPyRelation", dict[str, str]]


def require(name: str, needed: Sequence[str], there: Sequence[str]) -> None:
    """Every needed column must be there; raises DataError naming each missing one and the nearest names."""
    missing = [column for column in needed if column not in there]
    if missing:
        raise DataError([f"{name}: {known_names('column', column, there)}" for column in missing])


def open_csv(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], needed: Sequence[str]) -> Opened:
    """CSV files as text; `needed` columns, or all of the first file's if none are named."""
    headers = {str(path): files.header(path) for path in paths}
    delimiters = sorted({header.delimiter for header in headers.values()})
    if len(delimiters) > 1:
        shown = listed(repr(mark) for mark in delimiters)
        raise DataError(f"{paths[0].parent}: the files use different delimiters ({shown}); make them one")
    first = next(iter(headers.values()))
    wanted = list(needed) or list(dict.fromkeys(first.names))
    _same_columns({name: header.names for name, header in headers.items()}, wanted)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, header in headers.items():
        alike.setdefault(tuple(header.names), []).append(name)
    selects = [
        _csv_select(group, Header(names=names, delimiter=delimiters[0]), wanted) for names, group in alike.items()
    ]
    return connection.sql(" UNION ALL ".join(selects)), {name: f"k{i}" for i, name in enumerate(wanted)}


def _csv_select(paths: Sequence[str], header: Header, wanted: Sequence[str]) -> str:
    """The wanted columns of files with one header, by their places in it."""
    chosen = ", ".join(f"c{header.names.index(name)} AS k{i}" for i, name in enumerate(wanted))
    places = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header.names)))
    return (
        f"SELECT {chosen} FROM read_csv({_listed(paths)}, auto_detect=false, header=true, columns={{{places}}}, "
        f"delim={_literal(header.delimiter)}, quote='\"', escape='\"', nullstr='', comment='', ignore_errors=false)"
    )


def open_parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], needed: Sequence[str]) -> Opened:
    """Parquet files; columns are matched by name between files."""
    listing = _listed([str(path) for path in paths])
    headers = _parquet_headers(connection, listing)
    first = next(iter(headers.values()))
    wanted = list(needed) or list(dict.fromkeys(first))
    _same_columns(headers, wanted)
    relation = connection.sql(f"SELECT * FROM read_parquet({listing}, union_by_name=true)")
    if all(header == first for header in headers.values()):
        return relation, {name: relation.columns[first.index(name)] for name in wanted}
    lower = [name.lower() for name in relation.columns]
    twins = [name for name in wanted if name not in relation.columns or lower.count(name.lower()) > 1]
    if twins:
        raise DataError(f"{paths[0].parent}: column {twins[0]!r} differs only in capitals from another; rename one")
    return relation, {name: name for name in wanted}


def _parquet_headers(connection: duckdb.DuckDBPyConnection, listing: str) -> dict[str, list[str]]:
    """The names of each file's own columns; the fields inside a nested column are none."""
    rows = connection.execute(f"SELECT file_name, name, num_children FROM parquet_schema({listing})").fetchall()
    found: dict[str, list[str]] = {}
    inside = 0
    for file_name, name, children in rows:
        if file_name not in found:  # the first row of a file is its root
            found[file_name], inside = [], 0
            continue
        if inside == 0:
            found[file_name].append(name)
        inside = max(inside - 1, 0) + (children or 0)
    return found


def _same_columns(headers: Mapping[str, Sequence[str]], columns: Sequence[str]) -> None:
    """A column that only some files have would read as missing in the others; one that stands twice is ambiguous."""
    first, header = next(iter(headers.items()))
    if not any(set(columns) <= set(names) for names in headers.values()):
        require(Path(first).name, columns, header)
    problems = []
    for column in columns:
        holders = [name for name, names in headers.items() if column in names]
        lacking = [name for name in headers if name not in holders]
        if lacking and holders:
            problems.append(
                f"{lacking[0]}: no column {column!r}, which {holders[0]} has; give all files the same columns"
            )
        twice = [name for name in holders if list(headers[name]).count(column) > 1]
        problems += [f"{name}: column {column!r} stands twice; rename one" for name in twice]
    if problems:
        raise DataError(problems)


def _listed(paths: Sequence[str]) -> str:
    return "[" + ", ".join(_literal(path) for path in paths) + "]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
