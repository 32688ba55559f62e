"""What stands beside the raw rates of groups, and never in their place: bounds, shrunken rates, and their spread.

Nothing here reaches a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from audit.counts.counts import joined
from audit.counts.group import Group
from audit.groups.measure import effective, measure, measures, uncomputable
from audit.groups.population import Population
from audit.judging.compare import interval, tail_of
from audit.judging.filling import could_belong, counted, with_unknown
from audit.metrics import METRICS, Rate
from audit.policy import Policy
from audit.result import Bounds, MetricValue
from audit.result.caveats import SpreadNote
from audit.stats.homogeneity import spread
from audit.stats.shrinkage import beta_binomial_moments

Crossing = tuple[str, ...]


def bounded(
    values: Sequence[MetricValue], rate: Rate, groups: Sequence[Group], unknown: Sequence[Group], *, sampled: bool
) -> list[MetricValue]:
    """Rates with what they could be if those of unknown membership were given to the groups, in all ways."""
    if not counted(rate, unknown):
        return list(values)
    return [_bounded(value, rate, group, unknown, sampled=sampled) for value, group in zip(values, groups, strict=True)]


def _bounded(value: MetricValue, rate: Rate, group: Group, unknown: Sequence[Group], *, sampled: bool) -> MetricValue:
    if not counted(rate, [one for one in unknown if could_belong(group, one)]):
        return value
    ends = with_unknown(rate, group, unknown)
    low, high = (measure(rate, end, sampled=sampled).value for end in (ends.least, ends.most))
    if value.value is None or low is None or high is None:  # without known trials, any share is possible
        return replace(value, bounds=Bounds(low=0.0, high=1.0))
    return replace(value, bounds=Bounds(low=float(low), high=float(high)))


def shrunken(of: Crossing, people: Population, policy: Policy) -> list[dict[str, MetricValue]]:
    """The groups' rates pulled towards their mean by how little each rests on (empirical Bayes), for intersections.

    Of the rates that rules ask for there; none for single attributes, whose groups are large enough by themselves.
    """
    groups = people.groups[of]
    found: list[dict[str, MetricValue]] = [{} for _ in groups]
    if len(of) < 2:
        return found
    for name in _asked(of, people, policy):
        for place, value in enumerate(_shrunken(METRICS[name], groups, people, policy)):
            found[place][name] = value
    return found


def _asked(of: Crossing, people: Population, policy: Policy) -> list[str]:
    """The rates that rules ask for of these attributes, and that can be computed."""
    plain = [rule for rule in policy.rules if of in rule.of and policy.reading(rule) is None]
    names = dict.fromkeys(name for rule in plain for name in rule.metrics)
    return [name for name in names if _is_rate(name, people)]


def _is_rate(name: str, people: Population) -> bool:
    lacking = uncomputable(name, has_outcome=people.has_outcome, has_decision=people.has_decision)
    return isinstance(METRICS[name], Rate) and lacking is None


def _shrunken(metric: object, groups: Sequence[Group], people: Population, policy: Policy) -> Iterator[MetricValue]:
    if not isinstance(metric, Rate):
        return
    measured = measures(metric, groups, sampled=people.sampled)
    x, n = effective(measured)
    prior = beta_binomial_moments(x, n)
    if prior is None:
        return
    values, limits = prior.shrink(x, n), prior.limits(x, n, tail_of(policy.statistics))
    for place, one in enumerate(measured):
        sure = interval(limits.low[place], limits.high[place]) if limits else interval(-np.inf, np.inf)
        yield MetricValue(value=float(values[place]), low=sure.low, high=sure.high, n=one.trials)


def spreads(people: Population, policy: Policy) -> tuple[SpreadNote, ...]:
    """How far the groups of each attribute and crossing are apart beyond chance, in the rates that rules ask for."""
    return tuple(
        note
        for of in people.groups
        for name in _asked(of, people, policy)
        if (note := _spread(of, name, people)) is not None
    )


def _spread(of: Crossing, name: str, people: Population) -> SpreadNote | None:
    x, n = effective(measures(METRICS[name], people.groups[of], sampled=people.sampled))
    found = spread(x, n)
    if found is None:
        return None
    return SpreadNote(attribute=joined(of), metric=name, groups=int((n >= 2).sum()), deviation=found.sd)
