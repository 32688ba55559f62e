"""How much the cover can list, so that whoever reads one page has the whole of it: the sign-off is on it too."""

from __future__ import annotations

import math
from collections.abc import Iterable

from audit.render.panels import RuleView
from audit.result import AuditResult
from audit.values import Verdict

#: How many letters a line of each part holds, and how tall it is, in lines of the table of failures.
_FINDING, _STEP, _NOTICE, _SUMMARY, _PURPOSE, _COLUMN = (
    (78, 1.0),
    (95, 1.15),
    (112, 1.0),
    (86, 1.25),
    (95, 1.2),
    (56, 1.0),
)
#: What a row of the table adds, a line of further ones, a row of signatures, and the second of two columns.
_ROW, _MORE, _SIGNATURES, _SURE = 0.6, 1.2, 4.4, 4.0
_SIGNED_ACROSS = 3
#: So many lines there are below the headings.
ROOM = 32.0
#: A cover never lists fewer than this, whatever the lengths of its texts.
FEWEST = 1


def told(result: AuditResult) -> dict[str, int | None]:
    """What the cover says of the comparisons: how many are open, judged, too small to be, without a limit, or withheld;
    and of how many records they are, which is more than of rows where a row stands for several.
    """
    verdicts = [finding.verdict for finding in result.findings]
    unlimited = sum(f.verdict is Verdict.NOT_JUDGED and f.reason == "no_limit" for f in result.findings)
    return {
        "inconclusive_groups": verdicts.count(Verdict.INCONCLUSIVE),
        "judged": sum(verdict not in (Verdict.NOT_JUDGED, Verdict.WITHHELD) for verdict in verdicts),
        "set_aside": verdicts.count(Verdict.NOT_JUDGED) - unlimited,
        "unlimited": unlimited,
        "withheld": verdicts.count(Verdict.WITHHELD),
        "counted": result.overall.n if result.method.weights == "frequency" else result.rows.analysed,
    }


def fitting(result: AuditResult, views: tuple[RuleView, ...], notices: tuple[str, ...], most: int) -> int:
    """How many failures, steps and notices fit on a page of paper: at most so many, and an estimate."""
    return next((n for n in range(most, FEWEST, -1) if _height(result, views, notices, n) <= ROOM), min(most, FEWEST))


def _height(result: AuditResult, views: tuple[RuleView, ...], notices: tuple[str, ...], most: int) -> float:
    failed = [
        view.lead.because if view.lead else view.rule.summary for view in views if view.rule.verdict is Verdict.FAIL
    ]
    listed = [failed, list(result.next_steps), list(notices)]
    rows = sum(max(3.0, _lines([text[:360]], _FINDING)) + _ROW for text in failed[:most])
    further = _MORE * sum(len(texts) > most for texts in listed)
    steps, said = _lines([s[:240] for s in result.next_steps[:most]], _STEP), [n[:240] for n in notices[:most]]
    signed = _SIGNATURES * max(0.4, math.ceil(len(result.signoff) / _SIGNED_ACROSS))
    return rows + further + steps + _lines(said, _NOTICE) + _head(result) + max(_SURE, _open(views)) + signed


def _head(result: AuditResult) -> float:
    """The lines above the table of failures that depend on the audit."""
    subject = result.subject
    texts = (subject.purpose or "", result.title, "; ".join(subject.out_of_scope)[:300], " " * 60)
    return _lines([" ".join(texts)[:800]], _PURPOSE) + _lines([result.summary[:600]], _SUMMARY)


def _open(views: tuple[RuleView, ...]) -> float:
    """The lines that name what is not settled."""
    names = [
        view.rule.id[:120] for view in views if view.rule.verdict in (Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE)
    ]
    return _lines([", ".join(names[:12]) + " " * 90], _COLUMN)


def _lines(texts: Iterable[str], kind: tuple[int, float]) -> float:
    """How tall some texts are, each beginning on a line of its own."""
    letters, tall = kind
    return sum(math.ceil(len(text) / letters) for text in texts) * tall
