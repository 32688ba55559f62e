"""What is said of a rule as a whole, from its findings: who is affected, by how much, and what has to happen next."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from audit import summary_words
from audit.power_words import plannable
from audit.result import Finding, RuleSummary
from audit.summary_words import RuleWords
from audit.values import Verdict
from audit.words import value_words


def tally_of(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have each verdict that occurs."""
    found = Counter(finding.verdict for finding in findings)
    return {str(name): found[name] for name in Verdict if found[name]}


def next_steps(said: Sequence[RuleWords], findings: Sequence[Finding]) -> tuple[str, ...]:
    """What has to happen next, the gravest first."""
    expired = [found.rule for found in findings if found.waiver and not found.waiver.in_force]
    return summary_words.next_steps(said, list(dict.fromkeys(expired)))


def rule_words(rule: RuleSummary, findings: Sequence[Finding]) -> RuleWords:
    """What the summary says of a rule."""
    gravest = [
        found
        for found in findings
        if found.rule == rule.id and found.verdict == rule.verdict and not (found.waiver and found.waiver.in_force)
    ]
    worst = sorted(gravest, key=_beyond, reverse=True)
    groups = () if rule.verdict == Verdict.PASS else tuple(_who(found) for found in worst if found.group)
    return RuleWords(
        id=rule.id,
        title=rule.title,
        effect=rule.effect,
        verdict=rule.verdict,
        waived=rule.waived,
        groups=tuple(dict.fromkeys(groups)),
        further=max((n for f in gravest if (n := plannable(f.power))), default=None),
        unknown=tuple(dict.fromkeys(_who(found) for found in worst if found.group and _is_unknown(found))),
        alike=not gravest or any(found.reason != "not_alike" for found in gravest),
    )


def _is_unknown(found: Finding) -> bool:
    """Does the interval reach over whoever the members are, so that more records alone do not settle it?"""
    return found.proxy is not None or (found.unknown is not None and found.unknown.widens)


def _beyond(found: Finding) -> float:
    """How far a value lies beyond its limits; negative inside of them."""
    if found.value is None:
        return -math.inf
    below = -math.inf if found.accepts.low is None else found.accepts.low - found.value
    above = -math.inf if found.accepts.high is None else found.value - found.accepts.high
    return max(below, above)


def _who(found: Finding) -> str:
    """A group and its value, `African-American (+21.4 points)`."""
    if found.value is None:
        return str(found.group)
    limits = (found.accepts.low, found.accepts.high)
    return f"{found.group} ({value_words(found.value, found.metric, found.compare, limits)})"
