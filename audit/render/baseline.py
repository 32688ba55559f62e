"""The tables of two models on the same rows: for each attribute every rate, and in it the groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.result import AuditResult, BaselineRow, MetricNote


@dataclass(frozen=True, kw_only=True)
class RatePart:
    """One rate of some groups under both models."""

    metric: MetricNote
    rows: tuple[BaselineRow, ...]


@dataclass(frozen=True, kw_only=True)
class BaselineTable:
    """The rates of one attribute: everyone first, then the largest groups."""

    attribute: str
    parts: tuple[RatePart, ...]
    left_out: int


def baseline_tables(result: AuditResult, most: int) -> tuple[BaselineTable, ...]:
    """A table for each attribute, with at most so many groups; none without a baseline."""
    everyone = [row for row in result.baseline if not row.group_key]
    attributes = dict.fromkeys(row.attribute for row in result.baseline if row.group_key)
    return tuple(_table(result, name, everyone, most) for name in attributes)


def _table(result: AuditResult, attribute: str, everyone: Sequence[BaselineRow], most: int) -> BaselineTable:
    groups = [row for row in result.baseline if row.group_key and row.attribute == attribute]
    ordered = sorted(groups, key=lambda row: -row.n)
    rows = (*everyone, *ordered[:most])
    names = dict.fromkeys(name for row in rows for name in row.metrics)
    return BaselineTable(
        attribute=attribute,
        parts=tuple(RatePart(metric=_note(result, name), rows=rows) for name in names),
        left_out=max(0, len(ordered) - most),
    )


def _note(result: AuditResult, name: str) -> MetricNote:
    """What a metric means; one that the result does not describe keeps its name."""
    unknown = MetricNote(name=name, label=name, words="", counted="records", formula="", harm="")
    return result.metrics.get(name, unknown)
