"""Units (people, households): their rows stay together in one of 256 buckets, by the md5 of the unit's text.

Every engine has md5, and it is the same everywhere; an engine's own hash is not.
"""

from __future__ import annotations

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
    return table.mutate(bucket=table.unit.hexdigest("md5").substr(0, 2))


_BUCKETS: Mapping[str, Callable[[Any], Any]] = {
    "DUCKDB": _duckdb,
    "PYSPARK": _spark,
    "PYSPARK_CONNECT": _spark,
    "IBIS": _ibis,
}
