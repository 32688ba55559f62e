"""Two published summaries under New York's Local Law 144 are made again from their counts, to the printed digits."""

from __future__ import annotations

import datetime
import html
import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from audit.disclosing.disclosure import rendered
from audit.engine import run
from audit.errors import RenderError
from audit.render import FORMATS
from audit.values import Outcome, Verdict
from tests.making import policy_of, rule

SUMMARIES = json.loads(Path(__file__).with_name("ll144.json").read_text("utf-8"))
CROSSED = "sex & race_ethnicity"
TABLES = ("sex", "race_ethnicity", CROSSED)
#: The published names, and those of the categories of the law.
NAMES = {
    "Asian": "Asian",
    "Black": "Black or African American",
    "Hispanic": "Hispanic or Latino",
    "Two or More": "Two or More Races",
    "White": "White",
    "AIAN": "American Indian or Alaska Native",
    "NHPI": "Native Hawaiian or Other Pacific Islander",
}
ANSWERS = {
    "audit_date": "2023-07-03",
    "distribution_date": "2019-08-01",
    "data_source": "Applications that the tool assessed.",
    "data_type": "Historical data.",
    "exclusion_reason": "Categories under 2 % of the table.",
    "auditor": "An auditor.",
    "independence": "No stake in the tool.",
}


def policy(pack="mandated/nyc-ll144", **more):
    said = {
        "evenhand": 1,
        "title": "Bias audit",
        "extends": pack,
        "subject": {"name": "Screening tool"},
        "data": {"decision": {"column": "selected", "favorable": 1, "otherwise": [0]}},
        "attributes": {
            "sex": {"column": "sex"},
            "race_ethnicity": {"column": "race", "merge": {new: [old] for old, new in NAMES.items() if old != new}},
        },
        "statements": ANSWERS,
    }
    return said | more


def counted(summary):
    """Weighted rows that add up to all three tables; what is in a margin and in no crossed cell has one unknown."""
    cells = defaultdict(int)
    left = {table: {name: list(row[:2]) for name, row in summary[table].items()} for table in TABLES}
    for name, (n, selected, _) in summary[CROSSED].items():
        sex, race = name.split(" & ")
        cells[sex, race, 1], cells[sex, race, 0] = selected, n - selected
        for table, key in (("sex", sex), ("race_ethnicity", race)):
            left[table][key] = [left[table][key][0] - n, left[table][key][1] - selected]
    for table in ("sex", "race_ethnicity"):
        for key, (n, selected) in left[table].items():
            pair = (key, None) if table == "sex" else (None, key)
            cells[*pair, 1], cells[*pair, 0] = selected, n - selected
    cells[None, None, 0] += summary.get("assessed", 0) and summary["assessed"] - sum(cells.values())
    rows = [(*key, n) for key, n in cells.items() if n]
    assert all(n > 0 for *_, n in rows)
    return pd.DataFrame(rows, columns=["sex", "race", "selected", "weight"])


def audited(summary, **more):
    weighted = {"data": policy()["data"] | {"weight": {"column": "weight", "kind": "frequency"}}}
    return run(policy(**weighted, **more), counted(summary), as_of=datetime.date(2026, 11, 21))


@pytest.fixture(scope="module")
def bloomberg():
    frame = counted(SUMMARIES["bloomberg"])
    rows = frame.loc[frame.index.repeat(frame["weight"])].drop(columns="weight").reset_index(drop=True)
    return run(policy(), rows, as_of=datetime.date(2026, 11, 21))


@pytest.fixture(scope="module")
def hiredscore():
    return audited(SUMMARIES["hiredscore"], groups={"min_share": 0})


def ratios(result, table):
    """The ratio of each category, by its published name; that of the reference is 1."""
    back = {new: old for old, new in NAMES.items()}
    found = [one for one in result.findings if (one.rule, one.attribute) == ("impact-ratio", table)]
    named = {**{one.group: one.value for one in found}, next(one.reference for one in found if one.reference): 1.0}
    return {" & ".join(back.get(part, part) for part in re.split(" & ", name)): value for name, value in named.items()}


def differing(summary, result, digits):
    """Where the printed ratio is not the one that follows from the counts."""
    computed = {table: ratios(result, table) for table in TABLES}
    return {
        name: (printed, f"{computed[table][name]:.{digits}f}")
        for table in TABLES
        for name, (_, _, printed) in summary[table].items()
        if printed is not None and f"{computed[table][name]:.{digits}f}" != printed
    }


