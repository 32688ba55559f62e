"""Units (people, households): their rows stay together in one of 256 buckets, by the md5 of the unit's text.

Every engine has md5, and it is the same everywhere; an engine's own hash is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw

from audit.errors import DataError


def with_bucket(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The rows with `bucket`, the first two hexadecimal digits of the md5 of `unit`; NULL where it is blank."""
    name = frame.implementation.name
    if name not in _BUCKETS:
        raise DataError(f"data.unit: a {name.lower()} table offers no md5; leave the unit out, or use another engine")
    unit = nw.when(nw.col("unit").str.strip_chars() != "").then(nw.col("unit")).alias("unit")
    bucketed: nw.LazyFrame[Any] = nw.from_native(_BUCKETS[name](frame.with_columns(unit).to_native()))
    return bucketed


def _duckdb(relation: Any) -> Any:
    return relation.project("*, substring(md5(unit), 1, 2) AS bucket")


def _spark(frame: Any) -> Any:
    from pyspark.sql import functions as f  # where the frame is, pyspark is

    return frame.withColumn("bucket", f.substring(f.md5(f.col("unit")), 1, 2))


def _ibis(table: Any) -> Any:
    import ibis  # where the table is, ibis is

    # Databases have a function of this name; SQLite has none, and is given ours.
    kind = ibis.udf.scalar.python if table.get_backend().name == "sqlite" else ibis.udf.scalar.builtin
    return table.mutate(bucket=kind(md5)(table.unit).substr(0, 2))


def md5(text: str) -> str:
    """The md5 of a text in UTF-8, as hexadecimal digits."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_BUCKETS: Mapping[str, Callable[[Any], Any]] = {
    "DUCKDB": _duckdb,
    "PYSPARK": _spark,
    "PYSPARK_CONNECT": _spark,
    "IBIS": _ibis,
}
