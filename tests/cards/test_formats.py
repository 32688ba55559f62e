"""Bills of materials, predicates and metrics are what their readers take, and say what the result says."""

from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from audit import cli
from audit.cards import cyclonedx, metrics, predicate
from audit.cards.facts import Facts, facts
from audit.runs import opened
from audit.values import Verdict


@pytest.fixture(scope="session")
def whole(open_run) -> Facts:
    return facts(opened(open_run), "restricted")


# ---- CycloneDX -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [SchemaVersion.V1_6, SchemaVersion.V1_7])
def test_the_bill_keeps_to_the_strict_schema(told, whole, version):
    number = version.to_version()
    for text in (cyclonedx.bill(told).decode(), cyclonedx.bill(whole).decode()):
        asked = text.replace('"specVersion": "1.6"', f'"specVersion": "{number}"').replace("bom-1.6", f"bom-{number}")
        assert JsonStrictValidator(version).validate_str(asked) is None
        assert JsonStrictValidator(version).validate_str(asked.replace('"groupAtRisk"', '"group"')) is not None


def test_the_bill_holds_the_verdicts_and_every_number_that_is_shown(told):
    [model] = json.loads(cyclonedx.bill(told))["components"]
    card = model["modelCard"]
    said = {one["name"]: one["value"] for one in card["properties"]}
    assert said["evenhand:outcome"] == told.shown.outcome
    assert {said[f"evenhand:rule:{rule.id}"] for rule in told.shown.rules} == {r.verdict for r in told.shown.rules}
    values = [float(one["value"]) for one in card["quantitativeAnalysis"]["performanceMetrics"]]
    findings = [one.value for one in told.shown.findings if one.value is not None]
    assert values[: len(findings)] == findings
    at_risk = {one["groupAtRisk"] for one in card["considerations"]["fairnessAssessments"]}
    failed = [one for one in told.shown.findings if one.verdict is Verdict.FAIL]
    assert {f"{one.attribute}: {one.group}" for one in failed} <= at_risk
    assert told.run.manifest.run not in json.dumps(model)


def test_the_model_s_file_is_named_by_its_digest(whole):
    from dataclasses import replace

    from audit.runs import ModelFile

    model = ModelFile(name="model.skops", sha256="a" * 64, bytes=1)
    run = replace(whole.run, manifest=replace(whole.run.manifest, model=model))
    text = cyclonedx.bill(replace(whole, run=run)).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert json.loads(text)["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]


# ---- in-toto -------------------------------------------------------------------------------------------------------

#: The fields of test-result/v0.1; verifiers refuse others.
FIELDS = {"result", "configuration", "url", "passedTests", "warnedTests", "failedTests"}


def test_a_test_result_has_the_fields_of_its_type_and_names_every_rule_once(told):
    made = json.loads(predicate.test_result(told))
    assert set(made) == FIELDS
    assert made["result"] in {"PASSED", "WARNED", "FAILED"}
    assert made["result"] == "FAILED"
    assert made["configuration"][0]["digest"] == {"sha256": told.shown.policy.sha256}
    named = made["passedTests"] + made["warnedTests"] + made["failedTests"]
    assert sorted(named) == sorted(rule.id for rule in told.shown.rules)
    assert set(json.loads(predicate.test_result(facts(told.run, "restricted")))) == FIELDS - {"url"}


def test_our_predicate_has_the_values_that_speak_for_the_rules(told, whole):
    made = json.loads(predicate.audit_result(told))
    assert made["result"] == {"sha256": told.digest}
    assert json.loads(predicate.audit_result(whole))["run"] == {"sha256": whole.run.manifest.run}
    by_rule = {rule["id"]: rule for rule in made["rules"]}
    for rule in told.shown.rules:
        assert by_rule[rule.id]["verdict"] == rule.verdict
        values = [one.value for one in told.shown.findings if one.rule == rule.id]
        assert by_rule[rule.id]["worst"]["value"] in values


# ---- metrics -------------------------------------------------------------------------------------------------------


def leaves(node):
    return [leaf for child in node.values() for leaf in (leaves(child) if isinstance(child, dict) else [child])]


def test_every_leaf_of_the_metrics_is_a_number_and_what_is_withheld_is_not_there(told):
    made = json.loads(metrics.metrics_file(told))
    assert all(type(leaf) in (int, float) for leaf in leaves(made))
    assert sum(made["verdicts"].values()) == len(told.shown.rules)
    shown = {
        (row.attribute, row.group, name): row.metrics[name].value
        for row in told.shown.groups
        for name in told.metrics
        if row.metrics[name].value is not None
    }
    assert {(a, g, m): v for a, gs in made["groups"].items() for g, ms in gs.items() for m, v in ms.items()} == shown
    assert set(made["groups"]["race"]) < {row.group for row in told.shown.groups if row.attribute == "race"}
    assert len(metrics.flat(made)) == len(leaves(made))


# ---- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_what_it_is_asked_for(public, tmp_path, capsys):
    names = {"--cyclonedx": "bom.json", "--predicate": "p.json", "--audit-predicate": "a.json", "--metrics": "m.json"}
    words = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    card = tmp_path / "README.md"
    assert cli.run(["attach", str(public), *words, "--model-card", str(card)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {*names.values(), "README.md"}
    said = capsys.readouterr().err
    assert f"of the type {predicate.TEST_RESULT}" in said
    assert f"of the type {predicate.AUDIT_RESULT}" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name at least one file to write"),
        (["--metrics", "m.json", "--url", "javascript:x"], "is no address of the web"),
        (["--metrics", "m.json", "--url", "https://a.example/)b"], "is no address of the web"),
        (["--metrics", "m.json"], "--rendering restricted"),
    ],
)
def test_what_cannot_be_attached_is_refused(open_run, tmp_path, monkeypatch, capsys, words, said):  # noqa: PLR0917
    monkeypatch.chdir(tmp_path)
    assert cli.run(["attach", str(open_run), *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
