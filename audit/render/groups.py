"""The tables of all rates of all groups, an attribute at a time: groups across where they fit, else metrics across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.result import AuditResult, GroupRow, MetricNote

#: More columns than these do not fit beside each other: of metrics, and of groups.
COLUMNS, ACROSS = 5, 6


@dataclass(frozen=True, kw_only=True)
class GroupTable:
    """Some metrics of the groups of one attribute, the largest groups first. `across`: each group is a column."""

    metrics: tuple[MetricNote, ...]
    rows: tuple[GroupRow, ...]
    across: bool


@dataclass(frozen=True, kw_only=True)
class AttributeTables:
    """The tables of one attribute, and what they leave out: groups without room, and, by reason, the
    labels of metrics without a value for any group.
    """

    attribute: str
    tables: tuple[GroupTable, ...]
    left_out: int
    unknown: Mapping[str, tuple[str, ...]]


def group_tables(result: AuditResult, most: int) -> tuple[AttributeTables, ...]:
    """Every attribute's tables, with at most so many groups each."""
    names = dict.fromkeys(row.attribute for row in result.groups)
    return tuple(_of_attribute(result, name, most) for name in names)


def _of_attribute(result: AuditResult, attribute: str, most: int) -> AttributeTables:
    rows = sorted((row for row in result.groups if row.attribute == attribute), key=lambda row: -row.n)
    known = [metric for metric in result.metrics.values() if any(_has(row, metric) for row in rows)]
    return AttributeTables(
        attribute=attribute,
        tables=tuple(_tables(known, rows[:most])),
        left_out=max(0, len(rows) - most),
        unknown=_unknown(rows, [metric for metric in result.metrics.values() if metric not in known]),
    )


def _unknown(rows: Sequence[GroupRow], metrics: Sequence[MetricNote]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for metric in metrics:
        rates = [row.metrics[metric.name] for row in rows if metric.name in row.metrics]
        reason = next((rate.reason for rate in rates if rate.reason), "no value")
        found[reason] = (*found.get(reason, ()), metric.label)
    return found


def _has(row: GroupRow, metric: MetricNote) -> bool:
    rate = row.metrics.get(metric.name)
    return rate is not None and rate.value is not None


def _tables(metrics: Sequence[MetricNote], rows: Sequence[GroupRow]) -> Iterator[GroupTable]:
    if len(rows) <= ACROSS:
        yield GroupTable(metrics=tuple(metrics), rows=tuple(rows), across=True)
        return
    for start in range(0, len(metrics) or 1, COLUMNS):
        yield GroupTable(metrics=tuple(metrics[start : start + COLUMNS]), rows=tuple(rows), across=False)
