"""The tables of a report: every group with all its rates, and the accounting of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from audit.assembling.beside import bounded, shrunken
from audit.assembling.proxytables import proxy_rows, status
from audit.counts.counts import Counts, joined
from audit.counts.group import Group
from audit.counts.proxycounts import ProxyCounts
from audit.groups.measure import Measure, measures, uncomputable
from audit.groups.population import Population
from audit.judging.compare import own_intervals
from audit.metrics import METRICS, Metric, Rate, ScoreMetric
from audit.policy import Policy
from audit.result import AttributeRows, GroupRow, MetricValue, Rows
from audit.values import Interval, Reading
from audit.words.sentences import UNDEFINED


def group_rows(people: Population, policy: Policy) -> tuple[GroupRow, ...]:
    """Every group of every attribute and crossing, with all metrics, in order."""
    rates = _rates(people, policy)
    known = [row for of in people.groups for row in _beside(of, rates[of], people, policy)]
    return (*known, *(row for proxy in people.proxies.values() for row in proxy_rows(proxy, people, policy)))


def _rates(people: Population, policy: Policy) -> dict[tuple[str, ...], dict[str, list[MetricValue]]]:
    """The rates of the groups of each attribute or crossing; of all of these at once, for speed."""
    everybody = [group for groups in people.groups.values() for group in groups]
    rates = [name for name, metric in METRICS.items() if isinstance(metric, Rate)]
    columns = {name: iter(metric_values(name, everybody, people, policy)) for name in rates}
    return {
        of: {name: list(islice(column, len(groups))) for name, column in columns.items()}
        for of, groups in people.groups.items()
    }


def _beside(
    of: tuple[str, ...], rates: Mapping[str, list[MetricValue]], people: Population, policy: Policy
) -> list[GroupRow]:
    """The groups of an attribute or crossing, and what stands beside their rates."""
    groups, unknown = people.groups[of], people.unknown[of]
    rows = _rows(groups, rates, people, policy)
    bounds = {
        name: bounded([row.metrics[name] for row in rows], metric, groups, unknown, sampled=people.sampled)
        for name, metric in METRICS.items()
        if unknown and isinstance(metric, Rate) and not _lacking(name, people)
    }
    pulled = shrunken(of, people, policy)
    classes = by_classes(groups, of, people, policy)
    return [
        replace(
            row,
            metrics={**row.metrics, **{name: column[place] for name, column in bounds.items()}, **classes[place]},
            shrunken=pulled[place],
        )
        for place, row in enumerate(rows)
    ]


def by_classes(
    groups: Sequence[Group], of: tuple[str, ...], people: Population, policy: Policy
) -> list[dict[str, MetricValue]]:
    """For each of these groups the metrics of the classes that rules name; all groups have them, whoever asked."""
    found: list[dict[str, MetricValue]] = [{} for _ in groups]
    for reading, names in classed(policy).items():
        mine = people.read_as(reading)
        there = {group.name: group for group in (mine.groups[of] if of else [mine.everyone])}
        for name in names:
            column = metric_values(name, [there[group.name] for group in groups], mine, policy)
            for row, value in zip(found, column, strict=True):
                row[reading.named(name)] = value
    return found


def classed(policy: Policy) -> dict[Reading, list[str]]:
    """The metrics that rules ask for of classes, or fractions of scores, that they name themselves."""
    found: dict[Reading, list[str]] = {reading: [] for reading in policy.readings}
    asked = [(reading, rule.metrics) for rule in policy.rules if (reading := policy.reading(rule)) in found]
    for reading, names in asked:
        found[reading] += [name for name in names if name not in found[reading]]
    return found


def _lacking(name: str, people: Population) -> str | None:
    return uncomputable(name, has_outcome=people.has_outcome, has_decision=people.has_decision)


def everyone(people: Population, policy: Policy) -> GroupRow:
    """All usable rows, whatever their membership."""
    [row] = _rows([people.everyone], {}, people, policy)
    [classes] = by_classes([people.everyone], (), people, policy)
    return replace(row, metrics={**row.metrics, **classes})


def _rows(
    groups: Sequence[Group], known: Mapping[str, list[MetricValue]], people: Population, policy: Policy
) -> list[GroupRow]:
    """The groups with all their metrics, of which some may be known."""
    sizes = [group.n for group in groups]
    total = sum(sizes)
    columns = {
        name: known[name] if name in known else metric_values(name, groups, people, policy)
        for name in shown_metrics(groups, policy)
    }
    return [
        GroupRow(
            attribute=group.attribute,
            group=group.name,
            group_key=dict(group.key),
            n=sizes[place],
            share=sizes[place] / total if total else 0.0,
            status=status(sizes[place], total, policy),
            metrics={name: column[place] for name, column in columns.items()},
        )
        for place, group in enumerate(groups)
    ]


def shown_metrics(groups: Sequence[Group], policy: Policy) -> list[str]:
    """The metrics that the tables of these groups have room for: those of scores, of predicted numbers and of rankings,
    only where these were counted; the standardized one, which says nothing beside the mean by itself, and those of the
    scores' logits, only where a rule asks for them.
    """
    counted = [group.scores for group in groups if group.scores is not None]
    scores = [one for one in counted if not one.errors]
    has = {"errors"} if len(scores) < len(counted) else set()
    has |= {"sums"} if scores else set()
    ranks = [group.ranks for group in groups if group.ranks is not None]
    has |= {"positions"} if ranks else set()
    has |= {"places"} if any(one.k for one in ranks) else set()
    asked = {name for rule in policy.rules for name in rule.metrics}
    has |= {"spread"} if scores and "standardized_mean_score" in asked else set()
    has |= {"squares"} if "brier_score" in asked and any(one.powers > 2 for one in scores) else set()
    has |= {"distribution"} if any(one.histogram is not None for one in scores) else set()
    has |= {"logit"} if "distribution" in has and asked & {"calibration_intercept", "calibration_slope"} else set()
    has |= {"median"} if any(one.above is not None for one in scores) else set()
    return [name for name, m in METRICS.items() if not isinstance(m, ScoreMetric) or m.needs in has]


def metric_values(name: str, groups: Sequence[Group], people: Population, policy: Policy) -> list[MetricValue]:
    """One metric of every group; all at once, for speed."""
    if lacking := _lacking(name, people):
        return [MetricValue(value=None, low=None, high=None, n=0, reason=UNDEFINED[lacking])] * len(groups)
    metric = METRICS[name]
    measured = measures(metric, groups, sampled=people.sampled)
    keys = [f"{name}/{group.attribute}/{group.name}" for group in groups]
    sure = own_intervals(metric, measured, policy.statistics, keys)
    return [_value(metric, *pair) for pair in zip(measured, sure, strict=True)]


def _value(metric: Metric, measured: Measure, sure: Interval) -> MetricValue:
    if measured.value is None:
        reason = UNDEFINED[measured.reason or "no_trials"].format(counted=metric.counted)
        return MetricValue(value=None, low=None, high=None, n=measured.trials, hits=measured.hits, reason=reason)
    value = float(measured.value)
    return MetricValue(value=value, low=sure.low, high=sure.high, n=measured.trials, hits=measured.hits)


def row_accounting(
    counts: Counts,
    crossings: Sequence[tuple[str, ...]],
    strata: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
    policy: Policy,
) -> Rows:
    """Where every row went, overall, for each attribute, and for each within the strata of some factors.

    Raises ArithmeticError if a row is lost.
    """
    unusable = counts.unusable()
    lost = sum(unusable.values())
    usable = counts.read - lost
    by_attribute = (
        *(_attribute_rows(counts, attributes, policy) for attributes in crossings),
        *(_proxy_rows(proxy, lost, policy) for proxy in counts.proxies),
    )
    by_attribute += tuple(_strata_rows(counts, of, given, policy) for of, given in strata)
    for row in by_attribute:
        if sum(part or 0 for part in (row.analysed, row.unknown, row.excluded, row.unusable)) != counts.read:
            raise ArithmeticError(f"the rows of {row.attribute} do not add up to the {counts.read} rows read")
    return Rows(read=counts.read, analysed=usable, unusable=lost, unusable_because=unusable, by_attribute=by_attribute)


def _proxy_rows(proxy: ProxyCounts, lost: int, policy: Policy) -> AttributeRows:
    """An attribute of probabilities: rows without any are unknown, those whose numbers are none are excluded."""
    unknown, excluded = int(proxy.unknown()["n"].sum()), proxy.excluded()
    away = policy.groups.unknown == "exclude"
    return AttributeRows(
        attribute=proxy.name,
        analysed=int(proxy.usable()["n"].sum()),
        unknown=0 if away else unknown,
        excluded=excluded + (unknown if away else 0),
        unusable=lost,
    )


def _attribute_rows(counts: Counts, attributes: tuple[str, ...], policy: Policy) -> AttributeRows:
    unknown = counts.unknown(attributes)
    known = counts.known(attributes)
    kept = policy.groups.unknown
    return AttributeRows(
        attribute=joined(attributes),
        analysed=known + (unknown if kept == "group" else 0),
        unknown=unknown if kept in ("report", "bound") else 0,
        excluded=unknown if kept == "exclude" else 0,
        unusable=sum(counts.unusable(attributes).values()),
    )


def _strata_rows(counts: Counts, of: tuple[str, ...], given: tuple[str, ...], policy: Policy) -> AttributeRows:
    """The rows of attributes that lie in strata; those without a known factor are unknown here."""
    whole = _attribute_rows(counts, of, policy)
    known = counts.known(given if policy.groups.unknown == "group" else (*of, *given))
    return AttributeRows(
        attribute=f"{joined(of)} given {joined(given)}",
        analysed=known,
        unknown=(whole.unknown or 0) + (whole.analysed or 0) - known,
        excluded=whole.excluded,
        unusable=whole.unusable,
    )
