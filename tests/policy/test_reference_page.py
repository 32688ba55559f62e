"""The language's reference page is complete, and its examples are policies that load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audit.metrics import METRICS
from audit.policy import json_schema, loads
from audit.policy.pack import SHAKY

PAGE = (Path(__file__).parents[2] / "docs" / "policy-language.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
BASE = {
    "evenhand": "evenhand: 1\n",
    "title": "title: A base\n",
    "data": "data: {decision: {column: d, favorable: 1}}\n",
    "attributes": "attributes: {sex: {column: sex}}\n",
    "rules": "rules: [{id: r, metric: selection_rate, compare: ratio, require: '>= 4/5'}]\n",
}


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.split("\n")[0] + f" {n}" for n, one in enumerate(EXAMPLES)])
def test_every_example_on_the_page_loads(example):
    given = re.findall(r"^(\w+):", example, re.MULTILINE)
    assert loads("".join(text for key, text in BASE.items() if key not in given) + example).rules


def test_the_page_has_examples_of_every_part():
    keys = {key for example in EXAMPLES for key in re.findall(r"^(\w+):", example, re.MULTILINE)}
    assert keys == set(json_schema()["properties"])


def test_every_setting_has_a_row_with_its_default():
    schema = json_schema()
    rows = set(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
    for part in (schema, *schema["$defs"].values()):
        for name, setting in part["properties"].items():
            assert name in {row[0] for row in rows}, name
            default = setting.get("default")
            if isinstance(default, str | int | float) and name != "cutoff":
                written = str(default).lower() if isinstance(default, bool) else str(default)
                assert (name, f"`{default:g}`" if written == "5.0" else f"`{written}`") in rows


def test_every_metric_and_state_is_on_the_page():
    for name, metric in METRICS.items():
        assert f"| `{name}` | {metric.words}" in PAGE
    states = json_schema()["$defs"]["Status"]["properties"]["state"]["enum"]
    assert all(f"`{state}`" in PAGE for state in (*states, *SHAKY))