def test_the_printed_ratios_of_the_first_summary_follow_from_its_counts_but_for_one(bloomberg):
    assert differing(SUMMARIES["bloomberg"], bloomberg, 2) == {"White": ("0.94", "0.95")}


def test_all_ratios_of_the_second_summary_follow_from_its_counts_to_six_places(hiredscore):
    assert differing(SUMMARIES["hiredscore"], hiredscore, 6) == {}


def test_categories_under_two_percent_are_shown_with_their_rate_and_are_never_the_reference(bloomberg):
    left_out = {name for table in TABLES for name, row in SUMMARIES["bloomberg"][table].items() if row[2] is None}
    for table in TABLES:
        found = ratios(bloomberg, table)
        assert {name for name, value in found.items() if value is None} == left_out & set(SUMMARIES["bloomberg"][table])
    row = next(row for row in bloomberg.groups if row.group == NAMES["AIAN"])
    assert (row.n, row.metrics["selection_rate"].hits) == (11, 10)
    assert row.metrics["selection_rate"].value > 3162 / 3543


def test_unknown_categories_are_counted_for_each_table_and_every_table_adds_up(bloomberg):
    summary = SUMMARIES["bloomberg"]
    rows = {one.attribute: one for one in bloomberg.rows.by_attribute}
    assert {table: rows[table].unknown for table in TABLES} == summary["unknown"]
    assert {rows[table].analysed + rows[table].unknown for table in TABLES} == {summary["assessed"]}


def test_ratios_are_of_counts_and_not_of_rounded_rates(bloomberg):
    black = next(one for one in bloomberg.findings if one.group == f"Female & {NAMES['Black']}")
    assert black.exact == "(189/250) / (1396/1531)"
    assert f"{round(189 / 250, 2) / round(1396 / 1531, 2):.2f}" == "0.84"


def test_the_law_sets_no_limit_so_its_own_numbers_are_judged_by_nobody(bloomberg):
    mandated = [one for one in bloomberg.findings if one.basis == "mandated"]
    assert {one.verdict for one in mandated} == {Verdict.NOT_JUDGED}
    assert {one.require for one in mandated} == {"none"}
    assert bloomberg.outcome == Outcome.PASS
    assert bloomberg.headline == "Reported; no rule of this policy blocks release"
    assert {rule.basis for rule in bloomberg.rules if rule.require != "none"} == {"house"}


def test_what_the_summary_has_to_state_is_asked_for(bloomberg):
    lacking = run(policy(statements={"auditor": "An auditor."}), people(), as_of=datetime.date(2026, 11, 21))
    assert {one.id for one in lacking.statements if one.open and one.mandatory} == set(ANSWERS) - {"auditor"}
    assert lacking.outcome == Outcome.INCONCLUSIVE
    assert not [one for one in bloomberg.statements if one.open and one.mandatory]


# ---- the page to publish -------------------------------------------------------------------------------------------


def test_the_page_to_publish_holds_every_category_and_no_verdict(bloomberg):
    page = re.sub("<wbr>", "", FORMATS["publication"].write(bloomberg).decode())
    body = page[page.index("<main") :]
    for number in ("2,793", "2,440", "1,531", "1,396", "813", "1,075", "1,111", "0.829", "0.953"):
        assert f">{number}<" in body or f">{number} " in body, number
    assert body.count("<table") == 4
    assert body.count("too small a share of the records") == 7
    assert "2019-08-01" in body
    assert not re.search(r"\b(pass|fail|compliant)", body, re.IGNORECASE)


def test_the_page_to_publish_calls_attributes_by_their_titles(bloomberg):
    page = re.sub("<wbr>", "", FORMATS["publication"].write(bloomberg).decode())
    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert heads[-2:] == ["Selection rate by race or ethnicity", "Selection rate by sex &amp; race or ethnicity"]
    assert "race_ethnicity" not in page[page.index("<main") :]
    effective = {**bloomberg.policy.effective, "attributes": {"sex": {"title": "sex as stated"}}}
    own = replace(bloomberg, policy=replace(bloomberg.policy, effective=effective))
    assert "Selection rate by sex as stated<" in FORMATS["publication"].write(own).decode()


def test_records_that_a_weighted_row_stands_for_are_what_is_published(hiredscore):
    rows = len(counted(SUMMARIES["hiredscore"]))
    summary = audited(SUMMARIES["bloomberg"])
    page = FORMATS["publication"].write(summary).decode()
    found = re.findall(r"([\d,]+) records of unknown category", page)
    assert found == [f"{SUMMARIES['bloomberg']['unknown'][table]:,}" for table in TABLES]
    assert f"8,793, in {summary.rows.read} rows read" in page
    cover = FORMATS["summary"].write(hiredscore).decode()
    assert f"on {hiredscore.overall.n:,} records" in cover
    assert hiredscore.overall.n > hiredscore.rows.read == rows


