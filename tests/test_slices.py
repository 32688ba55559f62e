"""Periods and versions: the same everywhere, ISO weeks at the turn of the year, and slices that are counts."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import sqlite3
import time
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.counts import countfile
from audit.errors import DataError
from audit.scanning import scan
from audit.sources.source import open_table
from audit.values import AttributeColumn, BinaryColumn, Plan, ScoreRange, TimeColumn
from tests.engines import SQLITE, Opened, opened, session, table_of_sqlite

PLAN = Plan(
    attributes=(AttributeColumn(name="g", column="g"),),
    decision=BinaryColumn(role="decision", column="d", positive=("1",)),
    crossings=(("g",),),
)
#: Days around the turns of years, where weeks and years disagree: 2021-01-03 is in 2020-W53, 2024-12-30 in 2025-W01.
DAYS = [
    datetime.date(year, 1, 1) + datetime.timedelta(days=away)
    for year in (2016, 2020, 2021, 2024, 2025, 2026)
    for away in (-3, -2, -1, 0, 1, 2, 3, 59, 90)
]
BY_STRFTIME = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}
PLACES = ("pandas", "polars", "arrow", "csv", "parquet", "attached", SQLITE, "postgres", "spark parquet")


def timed(period="day"):
    return replace(PLAN, time=TimeColumn(column="y", period=period))


def counted(table, plan):
    place = table if isinstance(table, Opened) else Opened(table)
    with open_table(place.table, scan.columns(plan), engine=place.engine) as source:
        return scan.count(source, plan)


def rows_of(dates):
    """Rows with a text, as the places of `tests.engines` have their columns."""
    n = len(dates)
    return pd.DataFrame(
        {
            "g": pd.Series(["A"] * n),
            "h": np.arange(n),
            "age": np.zeros(n),
            "d": [0, 1] * (n // 2) + [0] * (n % 2),
            "w": np.ones(n),
            "k": np.zeros(n, dtype=int),
            "y": dates,
            "s": pd.Series([None] * n, dtype=object),
        }
    )


def named(day, period):
    """The period of a day, by strftime and by hand."""
    return f"{day.year}-Q{(day.month + 2) // 3}" if period == "quarter" else day.strftime(BY_STRFTIME[period])


def wanted(period):
    found: dict[str, object] = {}
    for day in DAYS:
        found[named(day, period)] = found.get(named(day, period), 0) + 1
    return found


def by_period(counts):
    return {name: counts.only("period", name).read for name in counts.slices("period")}


@pytest.mark.parametrize("kind", PLACES)
def test_dates_as_text_are_put_into_the_same_periods_everywhere(kind, tmp_path):
    table = rows_of([f" {day.isoformat()}T23:59:59" for day in DAYS])
    with opened(kind, table, tmp_path) as place:
        for period in ("day", "week", "quarter"):
            assert by_period(counted(place, timed(period))) == wanted(period)


@pytest.mark.parametrize("moment", ["date", "timestamp", "instant"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "parquet", "duckdb", "sqlite", "spark"])
def test_dates_and_times_are_put_into_the_same_periods_everywhere(kind, moment, tmp_path):
    if kind == "sqlite" and moment == "instant":
        pytest.skip("SQLite has no zones")
    zone = datetime.UTC if moment == "instant" else None
    late = datetime.time(23, 59, 59, tzinfo=zone)
    values = DAYS if moment == "date" else [datetime.datetime.combine(day, late) for day in DAYS]
    with typed(kind, values, tmp_path) as place:
        for period in ("week", "quarter", "day"):
            assert by_period(counted(place, timed(period))) == wanted(period)


def typed(kind, values, folder):
    """A table whose `y` is really a date or a time."""
    n = len(values)
    arrow = pa.table({"g": ["A"] * n, "d": [0] * (n - 1) + [1], "y": pa.array(values)})
    if kind == "parquet":
        pq.write_table(arrow, folder / "t.parquet")
        return contextlib.nullcontext(folder / "t.parquet")
    if kind == "sqlite":
        with contextlib.closing(sqlite3.connect(folder / "t.db")) as database, database:
            database.execute(
                "CREATE TABLE t (g TEXT, d INTEGER, y "
                + ("DATE)" if type(values[0]) is datetime.date else "TIMESTAMP)")
            )
            database.executemany(
                "INSERT INTO t VALUES ('A', ?, ?)", [(i == n - 1, str(y)) for i, y in enumerate(values)]
            )
        return table_of_sqlite(folder / "t.db", "t")
    if kind == "spark":
        rows = list(zip(["A"] * n, [0] * (n - 1) + [1], values, strict=True))
        return contextlib.nullcontext(session().createDataFrame(rows, ["g", "d", "y"]))
    made = {
        "pandas": lambda: pd.DataFrame({"g": "A", "d": [0] * (n - 1) + [1], "y": values}),
        "polars": lambda: pytest.importorskip("polars").from_arrow(arrow),
        "arrow": lambda: arrow,
        "duckdb": lambda: duckdb.from_arrow(arrow),
    }
    return contextlib.nullcontext(made[kind]())


def test_the_day_of_an_instant_is_not_the_machines_to_say(monkeypatch):
    instants = pd.to_datetime(["2026-01-01 02:00", "2025-12-31 23:00"], utc=True)
    found = []
    for zone in ("America/New_York", "Asia/Tokyo", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found.append(by_period(counted(pd.DataFrame({"g": "A", "d": [0, 1], "y": instants}), timed())))
    monkeypatch.delenv("TZ")
    time.tzset()
    assert found == [{"2025-12-31": 1, "2026-01-01": 1}] * 3


@pytest.mark.parametrize("period", [*BY_STRFTIME, "quarter"])
@pytest.mark.parametrize(
    "odd", ["21/11/2026", "2026/11/21", "11212026", "1700000000", "2026-13-01", "soon", "2026-1-5", "20261"]
)
def test_what_is_no_date_is_an_error_with_its_values(odd, period):
    if (odd, period) in {("2026-13-01", "year"), ("2026-1-5", "year")}:
        pytest.skip("its year can be told")
    table = pd.DataFrame({"g": "A", "d": [0, 1, 1], "y": ["2026-11-21", odd, odd]})
    with pytest.raises(
        DataError, match=r"column 'y': 2 rows without a date that begins like 2026-11-21, but with '"
    ) as found:
        counted(table, timed(period))
    assert repr(odd[:4])[:-1] in str(found.value)


def test_missing_dates_and_versions_are_noted_and_counted_in_no_slice():
    table = pd.DataFrame({"g": "A", "d": [0, 1, 1, 0], "y": ["2026-11-21", None, " ", ""], "v": ["1", "1", None, " "]})
    found = counted(table, replace(timed(), version="v"))
    assert by_period(found) == {"2026-11-21": 1}
    assert found.slices("version") == ("1",)
    assert found.only("version", "1").read == 2
    assert found.notes == (
        "column 'y': empty in 3 rows, which no slice by it holds",
        "column 'v': empty in 2 rows, which no slice by it holds",
    )


def test_a_slice_that_there_is_not_is_an_error():
    found = counted(pd.DataFrame({"g": "A", "d": [0, 1], "y": ["2026-11-21", "2026-12-01"]}), timed("month"))
    with pytest.raises(DataError, match=r"there is no period '2027-01'; there are 2026-11, 2026-12"):
        found.only("period", "2027-01")
    with pytest.raises(DataError, match=r"the policy names no column for a version"):
        found.only("version", "1")


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", None]),
        st.integers(0, 1),
        st.sampled_from(["2024-12-30", "2024-12-31", "2025-01-05", "2025-01-06", "2025-04-01", None]),
        st.sampled_from(["1", "2", None]),
        st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, None]),
    ),
    min_size=1,
    max_size=30,
)
SCORE = ScoreRange(column="s", median=True, unusable="exclude")


def bare(counts):
    return countfile.to_json(replace(counts, notes=()))


@settings(max_examples=15)
@given(rows=ROWS, period=st.sampled_from([*BY_STRFTIME, "quarter"]))
def test_a_slice_is_what_counting_its_rows_gives(rows, period):
    table = pd.DataFrame(rows, columns=["g", "d", "y", "v", "s"]).astype({"g": object, "y": object, "v": object})
    plan = replace(timed(period), version="v", score=SCORE, scored=(("g",),))
    counts = counted(table, plan)
    names = [None if pd.isna(text) else named(datetime.date.fromisoformat(text), period) for text in table["y"]]
    for by, column in (("period", names), ("version", [None if pd.isna(v) else v for v in table["v"]])):
        assert counts.slices(by) == tuple(sorted({name for name in column if name is not None}))
        for value in counts.slices(by):
            kept = table[[name == value for name in column]]
            assert bare(counts.only(by, value)) == bare(counted(kept, plan))


@settings(max_examples=15)
@given(rows=ROWS)
def test_periods_together_are_counts_without_periods(rows):
    table = pd.DataFrame(rows, columns=["g", "d", "y", "v", "s"]).astype({"g": object, "y": object, "v": object})
    known = table[table["y"].notna()]
    if not len(known):
        return
    plan = replace(timed("week"), score=SCORE, scored=(("g",),))
    counts, without = counted(known, plan), counted(known, replace(plan, time=None))
    slices = [counts.only("period", name) for name in counts.slices("period")]
    total = list(itertools.accumulate(slices))[-1]
    assert bare(total) == bare(replace(counts, notes=()))
    for found in (counts, total):
        assert found.groups(["g"]) == without.groups(["g"])
        assert found.unusable() == without.unusable()
        assert found.scores.median() == without.scores.median()
