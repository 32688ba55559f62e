"""A result said again in another language: its sentences, so far as they follow from the rest of it.

A result holds its sentences in English. Each is made a second time, in English, from the numbers and names that the
result holds; only where that gives what is stored, letter for letter, is it made in the other language. Whatever else
is stored stays as it is, marked as English, so that no translation can say more than the result does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from audit.numbers import count, percent
from audit.result import AuditResult, Finding, GroupRow, MetricNote
from audit.tongue import ENGLISH, Spoken, _, figures, in_english, speaking, spoken
from audit.wording import listed
from audit.words import sentences, summary_words
from audit.words.power_words import further_words
from audit.words.rule_words import next_steps, rule_words

#: More records can change a verdict that is taken for one of these.
_OPEN = ("across", "not_after_adjustment", "few_events")
#: The share of the records that needs a counterpart; with another one the sentence would not be the stored one.
_LEAST_USED = 0.5
SCOPES = {"policy": "this audit", "rule": "this rule"}


def resaid(result: AuditResult) -> AuditResult:
    """The same result with its sentences in the language of the moment, those that it lacks marked as English."""
    if spoken().code == "en":
        return result
    steps = dict(_pairs(lambda: _steps(result)))
    return replace(
        result,
        headline=_(result.headline),
        summary=_summary(result),
        next_steps=tuple(steps.get(step) or in_english(step) for step in result.next_steps),
        findings=tuple(_finding(result, finding) for finding in result.findings),
        metrics={name: _metric(note) for name, note in result.metrics.items()},
        method=replace(result.method, notes=tuple(map(in_english, result.method.notes))),
        notes=tuple(map(in_english, result.notes)),
        policy=replace(result.policy, notes=tuple(map(in_english, result.policy.notes))),
        overall=_row(result, result.overall),
        groups=tuple(_row(result, row) for row in result.groups),
    )


def _pairs(say: Callable[[], tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Sentences in English, each with itself in the language of the moment."""
    with speaking(ENGLISH):
        english = say()
    yield from zip(english, say(), strict=True)


def _steps(result: AuditResult) -> tuple[str, ...]:
    return next_steps([rule_words(rule, result.findings, result.metrics) for rule in result.rules], result.findings)


def _summary(result: AuditResult) -> str:
    """The summary; what stands behind the part that can be said again stays English."""
    rules = [rule_words(rule, result.findings, result.metrics) for rule in result.rules]
    for outcome in summary_words.HEADLINES:
        [(english, said)] = _pairs(lambda: (summary_words.summary(outcome, rules, result.overall.n),))  # noqa: B023
        if result.summary.startswith(english):
            return _behind(result.summary, english, said)
    return in_english(result.summary)


def _behind(stored: str, english: str, said: str) -> str:
    """What is stored, its beginning said in the language of the moment, and what stands behind that in English."""
    if not stored.startswith(english):
        return in_english(stored)
    rest = stored.removeprefix(english).strip()
    return f"{said} {in_english(rest)}" if rest else said


def _metric(note: MetricNote) -> MetricNote:
    return replace(note, label=sentences.label_words(note.label), words=_(note.words), counted=_(note.counted))


def _row(result: AuditResult, row: GroupRow) -> GroupRow:
    """A group's row with how it stands, and why a rate of it has no value."""
    facts = {"min_count": result.method.min_count, "min_share": result.method.min_share}
    metrics = {
        name: replace(rate, reason=_known(rate.reason, sentences.UNDEFINED, {"counted": result.metrics[name].counted}))
        if rate.reason and name in result.metrics
        else rate
        for name, rate in row.metrics.items()
    }
    return replace(row, status=_known(row.status, sentences.STATUS, facts), metrics=metrics)


def _known(text: str, table: Spoken[str], facts: Mapping[str, Any]) -> str:
    """A few words that a table has, in the language of the moment."""
    for key in table:
        [(english, said)] = _pairs(lambda: (_filled(table, key, facts),))  # noqa: B023
        if english == text:
            return said
    return in_english(text)


def _filled(table: Spoken[str], key: str, facts: Mapping[str, Any]) -> str:
    """A message of a table with what stands in it, itself said in the language of the moment."""
    said = {name: _(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    return figures(table[key].format(**said)) if "%" in table[key] else table[key].format(**said)


def _finding(result: AuditResult, finding: Finding) -> Finding:
    if finding.metric not in result.metrics or finding.reason not in (*sentences.REASONS, *sentences.MISSING):
        return replace(finding, because=in_english(finding.because))
    try:
        [(english, said)] = _pairs(lambda: (_because(result, finding),))
    except KeyError:  # a result of another version, whose sentence needs what this one does not hold
        return replace(finding, because=in_english(finding.because))
    return replace(finding, because=_behind(finding.because, english, said))


def _because(result: AuditResult, finding: Finding) -> str:
    told = sentences.because(_said(result, finding))
    more = further_words(finding.power) if finding.reason in _OPEN else ""
    return f"{told} {more}" if more else told


def _said(result: AuditResult, finding: Finding) -> sentences.Said:
    metric = result.metrics[finding.metric]
    return sentences.Said(
        metric=finding.metric,
        label=metric.label,
        counted=metric.counted,
        compare=finding.compare,
        attribute=finding.attribute,
        group=finding.group or finding.attribute,
        reference=finding.reference or "",
        value=finding.value,
        group_value=finding.group_value,
        reference_value=finding.reference_value,
        interval=finding.interval,
        plain=finding.unadjusted_interval,
        limits=(finding.accepts.low, finding.accepts.high),
        confidence=result.method.confidence,
        reason=finding.reason,
        given=finding.given,
        change=finding.change,
        details=_details(result, finding),
    )


def _details(result: AuditResult, finding: Finding) -> dict[str, str]:
    """What sentences say beside a finding's own numbers, as it was said when they were made."""
    method = result.method
    row = next((r for r in result.groups if (r.attribute, r.group) == (finding.attribute, finding.group)), None)
    rate = row.metrics.get(finding.metric) if row else None
    rule = next((rule for rule in result.rules if rule.id == finding.rule), None)
    test = finding.test.words if finding.test else None
    return {
        "family": str(method.family),
        "scope": _(SCOPES[method.family_of]),
        "min_expected": f"{method.min_expected:g}",
        "test": in_english(test) if test else "",
        "n": count(row.n) if row else "",
        "trials": count(rate.n) if rate else "",
        "min_count": count(method.min_count),
        "share": percent(row.share, method.min_share) if row else "",
        "min_share": percent(method.min_share),
        "factors": listed(rule.given) if rule else "",
        **_alike(finding),
    }


def _alike(finding: Finding) -> dict[str, str]:
    """How many of the records have a counterpart, and how many would have to."""
    if finding.given is None:
        return {}
    return {"used": percent(finding.given.used, _LEAST_USED), "least": percent(_LEAST_USED, digits=0)}
