"""A first policy for a table: it loads, it guesses in the open, it never guesses who is harmed, and it runs."""

import datetime

import pandas as pd
import pytest

import audit
from audit import cli, policy
from audit.errors import DataError, PolicyError
from audit.sources.source import open_table
from audit.starting.guesses import Choice, Column, look
from audit.starting.starter import open_questions, starter, text
from audit.values import BinaryColumn


def columns(**values):
    """Columns seen with these values, each three times but the first, which is commoner."""
    rows = 3 * max(map(len, values.values())) + 1
    table = pd.DataFrame({name: [seen[i % len(seen)] for i in range(rows)] for name, seen in values.items()})
    with open_table(table, []) as source:
        return look(source)


def written(choice=None, **values):
    return starter("a.csv", columns(**values), choice or Choice())


def plan(choice=None, **values):
    """The policy's plan, and what is there in a policy that was guessed whole."""
    found = policy.loads(written(choice, **values))
    return found, found.plan()


def numbers(low, high):
    return [str(n) for n in range(low, high)]


def data_lines(draft):
    return [line.strip() for line in draft.splitlines() if line.startswith("  ") and not line.strip().startswith("#")]


def test_a_starter_policy_is_a_policy():
    found, planned = plan(
        approved=["0", "1"], repaid=["0", "1"], sex=["F", "M"], age=["20", "70"], zip=["01234", "99999"]
    )
    assert planned.decision.column == "approved"
    assert planned.outcome.column == "repaid"
    assert set(found.attributes) == {"sex", "age"}
    assert found.rules[0].id == "four-fifths"


def test_without_an_outcome_there_are_no_error_rates():
    found, planned = plan(hired=["no", "yes"], gender=["F", "M"])
    assert found.data.outcome is None
    assert [rule.id for rule in found.rules] == ["four-fifths"]
    assert planned.decision.positive == ("yes",)


def test_every_guess_is_marked_and_what_was_seen_is_listed():
    draft = written(hired=["no", "yes"], gender=["F", "M"])
    assert draft.count("GUESS") >= 4
    assert "no (4), yes (3)" in draft


@pytest.mark.parametrize(
    ("name", "values", "key", "named"),
    [
        ("decision", ["not promoted", "promoted"], "favorable", {"promoted"}),
        ("decision", ["approve", "refer", "reject"], "favorable", {"approve"}),
        ("decision", ["Denied", "Originated"], "adverse", {"Denied"}),
        ("decision", ["unsuccessful", "successful"], "favorable", {"successful"}),
        ("decision", ["wasn't hired", "was hired"], "favorable", {"was hired"}),
        ("decision", ["not rejected", "rejected"], "favorable", {"not rejected"}),
        ("Admit", ["Rejected", "Admitted"], "favorable", {"Admitted"}),
        ("deny", ["no", "yes"], "adverse", {"yes"}),
        ("denied", ["false", "true"], "adverse", {"true"}),
        ("released", ["No", "Yes"], "favorable", {"Yes"}),
        ("call", ["no", "yes"], "favorable", {"yes"}),
        ("not_approved", ["0", "1"], "adverse", {"1"}),
        ("ineligible_prediction", ["0", "1"], "adverse", {"1"}),
        ("predicted_default", ["0", "1"], "adverse", {"1"}),
        ("churn_prediction", ["n", "y"], "adverse", {"y"}),
        ("arrest_decision", ["No arrest", "Arrest"], "adverse", {"Arrest"}),
        ("pred_income", ["<=50K", ">50K"], "favorable", {">50K"}),
        ("score_text", ["Low", "Medium", "High"], "adverse", {"Medium", "High"}),
        ("predicted_level", ["low risk", "high risk"], "adverse", {"high risk"}),
    ],
)
def test_the_side_is_the_one_that_words_tell_whichever_is_commoner(name, values, key, named):
    for order in (values, values[::-1]):
        found, planned = plan(**{name: order}, sex=["F", "M"])
        assert set(planned.decision.positive) == named
        assert found.adverse == (key == "adverse")
        if len(values) > 2:
            assert set(planned.decision.negative) == set(values) - named


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("decision", ["0", "1"]),
        ("y_pred", ["0", "1"]),
        ("score", ["0.0", "1.0"]),
        ("decision", ["A", "B"]),
        ("decision", ["no", "yes"]),
        ("decision", ["Low", "High"]),
        ("approved", ["1", "2"]),
        ("denied_or_approved", ["0", "1"]),
        ("decision", ["good", "approved"]),
        ("approved", ["yes", "no", "maybe"]),
        ("decision", ["only"]),
    ],
)
def test_where_nothing_tells_the_side_is_left_open_and_the_policy_is_refused_till_then(name, values):
    draft = written(Choice(decision=name), **{name: values}, sex=["F", "M"])
    [question] = open_questions(draft)
    line = draft.splitlines()[int(question.split(":")[0].removeprefix("line ")) - 1]
    assert line.startswith("    favorable:   # FILL IN: which value is good for a person? Seen: ")
    with pytest.raises(PolicyError, match=r"data\.decision\.favorable: nothing is written here"):
        policy.loads(draft)
    more = f"    otherwise: [{', '.join(values[1:])}]\n" if len(values) > 2 else ""
    filled = draft.replace(line, f"    favorable: {text(values[0])}\n{more}")
    assert getattr(policy.loads(filled).plan().decision, "positive", None) == (values[0],)


