"""The groups of a panel, a line each: the reference first, then what was found, worst first, then all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.render.terms import records
from audit.result import AuditResult, Finding, GroupRow, MetricValue


@dataclass(frozen=True, kw_only=True)
class Line:
    """One group of a panel: its rate, and what was found about it. A reference has no finding of its own."""

    name: str
    key: tuple[str, ...]
    n: int | None
    rate: MetricValue | None
    finding: Finding | None
    reference: bool = False


def lines_of(result: AuditResult, ranked: Sequence[Finding], rows: Sequence[GroupRow]) -> list[Line]:
    """The reference first, then what was found, worst first, then the groups that no finding names."""
    whole = [_of_all(finding) for finding in ranked if finding.group is None and finding.value is not None]
    if whole:
        return whole
    by_name = {row.group: row for row in rows}
    reference = _reference(result, ranked, by_name)
    found = [_line(finding, by_name.get(finding.group)) for finding in ranked if finding.group is not None]
    named = {line.name for line in found} | ({reference.name} if reference else set())
    metric = ranked[0].metric
    others = sorted((_plain(row, metric) for row in rows if row.group not in named), key=_lowest_first)
    return ([reference] if reference else []) + found + others


def _reference(result: AuditResult, ranked: Sequence[Finding], rows: dict[str, GroupRow]) -> Line | None:
    """The one reference of all findings, if they have one; it may be everyone together rather than a group."""
    name = common(finding.reference for finding in ranked if finding.reference is not None)
    if name is None:
        return None
    first = next(finding for finding in ranked if finding.reference == name)
    row = rows.get(name) or (result.overall if result.overall.group == name else None)
    rate = row.metrics.get(first.metric) if row else None
    if rate is None:
        rate = MetricValue(value=first.reference_value, low=None, high=None, n=first.reference_n)
    key = tuple(row.group_key.values()) if row else ()
    return Line(name=name, key=key, n=rate.n, rate=rate, finding=None, reference=True)


def _line(finding: Finding, row: GroupRow | None) -> Line:
    name = finding.group or ""
    rate = row.metrics.get(finding.metric) if row else None
    if rate is None and finding.group_value is not None:
        rate = MetricValue(value=finding.group_value, low=None, high=None, n=records(finding))
    n = records(finding) if rate is None else rate.n
    return Line(name=name, key=tuple(finding.group_key.values()), n=n, rate=rate, finding=finding)


def _of_all(finding: Finding) -> Line:
    """A number that no group has, but all of them together."""
    sure = finding.unadjusted_interval
    rate = MetricValue(value=finding.value, low=sure.low, high=sure.high, n=records(finding))
    return Line(name=finding.attribute, key=(finding.attribute,), n=rate.n, rate=rate, finding=finding)


def _plain(row: GroupRow, metric: str) -> Line:
    rate = row.metrics.get(metric)
    return Line(name=row.group, key=tuple(row.group_key.values()), n=rate.n if rate else row.n, rate=rate, finding=None)


def _lowest_first(line: Line) -> float:
    """Sorts lines by their rates; those without one come last."""
    return float("inf") if line.rate is None or line.rate.value is None else line.rate.value


def common(names: Iterable[str]) -> str | None:
    """The one name they all share, or None."""
    different = set(names)
    return different.pop() if len(different) == 1 else None
