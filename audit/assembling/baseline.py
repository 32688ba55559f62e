"""The table of two models on the same rows: every group with its rates under both, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from audit.assembling.proxytables import status
from audit.counts.group import Group
from audit.groups.measure import uncomputable
from audit.groups.paired import turn
from audit.groups.population import Population
from audit.judging.change import rate_changes
from audit.judging.compare import tail_of
from audit.metrics import METRICS, PAIRED, Rate
from audit.policy import Policy
from audit.result.changes import BaselineRow, RateChange
from audit.words.sentences import UNDEFINED

#: What is always shown, as far as it can be computed; and what rules about a change ask for.
_SHOWN: Final = ("selection_rate", "true_positive_rate", "false_positive_rate")


def baseline_rows(people: Population, policy: Policy) -> tuple[BaselineRow, ...]:
    """Everyone, and every group of every attribute and crossing, under both models; nothing without a baseline."""
    if people.paired_everyone is None:
        return ()
    found = _rows([people.paired_everyone], people, policy)
    for paired in people.paired.values():
        found += _rows(list(paired.groups.values()), people, policy)
    return tuple(found)


def _rows(groups: Sequence[Group], people: Population, policy: Policy) -> list[BaselineRow]:
    total = sum(group.n for group in groups)
    columns = {name: _column(name, groups, people, policy) for name in _metrics(people, policy)}
    return [
        BaselineRow(
            attribute=group.attribute,
            group=group.name,
            group_key=dict(group.key),
            n=group.n,
            status=status(group.n, total, policy),
            metrics={name: column[place] for name, column in columns.items()},
        )
        for place, group in enumerate(groups)
    ]


def _metrics(people: Population, policy: Policy) -> list[str]:
    asked = {name for rule in policy.rules for name in rule.metrics if rule.compare == "change"}
    return [
        name
        for name in METRICS
        if name in PAIRED
        and name in (*_SHOWN, *asked)
        and not uncomputable(name, has_outcome=people.has_outcome, has_decision=people.has_decision)
    ]


def _column(name: str, groups: Sequence[Group], people: Population, policy: Policy) -> list[RateChange]:
    """One rate of every group under both models; all at once, for speed."""
    metric = METRICS[name]
    assert isinstance(metric, Rate)  # noqa: S101 - paired metrics are rates
    turns = [turn(metric, group, sampled=people.sampled) for group in groups]
    why = UNDEFINED["no_trials"].format(counted=metric.counted)
    found = rate_changes(turns, tail_of(policy.statistics))
    return [one if one.reason is None else replace(one, reason=why) for one in found]
