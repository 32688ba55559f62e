"""Plans: so much data as they say are needed are enough, and hardly less would be; and the command that prints them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from audit import cli
from audit.errors import DataError
from audit.groups.population import population
from audit.judging.adjust import adjust
from audit.judging.assumed import Assumed
from audit.judging.weigh import weigh
from audit.planning import plan
from tests.making import counts_of, policy_of, rule
from tests.stats.plans import Plan, needed

RATES = {("g", "selection_rate"): {"A": 0.5, "B": 0.48}}


def verdicts(policy, rates, sizes, times, seed=1):
    """The share of simulated audits in which everything passes, and in which something fails."""
    draw = np.random.default_rng(seed)
    passed = failed = 0
    for _ in range(times):
        cells = {}
        for (name, rate), n in zip(rates.items(), sizes, strict=True):
            hits = int(draw.binomial(n, rate))
            cells[name] = {"tp": hits, "fn": n - hits}
        people = population(counts_of(cells), policy)
        (law,) = policy.rules
        evidence, _ = adjust([weigh(law, law.metrics[0], ("g",), people, policy)], policy.statistics)
        passed += all(piece.deciding.inside(law.region) for piece in evidence)
        failed += any(piece.deciding.outside(law.region) for piece in evidence)
    return passed / times, failed / times


@pytest.mark.parametrize(("rates", "toward"), [((0.5, 0.47), "pass"), ((0.5, 0.3), "fail")])
def test_a_comparison_of_two_is_planned_as_by_the_planning_formulas(rates, toward):
    policy = policy_of(rule())
    (one,) = plan(policy, Assumed(rates={("g", "selection_rate"): dict(zip("AB", rates, strict=True))})).planned
    theirs = needed(Plan(compare="ratio", low=0.8), rates[1], rates[0])
    assert one.toward == theirs.toward == toward
    assert one.records == pytest.approx(theirs.records, rel=0.01)


CASES = [
    (rule(), {"A": 0.5, "B": 0.47}),
    (rule(), {"A": 0.5, "B": 0.33}),
    (rule(compare="difference", require="<= 0.05"), {"A": 0.3, "B": 0.4}),
    (rule(compare="difference", require="<= 0.1", reference="rest"), {"A": 0.5, "B": 0.52, "C": 0.49}),
    (rule(compare="difference", require="<= 0.1", reference="overall"), {"A": 0.5, "B": 0.7, "C": 0.5}),
    (rule(compare="value", require=">= 0.3"), {"A": 0.4, "B": 0.38}),
    (rule(compare="max_gap", require="<= 0.1"), {"A": 0.3, "B": 0.5, "C": 0.4}),
]


@pytest.mark.no_cover
@pytest.mark.parametrize(("written", "rates"), [CASES[1], CASES[-1]])
def test_so_many_records_reach_the_verdict_about_as_often_as_was_asked_for(written, rates):
    reaches_the_verdict(written, rates, times=100)


@pytest.mark.slow
@pytest.mark.parametrize(("written", "rates"), CASES)
def test_so_many_records_reach_the_verdict_with_the_power_that_was_asked_for(written, rates):
    reaches_the_verdict(written, rates, times=1000)


def _total(one):
    """How many records a plan asks for; none is more than any."""
    return float("inf") if one.total is None else one.total


def reaches_the_verdict(written, rates, times):
    policy = policy_of(written)
    found = plan(policy, Assumed(rates={("g", "selection_rate"): rates}))
    failing = [one for one in found.planned if one.toward == "fail"]
    deciding = min(failing, key=_total) if failing else max(found.planned, key=_total)
    sizes = [round(deciding.total / len(rates))] * len(rates)
    passed, failed = verdicts(policy, rates, sizes, times)
    reached = failed if failing else passed
    # One failure is enough, and another group may bring it; all have to pass, and misses overlap.
    assert 0.8 - 4 * np.sqrt(0.16 / times) <= reached <= 0.97


def test_a_reference_that_is_chosen_needs_more_data_to_fail_than_a_fixed_one():
    rates = {("g", "selection_rate"): {"A": 0.5, "B": 0.3, "C": 0.5}}
    totals = [
        plan(policy_of(rule(reference=reference)), Assumed(rates=rates)).planned[-2].total
        for reference in ("highest", {"fixed": "A"})
    ]
    assert totals[0] > totals[1]


def test_metrics_of_some_records_need_more_of_them():
    rates = {("g", "true_positive_rate"): {"A": 0.7, "B": 0.7}, ("g", "selection_rate"): {"A": 0.4, "B": 0.4}}
    tpr = rule(metric="true_positive_rate", compare="difference", require="<= 0.1")
    (often,) = plan(policy_of(tpr), Assumed(rates=rates, base_rate=0.5)).planned
    (rarely,) = plan(policy_of(tpr), Assumed(rates=rates, base_rate=0.1)).planned
    assert rarely.records == pytest.approx(5 * often.records, rel=0.01)
    fpr = rule(metric="false_positive_rate", compare="difference", require="<= 0.1")
    (other,) = plan(
        policy_of(fpr), Assumed(rates={("g", "false_positive_rate"): rates["g", "true_positive_rate"]}, base_rate=0.9)
    ).planned
    assert other.records == pytest.approx(rarely.records, rel=0.01)
    precision = rule(metric="precision", compare="difference", require="<= 0.1")
    (one,) = plan(
        policy_of(precision), Assumed(rates={**rates, ("g", "precision"): rates["g", "true_positive_rate"]})
    ).planned
    assert one.records == pytest.approx(0.1 / 0.4 * rarely.records, rel=0.01)


def test_a_smaller_share_of_the_records_is_planned_for():
    (even,) = plan(policy_of(rule()), Assumed(rates=RATES)).planned
    (uneven,) = plan(policy_of(rule()), Assumed(rates=RATES, shares={"A": 9, "B": 1})).planned
    assert uneven.total > even.total
    assert uneven.reference_records == pytest.approx(9 * uneven.records, rel=0.01)


@pytest.mark.no_cover
def test_what_so_many_records_show_is_shown_by_them():
    (one,) = plan(policy_of(rule()), Assumed(rates=RATES, records=2000)).planned
    _, failed = verdicts(policy_of(rule()), {"A": 0.5, "B": 0.5 * one.detectable_low}, [1000, 1000], 200)
    assert failed == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 200))


def test_at_the_limit_no_amount_is_named():
    (one,) = plan(policy_of(rule()), Assumed(rates={("g", "selection_rate"): {"A": 0.5, "B": 0.4}})).planned
    assert (one.total, one.records, one.reason) == (None, None, "at_the_limit")


@pytest.mark.parametrize(
    ("written", "rates", "planned", "said"),
    [
        ({}, {"A": 0.0, "B": 0.0}, ["v", "v"], ["the rate of A is 0"]),
        ({"reference": {"fixed": "A"}}, {"A": 0.0, "B": 0.4}, ["v", "v"], ["the rate of A is 0"]),
        ({"compare": "min_ratio"}, {"A": 0.0, "B": 0.0}, ["v", "v"], ["all rates are 0"]),
        ({"compare": "min_ratio"}, {"A": 0.0, "B": 0.2}, ["r", "v", "v"], []),
        (
            {"reference": "rest"},
            {"A": 0.0, "B": 0.0, "C": 0.3},
            ["r", "r", "v", "v", "v"],
            ["the rate of those compared with C is 0"],
        ),
    ],
)
def test_a_ratio_to_a_rate_of_0_is_not_planned_and_not_counted(written, rates, planned, said):
    policy = policy_of(rule(id="r", **written), rule(id="v", compare="value", require=">= 0.2"))
    found = plan(policy, Assumed(rates={("g", "selection_rate"): rates}, records=400))
    assert [one.rule for one in found.planned] == planned
    assert found.comparisons == len(planned)
    assert [why in note for why, note in zip(said, found.notes, strict=True)] == [True] * len(said)
    assert found.cautions == ()


@pytest.mark.parametrize("rates", [(0.0, 1.0), (1.0, 0.0), (0.0, 0.3), (1.0, 0.9), (1.0, 1.0), (0.02, 0.6)])
@pytest.mark.parametrize(
    "written", [{}, {"compare": "difference", "require": "<= 0.05"}, {"compare": "value", "require": ">= 0.2"}]
)
def test_records_that_are_enough_to_fail_show_the_value_that_fails(written, rates):
    for records in (20, 60, 400):
        assumed = Assumed(rates={("g", "selection_rate"): dict(zip("AB", rates, strict=True))}, records=records)
        for one in plan(policy_of(rule(**written)), assumed).planned:
            if one.toward != "fail" or abs(one.total - records) < records / 20:
                continue
            too_low = one.low is not None and one.value < one.low
            end = one.detectable_low if too_low else one.detectable_high
            shown = end is not None and (one.value <= end if too_low else one.value >= end)
            assert shown == (one.total <= records), (records, one)


def test_no_group_is_shown_beyond_the_highest_or_the_lowest():
    compared = {"compare": "difference", "require": "<= 0.05"}
    rules = [rule(id=kind, reference=kind, **compared) for kind in ("highest", "lowest", "largest")]
    found = plan(policy_of(*rules), Assumed(rates=RATES, records=5000)).planned
    assert [(one.detectable_low is None, one.detectable_high is None) for one in found] == [
        (False, True),
        (True, False),
        (False, False),
    ]


def test_what_a_plan_shows_of_a_gap_of_all_groups_is_not_computed(folder, capsys):
    Path("policy.yaml").write_text(
        POLICY.replace("[selection_rate, true_positive_rate], compare: ratio", "selection_rate, compare: min_ratio")
    )
    run("--rates", "g:A=0", "--rates", "g:B=1", "--records", "400")
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("four-fifths")]
    assert row.endswith("not computed")


def test_rules_that_no_plan_is_made_for_say_why():
    policy = policy_of(rule(), rule(id="p", judge="point"), rule(id="f", metric="f1"), rule(id="n", metric="accuracy"))
    found = plan(policy, Assumed(rates=RATES))
    assert [note.split(",")[0] for note in found.notes] == ["p", "f", "n"]
    assert found.comparisons == 1


@pytest.mark.parametrize(
    ("assumed", "said"),
    [
        (Assumed(rates={("g", "selection_rate"): {"A": 0.5}}), "at least two groups"),
        (Assumed(rates={}), "nothing can be planned"),
        (Assumed(rates=RATES, shares={"Q": 1}), "no rate of the group 'Q'"),
        (Assumed(rates=RATES, base_rates={"Q": 0.1}), "no rate of the group 'Q'"),
    ],
)
def test_what_cannot_be_planned_is_an_error(assumed, said):
    with pytest.raises(DataError, match=said):
        plan(policy_of(rule()), assumed)


def test_a_fixed_reference_needs_its_rate():
    with pytest.raises(DataError, match="no rate of the group 'Z'"):
        plan(policy_of(rule(reference={"fixed": "Z"})), Assumed(rates=RATES))


def test_a_metric_of_those_with_an_outcome_needs_the_base_rate():
    tpr = policy_of(rule(metric="true_positive_rate"))
    with pytest.raises(DataError, match="--base-rate"):
        plan(tpr, Assumed(rates={("g", "true_positive_rate"): {"A": 0.5, "B": 0.5}}))


# ---- the command ---------------------------------------------------------------------------------------------------

POLICY = """evenhand: 1
title: Test
subject: {name: thing}
data: {decision: {column: d, favorable: 1}, outcome: {column: y, favorable: 1}}
attributes: {g: {column: g}, h: {column: h}}
rules:
  - {id: four-fifths, metric: [selection_rate, true_positive_rate], compare: ratio, require: ">= 4/5"}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    return tmp_path


