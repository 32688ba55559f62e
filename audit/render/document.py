"""One page for screens and paper: a result laid out by the templates, with everything that it needs inside it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import jinja2
from markupsafe import Markup

from audit import numbers, words
from audit.render import charts, terms
from audit.render.clean import breakable, cleaned, isolated, short_name
from audit.render.forest import MOST_DRAWN
from audit.render.groups import group_tables
from audit.render.names import shortened
from audit.render.panels import Panel, RuleView, arranged, line_id
from audit.render.policytext import policy_text
from audit.render.scales import px
from audit.render.scores import counted_words, score_parts
from audit.render.series import series_tables
from audit.render.strata import strata_view, warned_of
from audit.resources import folder
from audit.result import AuditResult
from audit.values import Verdict

Target = Literal["html", "pdf"]
Edition = Literal["full", "summary"]

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
#: With more panels than this, paper shows fewer lines of each, and those that pass as a sentence.
MANY_PANELS, MOST_LINES_OF_MANY = 12, 10
#: A screen has room for more, unless there are very many findings.
MOST_LINES_ON_SCREEN, MANY_FINDINGS = 200, 2000

_FONTS = (
    ("Audit Sans", 400, "sans-400"),
    ("Audit Sans", 600, "sans-600"),
    ("Audit Mono", 400, "mono-400"),
    ("Audit Serif", 600, "serif-600"),
)
#: One for each section, and those that all of them share; dark colours come last because they override.
_SHEETS = (
    "tokens", "base", "pill", "table", "chart", "cover", "brief", "contents", "read", "rules", "evidence", "groups",
    "scores", "rows", "method", "provenance", "print", "screen", "dark",
)  # fmt: skip
_FONT_FILES: dict[Target, tuple[str, str]] = {"html": ("woff2", "font/woff2"), "pdf": ("ttf", "font/ttf")}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the contents."""

    id: str
    title: str
    level: int = 1
    verdict: Verdict | None = None


#: The sections in order. All but the first two are numbered, as far as they are there.
SECTIONS = (
    Entry(id="verdict", title="Verdict"),
    Entry(id="read", title="How to read this report"),
    Entry(id="rules", title="Every rule at a glance"),
    Entry(id="evidence", title="Evidence for each rule"),
    Entry(id="groups", title="Every group, every rate"),
    Entry(id="scores", title="Scores by group"),
    Entry(id="rows", title="Where every row went"),
    Entry(id="regimes", title="What the packs ask for"),
    Entry(id="method", title="Method"),
    Entry(id="provenance", title="Provenance and reproduction"),
)
_UNNUMBERED = ("verdict", "read")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How much of a result a page shows: `summary` is the cover alone. `notices` stand on it, before the result's."""

    edition: Edition = "full"
    notices: tuple[str, ...] = ()
    most_on_cover: int = MOST_ON_COVER


FULL, SUMMARY = Layout(), Layout(edition="summary")


@dataclass(frozen=True, kw_only=True)
class Document:
    """The page's HTML, and the titles of the places in it that can be linked to."""

    html: str
    titles: Mapping[str, str]


def document(result: AuditResult, target: Target, layout: Layout = FULL) -> Document:
    """Lay a result out for a screen or for paper."""
    safe = cleaned(shortened(result))
    views = arranged(safe, _most_lines(safe, target))
    there = sections(safe)
    listed = contents(there, views)
    css = Markup(_fonts(target) + _styles())  # noqa: S704  our own files, no result in them
    html = _environment().get_template("page.html.j2").render(
        r=safe, views=views, target=target, contents=listed, css=css, csp=_policy_of(css),
        edition=layout.edition, most_on_cover=layout.most_on_cover, notices=(*layout.notices, *safe.notes),
        titles={entry.id: entry.title for entry in there},
        number_of={entry.id: entry.title.partition(".")[0] for entry in there}, **_context(safe, views, target),
    )  # fmt: skip
    return Document(html=_unlinked(html), titles={entry.id: entry.title for entry in listed})


def _unlinked(html: str) -> str:
    """A link to a place that this edition does not have becomes the words that it holds."""
    there = {found[1] for found in re.finditer(r'\bid="([^"]*)"', html)}
    return re.sub(r'<a href="#([^"]*)">(.*?)</a>', lambda link: link[0] if link[1] in there else link[2], html)


def _most_lines(result: AuditResult, target: Target) -> int:
    if target == "html":
        return MOST_LINES_ON_SCREEN if len(result.findings) <= MANY_FINDINGS else MOST_LINES
    panels = {(finding.rule, finding.metric, finding.attribute) for finding in result.findings}
    return MOST_LINES if len(panels) <= MANY_PANELS else MOST_LINES_OF_MANY


def sections(result: AuditResult) -> tuple[Entry, ...]:
    """The sections that this result has something to say in, with their numbers."""
    optional = {"scores": bool(result.scores), "regimes": bool(result.regimes or result.statements)}
    there = [entry for entry in SECTIONS if optional.get(entry.id, True)]
    first = len(_UNNUMBERED)
    numbered = [replace(entry, title=f"{n}. {entry.title}") for n, entry in enumerate(there[first:], 1)]
    return (*there[:first], *numbered)


