"""The tables of all rates of all groups, an attribute at a time, a handful of metrics to a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.result import AuditResult, GroupRow, MetricNote

#: More columns than this do not fit beside each other.
COLUMNS = 5


@dataclass(frozen=True, kw_only=True)
class GroupTable:
    """Some metrics of the groups of one attribute, the largest groups first."""

    attribute: str
    metrics: tuple[MetricNote, ...]
    rows: tuple[GroupRow, ...]
    left_out: int
    continued: bool


def group_tables(result: AuditResult, most: int) -> tuple[GroupTable, ...]:
    """Every attribute's tables, with at most so many rows each."""
    return tuple(table for name in _attributes(result) for table in _tables(result, name, most))


def _attributes(result: AuditResult) -> list[str]:
    return list(dict.fromkeys(row.attribute for row in result.groups))


def _tables(result: AuditResult, attribute: str, most: int) -> Iterator[GroupTable]:
    rows = sorted((row for row in result.groups if row.attribute == attribute), key=lambda row: -row.n)
    metrics = tuple(result.metrics.values())
    for start in range(0, len(metrics), COLUMNS):
        yield GroupTable(
            attribute=attribute,
            metrics=metrics[start : start + COLUMNS],
            rows=tuple(rows[:most]),
            left_out=max(0, len(rows) - most),
            continued=start > 0,
        )
