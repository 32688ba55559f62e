"""The section of a model card, in Markdown: verdict, factors, quantitative analyses, limits, and how to verify it.

After Mitchell et al., Model Cards for Model Reporting (2019): analyses unitary and intersectional, with intervals.
"""

from __future__ import annotations

import re

from audit.cards.facts import SETTLED, Facts
from audit.cards.limits import limits
from audit.render.markdown import MARK, environment
from audit.render.terms import reported
from audit.render.worst import badness
from audit.result import AuditResult
from audit.values import Outcome, Verdict
from audit.words.sentences import rate_unit

#: More lines than this of one table, and more findings, are counted.
MOST = 25
_SIGN = {
    Outcome.PASS: MARK[Verdict.PASS],
    Outcome.FAIL: MARK[Verdict.FAIL],
    Outcome.WAIVED: MARK[Verdict.FAIL],
    Outcome.INCONCLUSIVE: MARK[Verdict.INCONCLUSIVE],
}


def section(facts: Facts) -> str:
    """The section without its markers: the same text for the same run, rendering and address."""
    shown = facts.shown
    text = environment().get_template("card.md.j2").render(
        r=shown, mark=_mark(shown), marks=MARK, views=facts.views, most=MOST, rate_unit=rate_unit,
        metrics=[name for name in facts.metrics if name in shown.metrics], url=_address(facts.url),
        unitary=list(facts.groups(crossed=False)), crossed=list(facts.groups(crossed=True)), limits=limits(shown),
        digest_of=facts.named, sha256=facts.digest,
        unsettled=sorted((f for f in shown.findings if f.verdict not in SETTLED), key=badness),
    )  # fmt: skip
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _mark(shown: AuditResult) -> str:
    return MARK[Verdict.NOT_JUDGED] if reported(shown) else _SIGN[shown.outcome]


def _address(url: str | None) -> object:
    """The address as a link's target: it was checked where it was given, and nothing in it ends the link."""
    from markupsafe import Markup

    return Markup(url) if url else None  # noqa: S704  only http(s), without spaces, brackets and quotes
