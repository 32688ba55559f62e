"""What an audit does not say, in sentences that stand on every card."""

from __future__ import annotations

from collections.abc import Iterator

from audit.numbers import percent
from audit.render.terms import CORRECTION
from audit.result import AuditResult
from audit.values import Verdict
from audit.wording import counted, listed

#: Named in a sentence at most.
_MOST = 8


def limits(result: AuditResult) -> tuple[str, ...]:
    """The limits of an audit, from the particular to the general."""
    return tuple(_limits(result))


def _limits(result: AuditResult) -> Iterator[str]:
    if result.subject.out_of_scope:
        yield f"Out of scope: {listed(result.subject.out_of_scope, _MOST)}."
    for verdict, why in _OPEN.items():
        rules = [rule.title for rule in result.rules if rule.verdict is verdict]
        if rules:
            yield f"{why}: {listed(rules, _MOST)}."
    quiet = [f"{row.group} ({row.attribute})" for row in result.groups if row.status != "judged"]
    if quiet:
        yield f"{counted(len(quiet), 'group')} not judged, as too small or withheld: {listed(quiet, _MOST)}."
    unknown = [row.attribute for row in result.rows.by_attribute if row.unknown is None or row.unknown > 0]
    if unknown:
        yield f"For some records the group is not known: {listed(unknown, _MOST)}."
    confidence = percent(result.method.confidence, digits=0)
    yield f"Intervals are at {confidence}, {CORRECTION.get(result.method.correction, result.method.correction)}."
    yield (
        "The verdicts are about these records, this version and this policy. They say nothing about other people, "
        "later data or another use, and no law is met by them alone."
    )


_OPEN = {
    Verdict.INCONCLUSIVE: "The evidence settles neither way",
    Verdict.NOT_COMPUTABLE: "The data do not let these be computed",
}