@pytest.mark.parametrize(
    ("decision", "outcome", "said"),
    [
        ({"approved": ["0", "1"]}, {"defaulted": ["0", "1"]}, ("favorable", "1", "0")),
        ({"deny": ["no", "yes"]}, {"repaid": ["no", "yes"]}, ("adverse", "yes", "no")),
        ({"score_text": ["Low", "High"]}, {"is_recid": ["0", "1"]}, ("adverse", "High", "1")),
    ],
)
def test_decision_and_outcome_name_the_same_side(decision, outcome, said):
    found, planned = plan(**decision, **outcome, sex=["F", "M"])
    key, first, second = said
    assert found.adverse == (key == "adverse")
    assert (planned.decision.positive, planned.outcome.positive) == ((first,), (second,))


@pytest.mark.parametrize(
    ("decision", "outcome", "key", "opened"),
    [
        ("y_pred", "is_recid", "adverse", "decision"),
        ("y_pred", "repaid", "favorable", "decision"),
        ("denied", "y_true", "adverse", "outcome"),
        ("hired", "y_true", "favorable", "outcome"),
    ],
)
def test_what_is_left_open_takes_the_side_of_the_other(decision, outcome, key, opened):
    draft = written(**{decision: ["0", "1"], outcome: ["0", "1"]}, sex=["F", "M"])
    [question] = open_questions(draft)
    assert f" {key}: which value is {'good' if key == 'favorable' else 'bad'} for a person" in question
    with pytest.raises(PolicyError, match=rf"data\.{opened}\.{key}: nothing is written here"):
        policy.loads(draft)


def test_under_an_adverse_decision_a_high_rate_is_what_fails():
    found, _ = plan(deny=["no", "yes"], default=["no", "yes"], sex=["F", "M"])
    assert found.groups.reference.kind == "lowest"
    assert [rule.id for rule in found.rules] == ["five-fourths", "error-rates"]
    assert str(found.rules[0].require) == "<= 5/4"


def test_errors_are_never_compared_with_the_group_that_has_most_of_them():
    for key in ("hired", "deny"):
        found, _ = plan(
            **{key: ["no", "yes"], "repaid" if key == "hired" else "default": ["no", "yes"]}, sex=["F", "M"]
        )
        assert {rule.id: rule.reference and rule.reference.kind for rule in found.rules}["error-rates"] == "rest"


def test_numbers_are_cut_into_bins():
    found, _ = plan(hired=["0", "1"], age=numbers(18, 90), age_at_hire=numbers(41, 100), race_share=numbers(0, 50))
    edges = [attribute.counted(name).edges for name, attribute in found.attributes.items()]
    assert [edge and len(edge) for edge in edges] == [4, 3, 5]


def test_a_whole_number_kept_as_a_decimal_is_listed_as_it_will_be_read():
    draft = written(hired=["no", "yes"], sex=[1.0, 2.0])
    assert "# seen: 1 (" in draft


def test_blank_cells_are_no_value():
    _, planned = plan(hired=["no", "yes", " ", ""], sex=["F", "M"])
    assert planned.decision.positive == ("yes",)
    assert not planned.decision.negative


def test_what_the_user_names_is_taken():
    choice = Choice(decision="passed_it", outcome="qualifies", attributes=("town",))
    found, planned = plan(
        choice,
        hired=["0", "1"],
        passed_it=["n", "y"],
        qualifies=["0", "1"],
        town=["A", "B"],
        sex=["F", "M"],
    )
    assert planned.decision.column == "passed_it"
    assert planned.outcome is not None
    assert planned.outcome.column == "qualifies"
    assert list(found.attributes) == ["town"]


