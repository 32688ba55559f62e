"""A house policy: what changed is said in words, every value has an origin, and stale packs are not kept quiet."""

from __future__ import annotations

import datetime
import re

import pytest

from audit import cli
from audit.engine import run
from audit.policy import difference, load, loads, packs, resolved
from audit.policy.flat import flat
from audit.render import FORMATS
from docs import pages
from tests.packs.test_ll144 import people, policy

PAGE = (pages.ROOT / "docs" / "house-policy.md").read_text("utf-8")
BASE = """\
evenhand: 1
title: A
extends: {pack}
data: {{decision: {{column: d, favorable: 1}}}}
attributes: {{sex: {{column: sex}}, race: {{column: race}}}}
"""


def made(more="", pack="conventions/four-fifths"):
    return loads(BASE.format(pack=pack) + more)


@pytest.fixture
def folder(tmp_path):
    for text in pages.blocks(PAGE, "yaml"):
        (tmp_path / re.match(r"# file: (\S+)", text)[1]).write_text(text, "utf-8")
    return tmp_path


# ---- diff ----------------------------------------------------------------------------------------------------------

WAIVER = "waivers: [{rule: four-fifths, reason: tried, approved_by: the head, expires: 2027-01-31}]\n"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            'require: ">= 3/4"',
            "rule four-fifths loosened: from >= 4/5 to >= 3/4, waiver by the head until 2027-01-31: tried",
        ),
        ('require: ">= 0.9"', "rule four-fifths tightened: from >= 4/5 to >= 0.9"),
        ("effect: review", "rule four-fifths loosened: effect from block to review, waiver by the head"),
        ("burden: prove_unfair", "rule four-fifths loosened: burden from prove_fair to prove_unfair"),
        ("of: [sex]", "rule four-fifths loosened: of from sex, race to sex"),
        ("reference: rest", "rule four-fifths changed: reference from highest to rest"),
        ("title: Another", "rule four-fifths changed: title from No group is selected"),
    ],
)
def test_what_became_of_a_rule_is_said_in_words(rule, said):
    found = difference(made(), made(f"rules: [{{id: four-fifths, {rule}}}]\n{WAIVER}"))
    assert any(line.startswith(said) for line in found), found
    assert sum(line.startswith("rule ") for line in found) == 1


def test_the_way_back_of_what_was_loosened_is_tightened_and_ends_the_waiver():
    looser = made(f'rules: [{{id: four-fifths, require: ">= 3/4"}}]\n{WAIVER}')
    assert difference(looser, made()) == (
        "rule four-fifths tightened: from >= 3/4 to >= 4/5",
        "waiver ended: rule four-fifths, by the head until 2027-01-31: tried",
    )


def test_packs_and_settings_that_came_and_went_are_told():
    other = made("groups: {min_count: 50}\nintersections: [[sex, race]]\n", "conventions/two-standard-deviations")
    found = difference(made(), other)
    assert "rule four-fifths removed: No group is selected at less than four fifths of the highest rate" in found
    assert any(line.startswith("rule two-standard-deviations added: ") for line in found)
    assert any(line.startswith("pack conventions/four-fifths no longer in force: ") for line in found)
    assert any(line.endswith("by more than chance explains (convention, review)") for line in found)
    assert "groups.min_count changed: from 30 to 50" in found
    assert "intersections added: sex x race" in found
    assert "intersections removed: sex x race" in difference(other, made())


def test_a_policy_does_not_differ_from_itself(folder, capsys):
    assert difference(made(), made()) == ()
    assert cli.run(["policy", "diff", str(folder / "score.yaml"), str(folder / "score.yaml")]) == 0
    assert capsys.readouterr().out == "no difference in effect\n"


# ---- resolved ------------------------------------------------------------------------------------------------------


def test_every_setting_in_force_has_a_line_with_a_place_or_default(folder):
    found = load(folder / "score.yaml")
    lines = resolved(found).splitlines()
    assert len(lines) == len(flat(found.effective()))
    assert all(re.search(r"  # (default|\S+\.yaml:\d+)$", line) for line in lines)


def test_the_lines_on_the_page_are_what_the_command_prints(folder, capsys):
    assert cli.run(["policy", "show", "--resolved", str(folder / "score.yaml")]) == 0
    printed = capsys.readouterr().out.splitlines()
    [shown] = [text for text in pages.blocks(PAGE, "text") if text.startswith("groups.min_count")]
    assert set(shown.splitlines()) <= set(printed)


def test_a_short_form_has_the_origin_of_what_is_written():
    text = BASE.format(pack="conventions/four-fifths").replace("favorable: 1}", "favorable: 1}, time: t")
    assert "data.time.column: t  # policy.yaml:4" in resolved(loads(text)).splitlines()


# ---- staleness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "stale"), [("2027-02-18", False), ("2027-02-19", True)])
def test_a_stale_pack_is_named_on_the_cover_and_in_every_summary(day, stale):
    result = run(policy(), people(), as_of=datetime.date.fromisoformat(day))
    said = "The pack mandated/nyc-ll144 is stale: its sources were last looked at on 2026-11-20"
    assert [regime.stale for regime in result.regimes] == [stale]
    assert any(note.startswith(said) for note in result.notes) == stale
    page = re.sub("<wbr>", "", FORMATS["html"].write(result).decode())
    assert (said in page.split('id="read"')[0]) == stale
    assert ("is stale" in FORMATS["text"].write(result).decode()) == stale


@pytest.mark.parametrize(("day", "said"), [("2026-12-31", True), ("2027-01-01", False)])
def test_a_pack_whose_source_is_not_yet_in_force_is_named_until_it_is(day, said):
    status = next(note.pack.status for note in packs() if note.id == "mandated/co-admt")
    sentence = "The pack p follows a source that is not yet in force: it holds from 2027-01-01."
    assert (sentence in status.warnings("p", datetime.date.fromisoformat(day))) == said


def test_a_pack_whose_source_is_about_to_go_is_named_on_the_cover_whatever_the_day():
    found = made().warnings(datetime.date(2026, 11, 21))
    assert len(found) == 1
    status = "{state: superseded, superseded_by: new, checked_on: 2026-11-20, recheck_after_days: 9}"
    about = "kind: house, jurisdiction: here, scope: all, limits: [none], cites: [{ref: x, evidence: source}]"
    gone = made(f"pack: {{id: old, {about}, status: {status}}}\n")
    [*_, said] = gone.warnings(datetime.date(2026, 11, 21))
    assert said == "The pack old follows a source whose state is: superseded, as of 2026-11-20; new took its place."


def test_the_list_says_status_and_age_and_what_is_stale(capsys):
    assert cli.run(["policy", "list", "--as-of", "2026-12-21"]) == 0
    text = capsys.readouterr().out
    block = text.split("conventions/four-fifths\n")[1].split("\nmandated")[0].splitlines()
    assert "rescission pending; checked on 2026-11-20, 31 days ago (stale: look at its sources again)" in block[1]
    assert "in force; checked on 2026-11-20, 31 days ago\n" in text
