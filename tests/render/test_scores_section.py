"""The section on scores: there when there are scores, numbered as it comes, and never at odds with the other tables."""

import datetime
import io
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import engine
from audit.numbers import PERCENT, PLAIN, show
from audit.render import FORMATS
from audit.render.document import document
from audit.render.multiples import MOST_PICTURES, axis
from audit.render.scores import score_parts
from audit.render.scoreview import ScoreFigure, plainly, small
from audit.render.shapes import Area, Mark, Text
from audit.result import AuditResult
from tests.render import sample
from tests.render.test_browser import AXE

DAY = datetime.date(2026, 11, 20)
KINDS = ("probability", "deciles", "points", "low", "sums", "many", "binned")
FIGURES = {"probability": 5, "deciles": 5, "points": 3, "low": 5, "sums": 0, "many": 5, "binned": 5}


def rows(kind: str) -> pd.DataFrame:
    """Made-up scores of a kind: probabilities, 1 to 10, 300 to 850, and those of forty groups."""
    rng = np.random.default_rng(11)
    n = {"many": 8000, "binned": 7000}.get(kind, 2500)
    names = [f"Group {i:02d}" for i in range(40)] if kind == "many" else ["A", "B", "C", 'D<"&>']
    g = rng.choice(names, n)
    z = rng.normal((g == "B") * 0.6, 1, n)
    p = 1 / (1 + np.exp(-z))
    y = (rng.random(n) < p).astype(int)
    s = {"deciles": 1 + np.floor(p * 9.999), "points": (300 + 550 * p).round(), "low": (300 + 550 * (1 - p)).round()}
    few = pd.DataFrame({"g": ["few"] * 12, "s": s.get(kind, p)[:12], "y": y[:12]})
    return pd.concat([pd.DataFrame({"g": g, "s": s.get(kind, p), "y": y}), few], ignore_index=True)


SCORES: dict[str, dict[str, Any]] = {
    "probability": {"cutoff": 0.5, "adverse": "at_least"},
    "deciles": {"cutoff": 5, "adverse": "at_least", "range": [1, 10]},
    "points": {"cutoff": 600, "favorable": "at_least", "range": [300, 850]},
    "low": {"cutoff": 600, "adverse": "below", "range": [300, 850]},
    "sums": {"cutoff": 0.5, "adverse": "at_least"},
    "many": {"cutoff": 0.5, "favorable": "above"},
    "binned": {"cutoff": 0.8, "favorable": "at_least"},
}


@cache
def result(kind: str) -> AuditResult:
    metric = {"points": "median_score", "sums": "mean_score"}.get(kind, "roc_auc")
    require = {"median_score": "-50 to 50", "mean_score": "-0.2 to 0.2"}.get(metric, ">= -0.1")
    fair = {"compare": "difference", "require": "-0.2 to 0.2"}
    if kind == "binned":
        fair = {"compare": "ratio", "require": ">= 4/5"}
    good = "favorable" if "favorable" in SCORES[kind] else "adverse"
    outcome = {} if kind == "points" else {"outcome": {"column": "y", good: 1}}
    policy = {
        "evenhand": 1,
        "title": "Made-up scores",
        "subject": {"name": "Made-up scorer"},
        "data": {"score": {"column": "s", **SCORES[kind]}, **outcome},
        "attributes": {"g": {"column": "g"}},
        "groups": {"reference": "largest"},
        "rules": [
            {"id": "r", "metric": metric, "of": ["g"], "compare": "difference", "require": require, "effect": "report"},
            {"id": "q", "metric": "selection_rate", "of": ["g"], **fair},
        ],
    }
    return engine.run(policy, rows(kind), as_of=DAY)


def figures(kind: str) -> list[ScoreFigure]:
    return [figure for part in score_parts(result(kind), 200, first=1, paper=False) for figure in part.figures]


def page(kind: str) -> str:
    return document(result(kind), "html").html


@pytest.mark.parametrize("kind", KINDS)
def test_sections_are_numbered_as_they_come(kind: str) -> None:
    heads = re.findall(r'<h2 id="h-[a-z]+">(\d)\. ([^<]+)</h2>', page(kind))
    assert [int(number) for number, _ in heads] == list(range(1, 8))
    assert heads[3][1] == "Scores by group"


def test_without_scores_there_is_no_such_section_and_no_gap_in_the_numbers() -> None:
    html = document(sample.typical(), "html").html
    assert 'id="scores"' not in html
    assert re.findall(r'<h2 id="h-[a-z]+">(\d)\. ', html) == list("123456")
    assert '<a href="#rows">Section 4</a>' in html


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_score_has_its_pictures(kind: str) -> None:
    found = figures(kind)
    assert len(found) == FIGURES[kind]
    assert [figure.number for figure in found] == list(range(1, len(found) + 1))


