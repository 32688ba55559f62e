"""Groups of a number that was cut into bins stand in the order of the number, and other groups by their size."""

from dataclasses import replace

import pandas as pd
import pytest

import audit
from audit.render.bins import bins_of, ordered
from audit.render.groups import group_tables
from audit.result import AuditResult
from tests.making import policy_of, rule

DATA = {"decision": {"column": "d", "favorable": 1}}


@pytest.fixture(scope="module")
def result() -> AuditResult:
    rows = [(age, sex, n % 2) for age, many in ((20, 40), (50, 90), (70, 60)) for sex in "fm" for n in range(many)]
    attributes = {"age": {"column": "age", "bins": [0, 40, 62, "inf"]}, "sex": {"column": "sex"}}
    policy = policy_of(rule(), data=DATA, attributes=attributes, intersections=[["sex", "age"]])
    return audit.run(policy, pd.DataFrame(rows, columns=["age", "sex", "d"]))


def test_tables_of_a_number_go_from_the_lowest_to_the_highest(result: AuditResult) -> None:
    names = {one.attribute: [row.group for row in one.tables[0].rows] for one in group_tables(result, 25)}
    ages = ["0 to 40", "40 to 62", "62 and over"]
    assert names["age"] == ages
    assert names["sex & age"] == [f"{sex} & {age}" for sex in "fm" for age in ages]


def test_of_many_groups_the_largest_are_kept(result: AuditResult) -> None:
    rows = [row for row in result.groups if row.attribute == "age"]
    assert [row.group for row in ordered(result, rows, 2)] == ["40 to 62", "62 and over"]
    text = replace(result, policy=replace(result.policy, effective={"attributes": {"age": {"column": "age"}}}))
    assert bins_of(text) == {}
    assert [row.group for row in ordered(text, rows, 3)] == ["40 to 62", "62 and over", "0 to 40"]


def test_a_result_without_a_policy_has_no_bins(result: AuditResult) -> None:
    assert bins_of(replace(result, policy=replace(result.policy, effective={}))) == {}
