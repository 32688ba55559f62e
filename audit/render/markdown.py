"""A summary in Markdown, for a pull request or a wiki: what failed, what is not settled, and on what evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from audit import numbers
from audit.render import terms
from audit.render.baseline import baseline_tables
from audit.render.clean import cleaned, markdown, short_name
from audit.render.names import shortened
from audit.render.options import PLAIN, Options
from audit.render.panels import arranged
from audit.render.worst import badness
from audit.resources import folder
from audit.result import AuditResult
from audit.values import Verdict
from audit.words import sentences

#: More findings than this are counted, not listed.
MOST = 25
#: Signs that survive without colour; the word always stands beside them.
MARK = {
    Verdict.PASS: "●",
    Verdict.FAIL: "◆",
    Verdict.INCONCLUSIVE: "○",
    Verdict.NOT_COMPUTABLE: "□",
    Verdict.NOT_JUDGED: "□",
    Verdict.WITHHELD: "□",
}
_SETTLED = (Verdict.PASS, Verdict.NOT_JUDGED, Verdict.WITHHELD)


def write(result: AuditResult, _options: Options = PLAIN) -> bytes:
    """The Markdown summary: the same bytes for the same result."""
    safe = cleaned(shortened(result))
    unsettled = sorted((f for f in safe.findings if f.verdict not in _SETTLED), key=badness)
    text = environment().get_template("summary.md.j2").render(
        r=safe, views=arranged(safe, MOST), unsettled=unsettled, most=MOST, tables=baseline_tables(safe, MOST),
        subject=" ".join(part for part in (safe.subject.name, safe.subject.version) if part),
        tally={verdict: sum(rule.verdict is verdict for rule in safe.rules) for verdict in terms.SEVERITY},
    )  # fmt: skip
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode("utf-8")


def _escaped(value: Any) -> Any:
    """Every text that a template prints is escaped, unless it is known to be plain."""
    return markdown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _digest(text: str) -> Markup:
    """The leading digits of a digest, and nothing but digits."""
    return Markup(re.sub("[^0-9a-f]", "", text))  # noqa: S704  digits only


def _safe(write: Callable[..., str]) -> Callable[..., Markup]:
    """A function that writes numbers: its text needs no escaping, and a sign in it starts no formula."""
    return lambda *given, **named: Markup(write(*given, **named))  # noqa: S704  numbers only


@cache
def environment() -> jinja2.Environment:
    """The templates of Markdown: whatever they print is escaped as Markdown needs it."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates")),
        autoescape=False,  # noqa: S701  Markdown has rules of its own, which `finalize` applies to everything
        finalize=_escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        show=_safe(numbers.show), span=_safe(numbers.span), bounds=_safe(numbers.bounds), count=_safe(numbers.count),
        percent=_safe(numbers.percent), p_value=_safe(terms.p_value), points=numbers.POINTS,
        rate_unit=sentences.rate_unit, unit_of=sentences.unit, unit_note=terms.unit_note, limits_of=terms.limits_of,
        verdict_words=terms.VERDICT,
        effects=terms.EFFECT, allowance=terms.allowance, mark=MARK, records=terms.records,
    )  # fmt: skip
    made.filters.update(short_name=short_name, digest=_digest)
    return made
