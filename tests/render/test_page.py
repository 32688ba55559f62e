"""The HTML report: complete, deterministic, and inert whatever its names hold."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from audit import resources
from audit.render import FORMATS, styles
from audit.result import AuditResult
from audit.values import Outcome, Verdict
from tests.render import sample

RESULTS = {"typical": sample.typical, "tiny": sample.tiny, "hostile": sample.hostile}


class Page(HTMLParser):
    """Every element with its attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace("\u200b", "").split())


def html(result: AuditResult) -> str:
    return FORMATS["html"].write(result).decode("utf-8")


@pytest.fixture(scope="module", params=[f"{form} {name}" for form in ("html", "summary") for name in sorted(RESULTS)])
def page(request: pytest.FixtureRequest) -> Page:
    form, _, name = request.param.partition(" ")
    return Page(FORMATS[form].write(RESULTS[name]()).decode("utf-8"))


def test_a_page_has_no_script_no_handler_and_no_style_attribute(page: Page) -> None:
    assert not [
        tag for tag, _ in page.elements if tag in ("script", "img", "iframe", "object", "embed", "link", "form")
    ]
    names = {name for _, attributes in page.elements for name in attributes}
    assert not [name for name in names if name.startswith("on")]
    assert "style" not in names
    assert [tag for tag, _ in page.elements].count("style") == 1


def test_a_page_refers_to_nothing_outside_itself(page: Page) -> None:
    targets = [a[name] for _, a in page.elements for name in ("href", "src", "xlink:href") if name in a]
    assert targets
    assert all(target.startswith("#") for target in targets)


def test_every_link_leads_somewhere_and_no_id_is_given_twice(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"][1:] for tag, attributes in page.elements if tag == "a"}
    assert links <= set(ids)


def test_headings_go_down_one_level_at_a_time(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    main = levels[levels.index(1) :]  # before it stands that of the contents, beside the page's own
    assert main.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(main))


def test_every_picture_says_what_it_shows(page: Page) -> None:
    pictures = [i for i, (tag, _) in enumerate(page.elements) if tag == "svg"]
    assert pictures or "evidence" not in [attributes.get("id") for _, attributes in page.elements]
    for i in pictures:
        assert page.elements[i][1]["role"] == "img"
        assert page.elements[i + 1][0] == "title"
        assert page.elements[i][1]["aria-labelledby"] == page.elements[i + 1][1]["id"]


def test_a_summary_is_the_cover_and_links_to_nothing_that_it_lacks() -> None:
    short, whole = (Page(FORMATS[name].write(sample.typical()).decode("utf-8")) for name in ("summary", "html"))
    assert [a["href"] for tag, a in short.elements if tag == "a"] == ["#main"]
    for said in ("The audit fails", "What failed", "four-fifths", "Not assigned", "This is the summary of a report"):
        assert said in short.text
    assert "Every rule at a glance" not in short.text
    assert "This is the summary" not in whole.text
    assert len(short.texts) < len(whole.texts) / 5


def test_templates_in_names_are_not_evaluated() -> None:
    text = Page(html(sample.hostile())).text
    assert "{{7*7}}" in text
    assert "49{%" not in text


def test_hidden_characters_are_named() -> None:
    made = html(sample.hostile())
    assert "[U+202E]" in made
    assert not set(made) & set("\u202e\u2028\x00\x1b\x07\ud800")


def test_the_page_allows_only_its_own_style_sheet() -> None:
    made = html(sample.typical())
    css = re.search("<style>(.*?)</style>", made, re.DOTALL)
    policy = re.search('http-equiv="Content-Security-Policy" content="(.*?)"', made)
    assert css is not None
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]


def test_the_same_result_gives_the_same_page() -> None:
    assert html(sample.typical()) == html(sample.typical())


def test_the_cover_states_verdict_failures_and_what_is_open() -> None:
    text = Page(html(sample.typical())).text
    for said in ("The audit fails", "What failed", "What the data could not settle", "Not assigned", "of 5 rules"):
        assert said in text
    assert "Inconclusive is not a pass" in text or "which is not a pass" in text


@pytest.mark.parametrize("forbidden", ["compliant", "fairness score", "unbiased", "no bias"])
def test_the_report_never_says_what_it_cannot_know(forbidden: str) -> None:
    assert forbidden not in Page(html(sample.typical())).text.lower()


def test_waivers_in_force_and_expired_are_told_apart() -> None:
    text = Page(html(sample.typical())).text
    assert "Accepted exception" in text
    assert "Expired exception" in text
    assert "Fail, waived" in text


def test_every_group_of_every_rule_is_in_a_table() -> None:
    result = sample.typical()
    text = Page(html(result)).text
    assert all(finding.group in text for finding in result.findings if finding.group)
    assert all(finding.because in text for finding in result.findings[:1])


def test_row_accounting_that_does_not_add_up_is_called_out() -> None:
    result = sample.typical()
    rows = replace(result.rows, read=result.rows.read + 1)
    assert "does not add up" in Page(html(replace(result, rows=rows))).text
    assert "does not add up" not in Page(html(result)).text


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_cover(outcome: Outcome) -> None:
    made = html(replace(sample.typical(), outcome=outcome))
    assert f'class="verdict {outcome.value}"' in made


def test_an_inconclusive_rule_is_listed_as_open() -> None:
    result = sample.typical()
    rules = tuple(replace(rule, verdict=Verdict.INCONCLUSIVE, waived=False) for rule in result.rules)
    text = Page(html(replace(result, rules=rules))).text
    assert "5 rules have no settled answer" in text
    assert "What failed" not in text


def test_inconclusive_comparisons_are_mentioned_when_every_rule_has_a_verdict() -> None:
    result = sample.typical()
    rules = tuple(replace(rule, verdict=Verdict.FAIL) for rule in result.rules)
    assert "comparisons are inconclusive, which is not a pass" in Page(html(replace(result, rules=rules))).text


def test_a_rule_without_findings_is_still_listed() -> None:
    result = replace(sample.tiny(), findings=())
    text = Page(html(result)).text
    assert "no comparison was made" in text
    assert result.rules[0].title in text


def test_long_tables_are_cut_worst_first_and_say_how_much_is_left_out() -> None:
    result = sample.many(rules=11)
    text = Page(html(result)).text
    assert "more groups are not shown here" in text
    assert f"of {len(result.rules)} rules" in text


def test_every_style_sheet_is_used() -> None:
    folder = resources.folder("templates") / "report"
    assert {path.stem for path in folder.glob("*.css")} == set(styles._SHEETS)
