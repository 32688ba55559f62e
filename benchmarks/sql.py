"""What DuckDB needs for the same columns, and hashlib for the same file, without Evenhand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.made import Made, Work
from benchmarks.tables import ATTRIBUTES, FLAGS, NUMBERS


def decode(table: Path) -> Work:
    """The columns of the attributes, the decision and the outcome."""
    return _decode(table, FLAGS)


def decode_all(table: Path) -> Work:
    """Score and weight as well."""
    return _decode(table, (*FLAGS, *NUMBERS))


def read(table: Path) -> Work:
    """The same columns, every text looked at: the largest of each, not taken from the statistics in the file."""
    return _read(table, FLAGS)


def read_all(table: Path) -> Work:
    """Score and weight as well."""
    return _read(table, (*FLAGS, *NUMBERS))


def group_by(table: Path) -> Work:
    """Count the rows of every combination of keys."""
    keys = ", ".join((*ATTRIBUTES, *FLAGS))
    return _asked(f"SELECT {keys}, count(*) FROM '{table}' GROUP BY {keys}", lambda rows: f"{len(rows):,} cells")


def digest(table: Path) -> Work:
    """The SHA-256 of the file, which every audit notes."""
    import hashlib

    def work() -> Made:
        with table.open("rb") as stream:
            return Made(makes=f"{hashlib.file_digest(stream, 'sha256').hexdigest()[:8]}...")

    return work


def _decode(table: Path, numbers: tuple[str, ...]) -> Work:
    sums = [*(f"sum(strlen({name}))" for name in ATTRIBUTES), *(f"sum({name})" for name in numbers)]
    return _asked(f"SELECT {', '.join(sums)} FROM '{table}'", lambda rows: f"{len(rows[0])} sums")


def _read(table: Path, numbers: tuple[str, ...]) -> Work:
    largest = ", ".join(f"max({name})" for name in (*ATTRIBUTES, *numbers))
    asked = f"SELECT {largest} FROM '{table}'"
    return _asked(asked, lambda rows: f"{len(rows[0])} values", "SET disabled_optimizers = 'statistics_propagation'")


def _asked(query: str, says: Callable[[list[tuple[object, ...]]], str], setting: str = "") -> Work:
    import duckdb

    connection = duckdb.connect()
    connection.execute(setting)
    return lambda: Made(makes=says(connection.execute(query).fetchall()))
