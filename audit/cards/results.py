"""What the Hugging Face card's metadata hold of an audit: one result of a `model-index`, in plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audit.cards.facts import Facts
from audit.result import Finding, RuleSummary
from audit.result.records import Bounds
from audit.values import Interval, Verdict

#: By this name our result is found again, also after the Hub's own tools wrote the front matter anew.
TASK = "Fairness audit by Evenhand"


def results_of(facts: Facts) -> dict[str, Any]:
    """The result: how many rules failed, then the worst value of each rule that has one, with verdict and interval."""
    shown = facts.shown
    files = ", ".join(file.name for file in shown.data.files) or shown.data.source
    result: dict[str, Any] = {
        "task": {"type": "tabular-classification", "name": TASK},
        "dataset": {"name": files, "type": "audited-decisions"},
        "metrics": [_outcome(facts), *_metrics(facts)],
    }
    return result | ({"source": {"name": "Evenhand", "url": facts.url}} if facts.url else {})


def _outcome(facts: Facts) -> dict[str, Any]:
    shown = facts.shown
    about = {
        "outcome": shown.outcome.value,
        "rules": len(shown.rules),
        "inconclusive": sum(rule.verdict is Verdict.INCONCLUSIVE for rule in shown.rules),
        "as_of": shown.provenance.as_of,
        "policy_sha256": shown.policy.sha256,
        f"{facts.named}_sha256": facts.digest,
    }
    failed = sum(rule.verdict is Verdict.FAIL for rule in shown.rules)
    return {"type": "failed_rules", "name": "Rules of the policy that failed", "value": failed, "args": about}


def _metrics(facts: Facts) -> Iterator[dict[str, Any]]:
    for view in facts.views:
        if view.lead is not None and view.lead.value is not None:
            yield _metric(view.rule, view.lead)


def _metric(rule: RuleSummary, lead: Finding) -> dict[str, Any]:
    about = {
        "rule": rule.id,
        "verdict": rule.verdict.value,
        "waived": rule.waived,
        "attribute": lead.attribute,
        "group": lead.group,
        "reference": lead.reference,
        "require": lead.require,
        "interval": _ends(lead.interval),
        "accepts": _ends(lead.accepts),
    }
    said = {name: value for name, value in about.items() if value is not None}
    return {"type": f"{lead.metric}_{lead.compare}", "name": rule.title, "value": lead.value, "args": said}


def _ends(ends: Interval | Bounds) -> dict[str, float] | None:
    there = {name: end for name, end in (("low", ends.low), ("high", ends.high)) if end is not None}
    return there or None
