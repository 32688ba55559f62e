"""Rules about classes: one against the rest, tiers and those above, as scikit-learn and recoded columns have them."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import classification_report

import audit
from audit.confirming.rows import confirm
from audit.counts import countfile
from audit.counts.readings import read_as
from audit.disclosing.disclosure import rendered
from audit.engine import audited, count_table, judge_counts
from audit.render import FORMATS
from audit.render.options import Options
from audit.values import Reading, Verdict
from tests.making import policy_of, rule

DAY = datetime.date(2026, 11, 21)
VECTORS = Path(__file__).parent.parent.parent / "shared/vectors/multiclass.json"
TIERS = ["reject", "waitlist", "interview", "offer"]
TIERED = {
    "decision": {"column": "tier", "favorable": "offer", "order": TIERS},
    "outcome": {"column": "y", "favorable": 1},
}
ANIMALS = ["cat", "dog", "eel"]
CLASSES = {
    "decision": {"column": "said", "favorable": "cat", "otherwise": ["dog", "eel"]},
    "outcome": {"column": "is", "favorable": "cat", "otherwise": ["dog", "eel"]},
}


def applicants(seed=3, n=600):
    """Two groups sorted into four tiers, the second worse, with outcomes, weights, people and departments."""
    numbers = np.random.default_rng(seed)
    g = numbers.choice(["A", "B"], n)
    rank = np.clip(numbers.normal(np.where(g == "A", 1.9, 1.4), 1.0), 0, 3.4).round().astype(int)
    return pd.DataFrame(
        {
            "g": g,
            "tier": np.array(TIERS)[rank],
            "y": (numbers.random(n) < 0.3 + 0.15 * rank).astype(int),
            "w": numbers.integers(1, 4, n),
            "who": numbers.integers(0, n // 2, n),
            "dept": numbers.choice(["x", "z"], n),
            "t": numbers.choice(["2026-01-02", "2026-02-02"], n),
        }
    )


TABLE = applicants()


def run(*rules, data=TIERED, table=TABLE, **changes):
    return audit.run(policy_of(*rules, data=data, **changes), table, as_of=DAY)


def bare(found):
    """A finding without what names its class."""
    return replace(found, metric="", because="", rule="")


# ---- the same as other hands -----------------------------------------------------------------------------------------


def test_each_class_against_the_rest_is_what_scikit_learn_reports():
    numbers = np.random.default_rng(5)
    true = numbers.choice(ANIMALS, 500, p=[0.5, 0.3, 0.2])
    said = np.where(numbers.random(500) < 0.6, true, numbers.choice(ANIMALS, 500))
    table = pd.DataFrame({"g": numbers.choice(["A", "B"], 500), "is": true, "said": said})
    metrics = ["precision", "true_positive_rate", "f1"]
    rules = [
        rule(id=name, metric=metrics, compare="value", require=">= 0.2", decision={"is": name}, outcome={"is": name})
        for name in ANIMALS
    ]
    result = run(*rules, data=CLASSES, table=table)
    for group in ("A", "B"):
        rows = table[table["g"] == group]
        report = classification_report(rows["is"], rows["said"], output_dict=True)
        for found in (found for found in result.findings if found.group == group):
            metric = found.metric.removesuffix(f" ({found.rule})")
            name = {"true_positive_rate": "recall", "f1": "f1-score"}.get(metric, metric)
            assert found.value == pytest.approx(report[found.rule][name], abs=1e-12)
    assert len(result.findings) == 18


@pytest.mark.shared
@pytest.mark.skipif(not VECTORS.exists(), reason="the reference data are not beside the checkout")
def test_the_classes_of_a_confusion_table_have_the_expected_rates():
    for case in json.loads(VECTORS.read_text())["cases"]:
        confusion, wanted = case["inputs"]["confusion"], case["expected"]
        names = [f"c{i}" for i in range(len(confusion))]
        cells = [
            (true, said, n)
            for true, row in zip(names, confusion, strict=True)
            for said, n in zip(names, row, strict=True)
        ]
        table = pd.DataFrame([("A", true, said) for true, said, n in cells for _ in range(n)], columns=["g", "is", "d"])
        data = {
            role: {"column": column, "favorable": names[0], "otherwise": names[1:]}
            for role, column in (("decision", "d"), ("outcome", "is"))
        }
        metrics = ["selection_rate", "true_positive_rate", "precision", "f1"]
        rules = [
            rule(
                id=name, metric=metrics, compare="value", require=">= 0.1", decision={"is": name}, outcome={"is": name}
            )
            for name in names
        ]
        overall = run(*rules, data=data, table=table).overall.metrics
        for name, theirs in zip(metrics, ("selection_rate", "recall", "precision", "f1"), strict=True):
            ours = [overall[f"{name} ({one})"].value for one in names]
            assert ours == pytest.approx(wanted[theirs], abs=1e-12)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"weight": {"column": "w", "kind": "frequency"}},
        {"weight": {"column": "w", "kind": "sampling"}},
        {"unit": "who"},
    ],
    ids=["plain", "frequency", "sampling", "units"],
)
def test_a_tier_is_judged_as_a_column_that_says_who_is_in_it_or_above(changes):
    metrics = ["selection_rate", "true_positive_rate", "balanced_accuracy"]
    table = TABLE.assign(d=TABLE["tier"].isin(["interview", "offer"]).astype(int))
    about = rule(metric=metrics, decision={"at_least": "interview"})
    tiers = run(about, data={**TIERED, **changes}, table=table)
    plain = {"decision": {"column": "d", "favorable": 1}, "outcome": TIERED["outcome"], **changes}
    recoded = run(rule(metric=metrics), data=plain, table=table)
    assert [bare(found) for found in tiers.findings] == [bare(found) for found in recoded.findings]
    assert tiers.outcome == recoded.outcome


def test_strata_unknown_groups_and_missing_outcomes_are_read_by_classes_too():
    table = TABLE.assign(d=(TABLE["tier"] == "offer").astype(int), y=TABLE["y"].astype(object))
    table.loc[::17, "g"] = None
    table.loc[::19, "y"] = None
    gap = {"metric": ["selection_rate", "true_positive_rate"], "compare": "difference", "require": "<= 0.1"}
    rules = [rule(id="all", **gap), rule(id="alike", **gap, given="dept")]
    outcome = {"column": "y", "favorable": 1, "unusable": "exclude"}
    changes = {"table": table, "factors": {"dept": {"column": "dept", "legitimate": "It pays differently."}}}
    classes = run(
        *[one | {"decision": {"is": "offer"}} for one in rules], data={**TIERED, "outcome": outcome}, **changes
    )
    recoded = run(*rules, data={"decision": {"column": "d", "favorable": 1}, "outcome": outcome}, **changes)
    shown = [replace(bare(found), missing_outcomes=None, unknown=None, given=None) for found in classes.findings]
    assert shown == [replace(bare(one), missing_outcomes=None, unknown=None, given=None) for one in recoded.findings]
    for ours, theirs in zip(classes.findings, recoded.findings, strict=True):
        assert (ours.unknown and ours.unknown.low) == (theirs.unknown and theirs.unknown.low)
        assert (ours.given and ours.given.table) == (theirs.given and theirs.given.table)
    assert any(found.unknown for found in classes.findings)
    assert any(found.missing_outcomes for found in classes.findings)


def test_confirming_computes_the_rates_of_classes_again():
    policy = policy_of(
        rule(id="a", decision={"at_least": "interview"}), rule(id="b", decision={"is": "waitlist"}), data=TIERED
    )
    result = audit.run(policy, TABLE, as_of=DAY)
    assert confirm(policy, TABLE, result).rates == 3 * (15 + 2)  # of two groups and of everyone
    row = result.groups[0]
    name = "selection_rate (at least interview)"
    wrong = replace(row, metrics={**row.metrics, name: replace(row.metrics[name], value=0.123)})
    with pytest.raises(audit.DataError, match=r"at least interview\) of A is 0\.123 from counts"):
        confirm(policy, TABLE, replace(result, groups=(wrong, *result.groups[1:])))


# ---- counts ----------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(TIERS), st.integers(0, 1)), min_size=1, max_size=40))
def test_parts_add_to_the_whole_and_every_tier_is_what_counting_by_hand_gives(rows):
    table = pd.DataFrame(rows, columns=["g", "tier", "y"])
    policy = policy_of(rule(decision={"at_least": "interview"}), data=TIERED)
    whole, _ = count_table(policy, table)
    half = len(table) // 2
    if half:
        parts = [count_table(policy, part)[0] for part in (table[:half], table[half:])]
        assert countfile.to_json(replace(parts[0] + parts[1], notes=())) == countfile.to_json(replace(whole, notes=()))
    for place in (1, 2, 3):
        reading = Reading(decision=tuple(TIERS[place:]), words="tier")
        cells = {name: sums.n for name, sums in read_as(whole, reading).everyone().cells.items()}
        chosen = table["tier"].isin(TIERS[place:])
        wanted = {
            "tp": int((chosen & (table["y"] == 1)).sum()),
            "fp": int((chosen & (table["y"] == 0)).sum()),
            "fn": int((~chosen & (table["y"] == 1)).sum()),
            "tn": int((~chosen & (table["y"] == 0)).sum()),
        }
        assert cells == {name: n for name, n in wanted.items() if n}


def test_a_file_of_counts_carries_the_classes(tmp_path):
    policy = policy_of(rule(decision={"at_least": "interview"}), rule(id="o", decision={"is": "offer"}), data=TIERED)
    made = audited(policy, TABLE, as_of=DAY)
    countfile.save(made.counts, tmp_path / "counts.json")
    assert judge_counts(policy, [tmp_path / "counts.json"], as_of=DAY).findings == made.result.findings


def test_counts_without_classes_stay_as_they_were():
    counts, _ = count_table(policy_of(data=TIERED), TABLE)
    assert not {"decision", "outcome"} & set(counts.tables[0].cells.columns)
    other, _ = count_table(policy_of(rule(decision={"is": "offer"}), data=TIERED), TABLE)
    assert counts.plan != other.plan
    assert other.cells > counts.cells


def test_numbers_and_truths_are_the_values_that_the_policy_writes():
    table = pd.DataFrame({"g": ["A", "B"] * 60, "level": [1.0, 2.0, 3.0] * 40})
    data = {"decision": {"column": "level", "favorable": 3, "order": [1, 2, 3]}}
    result = run(rule(decision={"at_least": 2}, compare="value", require=">= 0.5"), data=data, table=table)
    assert [found.value for found in result.findings] == [pytest.approx(2 / 3)] * 2


def test_an_order_declares_all_values():
    with pytest.raises(audit.DataError, match="decision not a declared value in 60 rows: 'maybe'"):
        run(table=TABLE.assign(tier=["maybe", *TIERS[:3], TIERS[3]] * 60 + ["offer"] * 300))


# ---- what is judged, and what is said --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiers():
    """Two tiers, one class and the decision as the data part names it."""
    return run(
        rule(id="tier", decision={"at_least": "interview"}),
        rule(id="class", decision={"is": ["waitlist", "reject"]}, compare="difference", require="<= 0.1"),
        rule(id="plain", title="Offers"),
        data={**TIERED, "time": "t"},
    )


def test_each_class_is_a_comparison_of_its_own(tiers):
    assert [found.metric for found in tiers.findings] == [
        "selection_rate (at least interview)",
        "selection_rate (waitlist or reject)",
        "selection_rate",
    ]
    assert tiers.method.family == 3
    assert len({found.value for found in tiers.findings}) == 3


def test_title_text_and_tables_name_the_tier(tiers):
    assert tiers.rules[0].title == "Selection rate (at least interview), ratio to the highest group: >= 4/5"
    assert tiers.rules[0].metrics == ("selection_rate (at least interview)",)
    assert "The selection rate (at least interview) of B" in tiers.findings[0].because
    assert tiers.metrics["selection_rate (at least interview)"].label == "Selection rate (at least interview)"
    for group in tiers.groups:
        rows = TABLE[TABLE["g"] == group.group]
        share = rows["tier"].isin(["interview", "offer"]).mean()
        assert group.metrics["selection_rate (at least interview)"].value == pytest.approx(share)
        assert group.metrics["selection_rate"].value == pytest.approx((rows["tier"] == "offer").mean())


def test_periods_are_shown_by_classes(tiers):
    [line] = [
        line for line in tiers.series if line.group == "B" and line.metric == "selection_rate (at least interview)"
    ]
    mine = TABLE[TABLE["g"] == "B"]
    wanted = mine["tier"].isin(["interview", "offer"]).groupby(mine["t"]).mean()
    assert [value.value for value in line.values] == pytest.approx(list(wanted))


def test_a_class_that_the_data_part_does_not_favour_harms_those_who_have_more_of_it(tiers):
    assert tiers.metrics["selection_rate (waitlist or reject)"].harm == "high"
    assert tiers.metrics["selection_rate (at least interview)"].harm == "low"


def test_reports_name_classes_in_every_format_and_language(tiers):
    for name in ("html", "markdown", "json", "text"):
        assert "election rate (at least interview)" in FORMATS[name].write(tiers, Options()).decode()
    german = FORMATS["html"].write(tiers, Options(language="de")).decode()
    assert "Auswahlquote (mindestens interview)" in german
    assert "Auswahlquote (waitlist or reject)" in german


def test_a_public_rendering_withholds_what_is_said_of_classes():
    result = run(
        rule(id="tier", decision={"at_least": "interview"}), rule(id="plain"), data=TIERED, disclosure={"min_cell": 5}
    )
    public = rendered(result, "public")
    shown = {found.rule: found for found in public.findings}
    assert shown["tier"].verdict == Verdict.WITHHELD
    assert shown["tier"].value is None
    assert shown["plain"].value is not None
    assert all(group.metrics["selection_rate (at least interview)"].value is None for group in public.groups)
    assert rendered(result, "restricted").findings == result.findings


def test_waivers_name_the_metric_as_the_rule_does():
    expires = {"approved_by": "Head of risk", "reason": "Known.", "expires": "2027-01-01"}
    waiver = {"rule": "r", "metric": "selection_rate", **expires}
    result = run(rule(decision={"at_least": "offer"}, require=">= 0.99"), data=TIERED, waivers=[waiver])
    assert result.findings[0].verdict == Verdict.FAIL
    assert result.findings[0].waiver
