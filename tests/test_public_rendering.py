"""A public rendering has no small count, no number that is made of one, and says so in every format."""

import json

import pandas as pd
import pytest

import audit
from audit import cli
from audit.disclosing.disclosure import rendered
from audit.errors import DataError
from audit.render import FORMATS
from audit.result import from_json, to_json
from audit.values import Verdict
from tests.making import policy_of, rule
from tests.publishing import COLUMNS, law, people

# ---- what is left of the rest --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    """A full result and its public rendering."""
    lawful = rule(id="law", require="none", basis="mandated", effect="report")
    errors = rule(id="errors", metric="true_positive_rate", compare="difference", require="<= 0.2")
    full = audit.run(law(rules=[rule(), errors, lawful]), people(4))
    return full, rendered(full)


def test_a_withheld_finding_tells_nothing_but_that_it_is_there(pair):
    full, public = pair
    hidden = [found for found in public.findings if found.verdict is Verdict.WITHHELD]
    assert hidden
    for found in hidden:
        numbers = (found.value, found.exact, found.n, found.group_n, found.group_value, found.reference_n)
        assert {*numbers, found.p_beyond, found.p_within, found.p_adjusted, found.power, found.flip, found.test} == {
            None
        }
        assert (found.interval.low, found.interval.high, found.reference, found.waiver) == (None,) * 4
        assert found.reason == "withheld"
        assert "fewer than 11" in found.because
    assert [(f.rule, f.metric, f.attribute, f.group) for f in full.findings] == [
        (f.rule, f.metric, f.attribute, f.group) for f in public.findings
    ]


def test_rules_and_the_audit_keep_their_verdicts(pair):
    full, public = pair
    assert public.outcome == full.outcome
    assert public.headline == full.headline
    assert [rule.verdict for rule in public.rules] == [rule.verdict for rule in full.rules]
    for told in public.rules:
        mine = [found for found in public.findings if found.rule == told.id]
        assert told.tally.get("withheld") == sum(found.verdict is Verdict.WITHHELD for found in mine)
        assert sum(told.tally.values()) == len(mine)


def test_no_digest_of_counts_is_published(pair):
    full, public = pair
    assert (public.data.counts_sha256, public.data.cells) == (None, None)
    assert full.data.counts_sha256 not in to_json(public)


def test_the_note_counts_what_is_withheld(pair):
    _, public = pair
    note = public.disclosure
    rates = [value for row in (public.overall, *public.groups) for value in row.metrics.values()]
    assert note.groups == sum(row.n is None for row in public.groups)
    assert note.rates == sum(value.n is None for value in rates)
    assert note.findings == sum(found.verdict is Verdict.WITHHELD for found in public.findings)
    assert f"{note.rates} rates" in note.words


def test_p_values_for_all_comparisons_go_with_any_of_them(pair):
    full, public = pair
    assert any(found.p_adjusted is not None for found in full.findings)
    assert all(found.p_adjusted is None for found in public.findings)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_tells_the_rendering_and_that_something_is_withheld(name, pair):
    _, public = pair
    content = FORMATS[name].write(public)
    if name.endswith("pdf"):
        assert content.startswith(b"%PDF")
        return
    text = " ".join(content.decode().replace("> ", "").split())
    assert "Public rendering: counts from 1 to 10" in text
    assert "withheld" in text


def test_a_public_result_is_read_back_and_stays_public(pair):
    _, public = pair
    again = from_json(to_json(public))
    assert again == public
    assert rendered(again, "public") is again
    with pytest.raises(DataError, match="is the public rendering"):
        rendered(again, "restricted")


def test_a_restricted_result_is_marked_and_can_be_made_public(pair):
    full, public = pair
    restricted = rendered(full, "restricted")
    assert restricted.notes[0].startswith("Restricted rendering")
    assert restricted.findings == full.findings
    assert rendered(restricted, "restricted") == restricted
    assert rendered(from_json(to_json(restricted)), "public") == public


def test_a_policy_without_disclosure_has_one_rendering():
    result = audit.run(policy_of(), pd.DataFrame({"g": ["a", "b"] * 40, "d": [0, 1] * 40, "y": [1, 0] * 40}))
    assert rendered(result) is result
    assert rendered(result, "restricted") is result
    with pytest.raises(DataError, match=r"add 'disclosure: \{min_cell: 11\}'"):
        rendered(result, "public")


