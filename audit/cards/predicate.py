"""Predicates for in-toto attestations, to be signed by whatever signs: `gh attestation`, cosign, `evenhand sign`.

`test_result` has the fields of https://in-toto.io/attestation/test-result/v0.1 and no others, for verifiers that know
that type; `audit_result` is of our own type, with the numbers.
"""

from __future__ import annotations

import json
from typing import Any

from audit.cards.facts import Facts
from audit.render.panels import RuleView
from audit.result import AuditResult
from audit.values import Outcome, Verdict

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
#: A name, not an address. Its number is raised when a field changes its meaning.
AUDIT_RESULT = "urn:evenhand:fairness-audit:1"
_RESULT = {
    Outcome.PASS: "PASSED",
    Outcome.FAIL: "FAILED",
    Outcome.WAIVED: "WARNED",
    Outcome.INCONCLUSIVE: "WARNED",
}


def test_result(facts: Facts) -> bytes:
    """A test result: passed, warned (inconclusive, or failed with accepted exceptions) or failed."""
    shown = facts.shown
    content = {
        "result": _RESULT[shown.outcome],
        "configuration": [{"name": shown.policy.title, "digest": {"sha256": shown.policy.sha256}}],
        "passedTests": _named(shown, Verdict.PASS),
        "warnedTests": _named(shown, Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE),
        "failedTests": _named(shown, Verdict.FAIL),
    }
    return _bytes(content | ({"url": facts.url} if facts.url else {}))


def _named(shown: AuditResult, *verdicts: Verdict) -> list[str]:
    return [rule.id for rule in shown.rules if rule.verdict in verdicts]


def audit_result(facts: Facts) -> bytes:
    """The audit with its digests, and each rule with its verdict and the value that speaks for it."""
    shown, manifest = facts.shown, facts.run.manifest
    content = {
        "outcome": shown.outcome.value,
        "headline": shown.headline,
        "asOf": shown.provenance.as_of,
        "evenhand": manifest.evenhand,
        "rendering": shown.disclosure.rendering if shown.disclosure else "restricted",
        facts.named: {"sha256": facts.digest},
        "policy": {"name": shown.policy.title, "digest": {"sha256": shown.policy.sha256}},
        "model": {
            "name": shown.subject.name,
            "version": shown.subject.version,
            "sha256": manifest.model.sha256 if manifest.model else None,
        },
        "data": [{"name": file.name, "digest": {"sha256": file.sha256}} for file in shown.data.files],
        "rules": [_rule(view) for view in facts.views],
    }
    return _bytes(content | ({"url": facts.url} if facts.url else {}))


def _rule(view: RuleView) -> dict[str, Any]:
    rule, lead = view.rule, view.lead
    said: dict[str, Any] = {
        "id": rule.id,
        "title": rule.title,
        "verdict": rule.verdict.value,
        "waived": rule.waived,
        "effect": rule.effect,
        "require": rule.require,
    }
    if lead is None or lead.value is None:
        return said
    worst = {
        "attribute": lead.attribute,
        "group": lead.group,
        "reference": lead.reference,
        "metric": lead.metric,
        "compare": lead.compare,
        "value": lead.value,
        "low": lead.interval.low,
        "high": lead.interval.high,
    }
    return said | {"worst": worst}


def _bytes(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
