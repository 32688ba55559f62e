"""The truth table: every case of tests/cases.yaml, and what must hold for all facts there can be."""

import itertools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.judging.decide import Facts, Standing, conclude, decide, overall_verdict
from audit.values import Interval, Outcome, Region, Verdict

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
SIDES = ("inside", "outside", "across")


def named(kind):
    return [pytest.param(case, id=case["name"]) for case in CASES[kind]]


@pytest.mark.parametrize("case", named("verdicts"))
def test_a_verdict_follows_from_the_facts(case):
    facts = {key: value for key, value in case.items() if key not in ("name", "verdict", "reason")}
    assert decide(Facts(**{"judge": "interval", **facts})) == (Verdict(case["verdict"]), case["reason"])


@pytest.mark.parametrize("case", named("outcomes"))
def test_an_outcome_follows_from_the_findings(case):
    standings = [
        Standing(verdict=Verdict(verdict), effect=effect, burden=burden, waived=waived)
        for verdict, effect, burden, waived in case["standings"]
    ]
    assert conclude(standings) == Outcome(case["outcome"])


@pytest.mark.parametrize("case", named("rules"))
def test_a_rule_has_the_verdict_of_its_gravest_finding(case):
    assert overall_verdict(Verdict(verdict) for verdict in case["verdicts"]) == Verdict(case["verdict"])


def _facts(**facts: Any) -> Facts:
    return Facts(**facts)


ALL_FACTS = [
    _facts(judge=judge, meets=meets, interval=interval, plain=plain, enough=enough, significant=significant)
    for judge, meets, interval, plain, enough, significant in itertools.product(
        ("interval", "point", "point_and_test"), (True, False, None), SIDES, SIDES, (True, False), (True, False, None)
    )
]


def test_every_combination_of_facts_has_a_verdict_and_a_reason():
    assert {decide(facts)[0] for facts in ALL_FACTS} == {
        Verdict.PASS,
        Verdict.FAIL,
        Verdict.INCONCLUSIVE,
        Verdict.NOT_COMPUTABLE,
    }
    assert all(decide(facts)[1] for facts in ALL_FACTS)


def test_what_is_undefined_never_passes_and_never_fails():
    assert {decide(facts)[0] for facts in ALL_FACTS if facts.meets is None} == {Verdict.NOT_COMPUTABLE}


def test_by_interval_a_pass_needs_all_of_it_inside_and_a_failure_all_of_it_outside():
    for facts in ALL_FACTS:
        if facts.judge == "interval" and facts.meets is not None:
            verdict, _ = decide(facts)
            assert (verdict == Verdict.PASS) == (facts.interval == "inside")
            assert (verdict == Verdict.FAIL) == (facts.interval == "outside")


def test_no_effect_but_block_can_stop_a_release():
    for verdict, waived in itertools.product(Verdict, (True, False)):
        standings = [
            Standing(verdict=verdict, effect="review", burden="prove_fair", waived=waived),
            Standing(verdict=verdict, effect="report", burden="prove_unfair", waived=waived),
        ]
        assert conclude(standings) == Outcome.PASS


@pytest.mark.parametrize("limit", ["-0.1", "0.1", "4/5", "1/3", "1.25"])
def test_an_interval_that_ends_at_a_limit_meets_it(limit):
    """Whichever way the float nearest to the limit misses it."""
    at, exact = float(Fraction(limit)), Fraction(limit)
    assert Interval(low=at, high=at + 1).inside(Region(low=exact))
    assert Interval(low=at - 1, high=at).inside(Region(high=exact))
    assert not Interval(low=at - 1, high=at).outside(Region(low=exact))
    assert not Interval(low=at, high=at + 1).outside(Region(high=exact))
    assert not Interval(low=math.nextafter(at, -2), high=at + 1).inside(Region(low=exact))
    assert Interval(low=at - 1, high=math.nextafter(at, -2)).outside(Region(low=exact))