def run(*words):
    return cli.run(["plan", "policy.yaml", *words])


def test_the_command_prints_a_table(folder, capsys):
    code = run("--rates", "g:selection_rate:A=0.5", "--rates", "g:selection_rate:B=48%", "--records", "2000")
    out = capsys.readouterr().out
    assert code == 0
    assert "four-fifths  B      A " in out
    assert "All of these verdicts" in out
    assert out.count("Not planned: four-fifths, ") == 3


def test_json_has_the_numbers_of_the_text(folder, capsys):
    words = ["--rates", "g:selection_rate:A=0.5", "--rates", "g:selection_rate:B=0.48"]
    run(*words, "--format", "json")
    found = json.loads(capsys.readouterr().out)
    run(*words)
    assert f"{found['total']:,} records in all" in capsys.readouterr().out
    assert found["planned"][0]["toward"] == "pass"


def test_rates_may_stand_in_a_file(folder, capsys):
    Path("rates.yaml").write_text(
        "g:\n  selection_rate: {A: 0.5, B: 0.48}\nh:\n  true_positive_rate: {X: 0.7, Y: 0.7}\n"
    )
    assert run("--rates", "rates.yaml", "--base-rate", "0.3", "--base-rate", "X=0.4", "--allocation", "A=2") == 0
    assert "four-fifths: true_positive_rate by h" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rates", "A=0.5"], "which attribute?"),
        (["--rates", "g:A=0.5"], "which metric?"),
        (["--rates", "g:selection_rate:A"], "GROUP=NUMBER"),
        (["--rates", "g:selection_rate:A=half"], "is no number"),
        (["--rates", "g:selection_rate:A=5"], "no share"),
        (["--rates", "g:selection_rate:A=0.5", "--power", "2"], "--power"),
        (["--rates", "g:selection_rate:A=0.5", "--power", "0.2"], "choose a chance"),
        (["--rates", "g:selection_rate:A=0.5", "--allocation", "A=0"], "not above 0"),
        (["--rates", "list.yaml"], "write attributes"),
        (["--rates", "odd.yaml"], "no metric 'tpr'"),
        (["--rates", "broken.yaml"], "write attributes"),
    ],
)
def test_a_wrong_word_is_explained_and_nothing_is_planned(folder, capsys, words, said):
    Path("list.yaml").write_text("- A\n")
    Path("odd.yaml").write_text("g: {tpr: {A: 0.5}}\n")
    Path("broken.yaml").write_text("g: {tpr: [")
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_a_plan_says_what_makes_an_audit_need_more():
    data = {"decision": {"column": "d", "favorable": 1}, "unit": "u", "weight": {"column": "w", "kind": "sampling"}}
    policy = policy_of(rule(), data=data, groups={"unknown": "bound"})
    found = plan(policy, Assumed(rates={("g", "selection_rate"): {"A": 0.3, "B": 0.32}}))
    assert [words.split(";")[0].split()[-1] for words in found.cautions] == ["units", "alike", "all"]
    assert plan(policy_of(rule()), Assumed(rates={("g", "selection_rate"): {"A": 0.3, "B": 0.32}})).cautions == ()
