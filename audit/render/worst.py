"""From the worst finding to the least: by its verdict, and by how far it lies beyond the limit."""

from __future__ import annotations

from collections.abc import Mapping

from audit.render.terms import RATIOS, SEVERITY, is_waived
from audit.result import AuditResult, Finding, MetricNote, RuleSummary

_UNKNOWN: Mapping[str, str] = {}


def badness(finding: Finding, harms: Mapping[str, str] = _UNKNOWN) -> tuple[int, bool, float, bool]:
    """Sorts findings from the worst: by verdict, waived ones after the others, then by how far beyond the limit; of two
    that lie equally far from equality, that of the group that is worse off.

    `harms` says for each metric which way is bad for a group, `low` or `high`.
    """
    return SEVERITY.index(finding.verdict), is_waived(finding), -beyond(finding, harms), _is_better_off(finding, harms)


def _is_better_off(finding: Finding, harms: Mapping[str, str]) -> bool:
    harm = harms.get(finding.metric)
    told = finding.compare == "difference" and harm is not None and bool(finding.value)
    return told and ((finding.value or 0) > 0) == (harm == "low")


def beyond(finding: Finding, harms: Mapping[str, str] = _UNKNOWN) -> float:
    """How far its value lies beyond the limit: negative where it meets the requirement, minus infinity without a value.

    Where no limit is set: how far it lies from equality, or on the harmful side where groups are not compared.
    """
    if finding.value is None:
        return -float("inf")
    if finding.reason == "no_limit":
        return _from_equality(finding, harms)
    low, high = finding.accepts.low, finding.accepts.high
    below = -float("inf") if low is None else low - finding.value
    above = -float("inf") if high is None else finding.value - high
    return max(below, above)


def _from_equality(finding: Finding, harms: Mapping[str, str]) -> float:
    value = finding.value or 0.0
    if finding.compare in RATIOS:
        return 1 - value
    if finding.compare == "value":
        return -value if harms.get(finding.metric) == "low" else value
    return abs(value)


def harms_of(result: AuditResult) -> dict[str, str]:
    """Which way is bad for a group, by metric."""
    return {name: note.harm for name, note in result.metrics.items()}


def harm_of(result: AuditResult, rule: RuleSummary, metric: MetricNote) -> str:
    """Which way is bad for a group in this rule: as the rule says in the policy, else as the metric does."""
    rules = result.policy.effective.get("rules", ())
    own = next((one.get("harm") for one in rules if isinstance(one, Mapping) and one.get("id") == rule.id), None)
    return str(own or metric.harm)
