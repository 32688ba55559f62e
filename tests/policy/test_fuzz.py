"""Whatever the text, reading it gives a policy or a PolicyError, never anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.errors import PolicyError
from audit.metrics import METRICS
from audit.policy import Policy, loads, show

WHOLE = Path(__file__).with_name("whole.yaml").read_text("utf-8")
# fmt: off
KEYS = [
    "evenhand", "title", "extends", "subject", "data", "attributes", "intersections", "groups", "statistics",
    "rules", "waivers", "signoff", "report", "status", "name", "decision", "outcome", "score", "weight", "column",
    "favorable", "adverse", "otherwise", "cutoff", "kind", "merge", "bins", "labels", "missing", "values",
    "reference", "fixed", "min_count", "min_share", "unknown", "confidence", "seed", "id", "metric",
    "compare", "of", "require", "judge", "test", "effect", "group", "rule", "reason", "approved_by",
    "expires", "sex", "race", "unit", "time", "period", "model_version", "range",
    "disclosure", "min_cell", "complementary", "override",
]
# fmt: on
WORDS = [
    *KEYS,
    *METRICS,
    "1",
    "0.5",
    ">= 4/5",
    "<= 0.05",
    "inf",
    "highest",
    "fixed: A",
    "interval",
    "",
    "2027-01-01",
    "conventions/four-fifths",
    "x.yaml",
    "ratio",
    "difference",
    "max_gap",
    "~",
    "true",
    "1e400",
    "-0",
    "9" * 30,
]  # fmt: skip
scalars = st.sampled_from(WORDS) | st.text(max_size=8) | st.integers() | st.none() | st.booleans() | st.floats()
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)
some = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(text: str | bytes) -> tuple[Policy | None, tuple[str, ...]]:
    try:
        return loads(text), ()
    except PolicyError as error:
        return None, error.problems


def reads_or_refuses(text: str | bytes) -> None:
    policy, problems = read(text)
    if policy is None:
        assert problems
        assert all(problem.encode("utf-8").startswith(b"policy.yaml:") for problem in problems)
        return
    assert policy.plan().attributes
    assert loads(show(policy)).sha256 == policy.sha256


@some
@given(st.text())
def test_any_text(text):
    reads_or_refuses(text)


@some
@given(st.binary())
def test_any_bytes(data):
    reads_or_refuses(data)


@some
@given(st.text(alphabet="[]{}:,-?&*!|>'\"#%@ \n\tab1.~<"))
def test_any_yaml_punctuation(text):
    reads_or_refuses(text)


@some
@given(st.dictionaries(st.sampled_from(KEYS), trees, max_size=8))
def test_any_tree_of_the_words_of_the_language(tree):
    reads_or_refuses(json.dumps({"evenhand": 1, "title": "t", **tree}))


@some
@given(st.integers(0, len(WHOLE)), st.integers(0, 12), st.sampled_from(WORDS) | st.text(max_size=5))
def test_a_whole_policy_with_a_piece_replaced(start, length, piece):
    reads_or_refuses(WHOLE[:start] + piece + WHOLE[start + length :])


@some
@given(st.data())
def test_a_whole_policy_with_one_value_replaced(data):
    lines = WHOLE.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    head, colon, _ = lines[number].partition(":")
    lines[number] = f"{head}{colon} {json.dumps(data.draw(trees))}"
    reads_or_refuses("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "%YAML 1.1",
        "---",
        "...",
        "- -",
        "? ",
        "!",
        "&a",
        "|",
        ">",
        "'",
        '"',
        "{",
        "\x00",
        "\ufeff",
        "\ufeff\ufeff",
        "a:\r\n- b",
        "@",
        "`",
    ],
)
def test_stubs_of_yaml(text):
    reads_or_refuses(text)
