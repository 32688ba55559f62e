"""The session of Spark to count in: one that was given, one that runs, or one of its own, which is silent."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from audit.errors import DataError

_ENGINES = "give duckdb, spark, spark://HOST:PORT, or spark:MASTER such as 'spark:local[2]'"


@contextmanager
def session(engine: object) -> Iterator[Any]:
    """The session that was given, or the one that runs already, or a new one, which is stopped afterwards.

    `engine` is a SparkSession, `spark` (as Spark is configured), `spark://HOST:PORT` or `spark:MASTER`.
    """
    if not isinstance(engine, str):
        if not all(hasattr(engine, name) for name in ("catalog", "read", "sql", "version")):
            raise DataError(f"a {type(engine).__name__} is no engine; {_ENGINES}, or a SparkSession")
        yield engine
        return
    master = _master(engine)
    sql = _pyspark()
    running = _running(sql)
    if running is not None:
        there = running.conf.get("spark.master")
        if master not in (None, there):
            raise DataError(f"a Spark session with the master {there} runs already; use it with the engine 'spark'")
        yield running
        return
    made = _started(sql.SparkSession.builder, master)
    root = logging.getLogger()
    root.addFilter(_not_of_py4j)
    try:
        yield made
    finally:
        with suppress(Exception), warnings.catch_warnings():  # it may be gone already, and why has been said
            warnings.simplefilter("ignore")
            made.stop()
        root.removeFilter(_not_of_py4j)


def _not_of_py4j(record: logging.LogRecord) -> bool:
    """The bridge to Java logs a traceback to the root logger when Java is gone; our error says it once."""
    return "py4j" not in record.pathname


def _master(engine: str) -> str | None:
    """The address of the cluster, None for the one that Spark is configured for."""
    if engine == "spark":
        return None
    if engine.startswith("spark://"):
        return engine
    kind, _, master = engine.partition(":")
    if kind != "spark" or not master:
        raise DataError(f"there is no engine {engine!r}; {_ENGINES}")
    return master


def _pyspark() -> Any:
    """Spark's Python package, which loads for half a second and is not everyone's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own making, about pandas 3
            from pyspark import sql
    except ImportError as error:
        raise DataError("Spark is not installed: pip install 'evenhand[spark]'; it needs Java 17 or newer") from error
    return sql


def _running(sql: Any) -> Any:
    """The session that runs already, if there is one. Asking may start Java; its failure is told when it is needed."""
    with _unheard(), suppress(Exception):
        return sql.SparkSession.getActiveSession()
    return None


def _started(builder: Any, master: str | None) -> Any:
    """A new session that is silent."""
    settings = {"spark.app.name": "evenhand", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF"}
    settings |= {"spark.sql.session.timeZone": "UTC"}  # the day of an instant is not this machine's to say
    settings |= {"spark.master": master} if master else {}
    for name, value in settings.items():
        builder = builder.config(name, value)
    with _unheard() as said, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return builder.getOrCreate()
        except Exception as error:  # noqa: BLE001 - Java, the configuration, the network: each is told
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines()
            java = [word for word in words if "java" in word.lower()]
            told = str(error).strip().splitlines() or [type(error).__name__]
            why = " ".join([told[0], *(java[:1] or words[-1:])])
            raise DataError(f"Spark did not start: {why}; is Java installed?") from None


@contextmanager
def _unheard() -> Iterator[IO[bytes]]:
    """Standard error as a file without a name: Java keeps to it for as long as it lives."""
    sys.stderr.flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(before, 2)
            os.close(before)
