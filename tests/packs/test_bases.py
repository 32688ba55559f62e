"""Whose the numbers are: law that sets none is given none, and what the few do set is what is judged."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from audit.disclosing.disclosure import rendered
from audit.engine import run
from audit.policy import packs
from audit.values import Verdict
from tests.packs.generated import written

DAY = datetime.date(2026, 11, 21)
#: The only numbers in the packs that are not the house's or a convention: guidelines, judgments, and a draft.
SET_BY_OTHERS = {
    ("mandated/us-ugesp", "four-fifths", "guidance"),
    ("mandated/us-two-sd", "beyond-chance", "case_law"),
    ("mandated/co-insurance-draft-test", "approval-flag", "draft"),
}


def rules():
    return [(note, rule) for note in packs() for rule in written(note.id).get("rules", [])]


def test_no_pack_gives_a_number_to_a_law_that_sets_none():
    limited = [(note, rule) for note, rule in rules() if rule["require"] != "none"]
    others = {
        (note.id, rule["id"], rule["basis"]) for note, rule in limited if rule["basis"] not in ("house", "convention")
    }
    assert others == SET_BY_OTHERS


def test_nothing_but_the_houses_own_choice_of_a_convention_blocks():
    assert {(note.tier, rule["basis"]) for note, rule in rules() if rule["effect"] == "block"} <= {
        ("conventions", "convention")
    }


def test_frameworks_and_conventions_make_no_statement_mandatory():
    for note in packs():
        if note.tier != "mandated":
            assert not [name for name, demand in note.pack.statements.items() if demand.mandatory], note.id


def approved(other, black=(800, 1000)):
    """A policy under the draft of 2023, of approved and all by race."""
    counts = {"White": other, "Black": black, "Hispanic": other, "API": other}
    rows = [(race, int(place < good)) for race, (good, of) in counts.items() for place in range(of)]
    policy = {
        "evenhand": 1,
        "title": "Underwriting",
        "extends": "mandated/co-insurance-draft-test",
        "data": {"decision": {"column": "approved", "favorable": 1, "otherwise": [0]}},
        "attributes": {"race": {"column": "race"}},
    }
    return run(policy, pd.DataFrame(rows, columns=["race", "approved"]), as_of=DAY)


@pytest.mark.parametrize(
    ("white", "black", "verdict"),
    [
        ((860, 1000), (800, 1000), Verdict.FAIL),  # six points, p = .0004
        ((850, 1000), (800, 1000), Verdict.INCONCLUSIVE),  # five points and no more, but an interval reaches beyond
        ((8100, 10000), (8000, 10000), Verdict.PASS),  # one point
        ((43, 50), (40, 50), Verdict.INCONCLUSIVE),  # six points, p = .6
    ],
)
def test_the_draft_of_colorado_flags_more_than_five_points_that_are_significant(white, black, verdict):
    result = approved(white, black)
    one = next(found for found in result.findings if found.group == "Black")
    assert (one.verdict, one.basis) == (verdict, "draft")
    assert any("whose state is: draft" in note for note in result.notes)


def test_a_policy_that_extends_disclosure_control_publishes_no_small_count():
    people = pd.DataFrame({"sex": ["Female"] * 400 + ["Male"] * 300 + ["?"] * 7, "hired": [1, 0, 0, 1, 1, 0, 1] * 101})
    policy = {
        "evenhand": 1,
        "title": "Hiring",
        "extends": ["mandated/us-ugesp", "conventions/sdc-default"],
        "data": {"decision": {"column": "hired", "favorable": 1, "otherwise": [0]}},
        "attributes": {"sex": {"column": "sex", "missing": ["?"]}},
    }
    whole = run(policy, people, as_of=DAY)
    public = rendered(whole)
    assert [row.unknown for row in whole.rows.by_attribute] == [7]
    assert [row.unknown for row in public.rows.by_attribute] == [None]
    assert public.disclosure.rendering == "public"
