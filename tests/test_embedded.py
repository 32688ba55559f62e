"""The DuckDB that all audits of a process share: nobody sees another's, forks survive, and nothing is left."""

import os
import subprocess
import sys
import threading

import duckdb
import pytest

from audit.sources.embedded import connected


def settings(connection, *names):
    return [connection.execute(f"SELECT current_setting('{name}')").fetchone()[0] for name in names]


def test_each_connection_has_its_own_views_and_the_days_of_utc():
    with connected() as first:
        first.execute("CREATE TEMP VIEW frame AS SELECT 1 AS one; SET TimeZone = 'Asia/Tokyo'")
        with connected() as second:
            assert settings(second, "TimeZone") == ["UTC"]
            with pytest.raises(duckdb.CatalogException):
                second.execute("FROM frame")
        assert first.execute("FROM frame").fetchall() == [(1,)]


def test_one_duckdb_is_shared_unless_it_is_asked_for_alone():
    with connected() as first, connected() as second, connected(alone=True) as third:
        first.execute("SET GLOBAL threads = 3")
        assert settings(second, "threads") == [3]
        assert settings(third, "threads") != [3]
        first.execute("RESET GLOBAL threads")


def test_a_limit_of_memory_holds_for_one_connection():
    with connected(memory="64MiB") as limited, connected() as other:
        assert settings(limited, "memory_limit") == ["64.0 MiB"]
        assert settings(other, "memory_limit") != ["64.0 MiB"]


def test_nothing_is_fetched_and_no_file_is_kept():
    with connected() as shared, connected(alone=True) as alone:
        for connection in (shared, alone):
            assert settings(connection, "autoinstall_known_extensions", "enable_external_file_cache") == [False, False]


@pytest.mark.parametrize("error", [duckdb.FatalException, duckdb.InternalException])
def test_after_a_fatal_error_there_is_a_new_one(error):
    with connected() as connection:
        connection.execute("CREATE OR REPLACE TABLE broken AS SELECT 1")
    with pytest.raises(error), connected():
        raise error("database has been invalidated")
    with connected() as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("FROM broken")


def test_an_ordinary_error_keeps_it():
    with connected() as connection:
        connection.execute("CREATE OR REPLACE TABLE kept AS SELECT 1")
    with pytest.raises(duckdb.CatalogException), connected() as connection:
        connection.execute("FROM nothing")
    with connected() as connection:
        assert connection.execute("FROM kept").fetchall() == [(1,)]
        connection.execute("DROP TABLE kept")


def test_an_interruption_is_for_one_connection():
    with connected() as endless, connected() as other:
        timer = threading.Timer(0.1, endless.interrupt)
        timer.start()
        with pytest.raises((duckdb.InterruptException, RuntimeError), match=r"[Ii]nterrupt"):
            endless.execute("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b").fetchall()
        timer.join()
        assert other.execute("SELECT sum(range) FROM range(1000)").fetchall() == [(499500,)]


FORKING = """
import multiprocessing
from audit.sources.embedded import connected

def count():
    with connected() as connection:
        found = connection.execute("SELECT count(DISTINCT range % 7) FROM range(1000000)").fetchall()
    assert found == [(7,)]

def forked():
    child = multiprocessing.get_context("fork").Process(target=count)
    child.start()
    child.join()
    assert child.exitcode == 0
    count()

"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize(
    "forks",
    ["count()\nforked()\nforked()", "with connected():\n    count()\n    forked()"],
    ids=["idle", "in use"],
)
def test_a_process_that_forks_counts_on_both_sides(forks, tmp_path):
    script = FORKING + forks
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env={**os.environ, "TMPDIR": str(tmp_path)})

    assert list(tmp_path.iterdir()) == []
