"""A connection for SQL that somebody else may have written: it can read named folders, and do nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import DataError

if TYPE_CHECKING:
    import duckdb

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_PATTERN = re.compile(r"[*?\[]")


def lock(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Let the connection read files under this folder and beside the files that the SQL names in full, and no others.

    No other file, network, extension or setting is open to it afterwards (securing DuckDB, duckdb.org/docs). Raises
    DataError if a path in the SQL leads out of its folder.
    """
    places = [literal.replace("''", "'") for literal in _LITERAL.findall(query)]
    leaving = [place for place in places if "/" in place and ".." in Path(place).parts]
    if leaving:
        raise DataError(
            [f"the SQL reads {place!r}, which leaves its folder; name the path without '..'" for place in leaving]
        )
    connection.execute(f"SET allowed_directories = [{', '.join(map(_quoted, _folders(places)))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _folders(places: Sequence[str]) -> list[str]:
    """This folder, and for every absolute path the folder above its file or its pattern."""
    named = [Path(_PATTERN.split(place)[0] + "x").parent for place in places if Path(place).is_absolute()]
    folders = {folder.absolute() for folder in (Path(), *named)}
    return sorted(str(folder) for folder in folders if folder != Path(folder.anchor))


def _quoted(folder: str) -> str:
    return "'" + f"{folder}/".replace("'", "''") + "'"
