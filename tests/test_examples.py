"""Each example's audit ends as its expected.yaml says, down to the counts."""

import datetime
from pathlib import Path

import pytest
import yaml

import audit

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/expected.yaml"))
AS_OF = datetime.date(2026, 11, 20)


def test_all_examples_are_here():
    assert NAMES == ["adult", "berkeley", "compas"]


@pytest.fixture(scope="module", params=NAMES)
def example(request):
    """What is expected of an example, and what its audit found."""
    folder = EXAMPLES / request.param
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    return expected, audit.run(folder / "policy.yaml", folder / expected["data"], as_of=AS_OF)


def test_the_outcome_is_the_expected_one(example):
    expected, result = example
    assert result.outcome == expected["outcome"]
    assert result.rows.read == result.rows.analysed == expected["rows"]


def test_every_rule_ends_as_expected(example):
    expected, result = example
    assert {rule.id: str(rule.verdict) for rule in result.rules} == expected["rules"]


def test_every_group_is_judged_as_expected(example):
    expected, result = example
    found = {(f.rule, f.attribute, f.group): str(f.verdict) for f in result.findings if f.verdict != "not judged"}
    assert found == {(f["rule"], f["attribute"], f["group"]): f["verdict"] for f in expected["findings"]}


def test_groups_too_small_are_shown_and_not_judged(example):
    expected, result = example
    small = {(group["attribute"], group["group"]) for group in expected["not_judged"]}
    assert {(f.attribute, f.group) for f in result.findings if f.verdict == "not judged"} == small
    assert small <= {(row.attribute, row.group) for row in result.groups}


def test_a_waiver_keeps_the_failure_that_it_covers(example):
    expected, result = example
    waived = [f for f in result.findings if f.waiver]
    assert [{"rule": f.rule, "attribute": f.attribute, "group": f.group} for f in waived] == expected["waived"]
    assert all(f.verdict == "fail" for f in waived)


def test_every_rate_is_the_expected_share_of_counts(example):
    expected, result = example
    groups = {(row.attribute, row.group): row for row in result.groups}
    for rate in expected["rates"]:
        found = groups[rate["attribute"], rate["group"]].metrics[rate["metric"]]
        assert (found.hits, found.n) == (rate["hits"], rate["of"]), rate
        assert f"{100 * rate['hits'] / rate['of']:.2f}" == str(rate["percent"])


def test_berkeley_within_departments_is_what_other_tools_find(example):
    expected, result = example
    if "within" not in expected:
        pytest.skip("no rule of this example is given factors")
    wanted = expected["within"]
    (found,) = [f for f in result.findings if f.rule == wanted["rule"]]
    assert found.value == pytest.approx(wanted["ratio"], abs=1e-7)
    assert found.test.statistic == pytest.approx(wanted["chi_square"], abs=1e-7)
    assert found.test.p_value == pytest.approx(wanted["p_value"], abs=1e-7)
    assert found.given.homogeneity_p == pytest.approx(wanted["tarone_p"], abs=1e-7)
    assert found.given.pooled == pytest.approx(wanted["pooled"], abs=1e-7)
    assert any("read neither without the other" in note for note in result.notes)
