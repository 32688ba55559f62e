"""The same counts, to the integer, wherever the table lives."""

import sqlite3

import pytest

from audit import scan
from audit.countfile import to_json
from audit.errors import DataError
from audit.source import open_table
from tests.engines import AWAY, HERE, opened, rows
from tests.making import policy_of, rule

TABLE = rows()
ATTRIBUTES = {
    "g": {"column": "g", "missing": ["NA"], "merge": {"A or B": ["A", "B"]}},
    "h": {"column": "h"},
    "age": {"column": "age", "bins": [0, 30, 50, 200]},
}
FLAGS = {
    "decision": {"column": "d", "favorable": 1},
    "outcome": {"column": "y", "favorable": "yes", "unusable": "exclude"},
}
SCORED = {"score": {"column": "s", "cutoff": 0.5, "favorable": "at_least", "unusable": "exclude"}}


def counted(table, data):
    plan = policy_of(rule(), data=data, attributes=ATTRIBUTES, intersections=[["g", "h"]]).plan()
    with open_table(table, scan.columns(plan)) as source:
        return scan.count(source, plan)


SAMPLED = {**FLAGS, "weight": {"column": "w", "kind": "sampling"}}
REPEATED = {**FLAGS, "weight": {"column": "k", "kind": "frequency"}}


@pytest.fixture(scope="module", params=[*HERE, *AWAY])
def table(request, tmp_path_factory):
    """The table in each of the places where it can be counted."""
    with opened(request.param, TABLE, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.mark.parametrize("data", [FLAGS, SCORED, REPEATED], ids=["flags", "score", "frequency weights"])
def test_counts_are_the_same_everywhere(table, data):
    found = counted(table, data)
    assert to_json(found) == to_json(counted(TABLE, data))
    assert found.read == len(TABLE)


def test_what_cannot_be_used_is_told_apart_everywhere(table):
    assert set(counted(table, FLAGS).unusable()) == {"outcome missing"}
    assert set(counted(table, SCORED).unusable()) == {"score missing", "score not a number"}


def test_sums_of_sampling_weights_are_the_same_everywhere(table):
    found, wanted = counted(table, SAMPLED).tables[0].cells, counted(TABLE, SAMPLED).tables[0].cells
    assert found["n"].tolist() == wanted["n"].tolist()
    for name in ("weight", "weight2"):
        assert found[name].tolist() == pytest.approx(wanted[name].tolist(), rel=1e-13)


def test_a_missing_column_is_named_wherever_the_table_lives(table):
    with pytest.raises(DataError, match=r"no column 'dd'; did you mean 'd'"):
        counted(table, {"decision": {"column": "dd", "favorable": 1}})


def test_an_engine_that_fails_is_an_error_and_no_smaller_count(tmp_path):
    with opened("sqlite", TABLE, tmp_path) as table:
        with sqlite3.connect(tmp_path / "table.db") as connection:
            connection.execute("DROP TABLE decisions")
        connection.close()
        with pytest.raises(DataError, match=r"ibis table: it could not be counted where it lives: .*decisions"):
            counted(table, FLAGS)
