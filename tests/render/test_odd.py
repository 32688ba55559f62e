"""Long and odd audits look right: one page for the executive, the worst first, names of every script in their place."""

import re
from dataclasses import replace
from typing import Any

import pytest
import tinyhtml5  # type: ignore[import-untyped]

from audit.render import FORMATS, pdf
from audit.render.clean import isolated
from audit.render.cover import FEWEST, fitting
from audit.render.document import MOST_LINES, MOST_ON_COVER, SUMMARY, document
from audit.render.options import PLAIN
from audit.render.panels import arranged
from audit.result import AuditResult, Finding
from audit.values import Verdict
from tests.render import odd, sample

FAILING = [{"metric": odd._ASPECTS[i % 5], "require": f">= {0.7 + i / 100:.2f}"} for i in range(12)]


def failing(**changes: Any) -> AuditResult:
    """Twelve rules, all of which fail."""
    names = tuple(f"District {i}" for i in range(4))
    return replace(odd.audited(odd._cells(names, 400), *FAILING), **changes)


@pytest.mark.parametrize("name", ["unsettled", "unjudged", "single", "names"])
def test_an_odd_audit_has_every_section_and_no_picture_without_its_words(name: str) -> None:
    tree = tinyhtml5.parse(document(odd.ALL[name](), "html").html, namespace_html_elements=False)
    heads = [head.text or "" for head in tree.iter("h2")]
    assert [head[0] for head in heads if head[:1].isdigit()] == list("123456")
    for svg in (element for element in tree.iter() if element.tag.endswith("svg")):
        inside = {child.tag.rpartition("}")[2]: "".join(child.itertext()) for child in svg}
        assert inside["title"]
        assert "strip" in svg.attrib["class"] or inside["desc"]


@pytest.mark.parametrize("roles", [(), ("model owner", "validator", "counsel"), tuple("abcdef")])
def test_the_cover_of_many_failures_is_one_page(roles: tuple[str, ...]) -> None:
    made = pdf._made(failing(signoff=roles), PLAIN, SUMMARY)
    assert made.pages == 1


def test_a_cover_lists_all_that_it_may_where_there_is_room_and_never_nothing() -> None:
    short, long = sample.tiny(), failing(signoff=tuple("abcdefghi"), summary="word " * 400)
    assert fitting(short, arranged(short, 5), (), MOST_ON_COVER) == MOST_ON_COVER
    assert fitting(long, arranged(long, 5), ("note " * 50,) * 9, MOST_ON_COVER) == FEWEST
    assert fitting(long, arranged(long, 5), (), 1) == 1


def test_paper_shows_the_worst_of_many_groups_and_says_how_many_more_there_are() -> None:
    names = tuple(f"District {i:03}" for i in range(60))
    result = odd.audited(odd._cells(names, 400), {}, {"metric": "precision"})
    page = document(result, "pdf").html
    tables = re.findall(r'<table class="groups.*?</table>', page, flags=re.DOTALL)
    assert [table.count("<tr>") - 1 for table in tables] == [MOST_LINES, MOST_LINES]
    assert page.count(f"{60 - MOST_LINES} more groups are not shown here: the worst come first") == 2
    on_screen = document(result, "html").html
    assert all(name in on_screen for name in names)


def test_an_audit_without_anybody_to_sign_says_so() -> None:
    assert "Not assigned: the policy names nobody who has to sign" in document(odd.unjudged(), "html").html
    assert document(sample.typical(), "html").html.count("Not assigned (name, signature, date)") == 3


def test_a_name_that_reads_from_the_right_keeps_the_numbers_beside_it_in_place() -> None:
    assert isolated("of نساء فوق is 0.45") == "of \u2068نساء فوق\u2069 is 0.45"
    assert isolated("עובדות, 0.80") == "\u2068עובדות\u2069, 0.80"
    assert isolated("plain") == "plain"
    page = document(odd.names(), "html").html
    assert all("\u2068" in text for text in re.findall(r"<text[^>]*>[^<]*نساء[^<]*</text>", page))


def test_every_rule_names_its_worst_off_and_who_is_farther_off_without_a_verdict() -> None:
    result = odd.audited(
        {
            "many": {"tp": 500, "fn": 500},
            "some": {"tp": 300, "fn": 700},
            "few": {"tp": 2, "fn": 12},
        },
        {},
        groups={"min_count": 5, "reference": "largest"},
    )
    [view] = arranged(result, 9)
    assert view.lead
    assert view.farthest
    assert (view.lead.group, view.lead.verdict) == ("some", Verdict.FAIL)
    assert (view.farthest.group, view.farthest.verdict) == ("few", Verdict.INCONCLUSIVE)
    said = " ".join(re.sub("<[^>]+>", " ", document(result, "html").html).split())
    assert "What decides some, 0.60 (" in said
    assert "against many: fail . By its value alone, few, 0.29 (" in said.replace("fail.", "fail .")


def test_every_comparison_with_a_verdict_has_its_sentence_on_the_screen() -> None:
    result = sample.typical()
    page = document(result, "html").html

    def said(finding: Finding) -> bool:
        return finding.because.split("&")[0][:40] in page

    assert all(said(finding) for finding in result.findings if finding.verdict is not Verdict.NOT_JUDGED)
    paper = document(odd.audited(odd._cells(tuple("abcdefghij"), 90), {}), "pdf").html
    assert "The next 3 comparisons in words" in paper


def test_a_report_of_names_of_every_script_is_written_in_every_format() -> None:
    result = odd.names()
    assert all(FORMATS[name].write(result) for name in ("html", "json", "markdown", "text"))
