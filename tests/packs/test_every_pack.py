"""Every pack in policies/ is whole and honest, and makes a full report on data that fit it."""

from __future__ import annotations

import datetime
import re
from functools import cache

import pytest

from audit.engine import run
from audit.policy import PackNote, packs
from audit.render import FORMATS
from audit.result import AuditResult
from audit.values import Outcome
from tests.packs.generated import data_for, policy_for, written

PACKS = packs()
TIERS = {"mandated": "mandated", "conventions": "convention", "frameworks": "framework"}
DAY = datetime.date(2026, 11, 21)
#: What no pack may say of a law, whatever the numbers are.
#: Sentences that say nothing, or that stop in the middle.
_CLUMSY = re.compile(r"no limit percentage|required: no limit|\[cut: |\b1 records\b|\b1 comparisons\b")
_BOASTS = re.compile(r"\b(complian(t|ce) with|complies with|satisfies the law|legally fair)\b", re.IGNORECASE)


@cache
def _audited(pack_id: str, *, answered: bool) -> AuditResult:
    pack = next(note.pack for note in PACKS if note.id == pack_id)
    return run(policy_for(pack_id, pack, answered=answered), data_for(pack_id, pack), as_of=DAY)


def result(note: PackNote, *, answered: bool = True) -> AuditResult:
    """What the pack makes of data that fit it."""
    return _audited(note.id, answered=answered)


each_pack = pytest.mark.parametrize("note", PACKS, ids=[note.id for note in PACKS])


@each_pack
def test_a_pack_is_called_as_its_file_and_is_of_its_folders_kind(note: PackNote):
    assert note.path.stem == note.pack.id
    assert TIERS[note.tier] == note.pack.kind
    assert note.title


@each_pack
def test_a_pack_says_where_it_holds_on_what_it_rests_and_what_it_cannot_show(note: PackNote):
    pack = note.pack
    assert pack.limits
    assert pack.cites
    assert all(cite.evidence for cite in pack.cites)
    assert pack.status.checked_on <= "2026-12-31"
    assert not _BOASTS.search(note.path.read_text("utf-8"))


@each_pack
def test_every_rule_of_a_pack_says_its_basis_and_its_effect(note: PackNote):
    rules = written(note.id).get("rules", [])
    assert rules or "disclosure" in written(note.id)
    for rule in rules:
        assert {"basis", "effect", "why"} <= rule.keys(), rule["id"]


@each_pack
def test_a_limit_is_the_regimes_own_text_or_called_the_houses(note: PackNote):
    for rule in written(note.id).get("rules", []):
        if rule.get("require", "none") != "none" and rule["basis"] not in ("house", "convention"):
            assert rule.get("cite"), f"{rule['id']}: a limit that is said to be {rule['basis']} cites its text"
            assert rule["cite"].strip(), rule["id"]


@pytest.mark.no_cover
@each_pack
def test_every_table_that_a_pack_asks_for_is_made_by_its_rules_or_by_those_who_extend_it(note: PackNote):
    assert [regime.missing for regime in result(note).regimes] == [()]


@pytest.mark.no_cover
@each_pack
def test_a_pack_makes_a_whole_report(note: PackNote):
    made = result(note)
    assert not [one.id for one in made.statements if one.open]
    page = FORMATS["html"].write(made).decode()
    assert 'id="regimes"' in page
    judged_by = {rule.judge for rule in made.rules if rule.require != "none"}
    assert ("the verdict looks at the whole interval" in page) == ("interval" in judged_by)
    assert ("A rule that is judged by a point value and a test fails" in page) == ("point_and_test" in judged_by)
    assert ("No rule sets a limit" in page) == (not judged_by)
    assert not _CLUMSY.findall(re.sub("<[^>]*>", "", page.replace("<wbr>", "")))
    assert all(rule.tally for rule in made.rules)
    assert not [found.because for found in made.findings if found.reason in ("no_outcome", "no_decision")]
    for limit in note.pack.limits:
        assert " ".join(limit.split())[:20].split("’")[0].split("'")[0] in " ".join(re.sub("<wbr>", "", page).split())


@pytest.mark.no_cover
@each_pack
def test_what_a_pack_makes_mandatory_keeps_an_audit_from_passing(note: PackNote):
    if not any(demand.mandatory for demand in note.pack.statements.values()):
        assert not [one for one in result(note).statements if one.mandatory]
        return
    lacking = result(note, answered=False)
    missing = [one for one in lacking.statements if one.open and one.mandatory]
    assert missing
    assert lacking.outcome in (Outcome.INCONCLUSIVE, Outcome.FAIL)
    assert missing[0].id in " ".join(lacking.next_steps)


def test_there_are_packs():
    assert len(PACKS) >= 4
