"""What reports claim is so: nobody is named for a withheld verdict, and nothing is said of what was not done."""

from dataclasses import replace

import pandas as pd
import pytest

import audit
from audit import cli, result
from audit.disclosing.disclosure import rendered
from audit.errors import DataError, PolicyError
from audit.policy import load, loads
from audit.render import FORMATS
from audit.render.clean import head
from audit.render.options import Options
from audit.render.panels import arranged
from audit.result.demands import Statement
from audit.values import Verdict
from audit.words.demand_words import steps
from audit.words.summary_words import SIGN
from tests.making import policy_of, rule

#: A policy over one attribute, and decisions without outcomes.
RACE = {"attributes": {"race": {"column": "race"}}, "data": {"decision": {"column": "d", "favorable": 1}}}

# ---- a verdict that is withheld ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hidden():
    """The public rendering of an audit in which one small group alone fails, and other small ones do not."""
    groups = {"A": (400, 240), "B": (390, 230), "C": (60, 3), "D": (40, 36), "E": (300, 180)}
    rows = [(name, int(k < hits)) for name, (n, hits) in groups.items() for k in range(n)]
    policy = policy_of(
        rule(require=">= 0.7", judge="point", reference="largest"),
        **RACE,
        groups={"min_count": 20},
        disclosure={"min_cell": 11},
    )
    full = audit.run(policy, pd.DataFrame(rows, columns=["race", "d"]))
    assert [f.group for f in full.findings if f.verdict is Verdict.FAIL] == ["C"]
    return rendered(full)


def test_nobody_is_named_where_what_decides_is_withheld(hidden):
    [view] = arranged(hidden, 10)
    assert view.rule.verdict is Verdict.FAIL
    assert Verdict.FAIL not in {finding.verdict for finding in hidden.findings}
    assert (view.lead.group, view.lead.attribute) == (None, "")
    assert view.lead.because == "The comparison that decides is withheld from this rendering."


def test_a_table_with_withheld_groups_is_not_said_to_pass(hidden):
    [view] = arranged(hidden, 10)
    [panel] = view.panels
    assert panel.lead.verdict is Verdict.PASS
    assert panel.verdict is Verdict.WITHHELD


@pytest.mark.parametrize(
    ("name", "said"), [("html", "The comparison that decides is withheld"), ("text", "withheld: ")]
)
def test_reports_say_that_what_decides_is_withheld(hidden, name, said):
    text = FORMATS[name].write(hidden).decode("utf-8")
    assert said in text
    assert "What decides<" not in text


def test_a_failure_that_is_shown_is_sure_whatever_is_withheld():
    rows = (
        [("A", n % 10 < 9) for n in range(400)]
        + [("B", n % 10 < 2) for n in range(400)]
        + [("C", n < 1) for n in range(40)]
    )
    policy = policy_of(
        rule(reference="largest"), **RACE, groups={"min_count": 20},
        disclosure={"min_cell": 11, "complementary": False},
    )  # fmt: skip
    found = rendered(audit.run(policy, pd.DataFrame(rows, columns=["race", "d"]).astype({"d": int})))
    [view] = arranged(found, 10)
    assert {f.verdict for f in found.findings} == {Verdict.FAIL, Verdict.WITHHELD}
    assert (view.panels[0].verdict, view.lead.group) == (Verdict.FAIL, "B")


# ---- what was not done ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tested():
    """An audit that judges by points and tests, and no interval."""
    rows = (
        [("A", n % 2) for n in range(200)]
        + [("B", int(n % 4 == 0)) for n in range(200)]
        + [("C", n % 2) for n in range(90)]
    )
    judged = rule(judge="point_and_test", test="fisher", effect="report")
    policy = policy_of(judged, **RACE, groups={"min_count": 1, "min_share": 0.02})
    return audit.run(policy, pd.DataFrame(rows, columns=["race", "d"]))