def test_figures_go_on_from_those_of_the_evidence() -> None:
    numbers = [int(number) for number in re.findall(r"<figcaption>Figure (\d+)\.", page("probability"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_lies_on_its_chart(kind: str) -> None:
    for figure in figures(kind):
        chart = figure.chart
        for shape in chart.shapes:
            if isinstance(shape, (Text, Mark)):
                assert 0 <= shape.x <= chart.width
                assert 0 <= shape.y <= chart.height
            elif isinstance(shape, Area):
                assert shape.height >= 0
                assert shape.y + shape.height <= chart.height


@pytest.mark.parametrize("kind", KINDS)
def test_every_chart_has_a_title_in_words_and_every_table_is_full(kind: str) -> None:
    for figure in figures(kind):
        assert figure.chart.title.endswith(".")
        assert figure.question.endswith("?")
        assert figure.table.rows
        assert all(len(cells) == len(figure.table.heads) - 1 for _, cells in figure.table.rows)


def test_of_many_groups_the_largest_are_drawn_and_all_are_in_the_table() -> None:
    [part] = score_parts(result("many"), 200, first=1, paper=False)
    assert len(part.view.drawn) == MOST_PICTURES
    assert len(part.table.rows) == 1 + 41
    assert part.undrawn == "The 6 largest groups are drawn."
    sizes = [row.n for row in part.view.rows]
    assert sizes == sorted(sizes, reverse=True)


def test_a_table_has_no_more_groups_than_the_page_has_room_for() -> None:
    [part] = score_parts(result("many"), 10, first=1, paper=True)
    assert (len(part.view.rows), part.view.left_out) == (10, 31)


def test_paper_has_pictures_of_three_attributes_only() -> None:
    whole = result("probability")
    copies = [replace(row, attribute=name) for name in "hijk" for row in whole.scores[1:]]
    crowded = replace(whole, scores=(whole.scores[0], *copies))
    assert [bool(part.figures) for part in score_parts(crowded, 20, first=1, paper=True)] == [True] * 3 + [False]
    assert all(part.figures for part in score_parts(crowded, 20, first=1, paper=False))


def test_the_aucs_of_the_section_are_those_of_the_table_of_groups() -> None:
    whole = result("probability")
    [part] = score_parts(whole, 200, first=1, paper=False)
    place = part.table.heads.index("ROC AUC") - 1
    shown = {head.text: cells[place].text for head, cells in part.table.rows}
    for row in whole.groups:
        if row.n >= 30:
            assert shown[row.group] == show(row.metrics["roc_auc"].value, PLAIN)
    texts = [shape.text for shape in part.figures[1].chart.shapes if isinstance(shape, Text)]
    assert {f"AUC {show(row.metrics['roc_auc'].value, PLAIN)}" for row in whole.groups if row.n >= 30} <= set(texts)


@pytest.mark.parametrize("kind", ["probability", "deciles", "points", "low"])
def test_the_rate_at_the_cutoff_is_that_of_the_groups(kind: str) -> None:
    whole = result(kind)
    sweep = next(figure for figure in figures(kind) if figure.question.startswith("Whom"))
    [now] = [cells for head, cells in sweep.table.rows if head.text.endswith("(in force)")]
    rates = {row.group: show(row.metrics["selection_rate"].value, PERCENT) for row in whole.groups}
    assert [cell.text for cell in now] == [rates[name] for name in sweep.table.heads[1:]]


def test_a_small_group_is_named_with_the_reason_and_no_numbers() -> None:
    [part] = score_parts(result("probability"), 200, first=1, paper=False)
    [(head, cells)] = [line for line in part.table.rows if line[0].text == "few"]
    assert head.note == "fewer than 30 records"
    assert [cell.text for cell in cells] == ["12"] + ["–"] * (len(cells) - 1)


def test_sums_alone_are_a_table_of_means() -> None:
    [part] = score_parts(result("sums"), 200, first=1, paper=False)
    assert part.table.heads == ("Group", "Records", "Mean", "Calibration in the large")
    assert part.undrawn == "No group has curves: only sums of the scores were counted."
    assert "Only sums of the scores were counted" in page("sums")


def test_names_are_escaped_and_no_style_is_written_into_an_element() -> None:
    html = page("probability")
    assert 'D<"&>' not in html
    assert "D&lt;&#34;&amp;&gt;" in html
    assert " style=" not in html


def test_errors_of_bins_are_said_in_plain_figures() -> None:
    assert (small(0.00005), small(0.0123), small(2.5)) == ("0.00005", "0.012", "2.5")
    assert (plainly(0.5), plainly(620.0), plainly(1234.0)) == ("0.5", "620", "1,234")
    assert axis(300, 850).named == (400.0, 600.0, 800.0)


def test_bins_are_said_with_how_far_they_may_move_a_number() -> None:
    html = page("binned")
    note, whole = result("binned").score_note, result("binned").scores[0]
    assert note is not None
    assert note.width == pytest.approx(0.0001)
    assert "Scores were counted in bins of width 0.0001: a quantile may be off by 0.00005" in html
    assert f"the AUC of everyone by {small(whole.roc_auc.error)}" in html


def test_the_limit_of_a_rule_about_ratios_is_hatched_and_no_ratio_is_rounded_onto_it() -> None:
    [*_, ratio] = figures("binned")
    assert "Hatched" in ratio.caption
    assert any(isinstance(shape, Area) and shape.look == "hatched" for shape in ratio.chart.shapes)
    note = result("binned").score_note
    assert note is not None
    for point, (_, cells) in zip(note.ratios["g"], ratio.table.rows, strict=True):
        assert point.ratio is not None
        assert (float(cells[1].text) < 0.8) == (point.ratio < 0.8)


def test_a_cutoff_that_selects_very_few_of_a_group_is_drawn_at_the_foot() -> None:
    whole = result("probability")
    assert whole.score_note is not None
    points = whole.score_note.ratios["g"]
    first, last = replace(points[0], ratio=0.0), replace(points[-1], ratio=1.0, highest=points[-1].lowest)
    note = replace(whole.score_note, ratios={"g": (first, *points[1:-1], last)}, cutoff=last.threshold)
    [part] = score_parts(replace(whole, score_note=note), 20, first=1, paper=False)
    ratio = part.figures[-1]
    assert "Ratios below 0.02 are drawn at the foot." in ratio.caption
    assert ratio.table.rows[-1][1][2].text == "all alike"
    [now] = [shape for shape in ratio.chart.shapes if isinstance(shape, Text) and shape.text.endswith("now")]
    assert now.anchor == "end"


def test_with_one_ratio_only_there_is_no_line() -> None:
    whole = result("probability")
    assert whole.score_note is not None
    note = replace(whole.score_note, ratios={"g": whole.score_note.ratios["g"][:1]})
    [part] = score_parts(replace(whole, score_note=note), 20, first=1, paper=False)
    assert len(part.figures) == 4


def test_the_pdf_holds_the_section_and_its_page_is_the_same_twice() -> None:
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("weasyprint")
    made = FORMATS["pdf"].write(result("deciles"))
    assert document(result("deciles"), "pdf") == document(result("deciles"), "pdf")
    text = "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(made)).pages)
    assert "4. Scores by group" in text
    assert "Does the same score mean the same in each group" in text


# ---- in a browser --------------------------------------------------------------------------------------------------


VIEWS = {
    "light": ("light", 1300, "none"),
    "dark": ("dark", 1300, "none"),
    "narrow": ("light", 320, "none"),
    "forced": ("dark", 1300, "active"),
}


def opened(browser: Any, folder: Path, kind: str, view: str) -> Any:
    scheme, wide, forced = VIEWS[view]
    (folder / "page.html").write_text(page(kind), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": wide, "height": 900}, color_scheme=scheme, forced_colors=forced, bypass_csp=True
    )
    shown = context.new_page()
    shown.goto((folder / "page.html").as_uri())
    return shown


#: A page of forty groups has the colours of one of four: every time it is looked at where it is narrow or dark.
LOOKS = [
    *(("probability", view) for view in VIEWS),
    *(("many", view) for view in ("narrow", "dark")),
    *(pytest.param("many", view, marks=pytest.mark.slow) for view in ("light", "forced")),
]


@pytest.mark.browser
@pytest.mark.parametrize(("kind", "view"), LOOKS)
def test_axe_finds_no_violation_and_nothing_scrolls_sideways(
    browser: Any, tmp_path: Path, kind: str, view: str
) -> None:
    shown = opened(browser, tmp_path, kind, view)
    assert shown.evaluate("document.documentElement.scrollWidth") <= VIEWS[view][1]
    if not AXE.exists():
        pytest.skip("SKIPPED LOUDLY: axe-core is missing; `make test` fetches it with npm")
    shown.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    shown.evaluate(AXE.read_text(encoding="utf-8"))
    found = shown.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id))")
    assert found == []


@pytest.mark.browser
def test_in_chosen_colours_a_group_stands_out_from_the_others(browser: Any, tmp_path: Path) -> None:
    shown = opened(browser, tmp_path, "probability", "forced")
    strokes = {
        name: shown.evaluate(f"getComputedStyle(document.querySelector('.{name}')).stroke")
        for name in ("s-accent", "s-others")
    }
    ground = shown.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert len({*strokes.values(), ground}) == 3