def test_an_override_shows_all_and_says_who_and_why():
    override = {"approved_by": "Head of compliance", "reason": "The city asks for it", "cite": "6 RCNY 5-303"}
    full = audit.run(law(disclosure={"override": override}), people(4))
    public = rendered(full)
    assert public.findings == full.findings
    assert public.groups == full.groups
    for name in ("html", "json", "markdown", "text"):
        text = " ".join(FORMATS[name].write(public).decode().split())
        assert "Approved by Head of compliance. Reason: The city asks for it (6 RCNY 5-303)." in text


# ---- rows ----------------------------------------------------------------------------------------------------------


def test_small_numbers_of_unusable_rows_are_withheld_with_what_they_follow_from():
    table = people(2, 900, unknown=0)
    table["d"] = table["d"].astype(object)
    table.loc[:3, "d"] = None
    data = {**COLUMNS, "decision": {**COLUMNS["decision"], "unusable": "exclude"}}
    full = audit.run(law(data=data), table)
    rows = rendered(full).rows
    assert full.rows.unusable == 4
    assert (rows.unusable, rows.read) == (None, None)
    assert set(rows.unusable_because.values()) == {None}
    assert all(one.unusable is None for one in rows.by_attribute)


def test_notes_with_numbers_of_rows_are_left_out():
    table = people(2, 900, unknown=0).assign(when="2026-01-01")
    table.loc[:2, "when"] = None
    data = {**COLUMNS, "time": {"column": "when", "period": "month"}}
    full = audit.run(law(data=data), table)
    assert any("empty in 3 rows" in note for note in full.notes)
    assert not any("3 rows" in note for note in rendered(full).notes)


# ---- the command line ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a policy and its data."""
    place = tmp_path_factory.mktemp("disclosure")
    people(4).to_csv(place / "data.csv", index=False)
    (place / "policy.yaml").write_text(
        "evenhand: 1\ntitle: T\ndata: {decision: {column: d, favorable: 1}}\nattributes: {sex: {column: sex}, "
        "race: {column: race}}\nrules: [{id: r, metric: selection_rate, compare: ratio, require: '>= 4/5'}]\n"
        "disclosure: {min_cell: 11}\n",
        encoding="utf-8",
    )
    return place


def written(folder, *arguments):
    code = cli.run([*arguments, "--out", str(folder / "out"), "--format", "json"])
    return code, json.loads((folder / "out" / "result.json").read_text("utf-8"))


def test_the_command_line_writes_the_policys_rendering_or_the_one_that_is_named(folder, capsys):
    command = ["audit", str(folder / "policy.yaml"), str(folder / "data.csv")]
    code, public = written(folder, *command)
    assert "Public rendering" in capsys.readouterr().out
    again, restricted = written(folder, *command, "--rendering", "restricted")
    assert (public["disclosure"]["rendering"], restricted["disclosure"]["rendering"]) == ("public", "restricted")
    assert code == again
    (folder / "restricted.json").write_text(json.dumps(restricted), encoding="utf-8")
    assert written(folder, "render", str(folder / "restricted.json"))[1]["disclosure"]["rendering"] == "public"
    (folder / "public.json").write_text(json.dumps(public), encoding="utf-8")
    assert (
        cli.run(["render", str(folder / "public.json"), "--rendering", "restricted", "--out", str(folder / "x")]) == 2
    )
    assert "is the public rendering" in capsys.readouterr().err
    assert not (folder / "x").exists()


def test_reports_of_the_library_are_of_the_policys_rendering(folder, tmp_path):
    result = audit.run(folder / "policy.yaml", str(folder / "data.csv"))
    [path] = audit.write(result, tmp_path, ["json"])
    assert json.loads(path.read_text("utf-8"))["disclosure"]["rendering"] == "public"
    [path] = audit.write(result, tmp_path, ["json"], rendering="restricted")
    assert json.loads(path.read_text("utf-8"))["disclosure"]["rendering"] == "restricted"


def test_public_bytes_are_the_same_each_time(pair):
    full, public = pair
    assert to_json(rendered(full)) == to_json(public)