def test_no_allowance_is_claimed_over_no_comparison(tested):
    said = " ".join(tested.method.notes)
    assert tested.method.family == 0
    assert "No comparison was judged by its interval" in said
    assert "0 comparisons" not in said
    assert "studentised range" not in said
    for name in ("html", "text", "markdown"):
        assert "0 comparisons" not in FORMATS[name].write(tested).decode("utf-8")


def test_tests_that_decide_are_said_to_stand_alone(tested):
    assert any("at a level of 0.05: nothing is allowed for the number" in note for note in tested.method.notes)


def test_one_record_is_one_record(tested):
    assert "1 record and 2.0% of the records" in FORMATS["html"].write(tested).decode("utf-8")


def test_what_blocks_nothing_is_no_green_light(tested):
    assert tested.headline == "Reported; no rule of this policy blocks release"
    assert 'class="verdict pass reported"' in FORMATS["html"].write(tested).decode("utf-8")


def test_nobody_is_asked_to_sign_what_is_incomplete():
    missing = Statement(id="auditor", ask="Who?", answer=None, asked_by=("p",), mandatory=("p",), cites=())
    assert steps((), (SIGN,)) == (SIGN,)
    [only] = steps((missing,), (SIGN,))
    assert only == "State under the policy's statements what the packs make mandatory, and audit again: auditor."
    assert steps((missing,), ("Review r.", SIGN))[1:] == ("Review r.",)


def test_before_signing_the_open_questions_of_the_packs_are_to_be_answered():
    opened = [Statement(id=name, ask="?", answer=None, asked_by=("p",)) for name in "abcdef"]
    [answer, sign] = steps(opened, (SIGN,))
    assert answer.endswith("or why it does not apply: a, b, c, d and 2 more.")
    assert sign == SIGN
    assert steps(opened, ("Mend r.",)) == ("Mend r.",), "what failed comes before what is not told"
    assert steps([replace(one, answer="so") for one in opened], (SIGN,)) == (SIGN,)


def test_what_blocks_is_mended_first():
    rows = [("A", 1)] * 200 + [("B", n % 4 == 0) for n in range(200)]
    rules = (rule(id="advises", effect="review"), rule(id="blocks"))
    policy = policy_of(*rules, **RACE)
    found = audit.run(policy, pd.DataFrame(rows, columns=["race", "d"]).astype({"d": int}))
    assert [step.split()[0] for step in found.next_steps] == ["Mend", "Review", "Audit"]


def test_no_limit_is_spoken_of_where_none_is_set():
    rows = [("A", n % 2) for n in range(200)] + [("B", int(n % 4 == 0)) for n in range(200)]
    policy = policy_of(rule(compare="difference", require="none", effect="report"), **RACE)
    [found] = audit.run(policy, pd.DataFrame(rows, columns=["race", "d"])).findings
    assert found.flip.words == "50 more selections of B would equal the rate of A."
    among_all = policy_of(rule(compare="difference", require="none", effect="report", reference="rest"), **RACE)
    words = {
        found.group: found.flip.words
        for found in audit.run(among_all, pd.DataFrame(rows, columns=["race", "d"])).findings
    }
    assert words == {"A": "", "B": "50 more selections of B would equal the rate of everyone else."}
    level = [("A", n % 2) for n in range(200)] + [("B", n % 2) for n in range(100)]
    [same] = audit.run(policy, pd.DataFrame(level, columns=["race", "d"])).findings
    assert same.flip is None or same.flip.words == ""


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_mark_of_a_rendering_stands_once_on_the_cover(hidden, language):
    page = FORMATS["summary"].write(hidden, Options(language=language)).decode("utf-8")
    assert page.count("Public rendering: counts from 1 to 10") == 1


