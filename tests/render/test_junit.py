"""JUnit XML: red exactly where the audit keeps a release back, with every number, and nothing that acts."""

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import audit
from audit.render import FORMATS
from audit.result import WaiverNote
from audit.result.demands import Statement
from audit.values import Outcome, Verdict
from tests.making import policy_of, rule, selected
from tests.render import sample

TESTS = ("tests", "failures", "errors", "skipped")


def suites(result: object) -> Element:
    return fromstring(FORMATS["junit"].write(result))


def kinds(result: object) -> dict[str, str]:
    """What each test case is, by its name."""
    cases = suites(result).iter("testcase")
    known = ("failure", "error", "skipped")
    return {case.get("name", ""): next((e.tag for e in case if e.tag in known), "passed") for case in cases}


def test_a_rule_is_a_suite_and_a_finding_a_case() -> None:
    result = sample.typical()
    found = suites(result)
    assert [suite.get("name") for suite in found] == [one.id for one in result.rules]
    for suite, one in zip(found, result.rules, strict=True):
        cases = suite.findall("testcase")
        mine = [finding for finding in result.findings if finding.rule == one.id]
        assert len(cases) == len(mine)
        for case, finding in zip(cases, mine, strict=True):
            numbers = {e.get("name"): e.get("value") for e in case.iter("property")}
            assert numbers["verdict"] == finding.verdict
            assert numbers.get("value") == (None if finding.value is None else str(finding.value))


def test_tallies_are_those_of_the_cases() -> None:
    found = suites(sample.typical())
    for element in (found, *found):
        counted = [len(list(element.iter(tag))) for tag in ("testcase", "failure", "error", "skipped")]
        assert [int(element.get(name, -1)) for name in TESTS] == counted


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    hits=st.tuples(*[st.integers(0, 60)] * 3),
    effect=st.sampled_from(["block", "review"]),
    burden=st.sampled_from(["prove_fair", "prove_unfair"]),
    smallest=st.sampled_from([1, 70]),
    waived=st.booleans(),
)
def test_something_is_red_exactly_where_the_audit_does_not_pass(
    hits: tuple[int, int, int], effect: str, burden: str, smallest: int, waived: bool
) -> None:
    waiver = {"rule": "r", "reason": "tried", "approved_by": "head", "expires": "2999-01-01"}
    other = rule(id="other", metric="precision", compare="difference", require="<= 0.1")
    accepted = {"waivers": [waiver]} if waived else {}
    policy = policy_of(rule(effect=effect, burden=burden), other, groups={"min_count": smallest}, **accepted)
    result = audit.run(policy, selected(A=(hits[0], 60), B=(hits[1], 65), C=(hits[2], 80)))
    red = {"failure", "error"} & set(kinds(result).values())
    assert bool(red) == (result.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"verdict": Verdict.PASS}, "passed"),
        ({"verdict": Verdict.FAIL}, "failure"),
        ({"verdict": Verdict.NOT_COMPUTABLE}, "error"),
        ({"verdict": Verdict.INCONCLUSIVE}, "failure"),
        ({"verdict": Verdict.NOT_JUDGED}, "skipped"),
        ({"verdict": Verdict.FAIL, "effect": "review"}, "skipped"),
        ({"verdict": Verdict.INCONCLUSIVE, "burden": "prove_unfair"}, "skipped"),
        ({"verdict": Verdict.INCONCLUSIVE, "outcome": Outcome.FAIL}, "skipped"),
    ],
)
def test_a_verdict_is_what_it_means_to_the_release(changes: dict[str, object], kind: str) -> None:
    result = sample.tiny()
    finding = replace(result.findings[0], verdict=changes["verdict"])
    known = {"effect": "block", "burden": "prove_fair", "verdict": changes["verdict"]}
    one = replace(result.rules[0], **{**known, **{k: v for k, v in changes.items() if k in known}})
    outcome = changes.get("outcome", Outcome.INCONCLUSIVE)
    made = replace(result, outcome=outcome, rules=(one,), findings=(finding,))
    assert list(kinds(made).values()) == [kind]


def test_what_is_waived_is_skipped_and_says_so() -> None:
    result = sample.tiny()
    waiver = WaiverNote(reason="tried", approved_by="head", expires="2999-01-01", days_left=9, in_force=True)
    finding = replace(result.findings[0], verdict=Verdict.FAIL, waiver=waiver)
    made = replace(result, rules=(replace(result.rules[0], effect="block", verdict=Verdict.FAIL),), findings=(finding,))
    [skipped] = suites(made).iter("skipped")
    assert str(skipped.get("message")).startswith("fail, waived until 2999-01-01: ")


def test_a_rule_whose_decision_is_withheld_is_a_case_of_its_own() -> None:
    result = sample.tiny()
    one = replace(result.rules[0], effect="block", verdict=Verdict.FAIL)
    finding = replace(result.findings[0], verdict=Verdict.WITHHELD, value=None, because="Withheld.")
    found = kinds(replace(result, outcome=Outcome.FAIL, rules=(one,), findings=(finding,)))
    assert list(found.values()) == ["skipped", "failure"]
    assert list(found)[1] == "the rule as a whole"


def test_a_mandatory_statement_that_is_missing_is_a_failure() -> None:
    asked = [Statement(id=name, ask="Who?", answer=answer, asked_by=("p",), mandatory=("p",)) for name, answer in
             (("auditor", None), ("data_source", "All."))]  # fmt: skip
    found = kinds(replace(sample.tiny(), statements=tuple(asked)))
    assert (found["auditor"], found["data_source"]) == ("failure", "passed")


def test_hostile_texts_are_text() -> None:
    made = FORMATS["junit"].write(sample.hostile()).decode("utf-8")
    root = fromstring(made)
    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped",
    }  # fmt: skip
    assert "<script" not in made
    assert "\u202e" not in made
    assert "\x1b" not in made
