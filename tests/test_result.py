"""The result: stable paths, the same bytes, strict out and lenient back."""

import dataclasses
import datetime
import json

import pytest

import audit
from audit.errors import DataError
from audit.result import SCHEMA, from_json, json_schema, load, to_json
from tests.making import policy_of, rule, table_of

PATHS = (
    "schema",
    "outcome",
    *(
        f"findings.{name}"
        for name in ("rule", "attribute", "group", "reference", "metric", "compare", "value", "interval.low")
    ),
    *(f"findings.{name}" for name in ("interval.high", "require", "verdict", "because", "effect", "basis")),
    *(f"groups.{name}" for name in ("attribute", "group", "n")),
    *(f"groups.metrics.selection_rate.{name}" for name in ("value", "low", "high", "n")),
    "rows.read",
    "rows.analysed",
)


@pytest.fixture(scope="module")
def result():
    table = table_of(
        A={"tp": 40, "fn": 10, "fp": 20, "tn": 30}, B={"tp": 20, "fn": 30, "fp": 10, "tn": 40}, C={"tp": 3}
    )
    return audit.run(
        policy_of(rule(), rule(id="fpr", metric="false_positive_rate", compare="difference", require="<= 0.05")),
        table,
        as_of=datetime.date(2026, 1, 1),
    )


@pytest.mark.parametrize("path", PATHS)
def test_the_paths_that_readers_rely_on_are_there(path, result):
    found = [json.loads(to_json(result))]
    for step in path.split("."):
        found = [item[step] for item in found]
        found = [inner for item in found for inner in (item if isinstance(item, list) else [item])]
    assert found


def test_a_result_is_read_back_as_it_was_written(result):
    assert from_json(to_json(result)) == result


def test_a_reader_ignores_what_a_newer_writer_adds(result):
    plain = json.loads(to_json(result))
    plain["new"] = 1
    plain["findings"][0]["new"] = {"a": 1}
    assert from_json(json.dumps(plain)) == result


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": SCHEMA + 1}, "has schema 2; this version of evenhand reads schema 1"),
        ({"outcome": "maybe"}, "damaged at outcome"),
        ({"rows": {"read": 1}}, "damaged at rows"),
    ],
)
def test_another_schema_or_a_damaged_result_is_refused(change, message, result):
    plain = {**json.loads(to_json(result)), **change}
    with pytest.raises(DataError, match=message):
        from_json(json.dumps(plain))


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"'])
def test_what_is_no_result_is_refused(text, tmp_path):
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(DataError, match="result"):
        load(path)


def test_the_result_follows_its_own_schema(result):
    import jsonschema

    jsonschema.validate(json.loads(to_json(result)), json_schema())


def test_no_number_in_a_result_is_infinite_or_nan(result):
    assert "NaN" not in to_json(result)
    assert "Infinity" not in to_json(result)


def test_a_verdict_agrees_with_its_interval_and_its_requirement(result):
    for found in result.findings:
        if found.value is None or found.judge != "interval":
            continue
        low, high = found.accepts.low, found.accepts.high
        inside = (low is None or found.interval.low >= low) and (high is None or found.interval.high <= high)
        beyond = (low is not None and found.interval.high is not None and found.interval.high < low) or (
            high is not None and found.interval.low > high
        )
        assert found.verdict == ("pass" if inside else "fail" if beyond else "inconclusive")


def test_a_result_cannot_be_changed(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.outcome = "pass"
