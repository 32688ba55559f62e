"""Checks of factors and of the rules that name them: who is compared within strata, and can that be done?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audit.metrics import METRICS, is_share
from audit.policy.checks import Parts
from audit.policy.faults import Path, Said
from audit.policy.rule_checks import TO_A_REFERENCE, compared
from audit.policy.rules import Rule
from audit.policy.words import suggest

#: What a factor cannot be, and what would come of it.
_NO_FACTOR: Final = {
    "decision": "nothing would be left to compare among those decided alike",
    "outcome": "a rate among those with one outcome has a name of its own; use true_positive_rate or "
    "false_positive_rate",
    "score": "what is audited cannot excuse itself",
    "prediction": "what is audited cannot excuse itself",
    "weight": "a weight says how much a row counts, and nothing of the person",
    "unit": "nobody would be left to compare with",
}


def factor_checks(parts: Parts) -> Iterator[Said]:
    """Everything about factors, and about the rules whose comparisons are made among those alike in them."""
    for name in parts.factor_names:
        if name in parts.names:
            message = f"{name!r} is also an attribute; reports could not tell the two apart"
            yield Said(("factors", name), message, "give the factor another name", key=True)
    for name, factor in parts.factors.items():
        for role, why in _NO_FACTOR.items():
            if (parts.data or {}).get(role) == factor.column:
                message = f"the factor is the {role}'s column {factor.column!r}; {why}"
                yield Said(("factors", name, "column"), message, "name another column, or leave the factor out")
    for number, rule in parts.rules.items():
        if rule.given:
            yield from _given(("rules", number), rule, parts)


def _given(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    yield from _unknown((*at, "given"), rule, parts)
    yield from _itself((*at, "given"), rule, parts)
    if rule.compare not in TO_A_REFERENCE:
        message = f"'compare: {rule.compare}' compares no group with its reference, so nobody could be alike"
        yield Said((*at, "given"), message, "compare by ratio or difference, or leave 'given' out", key=True)
    composite = [metric for metric in rule.metrics if not is_share(METRICS[metric])]
    if composite:
        message = f"{composite[0]} is no share of people, and only shares are compared within strata"
        yield Said((*at, "metric"), message, "choose another metric, or leave 'given' out")


def _unknown(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    for name in rule.given:
        if name in parts.factor_names:
            continue
        if name in parts.names:
            message = f"{name!r} is an attribute; those compared are alike in factors, which say why they may be"
            yield Said(at, message, "describe its column under 'factors', with its 'legitimate' reason")
        else:
            hint = suggest(name, parts.factor_names) if parts.factor_names else "describe it under 'factors'"
            yield Said(at, f"there is no factor {name!r}", hint)


def _itself(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    """A group among people of that very group has nobody to be compared with."""
    about = dict.fromkeys(name for crossing in compared(rule, parts) for name in crossing)
    for name in rule.given:
        for attribute in about:
            factor, found = parts.factors.get(name), parts.attributes.get(attribute)
            if factor and found and factor.column == found.column:
                message = (
                    f"the factor {name!r} and the attribute {attribute!r} are the column {factor.column!r}; nobody "
                    "of another group would be alike"
                )
                yield Said(at, message, f"leave {name!r} out here, or say which attributes the rule is 'of'")
