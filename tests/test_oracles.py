"""The same numbers as other tools on real data: rates, gaps, weighted rates, intersections. Runs where the data are."""

import datetime
import json
from pathlib import Path

import pytest

import audit
from tests.making import policy_of, rule

SHARED = Path(__file__).parent.parent.parent / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="the reference data are not beside the checkout"),
]
TABLES = {
    "compas": ("race", "sex", "age_cat"),
    "adult_test": ("sex", "race", "age_group"),
    "german_cv": ("sex", "age25", "foreign"),
    "acs_sample_test": ("sex", "race", "disability"),
}
CASES = [(table, attribute) for table, attributes in TABLES.items() for attribute in attributes]


def expected(table):
    return json.loads((SHARED / "oracles/computed" / f"{table}.json").read_text())


def audited(table, attributes, *, weight=None, intersections=()):
    data = {"decision": {"column": "y_pred", "favorable": 1}, "outcome": {"column": "y_true", "favorable": 1}}
    data |= {"weight": {"column": weight, "kind": "sampling"}} if weight else {}
    policy = policy_of(
        rule(compare="value", require=">= 0.0001", effect="report"),
        data=data,
        attributes={name: {"column": name} for name in attributes},
        **({"intersections": intersections} if intersections else {}),
    )
    path = SHARED / "data/predictions" / f"{table}.parquet"
    return audit.run(policy, path, as_of=datetime.date(2026, 11, 21))


def same(row, wanted):
    """Every rate that the other tool has; where ours is undefined it says 0, which is not the same thing."""
    compared = 0
    for name, value in wanted.items():
        if name == "count":
            assert row.n == value
        elif row.metrics[name].value is not None:
            assert row.metrics[name].value == pytest.approx(value, abs=1e-12, rel=1e-12), name
            compared += 1
        else:
            assert value in (0, "NaN")
    return compared


@pytest.mark.parametrize(("table", "attribute"), CASES)
def test_rates_by_group_are_those_of_fairlearn(table, attribute):
    wanted = expected(table)["fairlearn"][attribute]
    result = audited(table, [attribute])
    assert same(result.overall, wanted["overall"]) == 10
    assert {row.group for row in result.groups} == set(wanted["by_group"])
    assert sum(same(row, wanted["by_group"][row.group]) for row in result.groups) >= 9 * len(result.groups)


@pytest.mark.parametrize("table", TABLES)
def test_rates_of_intersections_are_those_of_fairlearn(table):
    for crossing, wanted in expected(table)["fairlearn_intersectional"].items():
        names = crossing.split("|")
        result = audited(table, names, intersections=[names])
        crossed = {"|".join(row.group_key.values()): row for row in result.groups if len(row.group_key) == len(names)}
        assert set(crossed) == {name for name, rates in wanted["by_group"].items() if rates["count"]}
        assert sum(same(row, wanted["by_group"][name]) for name, row in crossed.items()) >= 7 * len(crossed)


def test_weighted_rates_are_those_of_fairlearn():
    for attribute, wanted in expected("adult_test")["fairlearn_weighted"].items():
        result = audited("adult_test", [attribute], weight="weight")
        rates = wanted["by_group"]
        assert sum(same(row, rates[row.group]) for row in result.groups) >= 9 * len(result.groups)


@pytest.mark.parametrize(("table", "attribute"), CASES)
def test_the_widest_gap_and_the_smallest_ratio_are_those_of_fairlearn(table, attribute):
    wanted = expected(table)["fairlearn"][attribute]
    policy = policy_of(
        rule(id="gap", compare="max_gap", require="<= 0.1"),
        rule(id="ratio", compare="min_ratio", require=">= 4/5"),
        data={"decision": {"column": "y_pred", "favorable": 1}},
        attributes={attribute: {"column": attribute}},
        groups={"min_count": 1},
    )
    result = audit.run(policy, SHARED / "data/predictions" / f"{table}.parquet")
    found = {finding.rule: finding.value for finding in result.findings}
    assert found["gap"] == pytest.approx(wanted["difference_between_groups"]["selection_rate"], abs=1e-12)
    assert found["ratio"] == pytest.approx(wanted["ratio_between_groups"]["selection_rate"], abs=1e-12)


def test_callbacks_by_name_have_the_published_ratio_and_tests():
    wanted = expected("resume_names")
    policy = policy_of(
        rule(judge="point_and_test", test="two_proportion_z", reference={"fixed": "cauc"}),
        rule(id="exact", judge="point_and_test", test="fisher", reference={"fixed": "cauc"}),
        data={"decision": {"column": "call", "favorable": "yes"}},
        attributes={"ethnicity": {"column": "ethnicity"}},
    )
    z, exact = audit.run(policy, SHARED / "data/small/ResumeNames.csv").findings
    assert z.exact == "(157/2435) / (235/2435)"
    assert z.value == pytest.approx(wanted["impact_ratio_a_over_b"], abs=1e-15)
    assert z.test is not None
    assert exact.test is not None
    assert z.test.statistic == pytest.approx(wanted["z"]["z"])
    assert z.test.p_value == pytest.approx(wanted["z"]["p"])
    assert exact.test.p_value == pytest.approx(wanted["fisher"])
    assert (z.verdict, exact.verdict) == ("fail", "fail")
