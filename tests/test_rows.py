"""Every rate from counts is confirmed from rows by fairlearn and scikit-learn, and a wrong one is found."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import audit
from audit import cli
from audit.confirming.rows import confirm
from audit.errors import DataError
from tests.making import policy_of, rule, table_of
from tests.test_cli import POLICY

DAY = datetime.date(2026, 11, 21)
TABLE = table_of(
    A={"tp": 40, "fn": 10, "fp": 20, "tn": 30}, B={"tp": 30, "fn": 20, "fp": 20, "tn": 30}, C={"tn": 35}
).assign(h=lambda table: ["x", "z", None, "x", "z"] * 47, w=lambda table: [0.5, 1.0, 2.0, 4.0, 0.25] * 47)
ATTRIBUTES = {"g": {"column": "g"}, "h": {"column": "h"}}
DATA = {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}}


@pytest.mark.parametrize("unknown", ["report", "group"])
@pytest.mark.parametrize("weight", [None, "sampling", "frequency"])
def test_counts_and_rows_agree(unknown, weight):
    data = DATA if weight is None else {**DATA, "weight": {"column": "w", "kind": weight}}
    table = TABLE.assign(w=[1, 2, 3, 1, 5] * 47) if weight == "frequency" else TABLE
    policy = policy_of(attributes=ATTRIBUTES, intersections=[["g", "h"]], data=data, groups={"unknown": unknown})
    found = confirm(policy, table, audit.run(policy, table, as_of=DAY))
    assert found.rates > 100
    assert found.largest <= 1e-12


def test_without_outcomes_only_selection_is_confirmed():
    policy = policy_of(data={"decision": DATA["decision"]})
    assert confirm(policy, TABLE, audit.run(policy, TABLE, as_of=DAY)).rates == 4


def test_a_wrong_rate_is_found():
    policy = policy_of()
    result = audit.run(policy, TABLE, as_of=DAY)
    row = result.groups[0]
    wrong = replace(row.metrics["selection_rate"], value=0.61)
    tampered = replace(
        result, groups=(replace(row, metrics={**row.metrics, "selection_rate": wrong}), *result.groups[1:])
    )
    with pytest.raises(DataError, match=r"selection_rate of A is 0\.61 from counts and 0\.6 from rows"):
        confirm(policy, TABLE, tampered)


def test_other_groups_are_found():
    policy = policy_of()
    result = audit.run(policy, TABLE, as_of=DAY)
    with pytest.raises(DataError, match="the groups of g"):
        confirm(policy, TABLE[TABLE["g"] != "C"], result)


def test_rows_with_unknown_membership_everywhere_have_no_groups_to_confirm():
    table = pd.concat([TABLE.assign(g=None)])
    policy = policy_of(rule())
    assert confirm(policy, table, audit.run(policy, table, as_of=DAY)).rates == 15


def test_the_command_notes_that_the_rates_were_confirmed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)
    TABLE.to_csv("a.csv", index=False)
    assert cli.run(["audit", "policy.yaml", "a.csv", "--confirm", "--format", "json"]) == 1
    assert "All 4 values of metrics were computed a second time" in capsys.readouterr().out


SCORES = {"id": "s", "metric": ["mean_score", "median_score", "roc_auc", "scoring_rate"], "compare": "value"}


@pytest.mark.parametrize(
    ("side", "distinct", "weight"),
    [
        ("above", 50, None),
        pytest.param("below", None, None, marks=pytest.mark.no_cover),
        pytest.param("below", 50, "sampling", marks=pytest.mark.no_cover),
    ],
)
def test_metrics_of_scores_are_confirmed_from_the_rows(side, distinct, weight):
    draw = np.random.default_rng(20261121)
    n = 6_000
    score = draw.random(n) if distinct is None else draw.integers(0, distinct, n) / distinct
    table = pd.DataFrame({"g": draw.choice(["A", "B", "C"], n), "s": score, "w": draw.choice([0.5, 1.0, 3.0], n)})
    table = table.assign(y=(draw.random(n) < score).astype(int), d=(score > 0.4).astype(int))
    table.loc[:4, "s"] = np.nan
    data = {**DATA, "score": {"column": "s", "favorable": side, "unusable": "exclude"}}
    data |= {} if weight is None else {"weight": {"column": "w", "kind": weight}}
    rules = [{**SCORES, "require": ">= 0.01"}, {**SCORES, "id": "t", "metric": ["brier_score"], "require": "<= 0.9"}]
    policy = policy_of(*rules, data=data)
    result = audit.run(policy, table, as_of=DAY)
    assert any("5 rows without a usable score" in note for note in result.notes)
    found = confirm(policy, table, result)
    assert found.rates == 4 * (15 + (6 if weight is None else 4))
    wrong = replace(result.groups[0].metrics["roc_auc"], value=0.4)
    first = replace(result.groups[0], metrics={**result.groups[0].metrics, "roc_auc": wrong})
    with pytest.raises(DataError, match=r"roc_auc of A is 0\.4 from counts"):
        confirm(policy, table, replace(result, groups=(first, *result.groups[1:])))
