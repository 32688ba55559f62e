"""What is said of a rule as a whole, from its findings: who is affected, by how much, and what has to happen next."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from audit.result import Finding, MetricNote, RuleSummary
from audit.tongue import _
from audit.values import Verdict
from audit.words import summary_words
from audit.words.power_words import beyond_reach, plannable, records
from audit.words.sentences import in_sentence, value_words
from audit.words.summary_words import RuleWords

#: Why a comparison cannot be made where groups are too small.
_SMALL = ("one_group", "no_group")


def tally_of(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have each verdict that occurs."""
    found = Counter(finding.verdict for finding in findings)
    return {str(name): found[name] for name in Verdict if found[name]}


def next_steps(said: Sequence[RuleWords], findings: Sequence[Finding]) -> tuple[str, ...]:
    """What has to happen next, the gravest first."""
    expired = [found.rule for found in findings if found.waiver and not found.waiver.in_force]
    return summary_words.next_steps(said, list(dict.fromkeys(expired)))


def rule_words(rule: RuleSummary, findings: Sequence[Finding], metrics: Mapping[str, MetricNote]) -> RuleWords:
    """What the summary says of a rule."""
    gravest = [
        found
        for found in findings
        if found.rule == rule.id and found.verdict == rule.verdict and not (found.waiver and found.waiver.in_force)
    ]
    worst = sorted(gravest, key=_beyond, reverse=True)
    labels = {name: note.label for name, note in metrics.items()} if len(rule.metrics) > 1 else {}
    named = {_who(found, labels): found for found in worst if found.group and rule.verdict != Verdict.PASS}
    return RuleWords(
        id=rule.id,
        title=rule.title,
        effect=rule.effect,
        verdict=rule.verdict,
        waived=rule.waived,
        groups=tuple(named),
        further=_further(gravest, labels),
        unknown=tuple(who for who, found in named.items() if _is_unknown(found)),
        beyond=tuple(who for who, found in named.items() if not _is_unknown(found) and beyond_reach(found.power)),
        withheld=not gravest and any(found.rule == rule.id and found.verdict == Verdict.WITHHELD for found in findings),
        alike=not gravest or any(found.reason != "not_alike" for found in gravest),
        small=bool(gravest) and all(found.reason in _SMALL for found in gravest),
    )


def _further(open_ones: Sequence[Finding], labels: Mapping[str, str]) -> str:
    """How many more records the finding that needs most of them would likely take, and under which metric, if that has
    a label; empty where it is not known.
    """
    known = [(n, found) for found in open_ones if (n := plannable(found.power))]
    if not known:
        return ""
    most, found = max(known, key=lambda one: one[0])
    if found.metric not in labels:
        return _("about {records}").format(records=records(most))
    said = _("about {records} (for the {metric} of {group})")
    return said.format(records=records(most), metric=in_sentence(labels[found.metric]), group=found.group)


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


def _who(found: Finding, labels: Mapping[str, str]) -> str:
    """A group and its value, `African-American (+21.4 points)`; under which metric, if that has a label."""
    metric = in_sentence(labels[found.metric]) if found.metric in labels else ""
    limits = (found.accepts.low, found.accepts.high)
    value = "" if found.value is None else value_words(found.value, found.metric, found.compare, limits)
    said = " ".join(part for part in (metric, value) if part)
    return f"{found.group} ({said})" if said else str(found.group)
