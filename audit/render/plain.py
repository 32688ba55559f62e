"""A summary as plain text for terminals and logs: nothing in it can move a cursor or start a formula."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from audit.numbers import WITHHELD, count, percent, show, span
from audit.render.clean import cleaned, inert, short_name
from audit.render.names import shortened
from audit.render.options import PLAIN, Options
from audit.render.panels import RuleView, arranged
from audit.render.terms import (
    EFFECT,
    SEVERITY,
    VERDICT,
    allowance,
    is_waived,
    limit_words,
    limits_of,
    records,
    unit_note,
)
from audit.render.worst import badness, harms_of
from audit.result import AuditResult, Finding, RuleSummary
from audit.values import Verdict
from audit.wording import counted
from audit.words.sentences import in_sentence
from audit.words.sentences import unit as unit_of

WIDTH = 96
#: Groups listed for each rule; the rest are counted.
MOST = 8
_SETTLED = (Verdict.PASS, Verdict.NOT_JUDGED, Verdict.WITHHELD)


def write(result: AuditResult, _options: Options = PLAIN) -> bytes:
    """The summary as text: the same bytes for the same result."""
    lines = (line.rstrip() for line in _lines(cleaned(shortened(result))))
    return ("\n".join(lines) + "\n").encode("utf-8")


def _lines(result: AuditResult) -> Iterator[str]:
    subject = " ".join(part for part in (result.subject.name, result.subject.version) if part)
    yield from _wrapped(f"{inert(subject)}: {result.headline}")
    yield from _wrapped(inert(result.summary))
    yield ""
    yield _tally(result)
    for view in arranged(result, MOST):
        yield ""
        yield from _rule(result, view)
    yield from _notes("Notes", (*result.policy.notes, *result.notes))
    yield from _notes("Next", result.next_steps)
    yield ""
    yield from _evidence(result)


def _tally(result: AuditResult) -> str:
    counts = [(verdict, sum(rule.verdict is verdict for rule in result.rules)) for verdict in SEVERITY]
    said = ", ".join(f"{n} {VERDICT[verdict].lower()}" for verdict, n in counts if n)
    return f"{counted(len(result.rules), 'rule')}: {said}. Inconclusive is not a pass."


def _rule(result: AuditResult, view: RuleView) -> Iterator[str]:
    rule = view.rule
    waived = ", waived" if rule.waived else ""
    head = f"{VERDICT[rule.verdict].upper()}{waived}  {short_name(rule.id)} ({EFFECT.get(rule.effect, rule.effect)})"
    yield from _wrapped(head)
    yield from _wrapped(inert(rule.title), "  ")
    harms = harms_of(result)
    findings = sorted((f for f in result.findings if f.rule == rule.id), key=lambda found: badness(found, harms))
    shown = [f for f in findings if f.verdict not in _SETTLED] or findings[:1]
    for finding in shown[:MOST]:
        yield from _wrapped(_finding(result, finding), "    ")
    if len(shown) > MOST:
        yield f"    and {count(len(shown) - MOST)} more"
    if _is_hidden(rule, findings):
        yield "    withheld: the comparison that decides"


def _is_hidden(rule: RuleSummary, findings: Sequence[Finding]) -> bool:
    """Is what decides among the findings that this rendering withholds?"""
    verdicts = {finding.verdict for finding in findings}
    return rule.verdict not in verdicts and Verdict.WITHHELD in verdicts


def _finding(result: AuditResult, finding: Finding) -> str:
    unit, limits = unit_of(finding.metric, finding.compare), limits_of(finding)
    value = show(finding.value, unit, limits) + ("" if limits or finding.value is None else unit_note(unit))
    interval = "no interval"
    if finding.value is not None:
        interval = span(finding.interval.low, finding.interval.high, unit, limits)
    limit = limit_words(finding)
    waived = ", waived" if is_waived(finding) else ""
    name = inert(short_name(finding.group or finding.attribute))
    note = result.metrics.get(finding.metric)
    what = f"{in_sentence(note.label) if note else finding.metric} ({finding.compare})"
    verdict = VERDICT[finding.verdict].lower()
    return f"{verdict}{waived}: {name}, {what} {value}, interval {interval}, {limit}, n {count(records(finding))}"


def _notes(head: str, notes: tuple[str, ...]) -> Iterator[str]:
    if notes:
        yield ""
        yield head
    for note in notes:
        yield from _wrapped(f"- {note}", "  ")


def _evidence(result: AuditResult) -> Iterator[str]:
    rows, method = result.rows, result.method
    yield f"{count(rows.read)} rows read, {count(rows.analysed)} analysed, {count(rows.unusable)} unusable"
    confidence = percent(method.confidence, digits=0)
    yield from _wrapped(f"confidence {confidence}; failures are claimed {allowance(method)}")
    yield from _wrapped(f"policy {result.policy.sha256}")
    yield from _wrapped(f"counts {result.data.counts_sha256 or WITHHELD}, as of {result.provenance.as_of}")


def _wrapped(text: str, indent: str = "") -> list[str]:
    """The text in lines of one width, those after the first indented further."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)
