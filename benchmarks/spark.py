"""Spark in local mode: Evenhand on a Spark DataFrame, and the same counts by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import ours
from benchmarks.made import Made, Work
from benchmarks.tables import ATTRIBUTES, FLAGS


def by_hand(table: Path) -> Work:
    """One SQL statement, its cells collected as Arrow."""
    session = _session()
    keys = ", ".join((*ATTRIBUTES, *FLAGS))
    query = f"SELECT {keys}, count(*) AS n FROM parquet.`{table}` GROUP BY {keys}"

    def work() -> Made:
        return Made(makes=f"{session.sql(query).toArrow().num_rows:,} cells")

    return work


def rates_of_pairs(table: Path) -> Work:
    """What Evenhand makes of the same rows in DuckDB, here in Spark."""
    asked = ours.policy(ours.EVERY_RATE, list(ATTRIBUTES), ours.PAIRS)
    return ours.point_estimates(asked, _session().read.parquet(str(table)))


def _session() -> Any:
    """The session of this process, quiet and without a web page."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[*]").appName("benchmark").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.memory", "4g").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
