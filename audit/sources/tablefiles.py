"""CSV and Parquet files as one relation, column by column under the very names that the files give them.

DuckDB renames columns whose names differ only in capitals or blanks, and matches files by place where they differ in
order. So columns are taken by their place in each file's own header, and no name is left to be guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import DataError
from audit.sources import files
from audit.sources.files import Header
from audit.wording import known_names, listed

if TYPE_CHECKING:
    import duckdb

#: The relation, and under which name it holds each column of the table.
Opened = tuple["duckdb.DuckDBPyRelation", dict[str, str]]
#: The columns of a file and their types, in order.
Schema = list[tuple[str, str]]


def require(name: str, needed: Sequence[str], there: Sequence[str]) -> None:
    """Every needed column must be there; raises DataError naming each missing one and the nearest names."""
    missing = [column for column in needed if column not in there]
    if missing:
        raise DataError([f"{name}: {known_names('column', column, there)}" for column in missing])


def open_csv(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], needed: Sequence[str]) -> Opened:
    """CSV files as text; `needed` columns, or all of the first file's if none are named."""
    headers = {path: files.header(path) for path in paths}
    groups, wanted = csv_groups({str(path): header for path, header in headers.items()}, needed)
    files.check_quotes({path: header.delimiter for path, header in headers.items()})
    selects = [_csv_select(group, header, wanted) for header, group in groups]
    return connection.sql(" UNION ALL ".join(selects)), {name: f"k{i}" for i, name in enumerate(wanted)}


def csv_groups(
    headers: Mapping[str, Header], needed: Sequence[str]
) -> tuple[list[tuple[Header, list[str]]], list[str]]:
    """Files with one header together, and the wanted columns; raises DataError if the files do not go together."""
    delimiters = sorted({header.delimiter for header in headers.values()})
    if len(delimiters) > 1:
        shown = listed(repr(mark) for mark in delimiters)
        folder = str(next(iter(headers))).rpartition("/")[0] or "."
        raise DataError(f"{folder}: the files use different delimiters ({shown}); make them one")
    wanted = list(needed) or list(dict.fromkeys(next(iter(headers.values())).names))
    same_columns({name: header.names for name, header in headers.items()}, wanted)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, header in headers.items():
        alike.setdefault(tuple(header.names), []).append(name)
    return [(Header(names=names, delimiter=delimiters[0]), group) for names, group in alike.items()], wanted


def _csv_select(paths: Sequence[str], header: Header, wanted: Sequence[str]) -> str:
    """The wanted columns of files with one header, by their places in it.

    Each file is read in one piece: of a file that several threads share, DuckDB leaves out a part that begins with a
    broken line, with all rows that follow. Of one that is read in one piece, it overlooks quotation marks that are
    never closed; these were looked for before.
    """
    chosen = ", ".join(f"c{header.names.index(name)} AS k{i}" for i, name in enumerate(wanted))
    places = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header.names)))
    return (
        f"SELECT {chosen} FROM read_csv({_listed(paths)}, auto_detect=false, header=true, columns={{{places}}}, "
        f"delim={_literal(header.delimiter)}, quote='\"', escape='\"', nullstr='', comment='', ignore_errors=false, "
        f"parallel=false)"
    )


def open_parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], needed: Sequence[str]) -> Opened:
    """Parquet files; columns are matched by name between files, and have to be of one type."""
    listing = _listed([str(path) for path in paths])
    schemas = parquet_schemas(connection, paths)
    headers = {name: [column for column, _ in schema] for name, schema in schemas.items()}
    first = next(iter(headers.values()))
    wanted = list(needed) or list(dict.fromkeys(first))
    same_columns(headers, wanted)
    same_types(schemas, wanted)
    relation = connection.sql(f"SELECT * FROM read_parquet({listing}, union_by_name=true, hive_partitioning=false)")
    if all(header == first for header in headers.values()):
        return relation, {name: relation.columns[first.index(name)] for name in wanted}
    lower = [name.lower() for name in relation.columns]
    twins = [name for name in wanted if name not in relation.columns or lower.count(name.lower()) > 1]
    if twins:
        raise DataError(f"{paths[0].parent}: column {twins[0]!r} differs only in capitals from another; rename one")
    return relation, {name: name for name in wanted}


def parquet_schemas(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> dict[str, Schema]:
    """Each file's own columns with their types; the fields inside a nested column are none."""
    listing = _listed([str(path) for path in paths])
    query = f"SELECT file_name, name, duckdb_type, num_children FROM parquet_schema({listing})"
    found: dict[str, Schema] = {}
    inside = 0
    for file_name, name, kind, children in connection.execute(query).fetchall():
        if file_name not in found:  # the first row of a file is its root
            found[file_name], inside = [], 0
            continue
        if inside == 0:
            found[file_name].append((name, kind))
        inside = max(inside - 1, 0) + (children or 0)
    return found


def same_columns(headers: Mapping[str, Sequence[str]], columns: Sequence[str]) -> None:
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


_WHOLE = frozenset({
    "tinyint", "smallint", "integer", "int", "bigint", "hugeint",
    "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
})  # fmt: skip
TEXT = frozenset({"varchar", "string"})
#: Types that mean the same side by side: 1 is 1 as a number, as true, and as text. But 1.0 as text is another than 1.
_ALIKE = (_WHOLE | {"double", "boolean"}, _WHOLE | TEXT)
#: A column in which nothing stands has no type, and goes with any.
_NOTHING = frozenset({'"null"', "void"})


def same_types(schemas: Mapping[str, Schema], columns: Sequence[str]) -> dict[str, set[str]]:
    """The types of each column over all files, in small letters.

    Raises DataError naming two files if one group might get two names: a column that is text in one file and a
    fraction in another, or a single in one and a double in another.
    """
    problems = []
    found: dict[str, set[str]] = {}
    for column in columns:
        holders: dict[str, str] = {}
        for name, schema in schemas.items():
            holders.setdefault(dict(schema)[column].lower(), name)
        kinds = found[column] = set(holders) - _NOTHING
        if len(kinds) > 1 and not any(kinds <= alike for alike in _ALIKE):
            shown = listed(f"{kind.upper()} in {name}" for kind, name in holders.items() if kind in kinds)
            problems.append(f"column {column!r} has another type from file to file: {shown}; write all with one type")
    if problems:
        raise DataError(problems)
    return found


def _listed(paths: Sequence[str]) -> str:
    return "[" + ", ".join(_literal(_MAGIC.sub(r"[\1]", path)) for path in paths) + "]"


#: What DuckDB would take for a pattern in the name of a file.
_MAGIC = re.compile(r"([*?\[])")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
