"""A first policy for a table: it loads, it guesses in the open, and it runs."""

import pandas as pd
import pytest

from audit import cli, policy
from audit.errors import DataError
from audit.source import open_table
from audit.starter import Choice, Column, look, starter, text


def columns(**values):
    """Columns seen with these values, each three times but the first, which is commoner."""
    rows = 3 * max(map(len, values.values())) + 1
    table = pd.DataFrame({name: [seen[i % len(seen)] for i in range(rows)] for name, seen in values.items()})
    with open_table(table, []) as source:
        return look(source)


def test_a_starter_policy_is_a_policy():
    seen = columns(approved=["0", "1"], repaid=["0", "1"], sex=["F", "M"], age=["20", "70"], zip=["01234", "99999"])
    found = policy.loads(starter("loans.csv", seen, Choice()))
    assert found.data.decision.column == "approved"
    assert found.data.outcome.column == "repaid"
    assert set(found.attributes) == {"sex", "age"}
    assert found.rules[0].id == "four-fifths"


def test_without_an_outcome_there_are_no_error_rates():
    found = policy.loads(starter("a.csv", columns(hired=["no", "yes"], gender=["F", "M"]), Choice()))
    assert found.data.outcome is None
    assert [rule.id for rule in found.rules] == ["four-fifths"]
    assert found.plan().decision.positive == ("yes",)


def test_every_guess_is_marked_and_what_was_seen_is_listed():
    written = starter("a.csv", columns(hired=["no", "yes"], gender=["F", "M"]), Choice())
    assert written.count("GUESS") >= 4
    assert "no (4), yes (3)" in written


def test_a_decision_of_several_values_lists_both_sides():
    found = policy.loads(starter("a.csv", columns(decision=["approve", "refer", "reject"], sex=["F", "M"]), Choice()))
    assert found.plan().decision.negative == ("refer", "reject")


def test_numbers_are_cut_into_bins():
    seen = columns(
        decision=["0", "1"], age=[str(n) for n in range(18, 90)], age_at_hire=[str(n) for n in range(41, 100)]
    )
    found = policy.loads(starter("a.csv", seen, Choice()))
    assert [len(attribute.counted(name).edges) for name, attribute in found.attributes.items()] == [4, 3]


def test_what_the_user_names_is_taken():
    seen = columns(decision=["0", "1"], flag=["n", "y"], result=["0", "1"], town=["A", "B"], sex=["F", "M"])
    choice = Choice(decision="flag", outcome="result", attributes=("town",))
    found = policy.loads(starter("a.csv", seen, choice))
    assert (found.data.decision.column, found.data.outcome.column, list(found.attributes)) == (
        "flag",
        "result",
        ["town"],
    )


@pytest.mark.parametrize(
    ("seen", "choice", "message"),
    [
        ({"a": ["x", "z"]}, Choice(), "no column looks like a decision"),
        ({"decision": ["0", "1"]}, Choice(), "no column looks like a protected attribute"),
        ({"decision": ["0", "1"], "sex": ["F", "M"]}, Choice(decision="decison"), "did you mean 'decision'"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(seen, choice, message):
    with pytest.raises(DataError, match=message):
        starter("a.csv", columns(**seen), choice)


@pytest.mark.parametrize(
    "value",
    ["yes", "1", "01", "<=50K", "a: b", "true", "null", "", " x", "'", '"', "#", "\n", "é", "[x]", "{{7*7}}", "-"],
)
def test_a_value_is_written_so_that_it_is_read_back(value):
    seen = [
        Column(name="decision", values=((value, 2), ("other thing", 1)), few=True, lowest=None, highest=None),
        Column(name=value or "sex", values=(("F", 2), ("M", 1)), few=True, lowest=None, highest=None),
    ]
    written = starter("a.csv", seen, Choice(decision="decision", attributes=(value or "sex",)))
    if value.strip():
        found = policy.loads(written)
        assert [attribute.column for attribute in found.attributes.values()] == [value]
        assert found.plan().decision.positive[0] in (value, "other thing")
    assert "\n" not in text(value)


def test_the_command_writes_a_policy_that_can_be_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"hired": ["no", "yes"] * 50, "sex": ["F", "F", "M", "M"] * 25}).to_csv("a.csv", index=False)
    assert cli.run(["init", "a.csv", "-o", "policy.yaml"]) == 0
    assert cli.run(["policy", "check", "policy.yaml"]) == 0
    assert cli.run(["audit", "policy.yaml", "a.csv", "--format", "json"]) in (0, 3)
    assert cli.run(["init", "a.csv", "-o", "policy.yaml"]) == 2
    assert "the file exists" in capsys.readouterr().err
