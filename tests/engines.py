"""One table in every kind of place that it can be counted in."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import uuid
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

N = 2000
#: What all tests of a process share, stopped by conftest.py after the last.
SHARED = contextlib.ExitStack()


def rows():
    """Rows with everything that engines read differently: missing values, texts that look like it, numbers as text."""
    draw = np.random.default_rng(20261121)
    group = draw.choice(np.array(["A", "B", "None", "NA", "", None, "01", "a'b\"c"], dtype=object), N)
    return pd.DataFrame(
        {
            "g": group,
            "h": draw.integers(0, 3, N),
            "age": np.where(draw.random(N) < 0.05, np.nan, draw.normal(40, 15, N).round(1)),
            "d": draw.integers(0, 2, N),
            "w": draw.integers(1, 5000, N) / 1000,
            "k": draw.integers(0, 4, N),
            "y": draw.choice(np.array(["yes", "no", None], dtype=object), N, p=[0.5, 0.45, 0.05]),
            "s": draw.choice(np.array(["0.5", "0.75", " 1e-1 ", "x", "", None], dtype=object), N),
        }
    )


def plain(table):
    """The rows as Python objects, missing ones as None."""
    return [
        tuple(None if pd.isna(value) else getattr(value, "item", lambda value=value: value)() for value in row)
        for row in table.itertuples(index=False)
    ]


@contextmanager
def sqlite(table, folder):
    """A SQLite database by way of Ibis."""
    path = folder / "table.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        table.to_sql("decisions", connection, index=False)
    with table_of_sqlite(path, "decisions") as found:
        yield found


@contextmanager
def table_of_sqlite(path, name):
    """A table of a SQLite database by way of Ibis, closed afterwards."""
    backend = pytest.importorskip("ibis").sqlite.connect(path)
    try:
        yield backend.table(name)
    finally:
        backend.disconnect()


def _binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@functools.cache
def server():
    """One PostgreSQL server for all tests of a process, on loopback, and how to reach it."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("there is no PostgreSQL server: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="evenhand-postgres-"))  # the server's own folder, whoever it runs as
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    SHARED.enter_context(_server(binaries, home, port))
    return {"host": "127.0.0.1", "port": port, "user": "postgres"}


@contextmanager
def postgres(table, folder):
    """A database of its own in a real PostgreSQL server, by way of Ibis."""
    ibis, psycopg = pytest.importorskip("ibis"), pytest.importorskip("psycopg")
    name = f"d{uuid.uuid4().hex}"
    with psycopg.connect(**server(), dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} STRATEGY wal_log")
    with psycopg.connect(**server(), dbname=name) as connection:
        columns = "g text, h bigint, age float8, d int, w float8, k int, y text, s text"
        connection.execute(f"CREATE TABLE decisions ({columns})")
        with connection.cursor().copy("COPY decisions FROM STDIN") as copy:
            for row in plain(table):
                copy.write_row(row)
    database = ibis.postgres.connect(**server(), database=name)
    yield database.table("decisions")
    database.disconnect()


@contextmanager
def _server(binaries, home, port):
    """The server runs as another user where we are root, which it refuses to run as."""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(home, "postgres")
    data = home / "data"

    def run(*words):
        subprocess.run([*as_user, *map(str, words)], cwd=home, check=True, capture_output=True)

    run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
    run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", home / "log", "-w", "start")
    try:
        yield
    finally:
        run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True)
class Opened:
    """What to open, and in which engine."""

    table: object
    engine: object = None


@functools.cache
def session():
    """One Spark session for all tests of a process, on this machine."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("there is no Java for Spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable  # its workers make frames of rows: another Python refuses to
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = sql.SparkSession.builder.master("local[2]").appName("evenhand")
        for name, value in {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2"}.items():
            builder = builder.config(name, value)
        made = builder.config("spark.sql.warehouse.dir", f"{os.environ['SPARK_LOCAL_DIRS']}/warehouse").getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    SHARED.callback(made.stop)
    return made


def _in_spark(kind):
    @contextmanager
    def place(table, folder):
        """The table in Spark: a data frame, files of one kind, a view of the catalog, or a SELECT over it."""
        spark = session()
        schema = "g string, h bigint, age double, d int, w double, k int, y string, s string"
        frame = spark.createDataFrame(plain(table), schema)
        frame.createOrReplaceTempView("decisions")
        half = len(table) // 2
        table[:half].to_csv(folder / "[1].csv", index=False)
        table[half:][table.columns[::-1]].to_csv(folder / "[2].csv", index=False)
        table[:half].to_parquet(folder / "[1].parquet")
        table[half:].astype({"d": "int8"})[table.columns[::-1]].to_parquet(folder / "[2].parquet")
        yield {
            "frame": frame,
            "csv": Opened(folder / "*.csv", spark),
            "parquet": Opened(folder / "*.parquet", spark),
            "uri": Opened(f"file://{folder}/*.parquet", spark),
            "csv uri": Opened(f"file://{folder}/*.csv", spark),
            "catalog": Opened("decisions", spark),
            "sql": Opened("SELECT * FROM decisions;", "spark"),
        }[kind]

    return place


@contextmanager
def here(table, folder, kind):
    """The table in memory or in a file."""
    import duckdb
    import polars as pl
    import pyarrow as pa

    if kind == "csv":
        table.to_csv(folder / "t.csv", index=False)
        yield folder / "t.csv"
    elif kind in ("parquet", "sql", "attached"):
        table.to_parquet(folder / "t.parquet")
        places = {"parquet": folder / "t.parquet", "sql": f"SELECT * FROM '{folder}/t.parquet'"}
        if kind != "attached":
            yield places[kind]
            return
        with duckdb.connect(str(folder / "t.duckdb")) as connection:
            connection.execute(f"CREATE TABLE decisions AS FROM '{folder}/t.parquet'")
            yield connection.table("decisions")
    else:
        frame = pl.DataFrame(plain(table), schema=list(table.columns), orient="row", infer_schema_length=None)
        yield {"pandas": table, "polars": frame, "lazy": frame.lazy(), "arrow": pa.table(frame.to_arrow())}[kind]


HERE = ("pandas", "polars", "lazy", "arrow", "csv", "parquet", "sql", "attached")
SPARK = {f"spark {kind}": _in_spark(kind) for kind in ("frame", "csv", "parquet", "uri", "csv uri", "catalog", "sql")}
#: Its functions on texts are Ibis's in Python, called by the hundred thousand: five times as slow when measured.
SQLITE = pytest.param("sqlite", marks=pytest.mark.no_cover)
AWAY = {"sqlite": sqlite, "postgres": postgres, **SPARK}


def opened(kind, table, folder):
    """The table in one of these places."""
    return AWAY[kind](table, folder) if kind in AWAY else here(table, folder, kind)
