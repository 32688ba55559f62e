"""What a reader sees, read back: no number on a page contradicts the verdict beside it, however it was rounded."""

import random
import re
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from shutil import which
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import tinyhtml5  # type: ignore[import-untyped]
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from audit import engine
from audit.render import FORMATS
from audit.render.document import document
from audit.render.panels import arranged
from audit.result import AuditResult, Finding
from audit.words.sentences import unit
from tests.making import counts_of, policy_of, rule
from tests.render import sample

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision")
NUMBER = "[−+]?[0-9][0-9,]*(?:\\.[0-9]+)?"
#: `95% interval 0.74 to 0.78); required: ≥ 0.80. The whole interval is beyond the limit.`
SENTENCE = re.compile(
    f"95% interval (?P<low>{NUMBER}|unbounded)%? to (?P<high>{NUMBER}|unbounded)%?\\); "
    f"required: (?P<limit>[±≥≤]? ?{NUMBER}%?(?: to {NUMBER}%?)?)(?: percentage points)?\\. (?P<why>[^.]*)"
)
INSIDE, OUTSIDE = "The whole interval meets the requirement", "The whole interval is beyond the limit"
ACROSS = ("The interval reaches across the limit", "By itself this comparison would be beyond the limit")


# ---- audits --------------------------------------------------------------------------------------------------------


def audited(cells: dict[str, dict[str, int]], rules: list[dict[str, Any]]) -> AuditResult:
    """Groups given by their confusion cells, judged by some rules."""
    policy = policy_of(
        *(rule(**one, id=f"r{i}") for i, one in enumerate(rules)), groups={"min_count": 5, "reference": "largest"}
    )
    made = sample.tiny()
    return engine.judge(counts_of(cells), policy, data=made.data, provenance=made.provenance)


#: A first requirement of each kind, to find out what the values are.
PROBES = {"ratio": ">= 0.5", "difference": "-0.5 to 0.5", "value": ">= 0.5", "max_gap": "<= 0.5", "min_ratio": ">= 0.5"}
NAMES = ("Women", "Men", "60 and over", "A & B", "نساء")


def near(value: float, compare: str, rng: random.Random) -> str:
    """A limit that lies as near to a value as rounding can bring it, or a fraction that no decimals write out."""
    digits = rng.choice((1, 2, 3, 4))
    moved = round(abs(value), digits) + rng.choice((0, 10.0**-digits, -(10.0**-digits)))
    text = f"{moved:.{digits}f}" if 0.001 <= moved < 0.999 else rng.choice(("1/3", "2/3", "0.05"))
    if compare == "difference":
        return f"<= {text}" if value > 0 else f">= -{text}"
    return f"<= {text}" if compare == "max_gap" else f">= {text}"


def any_audit(seed: int) -> AuditResult:
    """An audit of random groups, with limits where rounding would hurt most: beside what is found."""
    rng = random.Random(seed)
    size = rng.choice((9, 60, 900, 9000))
    cells = {
        name: {cell: rng.randint(0, size) for cell in ("tp", "fp", "fn", "tn")}
        for name in rng.sample(NAMES, rng.randint(2, 5))
    }
    rules = [{"metric": rng.choice(RATES), "compare": kind, "require": probe} for kind, probe in PROBES.items()]
    found = audited(cells, rules).findings
    for i, one in enumerate(rules):
        mine = [f for f in found if f.rule == f"r{i}" and f.value is not None]
        known = [end for f in mine for end in (f.value, f.interval.low, f.interval.high) if end is not None]
        judge = rng.choice(("interval", "point"))
        rules[i] = {**one, "require": near(rng.choice(known or [0.5]), one["compare"], rng), "judge": judge}
    return audited(cells, rules)


# ---- reading -------------------------------------------------------------------------------------------------------


def number(text: str) -> Decimal | None:
    """A number as it is printed; None for one that is unbounded or not there."""
    found = re.fullmatch(f"({NUMBER})%?", text.strip())
    return Decimal(found[1].replace(",", "").replace("−", "-").replace("+", "")) if found else None


@dataclass(frozen=True)
class Printed:
    """A limit as it is printed."""

    low: Decimal | None
    high: Decimal | None

    def inside(self, low: Decimal | None, high: Decimal | None) -> bool:
        return (self.low is None or (low is not None and low >= self.low)) and (
            self.high is None or (high is not None and high <= self.high)
        )

    def outside(self, low: Decimal | None, high: Decimal | None) -> bool:
        below = self.low is not None and high is not None and high < self.low
        return below or (self.high is not None and low is not None and low > self.high)


def limit(text: str) -> Printed:
    """`≥ 0.80`, `±5`, `0.80 to 1.25`."""
    ends = [number(part) for part in text.strip(" ±≥≤").split(" to ")]
    if text.startswith("±"):
        return Printed(-ends[0], ends[0])
    if len(ends) == 2:
        return Printed(ends[0], ends[1])
    return Printed(ends[0], None) if text.startswith("≥") else Printed(None, ends[0])


#: Marks for breaking lines and for setting right-to-left names apart.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2068\u2069"))