def contents(there: tuple[Entry, ...], views: tuple[RuleView, ...]) -> tuple[Entry, ...]:
    """The sections, and below the evidence its rules."""
    rules = tuple(
        Entry(id=view.id, title=short_name(view.rule.title), level=2, verdict=view.rule.verdict) for view in views
    )
    after = next(i for i, entry in enumerate(there, 1) if entry.id == "evidence")
    return (*there[:after], *rules, *there[after:])


def _context(result: AuditResult, views: tuple[RuleView, ...], target: Target) -> dict[str, Any]:
    """What the templates count and need beside the result."""
    panels = sum(len(view.panels) for view in views)
    verdicts = [finding.verdict for finding in result.findings]
    return {
        "subject": " ".join(part for part in (result.subject.name, result.subject.version) if part),
        "tally": {verdict: sum(rule.verdict is verdict for rule in result.rules) for verdict in terms.SEVERITY},
        "waived_rules": sum(rule.waived for rule in result.rules),
        "inconclusive_groups": verdicts.count(Verdict.INCONCLUSIVE),
        "not_judged": verdicts.count(Verdict.NOT_JUDGED),
        "has_bounds": any(rate.bounds for row in result.groups for rate in row.metrics.values()),
        "has_pulled": any(row.shrunken for row in result.groups),
        "group_tables": group_tables(result, _most_lines(result, target)),
        "series_tables": series_tables(result, _most_lines(result, target)),
        "score_parts": score_parts(
            result, _most_lines(result, target), first=_figures(views) + 1, paper=target == "pdf"
        ),
        "policy_text": policy_text(result.policy.effective),
        "few_lines": FEW_LINES,
        "few_rules": FEW_RULES,
        "most_named": MOST_NAMED,
        "most_said": MOST_SAID if target == "html" else MOST_SAID_ON_PAPER,
        "adverse": _is_adverse(result),
        "labels_of": lambda rule: [_label(result, metric) for metric in rule.metrics],
        "is_brief": lambda panel: (
            target == "pdf" and panels > MANY_PANELS and panel.lead.verdict is Verdict.PASS and not warned_of(panel)
        ),
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
    "show": numbers.show, "span": numbers.span, "bounds": numbers.bounds, "count": numbers.count,
    "percent": numbers.percent, "p_value": terms.p_value, "px": px,
    "unit_of": words.unit, "unit_note": terms.unit_note, "rate_unit": words.rate_unit,
    "limits_of": terms.limits_of, "measured": terms.measured, "rate_limits": _rate_limits,
    "verdict_words": terms.VERDICT, "code": terms.CODE, "effects": terms.EFFECT, "bases": terms.BASIS,
    "unlimited_bases": terms.UNLIMITED_BASIS, "basis_word": terms.BASIS_WORD,
    "kinds": terms.KIND, "states": terms.STATE, "marks": terms.MARK,
    "burdens": terms.BURDEN, "judges": terms.JUDGE, "corrections": terms.CORRECTION,
    "most_drawn": MOST_DRAWN, "counted_words": counted_words,
    "detectable": terms.detectable, "further": terms.further,
    "strata_view": strata_view, "line_id": line_id, "strip": charts.strip, "figure": charts.figure, "key": charts.key,
}  # fmt: skip

_FILTERS: dict[str, Any] = {
    "name": lambda text: breakable(short_name(text)),
    "breakable": breakable,
    "isolated": isolated,
    "head": lambda text, most: text if len(text) <= most else text[:most].rstrip() + "…",
    "upper_first": lambda text: text[:1].upper() + text[1:],
    "is_waived": terms.is_waived,
    "why": terms.why,
    "tallied": terms.tallied,
    "test_said": terms.test_said,
    "verdict_word": lambda verdict: terms.VERDICT[verdict].lower(),
}


@cache
def _environment() -> jinja2.Environment:
    """Everything is escaped, and a name that does not exist is an error rather than nothing."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates") / "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_GLOBALS)
    made.filters.update(_FILTERS)
    return made


def _policy_of(css: str) -> str:
    """The content security policy: nothing but this one style sheet, and fonts and pictures that are in the file."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _styles() -> str:
    sheets = [(folder("templates") / "report" / f"{name}.css").read_text(encoding="utf-8") for name in _SHEETS]
    return _tight("\n".join(sheets))


def _tight(css: str) -> str:
    """Without comments and needless spaces."""
    plain = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return re.sub(r"\s*([{};])\s*", r"\1", plain).strip()


@cache
def _fonts(target: Target) -> str:
    suffix, kind = _FONT_FILES[target]
    return "".join(_font(family, weight, f"{file}.{suffix}", kind) for family, weight, file in _FONTS)


def _font(family: str, weight: int, file: str, kind: str) -> str:
    data = base64.b64encode((folder("templates") / "report" / "fonts" / file).read_bytes()).decode()
    source = f'src:url("data:{kind};base64,{data}")'
    return f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:normal;font-display:block;{source}}}'
