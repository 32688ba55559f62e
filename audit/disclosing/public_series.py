"""What a public rendering tells of periods, versions and scores: whole tables, or nothing.

A table of slices is published if no count in it is small, nor any that follows from it: what is left of a group beside
its slices, of a slice beside the groups of another table, of one rate's records beside those of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.disclosing.public_groups import scores_told
from audit.disclosing.withholding import Limits, Withheld, block_of
from audit.metrics import METRICS, Rate
from audit.result import AuditResult, GroupRow
from audit.result.records import MetricValue, ScoreNote, ScoreRow, Series
from audit.values import CELLS

#: One table of slices: by period or version, of an attribute.
_Table = tuple[str, str]
_Counts = NDArray[np.int64]


def public_series(result: AuditResult, gone: Withheld, limits: Limits, why: str) -> tuple[Series, ...]:
    """The series of a result; those of a table that is withheld have no values."""
    tables: dict[_Table, list[Series]] = {}
    for line in result.series:
        block = block_of(line.metric)
        if block != "classes" and gone.whole(line.attribute, "n") and gone.whole(line.attribute, block):
            tables.setdefault((line.by, line.attribute), []).append(line)
    safe = {of: lines for of, lines in tables.items() if _is_safe(lines, result, limits)}
    apart = {
        of
        for one, other in combinations(safe, 2)
        if _tell(safe[one], safe[other], result, limits)
        for of in (one, other)
    }
    kept = {id(line) for of, lines in safe.items() if of not in apart for line in lines}
    return tuple(line if id(line) in kept else _without(line, why) for line in result.series)


def _without(line: Series, why: str) -> Series:
    nothing = MetricValue(value=None, low=None, high=None, n=None, reason=why)
    return replace(line, values=(nothing,) * len(line.values))


def _is_safe(lines: Sequence[Series], result: AuditResult, limits: Limits) -> bool:
    """Is nothing small in the table of one attribute, or what follows from it and from the whole groups?"""
    attribute = lines[0].attribute
    if any(not isinstance(METRICS.get(line.metric), Rate) for line in lines):
        return False
    rows = {row.group: row for row in result.groups if row.attribute == attribute}
    by_group: dict[str, list[Series]] = {}
    for line in lines:
        by_group.setdefault(line.group, []).append(line)
    return all(
        not any(limits.small(n) for n in _counts(mine, rows[group])) if group in rows else False
        for group, mine in by_group.items()
    )


def _counts(lines: Sequence[Series], row: GroupRow) -> Iterator[int | None]:
    """What the slices of a group tell of it, and what is left of the group beside them."""
    names = tuple(line.metric for line in lines)
    slices = [[line.values[place] for line in lines] for place in range(len(lines[0].slices))]
    whole = [row.metrics[name] for name in names]
    told = [_told(names, values) for values in slices]
    yield from (n for found in told for n in found)
    left = np.array(_told(names, whole)) - np.sum(told, axis=0)
    yield from (int(n) for n in left)


def _told(names: tuple[str, ...], values: Sequence[MetricValue]) -> list[int]:
    """Every count of cells that follows from the hits and trials of some rates."""
    known = np.array([n or 0 for value in values for n in (value.hits, value.n)], dtype=float)
    return [round(float(n)) for n in _follows(names) @ known]


@cache
def _follows(names: tuple[str, ...]) -> NDArray[np.float64]:
    """How each sum of cells that follows from the hits and trials of these rates is made of them."""
    rates = [rate for name in names if isinstance(rate := METRICS[name], Rate)]
    known = np.array([[cell in cells for cell in CELLS] for rate in rates for cells in (rate.hits, rate.among)], float)
    found = []
    for pick in range(1, 2 ** len(CELLS)):
        wanted = np.array([pick >> cell & 1 for cell in range(len(CELLS))], dtype=float)
        made = np.linalg.lstsq(known.T, wanted, rcond=None)[0]
        if np.allclose(known.T @ made, wanted):
            found.append(made)
    return np.array(found)


def _tell(first: Sequence[Series], second: Sequence[Series], result: AuditResult, limits: Limits) -> bool:
    """Do two tables of the same slices tell something small by what one has and the other has not?"""
    if first[0].by != second[0].by:
        return False
    keys = {(row.attribute, row.group): row.group_key for row in result.groups}
    metrics = {line.metric for line in first} & {line.metric for line in second}
    for metric in metrics:
        one, other = ([line for line in lines if line.metric == metric] for lines in (first, second))
        if any(limits.small(abs(n)) for n in _between(one, other, keys)):
            return True
    return False


def _between(
    first: Sequence[Series], second: Sequence[Series], keys: Mapping[tuple[str, str], Mapping[str, str]]
) -> Iterator[int]:
    """In each slice, what the groups of two tables that share their attributes differ by: all, or group by group."""
    shared = sorted(set(keys[first[0].attribute, first[0].group]) & set(keys[second[0].attribute, second[0].group]))
    for names in ((), tuple(shared)):
        here, there = (_summed(lines, names, keys) for lines in (first, second))
        for key in here.keys() & there.keys():
            yield from (int(n) for n in (here[key] - there[key]).ravel())


def _summed(
    lines: Sequence[Series], names: tuple[str, ...], keys: Mapping[tuple[str, str], Mapping[str, str]]
) -> dict[tuple[str, ...], _Counts]:
    """Hits, misses and trials of each slice, summed over groups that are alike in some attributes."""
    sums: dict[tuple[str, ...], _Counts] = {}
    for line in lines:
        key = tuple(keys[line.attribute, line.group][name] for name in names)
        counts = np.array(
            [(value.hits or 0, (value.n or 0) - (value.hits or 0), value.n or 0) for value in line.values]
        )
        sums[key] = sums.get(key, np.zeros_like(counts)) + counts
    return sums


# ---- scores --------------------------------------------------------------------------------------------------------


def public_scores(result: AuditResult, gone: Withheld, limits: Limits, why: str) -> tuple[ScoreRow, ...]:
    """The scores of those of whom they may be told, without curves: their steps are of few records."""
    rows = {(row.attribute, row.group): row for row in result.groups}
    few = {
        one.attribute
        for one in result.scores
        for n in _sizes(one, rows.get((one.attribute, one.group), result.overall))
        if limits.small(n)
    }
    hidden = {one.attribute for one in result.scores if not scores_told(_attribute(one, result), gone)} | few
    return tuple(replace(one, curves=None, no_curves=why) for one in result.scores if one.attribute not in hidden)


def _attribute(one: ScoreRow, result: AuditResult) -> str:
    return "" if one.attribute == result.overall.attribute else one.attribute


def _sizes(one: ScoreRow, row: GroupRow) -> Iterator[int]:
    yield from (one.n, one.outcomes, one.n - one.outcomes, (row.n or 0) - one.n)


def public_score_note(note: ScoreNote | None) -> ScoreNote | None:
    """What the scores are, without the ratios at other cutoffs, which tell how many lie between two of them."""
    return None if note is None else replace(note, ratios={})


def told_spread(attribute: str, metric: str, gone: Withheld) -> bool:
    """May it be told how far the groups of an attribute are apart?"""
    return gone.whole(attribute, block_of(metric))