# ---- texts that are cut --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("Short.", 10, "Short."),
        ("One sentence here. Another that is long", 30, "One sentence here. …"),
        ("No. A very long sentence without an end", 25, "No. A very long sentence …"),
        ("Unbrokenunbrokenunbroken", 10, "Unbrokenun…"),
    ],
)
def test_a_text_is_cut_between_sentences_or_words(text, most, cut):
    assert head(text, most) == cut


# ---- what a policy made weaker -------------------------------------------------------------------------------------

_BASE = (
    "evenhand: 1\ntitle: House\ndata: {decision: {column: d, favorable: 1}}\nattributes: {sex: {column: sex}}\n"
    'rules: [{id: r, metric: selection_rate, compare: ratio, require: ">= 4/5"}]\n'
)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("min_cell: 11", "min_cell: 5", "min_cell is 5 at policy.yaml:4, and was 11 at house.yaml:6."),
        ("rendering: public", "min_cell: 5", "min_cell is 5 at policy.yaml:4, and was 11 at house.yaml:6."),
        ("min_cell: 5", "complementary: false", "complementary is false at"),
        ("extremes: withhold", "extremes: show", "extremes is show at"),
        ("min_cell: 5", "min_cell: 11", None),
        ("min_cell: 5", "rendering: restricted", None),
    ],
)
def test_disclosure_control_that_became_weaker_is_noted(tmp_path, before, after, said):
    (tmp_path / "house.yaml").write_text(f"{_BASE}disclosure: {{{before}}}\n", "utf-8")
    path = tmp_path / "policy.yaml"
    path.write_text(f"evenhand: 1\ntitle: T\nextends: house.yaml\ndisclosure: {{{after}}}\n", "utf-8")
    notes = load(path).notes
    assert len(notes) == (said is not None)
    if said:
        assert notes[0].startswith("Disclosure control became weaker: ")
        assert said in notes[0]


def test_a_mistake_in_what_became_weaker_is_the_model_s_to_tell(tmp_path):
    (tmp_path / "house.yaml").write_text(f"{_BASE}disclosure: {{min_cell: 11}}\n", "utf-8")
    path = tmp_path / "policy.yaml"
    path.write_text("evenhand: 1\ntitle: T\nextends: house.yaml\ndisclosure: {min_cell: few}\n", "utf-8")
    with pytest.raises(PolicyError, match="expected a number"):
        load(path)


def test_notes_of_the_policy_stand_in_every_report():
    policy = loads(f"{_BASE}disclosure: {{min_cell: 11}}\n".replace("favorable: 1", "adverse: 1"))
    [note] = policy.notes
    assert note.endswith("a group fails this rule by being better off.")
    found = audit.run(policy, pd.DataFrame({"d": [0, 1] * 100, "sex": ["F"] * 120 + ["M"] * 80}))
    for name in ("html", "summary", "text", "markdown"):
        text = " ".join(FORMATS[name].write(found).decode("utf-8").split())
        assert "a group fails this rule by being better off." in text, name


# ---- messages that help --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"evenhand: 1\n", b"%PDF-1.7\n\xff\xfe", b"[]"])
def test_what_is_no_result_is_named_and_what_to_give_is_said(tmp_path, content):
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        result.load(path)
    [said] = caught.value.problems
    assert said.startswith(f"{path}: this ")
    assert said.endswith("give the result.json of an audit, as --format json writes it")


def test_an_attribute_that_a_pack_lacks_is_one_mistake(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(
        "evenhand: 1\ntitle: T\nextends: mandated/nyc-ll144\ndata: {decision: {column: d, favorable: 1}}\n"
        "attributes: {sex: {column: sex}}\n",
        "utf-8",
    )
    with pytest.raises(PolicyError) as caught:
        load(path)
    [said] = caught.value.problems
    assert "the pack asks for the attribute 'race_ethnicity', which the policy does not have" in said


def test_a_pack_can_be_shown(capsys):
    assert cli.run(["policy", "show", "mandated/nyc-ll144"]) == 0
    assert "id: nyc-ll144" in capsys.readouterr().out