def test_categories_of_the_law_that_nobody_is_of_are_named_on_the_page(bloomberg):
    page = FORMATS["publication"].write(run(policy(), people(), as_of=datetime.date(2026, 11, 21))).decode()
    text = html.unescape(re.sub("<wbr>", "", page))
    lacking = [name for name in NAMES.values() if name not in ("Asian", "White")]
    [races, crossed] = re.findall(r"The data hold nobody of: ([^<]*)\.", text)
    assert set(races.split("; ")) == set(lacking)
    assert set(crossed.split("; ")) == {f"{sex} & {race}" for sex in ("Female", "Male") for race in lacking}
    assert "nobody of" not in FORMATS["publication"].write(bloomberg).decode()
    assert (
        "No record is of unknown category." in FORMATS["publication"].write(run(policy(), people().dropna())).decode()
    )


def test_only_the_pack_whose_tables_are_published_speaks_on_the_page():
    packs = ["mandated/us-two-sd", "mandated/nyc-ll144", "mandated/il-hb3773", "conventions/sdc-default"]
    statements = ANSWERS | {"privilege": "Counsel has directed it."}
    result = run(policy(extends=packs, statements=statements), people(), as_of=datetime.date(2026, 11, 21))
    page = html.unescape(FORMATS["publication"].write(rendered(result, "public")).decode())
    assert "Local Law 144" in page
    assert not [said for said in ("Illinois", "zip code", "Counsel", "standard deviations") if said in page]
    assert "withheld records" not in page
    own = replace(result, rules=tuple(replace(rule, origin="policy.yaml:9") for rule in result.rules))
    assert "Illinois" in FORMATS["publication"].write(own).decode()


def test_there_is_no_page_to_publish_where_no_law_asks_for_tables():
    result = run(policy_of(rule()), pd.DataFrame({"d": [1, 0] * 50, "y": [1, 0] * 50, "g": ["a", "b"] * 50}))
    with pytest.raises(RenderError, match="no tables to publish"):
        FORMATS["publication"].write(result)


# ---- scores --------------------------------------------------------------------------------------------------------


def people(scores=None):
    scores = scores or [n / 100 for n in range(100)]
    pairs = [("Female", "Asian"), ("Female", "White"), ("Male", "Asian"), ("Male", "White"), (None, None)]
    rows = [(*pairs[n % 5], score, int(score > 0.5)) for n, score in enumerate(scores)]
    return pd.DataFrame(rows, columns=["sex", "race", "score", "selected"])


def scored(frame):
    data = {"score": {"column": "score", "favorable": "above"}}
    return run(policy("mandated/nyc-ll144-scores", data=data), frame, as_of=datetime.date(2026, 11, 21))


def test_a_scoring_rate_is_the_share_strictly_above_the_median_of_everybody_unknown_ones_included():
    # Those of unknown category score highest: the median of the known alone would be another.
    frame = people()
    frame.loc[frame["sex"].isna(), "score"] = 0.999
    middle = frame["score"].median()
    assert middle != frame.loc[frame["sex"].notna(), "score"].median()
    result = scored(frame)
    for row in (row for row in result.groups if row.attribute == "sex"):
        mine = frame.loc[frame["sex"] == row.group, "score"]
        assert row.metrics["scoring_rate"].value == pytest.approx((mine > middle).mean(), abs=0)


def test_the_median_and_how_many_lie_above_it_are_published():
    result = scored(people([0.1] * 30 + [0.5] * 50 + [0.9] * 20))
    said = "The median of all scores is 0.5; 20 of 100 scores lie above it."
    for form, times in (("publication", 3), ("html", 2)):
        assert FORMATS[form].write(result).decode().count(said) == times
    binned = replace(result, score_note=replace(result.score_note, width=0.01))
    assert "20 of 100 scores lie above the median of all." in FORMATS["publication"].write(binned).decode()


def test_scores_tied_at_the_median_lie_not_above_it_and_make_no_ratio_of_nothing():
    found = scored(people([0.5] * 100)).findings
    assert {one.verdict for one in found if one.group} == {Verdict.NOT_COMPUTABLE}
    assert {one.value for one in found} == {None}