def test_other_columns_that_could_be_it_are_named():
    draft = written(hired=["0", "1"], offered=["0", "1"], y_true=["0", "1"], recid=["0", "1"], sex=["F", "M"])
    assert "It could also be: offered" in draft
    assert "It could also be: recid" in draft


def test_a_column_of_two_values_is_a_stab_at_the_decision_whose_side_is_never_guessed():
    draft = written(town=["A", "B", "C"], loan=["no", "yes"], paid=["no", "yes"], y=["no", "yes"], married=["0", "1"])
    assert "column: y\n" in draft
    assert "It could also be: loan, paid" in draft
    assert "no name tells it" in draft
    assert len(open_questions(draft)) == 1
    assert "married" in draft.split("attributes:")[1]


def test_a_stab_at_the_decision_is_given_no_outcome():
    draft = written(y=["0", "1"], default=["0", "1"], sex=["F", "M"])
    assert "It could be: default" in draft
    assert "\n  outcome:" not in draft


def test_all_that_is_missing_is_said_together():
    draft = written(town=["A", "B", "C"], street=["x", "y", "z"])
    assert [question.split(": ", 1)[1] for question in open_questions(draft)] == [
        "decision: which column holds the decision?",
        "attributes: which attributes are protected?",
    ]
    assert "  # town: {column: town}   # seen: A (4), B (3), C (3)" in draft
    with pytest.raises(PolicyError) as caught:
        policy.loads(draft)
    assert [f"{part}: nothing is written here" in str(caught.value) for part in ("data.decision", "attributes")] == [
        True,
        True,
    ]


def test_many_candidates_are_cut():
    draft = written(approved=["0", "1"], **{f"c{n}": ["p", "q", "r"] for n in range(15)})
    assert "  # c11: {column: c11}" in draft
    assert "  # and c12, c13, c14" in draft


def test_a_table_without_any_candidate_still_gets_a_draft():
    draft = written(name=["only"], height=[0.5])
    assert "none has few values" in draft
    assert len(open_questions(draft)) == 2


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Freq", "  # weight: {column: Freq, kind: frequency}"),
        ("count", "  # weight: {column: count, kind: frequency}"),
        ("sample_weight", "  # weight: {column: sample_weight, kind: }"),
        ("fnlwgt", "  # weight: {column: fnlwgt, kind: }"),
    ],
)
def test_what_could_be_a_weight_is_proposed_and_not_used(name, line):
    values = {"hired": ["no", "yes"], "sex": ["F", "M"], name: numbers(1, 9)}
    draft = written(**values)
    assert line in draft.splitlines()
    assert policy.loads(draft).data.weight is None
    used = draft.replace(line, line.replace("# ", "").replace("kind: }", "kind: sampling}"))
    assert policy.loads(used).data.weight is not None


def test_a_count_of_something_else_is_no_weight():
    assert "weight" not in written(hired=["no", "yes"], sex=["F", "M"], priors_count=numbers(0, 9))


@pytest.mark.parametrize(
    ("name", "said"),
    [("y_pred", "favorable:   # FILL IN"), ("risk_score", "adverse: above"), ("pass_score", "favorable: above")],
)
def test_a_number_is_cut_where_the_user_says(name, said):
    draft = written(**{name: [f"0.{n}" for n in range(1, 99)]}, sex=["F", "M"])
    assert any(line.startswith(said) for line in data_lines(draft))
    assert "cutoff: where does the decision change? Seen: 0.1 to 0.98" in open_questions(draft)[-1]
    with pytest.raises(PolicyError, match=r"data\.score\.cutoff: nothing is written here"):
        policy.loads(draft)
    filled = draft.replace("cutoff:", "cutoff: 0.5").replace("favorable:   #", "favorable: above  #")
    score = policy.loads(filled).data.score
    assert score is not None
    assert score.column == name


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(decision="decison"), "did you mean 'decision'"),
        (Choice(outcome="nowhere"), "no column 'nowhere'"),
        (Choice(attributes=("sax",)), "did you mean 'sex'"),
        (Choice(decision="name"), "'name' cannot be the decision: it is no number"),
        (Choice(outcome="name"), "'name' cannot be the outcome: it has many values"),
        (Choice(outcome="pay"), "'pay' cannot be the outcome: it has many values"),
    ],
)
def test_a_column_that_cannot_be_what_it_is_named_for_is_refused(choice, message):
    names = [f"n{n}" for n in range(60)]
    with pytest.raises(DataError, match=message):
        written(choice, decision=["0", "1"], sex=["F", "M"], name=names, pay=numbers(0, 60))


