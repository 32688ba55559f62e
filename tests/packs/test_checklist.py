"""The checklist of the report: forty-two points, met by the report, by statements, or open for people."""

from __future__ import annotations

import datetime
import re

import pytest

from audit.assembling.checklist import ITEMS
from audit.engine import run
from audit.policy.statements import STATEMENTS
from audit.render import FORMATS
from audit.render.document import SECTIONS
from tests.packs.test_ll144 import people, policy

DAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="module")
def result():
    return run(policy(), people(), as_of=DAY)


def state(result, number):
    item = result.checklist[number - 1]
    return item.state, item.lacks


def test_there_are_forty_two_points_in_six_parts_and_each_leads_to_a_section():
    assert [item.number for item in ITEMS] == list(range(1, 43))
    assert len({item.part for item in ITEMS}) == 6
    assert {item.where for item in ITEMS} <= {entry.id for entry in SECTIONS}
    assert all(item.shown or item.said for item in ITEMS)


def test_every_known_statement_is_owed_to_a_point_or_is_the_owner_or_the_day():
    owed = {name for item in ITEMS for name in item.said}
    assert owed <= set(STATEMENTS)
    assert set(STATEMENTS) - owed == {"owner", "audit_date", "why_test_data"}


def test_a_point_is_met_by_statements_only_if_all_of_them_are_there(result):
    assert state(result, 4) == ("met", ())
    assert state(result, 8) == ("partly", ("data_period",))
    assert state(result, 36) == ("open", ("monitoring",))


def test_a_point_that_the_report_shows_is_met_by_itself_and_partly_if_people_owe_more(result):
    assert state(result, 9) == ("met", ())
    assert state(result, 18) == ("partly", ("thresholds_declared",))
    assert state(result, 6) == ("open", ("approver",))


def test_what_the_data_do_not_have_is_not_asked_for(result):
    assert state(result, 13) == ("not applicable", ())
    assert state(result, 24) == ("not applicable", ())


def test_the_section_says_of_every_point_where_it_is_or_what_is_owed(result):
    page = re.sub("<wbr>", "", FORMATS["html"].write(result).decode())
    table = page[page.index('class="checklist"') :].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    assert len(rows) == 42
    assert all("href=" in row or "to be stated" in row or "Not applicable" in row or ">Open<" in row for row in rows)


def test_a_policy_without_packs_has_no_checklist():
    from audit.assembling.regimes import regimes
    from audit.policy import loads

    bare = policy() | {"extends": "conventions/two-standard-deviations", "statements": {"auditor": "One."}}
    assert run(bare, people(), as_of=DAY).checklist
    small = loads(
        "evenhand: 1\ntitle: t\ndata: {decision: {column: selected, favorable: 1}}\nattributes: {sex: {column: sex}}\n"
        "rules: [{id: r, metric: selection_rate, compare: ratio, require: none, effect: report}]\n"
    )
    found = run(small, people(), as_of=DAY)
    assert (found.checklist, found.regimes, regimes(small, DAY)) == ((), (), ())
