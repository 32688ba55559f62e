"""The pages say what the program does: every field of the result, every exit code, and pipelines that work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from audit import cli
from audit.cli.reporting import CODES
from audit.confirming.rowranks import by_pandas
from audit.confirming.rows import _metrics
from audit.confirming.rowscores import error_metrics, score_metrics
from audit.metrics import DIVERGENT, METRICS
from audit.result import json_schema
from audit.values import Verdict
from audit.wording import without_classes
from audit.words.sentences import MISSING, REASONS
from docs import mistakes, pages
from tests.making import policy_of, rule

DOCS = pages.ROOT / "docs"


def text(name):
    return (DOCS / name).read_text(encoding="utf-8")


# ---- result.json ---------------------------------------------------------------------------------------------------


def paths(schema, node, path=""):
    """Every path of a result, `[]` for the entries of a list and `.*` for those of a map."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    [node] = [kind for kind in node.get("anyOf", [node]) if kind.get("type") != "null"]
    if "$ref" in node:
        return paths(schema, node, path)
    if "properties" in node and path != "overall":
        return [p for name, field in node["properties"].items() for p in paths(schema, field, f"{path}.{name}")]
    if node.get("type") == "array":
        return paths(schema, node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict) or node.get("additionalProperties") is True:
        inner = node["additionalProperties"]
        return paths(schema, inner, f"{path}.*") if isinstance(inner, dict) else [f"{path}.*"]
    return [path]


def test_every_path_of_a_result_is_on_its_page_and_no_other():
    schema = json_schema()
    documented = re.findall(r"^\| `([^`]+)` \|", text("result.md"), re.MULTILINE)
    there = {path.removeprefix(".") for path in paths(schema, schema)}
    there = {path for path in there if not path.startswith("overall.")} | {"overall"}
    assert len(documented) == len(set(documented))
    assert set(documented) == there


# ---- verdicts ------------------------------------------------------------------------------------------------------


def test_every_verdict_and_reason_of_a_judged_finding_is_explained():
    page = text("verdicts.md")
    assert not [verdict for verdict in Verdict if f"**{verdict}**" not in page]
    assert not [reason for reason in REASONS if f"`{reason}`" not in page]
    assert not set(REASONS) & set(MISSING)


# ---- data ----------------------------------------------------------------------------------------------------------


def test_the_page_about_data_knows_what_confirming_covers():
    columns = {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}}
    asked = rule(metric="top_fraction_rate", top="1/2")
    policy = policy_of(asked, data={**columns, "score": {"column": "s", "favorable": "above"}})
    scored = map(without_classes, score_metrics(pd.DataFrame({"score": [0.5]}), policy))
    lists = policy_of(rule(metric="exposure"), data={"ranking": {"list": "q", "position": "p", "k": 1}})
    ranked = by_pandas(pd.DataFrame({"list": ["a"], "position": [1.0]}), None, lists)["everyone"]
    assert {*_metrics(has_outcome=True), *scored, *error_metrics(), *ranked} == set(METRICS) - DIVERGENT
    assert f"all {len(METRICS) - len(DIVERGENT)} metrics of groups" in text("data.md")


@pytest.mark.parametrize("kind", mistakes.KINDS)
def test_a_message_names_the_place_and_no_folder_of_this_machine(kind):
    said = [mistakes.message(mistake) for mistake in mistakes.KINDS[kind]]
    assert all(": " in line or "must be" in line or "is not" in line for line in said)
    assert not [line for line in said if str(Path.home()) in line or "/tmp" in line]


# ---- pipelines -----------------------------------------------------------------------------------------------------


def test_the_exit_codes_of_the_page_are_those_of_the_program():
    rows = re.findall(r"^\| (\d) \| ([^|]+) \|", text("in-ci.md"), re.MULTILINE)
    named = {int(code): outcome.strip() for code, outcome in rows}
    assert named.pop(cli.NO_AUDIT) == "none"
    outcomes = {code: " or ".join(str(o) for o in CODES if CODES[o] == code) for code in sorted(set(CODES.values()))}
    assert named == outcomes


def shown(name):
    """The YAML file of this name that the page about pipelines shows; all of it is text, `on` as well."""
    [block] = [b for b in pages.blocks(text("in-ci.md"), "yaml") if b.startswith(f"# file: {name}\n")]
    return yaml.load(block, Loader=yaml.BaseLoader)


POLICY = """
evenhand: 1
title: Gate
data: {decision: {column: d, favorable: 1, otherwise: [0]}}
attributes: {g: {column: g}}
rules:
  - {id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5", reference: {fixed: a}}
"""
TABLES = {0: (500, 1000, 500), 1: (500, 1000, 200), 3: (50, 100, 38)}


@pytest.fixture
def checkout(tmp_path):
    """A folder with a policy, and the environment of a runner in which `evenhand` is found."""
    (tmp_path / "policy.yaml").write_text(POLICY)
    found = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return tmp_path, {**os.environ, "PATH": found, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}


def decisions(first, n, second):
    """Two groups of n people; so many of each are selected."""
    rows = [f"{g},{int(i < selected)}" for g, selected in (("a", first), ("b", second)) for i in range(n)]
    return "g,d\n" + "\n".join(rows) + "\n"


@pytest.mark.skipif(not shutil.which("bash"), reason="runners use bash")
@pytest.mark.parametrize(("code", "gate"), [(0, 0), (1, 1), (3, 0), (2, 2)])
def test_the_step_for_github_opens_and_closes_the_gate(code, gate, checkout):
    folder, environment = checkout
    (folder / "decisions.csv").write_text(decisions(*TABLES[code]) if code in TABLES else "g\na\n")
    [script] = [
        step["run"]
        for step in shown("github.yaml")["jobs"]["audit"]["steps"]
        if "evenhand audit" in step.get("run", "")
    ]
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == gate, done.stdout + done.stderr
    assert ("::warning" in done.stdout) == (code == 3)
    assert (folder / "summary.md").exists() == (code != 2)


def test_the_job_for_gitlab_lets_only_an_inconclusive_audit_through(checkout):
    folder, environment = checkout
    job = shown("gitlab.yaml")["fairness"]
    assert job["allow_failure"] == {"exit_codes": "3"}
    (folder / "decisions.csv").write_text(decisions(*TABLES[3]))
    done = subprocess.run(job["script"][-1].split(), cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 3
    [kept] = job["artifacts"]["paths"]
    assert (folder / kept / "report.html").is_file()


def test_the_hook_on_the_page_is_one_that_is_offered():
    offered = yaml.safe_load((pages.ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    [repository] = shown("pre-commit.yaml")["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == [hook["id"] for hook in offered]
    for name, looked_at in {"policy.yaml": True, "a/credit-policy.yaml": True, "policies.yaml": False}.items():
        assert bool(re.search(offered[0]["files"], name)) == looked_at


def test_the_same_policy_data_and_day_give_the_same_page(tmp_path):
    folder = pages.ROOT / "examples" / "compas"
    words = ["audit", str(folder / "policy.yaml"), str(folder / "compas.csv"), "--as-of", "2026-11-20", "-q"]
    for name in ("once", "twice"):
        assert cli.run([*words, "--format", "html", "--format", "json", "--out", str(tmp_path / name)]) == 1
    for report in ("report.html", "result.json"):
        assert (tmp_path / "once" / report).read_bytes() == (tmp_path / "twice" / report).read_bytes()
