"""One page for screens and paper: a result laid out by the templates, with everything that it needs inside it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import jinja2

from audit import numbers
from audit.render import baseline, charts, cover, dress, styles, terms
from audit.render.brevity import MANY_PANELS, in_a_sentence
from audit.render.clean import breakable, cleaned, head, isolated, short_name
from audit.render.forest import MOST_DRAWN
from audit.render.groups import group_tables
from audit.render.loading import environment, laid_out
from audit.render.names import shortened
from audit.render.options import PLAIN, Options
from audit.render.panels import Panel, RuleView, arranged, line_id
from audit.render.policytext import policy_text
from audit.render.publication import PLACES, above_the_median, public_tables, published_statements, publishing
from audit.render.resaid import resaid
from audit.render.scales import px
from audit.render.scores import counted_words, score_parts
from audit.render.series import series_tables
from audit.render.speech import marked, say, say_n, tongue_of, upper_first
from audit.render.strata import strata_view
from audit.render.styles import Target
from audit.render.worst import harm_of
from audit.result import AuditResult
from audit.theme import Theme
from audit.tongue import _, date, in_english, speaking, spoken
from audit.values import Verdict
from audit.words import sentences

Edition = Literal["full", "summary", "publication"]

#: How many failures, steps and notes the cover lists.
MOST_ON_COVER = 5
#: How many lines of any table are shown; all of them are in result.json.
MOST_LINES = 20
#: Tables of so few lines are not parted, and so few rules share a page with their evidence.
FEW_LINES, FEW_RULES = 8, 8
#: How many groups a waiver names.
MOST_NAMED = 12
#: How many sentences stand below the table of a panel.
MOST_SAID, MOST_SAID_ON_PAPER = 40, 3
#: How many lines of any table are on paper where there are many.
MOST_LINES_OF_MANY = 10
#: A screen has room for more, unless there are very many findings.
MOST_LINES_ON_SCREEN, MANY_FINDINGS = 200, 2000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the contents, and the template of the section that it leads to."""

    id: str
    title: str
    level: int = 1
    template: str = ""
    numbered: bool = True
    verdict: Verdict | None = None


