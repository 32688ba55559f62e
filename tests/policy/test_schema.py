"""The published schema is the one that the models make, and every policy that we ship fits it."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from audit.policy import json_schema, schema_text
from audit.policy.yaml_door import Plain, plain, read

Draft202012Validator = pytest.importorskip("jsonschema").Draft202012Validator
ROOT = Path(__file__).parents[2]
FILES = sorted(
    [*ROOT.glob("policies/*/*.yaml"), *ROOT.glob("examples/*/policy.yaml"), Path(__file__).with_name("whole.yaml")]
)


def typed(value):
    """What an editor sees: numbers and truth values, not the text they were written with."""
    if isinstance(value, Plain):
        return yaml.safe_load(value)
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    return [typed(one) for one in value] if isinstance(value, list) else value


def errors(text: str) -> list[str]:
    found = Draft202012Validator(json_schema()).iter_errors(typed(plain(read(text, name="x.yaml"))))
    return [error.json_path for error in found]


@pytest.mark.skipif(
    f"pydantic=={version('pydantic')}\n" not in (ROOT / "constraints.txt").read_text("utf-8"),
    reason="another pydantic writes the same schema in other words; the committed one is made with the pinned version",
)
def test_the_committed_schema_is_the_generated_one():
    assert (ROOT / "policies" / "policy.schema.json").read_text("utf-8") == schema_text()


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json_schema())
    assert json.loads(schema_text()) == json_schema()


@pytest.mark.no_cover
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_policy_that_we_ship_fits_the_schema(path):
    assert errors(path.read_text("utf-8")) == []


def test_what_the_door_refuses_the_editor_marks(small):
    assert errors(small) == []
    assert errors(small.replace("ratio", "ratios")) == ["$.rules[0].compare"]
    assert errors(small.replace("selection_rate", "recall")) == ["$.rules[0].metric"]
    assert errors(small.replace("race: {column", "race: {colum")) == ["$.attributes.race", "$.attributes.race"]
    assert errors(small + "disclosure: {min_cell: 11}") == []
    assert errors(small + "disclosure: {min_cells: 11}") == ["$.disclosure"]
    assert errors(small.replace("  outcome:", "  unit: id\n  time: t\n  model_version: 2\n  outcome:")) == []
    assert errors(small.replace("  outcome:", "  time: {column: t, period: week}\n  outcome:")) == []
    assert errors(small.replace("  outcome:", "  time: {column: t, period: hour}\n  outcome:")) == ["$.data.time"]
    assert errors(small.replace("  outcome:", "  score: {column: s, favorable: above}\n  outcome:")) == []
    assert errors(small.replace("  outcome:", "  score: {column: s, favorable: above, range: [1]}\n  outcome:")) == [
        "$.data.score.range"
    ]
    assert errors(small.replace("approved, favorable: 1", "approved, favorable: 1, adverse: 0")) == ["$.data.decision"]
    assert errors(small.replace("evenhand: 1", "evenhand: 2")) == ["$.evenhand"]


def test_every_setting_of_the_language_says_what_it_is():
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    for part in parts:
        assert part["description"]
        for name, setting in part["properties"].items():
            assert setting.get("description") or "$ref" in setting, name
