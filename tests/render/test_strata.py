"""Comparisons within strata in the report: both numbers, the strata, the warning, and names that nobody expects."""

import datetime
import html
import io
import re
from functools import cache
from pathlib import Path
from typing import Any

import pypdf
import pytest

import audit
from audit.render import FORMATS, document
from audit.render.panels import arranged
from audit.render.strata import MOST_SHOWN, MOST_WARNED, strata_view
from audit.result import AuditResult
from tests.making import policy_of, rule
from tests.render.test_browser import AXE
from tests.test_conditional import BERKELEY, FACTORS, FREE, RELATIONS, TO_MEN, table_of

DAY = datetime.date(2026, 11, 20)


@cache
def berkeley() -> AuditResult:
    return judged(BERKELEY, rule(given="s", **TO_MEN), rule(id="plain", **TO_MEN))


def judged(strata: Any, *rules: Any, **changes: Any) -> AuditResult:
    policy = policy_of(*rules, **{"factors": FACTORS, "groups": FREE, **changes})
    return audit.run(policy, table_of(strata), as_of=DAY)


def words(result: AuditResult) -> str:
    """The page's words, without its markup."""
    page = FORMATS["html"].write(result).decode("utf-8")
    body = re.sub(r"<(style|title)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).replace("\u200b", "").split())


def test_the_panel_has_both_numbers_and_every_stratum():
    said = words(berkeley())
    assert "All records as one 1,835 30.4% 2,691 44.5% 0.68 0.63 to 0.74" in said
    assert "Those alike, strata averaged 1,835 33.4% 2,691 31.6% 1.06 0.97 to 1.16" in said
    assert "E 393 23.9% 191 27.7% 0.86" in said
    assert said.index(" E 393 ") < said.index(" C 593 ") < said.index(" A 108 ")


def test_the_panel_and_the_cover_warn_where_the_numbers_disagree():
    said = words(berkeley())
    assert said.count("Two numbers that disagree.") == 1
    assert "Female against Male: the ratio is 0.68 over all records and 1.06 among those alike in s" in said
    agreeing = judged(RELATIONS["agrees"], rule(given="s", reference={"fixed": "B"}))
    assert "Two numbers that disagree." not in words(agreeing)


def test_the_rule_says_in_what_and_why_that_is_legitimate():
    said = words(berkeley())
    assert "among records alike in s: >= 4/5" in said
    assert "Groups are compared with those of the same s . Legitimate, says the policy: they chose it" in said.replace(
        "same s.", "same s ."
    )


def test_a_rule_that_is_given_nothing_has_no_strata():
    plain, alike = sorted(arranged(berkeley(), 20), key=lambda view: view.rule.id == "r")
    assert strata_view(plain.panels[0], 0.95) is None
    shown = strata_view(alike.panels[0], 0.95)
    assert shown is not None
    assert (len(shown.strata), shown.left_out, len(shown.warnings)) == (6, 0, 1)


def test_strata_and_warnings_beyond_a_few_are_counted():
    strata = {
        f"{half}{i}": {name: (hits * n // 100, n) for name, n in sizes.items()}
        for half, hits, sizes in (
            ("easy", 80, {"A": 100, **dict.fromkeys("BCDEF", 20)}),
            ("hard", 20, {"A": 20, **dict.fromkeys("BCDEF", 100)}),
        )
        for i in range(6)
    }
    result = judged(strata, rule(given="s", reference={"fixed": "A"}))
    (view,) = arranged(result, 20)
    shown = strata_view(view.panels[0], 0.95)
    assert shown is not None
    assert (len(shown.strata), shown.left_out) == (MOST_SHOWN, 12 - MOST_SHOWN)
    assert (len(shown.warnings), shown.more_warnings) == (MOST_WARNED, 5 - MOST_WARNED)
    said = words(result)
    assert "4 more are in result.json" in said
    assert "2 more groups have two numbers that disagree" in said


def test_strata_with_few_records_say_so():
    strata = {"p": {"A": (30, 60), "B": (30, 60)}, "q": {"A": (5, 9), "B": (10, 20)}}
    said = words(judged(strata, rule(given="s", reference={"fixed": "B"}), groups={"min_count": 10}))
    assert "q 9 – 20 – – too few for rates" in said


def test_paper_has_the_strata_too_even_where_passes_are_brief(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(document, "MANY_PANELS", 1)
    rules = [rule(id=f"r{i}", given="s", require=f">= 0.{i + 10}", **TO_MEN) for i in range(2)]
    pages = pypdf.PdfReader(io.BytesIO(FORMATS["pdf"].write(judged(BERKELEY, *rules)))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert said.count("Two numbers that disagree.") == 2


def test_odd_names_are_shown_and_do_nothing():
    odd = ["<b>x</b> & y", 'q"', "{{ 7 * 7 }}", "\u202eright", "=1+1", "n" * 300]
    strata = {name: {"A": (5, 9), "B": (6, 9)} for name in odd}
    name = "<i>{{ 6 * 7 }}"
    factors = {name: {"column": "s", "legitimate": "<script>alert(1)</script> {{ 5 * 5 }}"}}
    result = judged(strata, rule(given=name, reference={"fixed": "B"}), factors=factors)
    for kind in ("html", "markdown", "text", "json"):
        said = FORMATS[kind].write(result).decode("utf-8")
        assert "\u202e" not in said or kind == "json"
    page = FORMATS["html"].write(result).decode("utf-8")
    assert "<script" not in page
    assert "<b>x" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;x&lt;/b&gt; &amp; y" in page
    assert "{{ 7 * 7 }}" in words(result)


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists(), reason="SKIPPED LOUDLY: axe-core is missing")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 1300), ("light", 320)])
def test_strata_are_accessible_in_a_browser(browser: Any, tmp_path: Path, scheme: str, width: int):
    path = tmp_path / "report.html"
    path.write_bytes(FORMATS["html"].write(berkeley()))
    view = {"width": width, "height": 900}
    page = browser.new_context(viewport=view, color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(path.as_uri())
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id))")
    wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert found == []
    assert wide
