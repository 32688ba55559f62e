"""Made-up decisions as Parquet: the same for the same number of rows, on every machine."""

from __future__ import annotations

import shutil
from pathlib import Path

#: The attributes and how many groups each has.
ATTRIBUTES = {"sex": 2, "language": 4, "race": 6, "age": 8, "region": 12}
FLAGS = ("y_true", "y_pred")
NUMBERS = ("score", "weight")
#: The cells of the attributes, decision and outcome crossed.
CELLS = 4 * 2 * 4 * 6 * 8 * 12
_BYTES_A_ROW = 20
_LARGEST_HASH = 2**64


class FullDiskError(Exception):
    """There is no room for the table."""


def make(path: Path, rows: int) -> None:
    """Write the table row group by row group, so that memory does not grow; raises FullDiskError before it begins."""
    import duckdb

    room = shutil.disk_usage(path.parent).free
    if room < 2 * rows * _BYTES_A_ROW:
        raise FullDiskError(
            f"{rows:,} rows need about {rows * _BYTES_A_ROW / 1e9:.1f} GB; {room / 1e9:.1f} GB are free"
        )
    levels = [f"'{name} ' || ({_hash(i)} % {n})::VARCHAR AS {name}" for i, (name, n) in enumerate(ATTRIBUTES.items())]
    flags = ["(chance < score)::TINYINT AS y_true", "(score >= 0.5)::TINYINT AS y_pred"]
    columns = ", ".join([*levels, *flags, *NUMBERS])
    numbers = f"i, {_part(5)} AS score, {_part(6)} AS chance, 0.5 + 2.5 * {_part(7)} AS weight"
    rows_of = f"SELECT {columns} FROM (SELECT {numbers} FROM range({rows}) t(i))"
    duckdb.connect().execute(f"COPY ({rows_of}) TO '{path}' (FORMAT parquet)")


def _hash(salt: int) -> str:
    """A number that looks random, another for each row and each salt below 16."""
    return f"hash(i * 16 + {salt})"


def _part(salt: int) -> str:
    """The same, between 0 and 1."""
    return f"{_hash(salt)} / {_LARGEST_HASH}.0"