ODD = [
    "yes", "1", "01", "1.0", "<=50K", "a: b", "true", "null", "", " x", "'", '"', "\\", "#", "\n", "é", "[x]",
    "{{7*7}}", "-", "\u202e", "\xa0", "𝔘", "\U000e0041", "# FILL IN: x", "a:   # FILL IN: b",
]  # fmt: skip


@pytest.mark.parametrize("value", ODD)
def test_a_value_is_written_so_that_it_is_read_back(value):
    seen = [
        Column(name="d", values=(("approved", 2), (value, 1), ("third", 1)), few=True, lowest=None, highest=None),
        Column(name=value or "sex", values=(("F", 2), ("M", 1)), few=True, lowest=None, highest=None),
    ]
    draft = starter("a.csv", seen, Choice(decision="d", attributes=(value or "sex",)))
    assert open_questions(draft) == []
    assert "\n" not in text(value)
    if value.strip():
        found = policy.loads(draft)
        planned = found.plan().decision
        assert [attribute.column for attribute in found.attributes.values()] == [value]
        assert planned == BinaryColumn(role="decision", column="d", positive=("approved",), negative=(value, "third"))


def test_what_cannot_be_printed_is_escaped():
    assert text("a\u202e\U000e0041") == '"a\\u202E\\U000E0041"'
    assert text("𝔘") == '"𝔘"'


def test_the_command_writes_a_policy_that_can_be_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"hired": ["no", "yes"] * 50, "sex": ["F", "F", "M", "M"] * 25}).to_csv("a.csv", index=False)
    assert cli.run(["init", "a.csv", "-o", "policy.yaml"]) == 0
    assert cli.run(["policy", "check", "policy.yaml"]) == 0
    assert cli.run(["audit", "policy.yaml", "a.csv", "--format", "json"]) in (0, 3)
    assert cli.run(["init", "a.csv", "-o", "policy.yaml"]) == 2
    assert "the file exists" in capsys.readouterr().err


def test_the_command_says_what_has_to_be_filled_in(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"y_pred": [0, 1] * 5, "town": ["A", "B", "C", "D", "E"] * 2}).to_csv("a.csv", index=False)
    assert cli.run(["init", "a.csv", "-o", "policy.yaml"]) == 0
    said = capsys.readouterr().err
    assert "policy.yaml: until this is filled in, it will be refused:\n  line " in said
    assert "favorable: which value is good for a person? Seen: 0 (5), 1 (5)" in said
    assert "attributes: which attributes are protected?" in said
    assert cli.run(["policy", "check", "policy.yaml"]) == 2
    assert cli.run(["init", "a.csv"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("# A first policy for a.csv.")
    assert "the policy: until this is filled in" in err


NO_NUMBERS = {
    "a time": pd.Series(pd.to_datetime(["2026-01-01 08:00", "2026-02-01 09:30"] * 2)),
    "a time in a zone": pd.Series(pd.to_datetime(["2026-01-01", "2026-02-01"] * 2, utc=True)),
    "a day": pd.Series([datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)] * 2),
    "lists": pd.Series([[1], [2, 3]] * 2),
    "categories": pd.Series(["a", "b"] * 2, dtype="category"),
    "bytes": pd.Series([b"a", b"b"] * 2),
}


@pytest.mark.parametrize("kind", NO_NUMBERS)
@pytest.mark.parametrize("stored", [True, False], ids=["parquet", "frame"])
def test_a_column_that_is_no_number_stops_neither_a_first_policy_nor_an_audit(kind, stored, tmp_path):
    """Engines refuse to cast days and lists to numbers, and most logs have a column of days."""
    frame = pd.DataFrame({"sex": list("FMFM"), "hired": [1, 0, 0, 1], "odd": NO_NUMBERS[kind]})
    frame.to_parquet(tmp_path / "log.parquet")
    table = tmp_path / "log.parquet" if stored else frame
    with open_table(table, []) as source:
        [odd] = [column for column in look(source) if column.name == "odd"]
    assert (len(odd.values), odd.lowest) == (2, None)
    law = {
        "evenhand": 1,
        "title": "Odd",
        "data": {"score": {"column": "odd", "cutoff": 1, "favorable": "above"}},
        "attributes": {"sex": {"column": "sex"}},
        "rules": [{"id": "r", "metric": "selection_rate", "compare": "ratio", "require": ">= 4/5"}],
    }
    with pytest.raises(DataError, match=r"column 'odd': (score not a number in 4 rows|a .* is not a number)"):
        audit.run(law, table)
