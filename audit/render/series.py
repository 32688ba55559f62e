"""The tables of rates by period and by version: a table for each metric and attribute, the latest slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.result import AuditResult, Series

_TITLES = {"period": "over time", "version": "by version of the model"}


@dataclass(frozen=True, kw_only=True)
class SeriesTable:
    """A metric of some groups of one attribute, slice by slice; `places` says where each shown slice's value is."""

    title: str
    by: str
    metric: str
    slices: Sequence[str]
    places: Sequence[int]
    lines: Sequence[Series]
    left_out: int


def series_tables(result: AuditResult, most: int, columns: int = 8) -> tuple[SeriesTable, ...]:
    """The tables, in the order of the series; the last `most` slices of each, with so many groups beside each other."""
    alike: dict[tuple[str, str, str], list[Series]] = {}
    for line in result.series:
        alike.setdefault((line.by, line.attribute, line.metric), []).append(line)
    return tuple(
        _table(result, lines[start : start + columns], most)
        for lines in alike.values()
        for start in range(0, len(lines), columns)
    )


def _table(result: AuditResult, lines: Sequence[Series], most: int) -> SeriesTable:
    first = lines[0]
    label = result.metrics[first.metric].label if first.metric in result.metrics else first.metric
    places = range(len(first.slices))[-most:]
    return SeriesTable(
        title=f"{label} by {first.attribute}, {_TITLES.get(first.by, first.by)}",
        by=first.by,
        metric=first.metric,
        slices=[first.slices[place] for place in places],
        places=list(places),
        lines=lines,
        left_out=len(first.slices) - len(places),
    )
