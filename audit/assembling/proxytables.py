"""The tables of groups that are known by probabilities alone."""

from __future__ import annotations

from fractions import Fraction

from audit.groups.measure import uncomputable
from audit.groups.population import Population
from audit.groups.proxied import ProxyPeople
from audit.judging.compare import interval, tail_of
from audit.judging.ends import End, contrast_of
from audit.metrics import METRICS, Rate, ScoreMetric
from audit.policy import Policy
from audit.result import Bounds, GroupRow, MetricValue
from audit.words.sentences import STATUS, UNDEFINED


def proxy_rows(proxy: ProxyPeople, people: Population, policy: Policy) -> list[GroupRow]:
    """The groups of an attribute with their weighted rates, whose intervals hold whoever the members are."""
    sizes = [proxy.size(place) for place in range(len(proxy.groups))]
    total = sum(sizes)
    return [
        GroupRow(
            attribute=proxy.counts.name,
            group=name,
            group_key={proxy.counts.name: name},
            n=sizes[place],
            share=sizes[place] / total if total else 0.0,
            status=status(sizes[place], total, policy),
            metrics=_metrics(proxy, place, people, policy),
        )
        for place, name in enumerate(proxy.groups)
        if sizes[place]
    ]


def status(n: int, total: int, policy: Policy) -> str:
    """Whether a group of so many records is judged, or why not."""
    if n < policy.groups.min_count:
        return STATUS["few_records"].format(min_count=policy.groups.min_count)
    if total and Fraction(n, total) < policy.groups.min_share:
        return STATUS["small_share"].format(min_share=float(policy.groups.min_share))
    return STATUS["judged"]


def _metrics(proxy: ProxyPeople, place: int, people: Population, policy: Policy) -> dict[str, MetricValue]:
    """All rates of one group; what is no rate is not known of it."""
    return {
        name: _value(name, proxy, place, people, policy)
        for name, metric in METRICS.items()
        if not isinstance(metric, ScoreMetric)
    }


def _value(name: str, proxy: ProxyPeople, place: int, people: Population, policy: Policy) -> MetricValue:
    metric = METRICS[name]
    lacking = uncomputable(name, has_outcome=people.has_outcome, has_decision=people.has_decision)
    if lacking or not isinstance(metric, Rate):
        return MetricValue(value=None, low=None, high=None, n=0, reason=UNDEFINED[lacking or "by_probability"])
    ends = proxy.ends(metric, place)
    if ends.weighted.value is None or ends.least.value is None or ends.most.value is None:
        reason = UNDEFINED["no_trials"].format(counted=metric.counted)
        return MetricValue(value=None, low=None, high=None, n=ends.weighted.trials, reason=reason)
    tail = tail_of(policy.statistics)
    low, high = (
        contrast_of("value", End(first=[end]), policy.statistics).limits(tail) for end in (ends.least, ends.most)
    )
    sure = interval(low.low[0], high.high[0])
    return MetricValue(
        value=float(ends.weighted.value),
        low=sure.low,
        high=sure.high,
        n=ends.weighted.trials,
        bounds=Bounds(low=float(ends.least.value), high=float(ends.most.value)),
    )