def words(element: Element, *, without: str = "") -> str:
    """The text of an element, without its small print."""
    parts = [element.text or ""]
    for child in element:
        parts += [] if child.tag == without else [words(child, without=without)]
        parts.append(child.tail or "")
    return " ".join("".join(parts).translate(_UNSEEN).split())


def page(result: AuditResult) -> Element:
    html = re.sub("<style>.*?</style>", "", document(result, "html").html, flags=re.DOTALL)
    tree: Element = tinyhtml5.parse(html, namespace_html_elements=False)
    return tree


def contradictions(text: str) -> list[str]:
    """Sentences whose printed interval and limit do not give the reason that they give."""
    wrong = []
    for said in SENTENCE.finditer(text):
        ends, required, why = (number(said["low"]), number(said["high"])), limit(said["limit"]), said["why"]
        fits = {INSIDE: required.inside(*ends), OUTSIDE: required.outside(*ends)}
        agrees = fits.get(why, not any(fits.values()) if why.startswith(ACROSS) else True)
        wrong += [] if agrees else [said[0]]
    return wrong


def rows(article: Element) -> list[list[Element]]:
    """The rows of all tables of groups of one rule that have a verdict."""
    found = [list(row) for table in article.iter("table") for row in table.iter("tr") if "id" in row.attrib]
    return [cells for cells in found if cells]


def agrees(finding: Finding, cells: list[Element], required: Printed) -> None:
    """A row of a table says what was found, on the side of the limit on which it was found."""
    printed = [words(cell, without="p") for cell in cells]
    value, interval, verdict = number(printed[2 if len(printed) == 5 else -3]), printed[-2], printed[-1]
    assert verdict.lower() == finding.verdict.value
    if finding.value is None or value is None:
        assert value is None or finding.compare == "value" or finding.value is not None
        return
    scale = unit(finding.metric, finding.compare).scale
    close(value, finding.value, scale)
    shown = [number(end) for end in interval.split(" to ")]
    for end, exact in zip(shown, (finding.interval.low, finding.interval.high), strict=True):
        assert (end is None) == (exact is None)
        if end is not None and exact is not None:
            close(end, exact, scale)
    if finding.reason == "all_inside":
        assert required.inside(*shown)
    elif finding.reason == "all_outside":
        assert required.outside(*shown)
    elif finding.reason in ("across", "not_after_adjustment", "few_events"):
        assert not required.inside(*shown)
        assert not required.outside(*shown)
    elif finding.reason in ("point_meets", "point_fails"):
        assert required.inside(value, value) == (finding.reason == "point_meets")


def close(printed: Decimal, exact: float, scale: int) -> None:
    """What is printed is the number rounded to the places that are printed."""
    places = -int(printed.as_tuple().exponent)
    assert abs(Decimal(repr(exact)) * scale - printed) <= Decimal("0.5000001") * Decimal(10) ** -places


# ---- what must hold ------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=15, phases=(Phase.explicit, Phase.generate))
def test_no_number_on_a_page_contradicts_the_verdict_beside_it(seed: int) -> None:
    result = any_audit(seed)
    seen, tree = 0, page(result)
    articles = {element.attrib["id"]: element for element in tree.iter("article")}
    for view in arranged(result, 200):
        article = articles[view.id]
        facts = " ".join(words(cell) for cell in article.iter("td"))
        stated = re.search(f"that is (?P<limit>[±≥≤]? ?{NUMBER}%?(?: to {NUMBER}%?)?)(?: points)?\\.", facts)
        shown = {words(cells[0], without="p"): cells for cells in rows(article)}
        for finding in (f for panel in view.panels for f in panel.findings if f.group in shown):
            assert stated
            agrees(finding, shown[finding.group or ""], limit(stated["limit"]))
            seen += 1
    assert seen or not any(f.value is not None and f.group for f in result.findings)
    assert contradictions(words(tree)) == []


def test_the_reader_of_sentences_knows_a_contradiction() -> None:
    said = "(1% against 2%; 95% interval 0.74 to {}); required: ≥ 0.80. {}."
    assert contradictions(said.format("0.80", OUTSIDE))
    assert contradictions(said.format("0.90", INSIDE))
    assert contradictions(said.format("0.79", ACROSS[0]))
    assert not contradictions(said.format("0.797", OUTSIDE))
    assert not contradictions("95% interval −12.3 to −5.1); required: ±5 percentage points. " + OUTSIDE)


@pytest.mark.skipif(which("pdftotext") is None, reason="SKIPPED LOUDLY: pdftotext (poppler-utils) is not installed")
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_a_pdf_says_the_same_sentences_without_a_contradiction(seed: int, tmp_path: Path) -> None:
    result = any_audit(seed)
    path = tmp_path / "report.pdf"
    path.write_bytes(FORMATS["pdf"].write(result))
    raw = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True, text=True).stdout
    text = " ".join(raw.translate(_UNSEEN).split())
    assert contradictions(text) == []
    assert len(SENTENCE.findall(text)) >= len(result.rules)
    for view in arranged(result, 20):
        for lead in (panel.lead for panel in view.panels if NAMES[-1] not in panel.lead.because):  # read backwards
            assert " ".join(lead.because.split())[:90] in text
