"""Checks of the baseline, a second decision about the same rows, and of rules about what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audit.metrics import METRICS, PAIRED
from audit.policy.checks import Parts
from audit.policy.faults import Path, Said
from audit.policy.models import reference_of
from audit.policy.rule_checks import compared
from audit.policy.rules import Rule

_CHANGE: Final = "change"
_OTHER: Final = {"lowest": "highest", "highest": "lowest"}


def baseline_checks(parts: Parts) -> Iterator[Said]:
    """Everything about a baseline: there is a decision to compare it with, and rules ask of it what it can tell."""
    if parts.data is not None and "baseline" in parts.data and not parts.has_decision:
        message = "a baseline is compared with a decision, and none is named"
        yield Said(("data", "baseline"), message, "name the column of the decision in data.decision", key=True)
    proxies = {name for name, attribute in parts.attributes.items() if attribute.probabilities}
    for number, rule in parts.rules.items():
        if rule.compare == _CHANGE:
            yield from _rule(("rules", number), rule, parts, proxies)


def _rule(at: Path, rule: Rule, parts: Parts, proxies: set[str]) -> Iterator[Said]:
    if parts.data is not None and "baseline" not in parts.data:
        message = "'compare: change' compares with a baseline, and the data part names none"
        yield Said((*at, "compare"), message, "name its column: 'data: {baseline: {column: old, favorable: 1}}'")
    yield from _worst_off(at, rule, parts)
    for metric in [name for name in rule.metrics if name not in PAIRED][:1]:
        message = f"{metric} is no rate of the same records under both models, so its change has no paired interval"
        yield Said((*at, "metric"), message, f"there is: {', '.join(sorted(PAIRED))}")
    if rule.given:
        message = "how a change is spread over strata is not known, so 'change' compares all records"
        yield Said((*at, "given"), message, "leave 'given' out", key=True)
    if rule.decision or rule.outcome:
        message = "the baseline is read as the data part says, so 'change' is of no other class"
        yield Said((*at, "decision" if rule.decision else "outcome"), message, "leave the class out", key=True)
    for name in [name for crossing in compared(rule, parts) for name in crossing if name in proxies][:1]:
        message = f"the groups of {name!r} are known by probabilities, which do not say whose decision changed"
        yield Said((*at, "of") if rule.of else at, message, "leave it out of this rule's 'of'")


def _worst_off(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    """The reference is chosen among the best off: whoever is it is never judged, and a change points one way."""
    if parts.groups is None or len(parts.attributes) < len(parts.names):
        return
    found = [reference_of(crossing, rule, parts.attributes, parts.groups) for crossing in compared(rule, parts)]
    kinds = {one.kind for one in found if one}
    for metric in rule.metrics:
        best = "lowest" if _is_bad_if_high(metric, rule, parts) else "highest"
        if _OTHER[best] in kinds:
            message = (
                f"against the group with the {_OTHER[best]} {metric}, the one that is worst off would be the "
                "reference, and no change to its disadvantage would be judged"
            )
            field = (*at, "reference") if rule.reference else (*at, "compare")
            yield Said(field, message, f"write 'reference: {best}'; a rate of each direction needs a rule of its own")
            return


def _is_bad_if_high(metric: str, rule: Rule, parts: Parts) -> bool:
    """Does a high rate harm a group, under the rule's own words or the policy's polarity?"""
    if rule.harm is not None:
        return rule.harm == "high"
    decided = parts.labels.get("decision") or parts.score
    turned = metric == "selection_rate" and decided is not None and decided.polarity == "adverse"
    return (METRICS[metric].harm == "high") != turned