#: The sections in order. All but the first two are numbered, as far as they are there.
SECTIONS = (
    Entry(id="verdict", title="Verdict", template="cover.html.j2", numbered=False),
    Entry(id="read", title="How to read this report", template="read.html.j2", numbered=False),
    Entry(id="rules", title="Every rule at a glance", template="rules.html.j2"),
    Entry(id="evidence", title="Evidence for each rule", template="evidence.html.j2"),
    Entry(id="groups", title="Every group, every rate", template="groups.html.j2"),
    Entry(id="baseline", title="Against the baseline", template="baseline.html.j2"),
    Entry(id="scores", title="Scores by group", template="scores.html.j2"),
    Entry(id="rows", title="Where every row went", template="rows.html.j2"),
    Entry(id="regimes", title="What the packs ask for", template="regimes.html.j2"),
    Entry(id="method", title="Method", template="method.html.j2"),
    Entry(id="provenance", title="Provenance and reproduction", template="provenance.html.j2"),
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How much of a result a page shows: `summary` is the cover alone, `publication` the tables that a law asks for.

    `notices` stand on the cover, before the result's.
    """

    edition: Edition = "full"
    notices: tuple[str, ...] = ()
    most_on_cover: int = MOST_ON_COVER


FULL, SUMMARY, PUBLICATION = Layout(), Layout(edition="summary"), Layout(edition="publication")


@dataclass(frozen=True, kw_only=True)
class Document:
    """The page's HTML, and the titles of the places in it that can be linked to."""

    html: str
    titles: Mapping[str, str]


def document(result: AuditResult, target: Target, layout: Layout = FULL, options: Options = PLAIN) -> Document:
    """Lay a result out for a screen or for paper.

    Raises RenderError if the templates of a theme fail, or make a page that could run or fetch anything.
    """
    tongue = tongue_of(result, options)
    with speaking(tongue):
        return _document(resaid(cleaned(shortened(result))), target, layout, options.theme)


def _document(safe: AuditResult, target: Target, layout: Layout, theme: Theme | None) -> Document:
    views = arranged(safe, _most_lines(safe, target))
    there = sections(safe, theme)
    listed = contents(there, views)
    css, notices = (
        styles.sheet(target, theme),
        (*map(in_english, layout.notices), *safe.policy.notes, *_other_notes(safe)),
    )
    most = layout.most_on_cover if target == "html" else cover.fitting(safe, views, notices, layout.most_on_cover)
    facts = {
        "r": safe, "views": views, "target": target, "parts": there, "contents": listed, "css": css,
        "csp": styles.security_policy(css), "edition": layout.edition, "most_on_cover": most,
        "lang": spoken().code, "notices": notices, "titles": {entry.id: entry.title for entry in there},
        "number_of": {entry.id: entry.title.partition(".")[0] for entry in there},
        **_context(safe, views, target), **_in_theme(theme, target),
        "baseline_tables": baseline.baseline_tables(safe, _most_lines(safe, target)),
    }  # fmt: skip
    html = laid_out(_environment_of(theme), theme, facts)
    return Document(html=_unlinked(marked(html)), titles={entry.id: entry.title for entry in listed})


def _unlinked(html: str) -> str:
    """A link to a place that this edition does not have becomes the words that it holds."""
    there = {found[1] for found in re.finditer(r'\bid="([^"]*)"', html)}
    return re.sub(
        r'<a(?: class="[^"]*")? href="#([^"]*)">(.*?)</a>', lambda link: link[0] if link[1] in there else link[2], html
    )


def _other_notes(result: AuditResult) -> tuple[str, ...]:
    """The notes but for the mark of the rendering, which has a place of its own."""
    mark = result.disclosure.words if result.disclosure else None
    return tuple(note for note in result.notes if mark is None or note not in (mark, in_english(mark)))


def _most_lines(result: AuditResult, target: Target) -> int:
    if target == "html":
        return MOST_LINES_ON_SCREEN if len(result.findings) <= MANY_FINDINGS else MOST_LINES
    panels = {(finding.rule, finding.metric, finding.attribute) for finding in result.findings}
    return MOST_LINES if len(panels) <= MANY_PANELS else MOST_LINES_OF_MANY


def sections(result: AuditResult, theme: Theme | None = None) -> tuple[Entry, ...]:
    """The sections that this result has something to say in, and those of the theme, with their numbers."""
    optional = {"baseline": result.baseline, "scores": result.scores, "regimes": result.regimes or result.statements}
    there: list[Entry] = []
    for entry in SECTIONS:
        there += [replace(entry, title=_(entry.title))] if optional.get(entry.id, True) else []
        there += [
            Entry(id=one.id, title=one.title, template="added.html.j2", numbered=entry.numbered)
            for one in dress.sections(theme)
            if one.after == entry.id
        ]
    number = itertools.count(1)
    return tuple(replace(entry, title=f"{next(number)}. {entry.title}") if entry.numbered else entry for entry in there)


def contents(there: tuple[Entry, ...], views: tuple[RuleView, ...]) -> tuple[Entry, ...]:
    """The sections, and below the evidence its rules."""
    rules = tuple(
        Entry(id=view.id, title=short_name(view.rule.title), level=2, verdict=view.rule.verdict) for view in views
    )
    after = next(i for i, entry in enumerate(there, 1) if entry.id == "evidence")
    return (*there[:after], *rules, *there[after:])


def _context(result: AuditResult, views: tuple[RuleView, ...], target: Target) -> dict[str, Any]:
    """What the templates count and need beside the result."""
    brief = in_a_sentence(views) if target == "pdf" else frozenset()
    most, first = _most_lines(result, target), _figures(views) + 1
    groups = group_tables(result, most, first=first, paper=target == "pdf")
    return {
        "subject": " ".join(part for part in (result.subject.name, result.subject.version) if part),
        "tally": {verdict: sum(rule.verdict is verdict for rule in result.rules) for verdict in terms.SEVERITY},
        "waived_rules": sum(rule.waived for rule in result.rules),
        **cover.told(result),
        "has_bounds": any(rate.bounds for row in result.groups for rate in row.metrics.values()),
        "has_pulled": any(row.shrunken for row in result.groups),
        "group_tables": groups,
        "series_tables": series_tables(result, most),
        "score_parts": score_parts(
            result, most, first=first + sum(one.errors is not None for one in groups), paper=target == "pdf"
        ),
        "public_tables": public_tables(result),
        "policy_text": policy_text(result.policy.effective),
        "few_lines": FEW_LINES,
        "few_rules": FEW_RULES,
        "most_named": MOST_NAMED,
        "most_said": MOST_SAID if target == "html" else MOST_SAID_ON_PAPER,
        "adverse": _is_adverse(result),
        "harm_of": lambda rule, metric: harm_of(result, rule, metric),
        "labels_of": lambda rule: [_label(result, metric) for metric in rule.metrics],
        "is_brief": lambda panel: panel.id in brief,
        "briefs": len(brief),
    }


def _in_theme(theme: Theme | None, target: Target) -> dict[str, Any]:
    """What the templates need of a theme."""
    return {
        "theme": theme,
        "organisation": dress.organisation(theme) if theme else "",
        "logos": dress.logos(theme, target) if theme else [],
        "chart_colours": dress.in_charts(theme),
        "added": {one.id: one.body for one in dress.sections(theme)},
    }


def _figures(views: tuple[RuleView, ...]) -> int:
    """How many figures the evidence has."""
    return sum(panel.has_numbers for view in views for panel in view.panels)


def _label(result: AuditResult, metric: str) -> str:
    return result.metrics[metric].label if metric in result.metrics else metric


def _is_adverse(result: AuditResult) -> bool:
    """Does the policy say that the decision it counts is one against the person?"""
    data = result.policy.effective.get("data")
    decision = data.get("decision") if isinstance(data, Mapping) else None
    return isinstance(decision, Mapping) and bool(decision.get("adverse"))


def _rate_limits(panel: Panel) -> tuple[float, ...]:
    """What a rate may not be rounded across: the rule's own limits if it is the rate that they are about."""
    return (0.0, 1.0, *panel.limits) if panel.rule.compare == "value" else (0.0, 1.0)


_GLOBALS: dict[str, Any] = {
    "_": say, "_n": say_n, "date": date,
    "show": numbers.show, "span": numbers.span, "bounds": numbers.bounds, "count": numbers.count,
    "percent": numbers.percent, "points": numbers.POINTS, "p_value": terms.p_value, "px": px,
    "unit_of": sentences.unit, "unit_note": terms.unit_note, "rate_unit": sentences.rate_unit,
    "limits_of": terms.limits_of, "measured": terms.measured, "rate_limits": _rate_limits, "reported": terms.reported,
    "verdict_words": terms.VERDICT, "code": terms.CODE, "effects": terms.EFFECT, "bases": terms.BASIS,
    "unlimited_bases": terms.UNLIMITED_BASIS, "basis_word": terms.BASIS_WORD,
    "kinds": terms.KIND, "states": terms.STATE, "marks": terms.MARK,
    "burdens": terms.BURDEN, "judges": terms.JUDGE, "allowance": terms.allowance,
    "public_ratio": PLACES, "above_the_median": above_the_median,
    "publishing": publishing, "published_statements": published_statements,
    "most_drawn": MOST_DRAWN, "counted_words": counted_words,
    "detectable": terms.detectable, "further": terms.further,
    "strata_view": strata_view, "line_id": line_id, "strip": charts.strip, "figure": charts.figure, "key": charts.key,
}  # fmt: skip


_FILTERS: dict[str, Any] = {
    "name": lambda text: breakable(short_name(text)),
    "breakable": breakable,
    "isolated": isolated,
    "head": head,
    "upper_first": upper_first,
    "is_waived": terms.is_waived,
    "why": terms.why,
    "tallied": terms.tallied,
    "test_said": terms.test_said,
    "verdict_word": lambda verdict: terms.VERDICT[verdict].lower(),
}


@cache
def _environment() -> jinja2.Environment:
    return _furnished(environment(None))


def _environment_of(theme: Theme | None) -> jinja2.Environment:
    """The templates; those of a theme are not kept."""
    return _furnished(environment(theme)) if theme and theme.templates else _environment()


def _furnished(made: jinja2.Environment) -> jinja2.Environment:
    """With all that templates may call."""
    made.globals.update(_GLOBALS)
    made.filters.update(_FILTERS)
    return made
