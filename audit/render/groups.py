"""The tables of all rates of all groups, an attribute at a time: groups across where they fit, else metrics across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.render import tradeoff
from audit.render.bins import ordered
from audit.render.scoreview import ScoreFigure
from audit.render.terms import inside
from audit.result import AuditResult, GroupRow, MetricNote

#: More columns than these do not fit beside each other: of metrics, and of groups.
COLUMNS, ACROSS = 5, 6
#: On paper so many attributes have a picture of their errors, and crossings of several have none.
MOST_PICTURES_ON_PAPER = 3


@dataclass(frozen=True, kw_only=True)
class GroupTable:
    """Some metrics of the groups of one attribute, the largest or lowest first. `across`: each group is a column."""

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
    errors: ScoreFigure | None


def group_tables(result: AuditResult, most: int, *, first: int = 1, paper: bool = False) -> tuple[AttributeTables, ...]:
    """Every attribute's tables, with at most so many groups each; pictures of errors are numbered from `first`."""
    found: list[AttributeTables] = []
    for name in dict.fromkeys(row.attribute for row in result.groups):
        drawn = sum(one.errors is not None for one in found)
        full = paper and (drawn >= MOST_PICTURES_ON_PAPER or not _is_single(result, name))
        found.append(_of_attribute(result, name, most, number=None if full else first + drawn))
    return tuple(found)


def _is_single(result: AuditResult, attribute: str) -> bool:
    return all(len(row.group_key) < 2 for row in result.groups if row.attribute == attribute)


def _of_attribute(result: AuditResult, attribute: str, most: int, *, number: int | None) -> AttributeTables:
    rows = [row for row in result.groups if row.attribute == attribute]
    shown = ordered(result, rows, most)
    known = [metric for metric in result.metrics.values() if any(_has(row, metric) for row in rows)]
    return AttributeTables(
        attribute=attribute,
        tables=tuple(_tables(known, shown)),
        left_out=max(0, len(rows) - most),
        unknown=_unknown(rows, [metric for metric in result.metrics.values() if metric not in known]),
        errors=None if number is None else tradeoff.figure(result, shown, number),
    )


def _unknown(rows: Sequence[GroupRow], metrics: Sequence[MetricNote]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for metric in metrics:
        rates = [row.metrics[metric.name] for row in rows if metric.name in row.metrics]
        reason = next((rate.reason for rate in rates if rate.reason), "no value")
        found[reason] = (*found.get(reason, ()), inside(metric.label))
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
