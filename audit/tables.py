"""The tables of a report: every group with all its rates, and the accounting of rows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from audit.compare import own_interval
from audit.counts import Counts, joined
from audit.measure import computable, measure
from audit.metrics import METRICS
from audit.policy import Policy
from audit.result import AttributeRows, GroupRow, MetricValue, Rows
from audit.values import Group, Interval
from audit.weigh import groups_of
from audit.words import STATUS, UNDEFINED


def group_rows(counts: Counts, crossings: Sequence[tuple[str, ...]], policy: Policy) -> tuple[GroupRow, ...]:
    """Every group of every attribute and crossing, with all metrics, in order."""
    rows: list[GroupRow] = []
    for attributes in crossings:
        groups = groups_of(counts, attributes, policy)
        total = sum(group.n for group in groups)
        rows += [_row(group, total, counts, policy) for group in groups]
    return tuple(rows)


def everyone(counts: Counts, policy: Policy) -> GroupRow:
    """All usable rows, whatever their membership."""
    whole = counts.everyone()
    return _row(whole, whole.n, counts, policy)


def _row(group: Group, total: int, counts: Counts, policy: Policy) -> GroupRow:
    return GroupRow(
        attribute=group.attribute,
        group=group.name,
        group_key=dict(group.key),
        n=group.n,
        share=group.n / total if total else 0.0,
        status=_status(group.n, total, policy),
        metrics={name: _value(name, group, counts, policy) for name in METRICS},
    )


def _status(n: int, total: int, policy: Policy) -> str:
    if n < policy.groups.min_count:
        return STATUS["few_records"].format(min_count=policy.groups.min_count)
    if total and Fraction(n, total) < policy.groups.min_share:
        return STATUS["small_share"].format(min_share=float(policy.groups.min_share))
    return STATUS["judged"]


def _value(name: str, group: Group, counts: Counts, policy: Policy) -> MetricValue:
    if not computable(name, has_outcome=counts.has_outcome):
        return MetricValue(value=None, low=None, high=None, n=0, reason=UNDEFINED["no_outcome"])
    metric = METRICS[name]
    measured = measure(metric, group.cells, sampled=counts.weighted == "sampling")
    if measured.value is None:
        reason = UNDEFINED["no_trials"].format(counted=metric.counted)
        return MetricValue(value=None, low=None, high=None, n=measured.trials, hits=measured.hits, reason=reason)
    sure: Interval = own_interval(metric, measured, policy.statistics, key=f"{group.attribute}/{group.name}")
    return MetricValue(
        value=float(measured.value), low=sure.low, high=sure.high, n=measured.trials, hits=measured.hits
    )


def row_accounting(counts: Counts, crossings: Sequence[tuple[str, ...]], policy: Policy) -> Rows:
    """Where every row went, overall and for each attribute; raises ArithmeticError if a row is lost."""
    unusable = counts.unusable()
    lost = sum(unusable.values())
    usable = counts.read - lost
    by_attribute = tuple(_attribute_rows(counts, attributes, policy, usable, lost) for attributes in crossings)
    for row in by_attribute:
        if row.analysed + row.unknown + row.excluded + row.unusable != counts.read:
            raise ArithmeticError(f"the rows of {row.attribute} do not add up to the {counts.read} rows read")
    return Rows(
        read=counts.read, analysed=usable, unusable=lost, unusable_because=unusable, by_attribute=by_attribute
    )


def _attribute_rows(
    counts: Counts, attributes: tuple[str, ...], policy: Policy, usable: int, lost: int
) -> AttributeRows:
    unknown = counts.unknown(attributes)
    known = counts.known(attributes)
    kept = policy.groups.unknown
    return AttributeRows(
        attribute=joined(attributes),
        analysed=known + (unknown if kept == "group" else 0),
        unknown=unknown if kept == "report" else 0,
        excluded=unknown if kept == "exclude" else 0,
        unusable=lost,
    )
