"""A CycloneDX bill of materials (ML-BOM) that names the model and holds its card: fairness assessments and rates.

The words of CycloneDX 1.6, which 1.7 kept. Its fairness assessments are sentences; numbers go to the quantitative
analysis, where they are texts, and verdicts to properties.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from audit.cards.facts import SETTLED, Facts
from audit.cards.limits import limits
from audit.render.worst import badness
from audit.result import Finding, GroupRow
from audit.words import sentences

SPEC = "1.6"
#: Fairness assessments at most, the worst ones.
MOST = 100
#: Serial numbers are made from the digests of audits, in a name space of their own.
_SERIALS = uuid.UUID("7d0b1f0e-6a55-5d7e-9a55-e7e64a4d0001")


def bill(facts: Facts) -> bytes:
    """The bill as JSON: the same bytes for the same run and rendering."""
    return (json.dumps(_bill(facts), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _bill(facts: Facts) -> dict[str, Any]:
    manifest = facts.run.manifest
    tool = {"type": "application", "name": "evenhand", "version": manifest.evenhand}
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SERIALS, facts.digest)}",
        "version": 1,
        "metadata": {"timestamp": f"{manifest.as_of}T00:00:00Z", "tools": {"components": [tool]}},
        "components": [_model(facts)],
    }


def _model(facts: Facts) -> dict[str, Any]:
    subject, model = facts.shown.subject, facts.run.manifest.model
    made: dict[str, Any] = {"type": "machine-learning-model", "bom-ref": "model", "name": subject.name}
    if subject.version:
        made["version"] = subject.version
    if subject.owner:
        made["supplier"] = {"name": subject.owner}
    if model and model.sha256:
        made["hashes"] = [{"alg": "SHA-256", "content": model.sha256}]
    if facts.url:
        made["externalReferences"] = [{"type": "evidence", "url": facts.url, "comment": "The audit"}]
    return made | {"modelCard": _card(facts)}


def _card(facts: Facts) -> dict[str, Any]:
    purpose = facts.shown.subject.purpose
    considerations: dict[str, Any] = {"useCases": [purpose]} if purpose else {}
    considerations |= {
        "technicalLimitations": list(limits(facts.shown)),
        "fairnessAssessments": list(_assessments(facts)),
    }
    return {
        "quantitativeAnalysis": {"performanceMetrics": [*_disparities(facts), *_rates(facts)]},
        "considerations": considerations,
        "properties": [{"name": f"evenhand:{name}", "value": value} for name, value in _properties(facts)],
    }


def _assessments(facts: Facts) -> Iterator[dict[str, str]]:
    """One for each finding that failed or is open: who is at risk, and what was found."""
    shown = facts.shown
    titles = {rule.id: rule.title for rule in shown.rules}
    found = sorted((one for one in shown.findings if one.verdict not in SETTLED), key=badness)
    for finding in found[:MOST]:
        said = {"groupAtRisk": _slice(finding), "harms": f"{titles[finding.rule]}: {finding.because}"}
        waiver = finding.waiver
        if waiver:
            said["mitigationStrategy"] = f"Accepted until {waiver.expires} by {waiver.approved_by}: {waiver.reason}"
        yield said


def _slice(finding: Finding) -> str:
    return finding.attribute if finding.group is None else f"{finding.attribute}: {finding.group}"


def _disparities(facts: Facts) -> Iterator[dict[str, Any]]:
    for finding in facts.shown.findings:
        if finding.value is None:
            continue
        against = f", against {finding.reference}" if finding.reference else ""
        kind = f"{finding.metric} {finding.compare}"
        yield _number(kind, f"{_slice(finding)}{against}", finding.value, finding.interval.low, finding.interval.high)


def _rates(facts: Facts) -> Iterator[dict[str, Any]]:
    for row in (facts.shown.overall, *facts.shown.groups):
        for name in facts.metrics:
            rate = row.metrics.get(name)
            if rate is not None and rate.value is not None:
                yield _number(name, _of(row), rate.value, rate.low, rate.high)


def _of(row: GroupRow) -> str:
    return f"{row.attribute}: {row.group}" if row.group_key else row.group


def _number(kind: str, slice_: str, value: float, low: float | None, high: float | None) -> dict[str, Any]:
    ends = {name: repr(end) for name, end in (("lowerBound", low), ("upperBound", high)) if end is not None}
    said = {"type": kind, "value": repr(value), "slice": slice_}
    return said | ({"confidenceInterval": ends} if ends else {})


def _properties(facts: Facts) -> Iterator[tuple[str, str]]:
    shown = facts.shown
    yield "outcome", shown.outcome.value
    yield "headline", shown.headline
    yield "as_of", shown.provenance.as_of
    yield f"{facts.named}_sha256", facts.digest
    yield "policy", shown.policy.title
    yield "policy_sha256", shown.policy.sha256
    yield "rendering", shown.disclosure.rendering if shown.disclosure else "restricted"
    for rule in shown.rules:
        yield f"rule:{rule.id}", rule.verdict.value + (", waived" if rule.waived else "")
        yield f"rule:{rule.id}:tally", sentences.tally_words(rule.tally)
