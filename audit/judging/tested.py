"""Tested: what the test that a rule names says of a group and its reference, or of all groups at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import Group
from audit.groups.measure import CONFUSION, Measure, effective
from audit.judging.evidence import Evidence
from audit.metrics import Rate
from audit.policy.statistics import Statistics
from audit.stats.permutation import independence, permutation
from audit.stats.resampling import balanced_accuracy_of, f1_of, matthews
from audit.stats.two_by_two import TESTS, Equality
from audit.values import Sums

Array = NDArray[np.float64]
#: More records than this cannot be drawn without replacement.
_DRAWABLE = 1e9
#: Composites as functions of stacked cells tp, fp, fn, tn.
_COMPOSITES: Mapping[str, Callable[[Array], Array]] = {
    "balanced_accuracy": balanced_accuracy_of,
    "f1": f1_of,
    "matthews_corrcoef": matthews,
}


def of_two(piece: Evidence, first: Measure, second: Measure, statistics: Statistics) -> Equality | None:
    """The rule's test that a group and its reference have the same metric; None if the rule names none."""
    name = piece.rule.test
    if name == "permutation":
        return _shuffled(piece, first.group, second.group, statistics)
    if name is None or name not in TESTS or first.share is None or second.share is None:
        return None
    x, n = effective([first, second])
    return TESTS[name](float(x[0]), float(n[0]), float(x[1]), float(n[1]))


def of_all(piece: Evidence, x: Array, n: Array, statistics: Statistics) -> Equality | None:
    """The rule's test that all groups have the same rate, x of n; None if the rule names none."""
    if piece.rule.test != "independence":
        return None
    found = independence(np.column_stack((x, n - x)), seed=statistics.seed, key=_key(piece))
    if found.p_value is None:
        return Equality(method="independence", p_value=1.0, reason="no_variation")
    method = "independence" if found.method == "chi_square" else "independence_random"
    return Equality(method=method, p_value=found.p_value, statistic=found.statistic)


def _shuffled(piece: Evidence, first: Group, second: Group, statistics: Statistics) -> Equality:
    """Who belongs to which group, shuffled; records that weigh unlike or belong together cannot be."""
    if _unlike(first) or _unlike(second):
        return Equality(method="permutation", p_value=None, reason="not_exchangeable")
    hits, among, of = _counted(piece)
    mine, theirs = (_cells(group, hits, among) for group in (first, second))
    if mine.sum() + theirs.sum() >= _DRAWABLE:
        return Equality(method="permutation", p_value=None, reason="too_large")
    found = permutation(mine, theirs, lambda one, other: of(one) - of(other), seed=statistics.seed, key=_key(piece))
    return Equality(
        method="permutation",
        p_value=found.p_value,
        statistic=found.observed,
        reason=None if found.p_value is not None else "undefined",
    )


def _counted(piece: Evidence) -> tuple[tuple[str, ...], tuple[str, ...], Callable[[Array], Array]]:
    """The cells that are shuffled, hits and others, and the metric of them; for composites the confusion cells."""
    metric = piece.metric
    if isinstance(metric, Rate):
        return metric.hits, metric.among, lambda cells: cells[..., 0, 0] / cells[..., 0, :].sum(axis=-1)
    return (), CONFUSION, _COMPOSITES[metric.name]


def _cells(group: Group, hits: tuple[str, ...], among: tuple[str, ...]) -> Array:
    """Records by cell, of one stratum: of a rate its hits and its other trials, else each cell by itself."""
    counts = [group.cells.get(cell, Sums()).n for cell in among]
    if not hits:
        return np.array([counts], dtype=np.float64)
    some = sum(n for cell, n in zip(among, counts, strict=True) if cell in hits)
    return np.array([[some, sum(counts) - some]], dtype=np.float64)


def _unlike(group: Group) -> bool:
    weighed = any((cell.weight, cell.weight2) != (cell.n, cell.n) for cell in group.cells.values())
    return weighed or group.buckets is not None


def _key(piece: Evidence) -> str:
    group = f"/{piece.group.name}" if piece.group and piece.rule.test == "permutation" else ""
    return f"{piece.rule.id}/{piece.metric.name}/{piece.attribute}{group}/test"
