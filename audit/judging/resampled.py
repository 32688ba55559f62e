"""The Matthews correlation of a group, its rows drawn again: by their units, by their weights, or one by one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from audit.groups.measure import CONFUSION, Measure
from audit.policy.statistics import Statistics
from audit.stats.clustered import bootstrap_buckets, bootstrap_weights
from audit.stats.resampling import Resampled, bootstrap, matthews
from audit.values import Sums

#: Tables and rules ask about the same groups. More resamples than these would take too much memory to be kept.
_MOST_KEPT = 5_000


def correlation(measured: Measure, statistics: Statistics, key: str) -> Resampled:
    """The correlation with its resamples; `key` names the stream of random numbers."""
    group = measured.group
    settings: dict[str, Any] = {"seed": statistics.seed, "key": key, "replicates": statistics.resamples}
    if group.buckets is not None:
        none = np.zeros_like(next(iter(group.buckets.values()), np.zeros(1)))
        buckets = np.stack([group.buckets.get(cell, none) for cell in CONFUSION], axis=-1)
        return bootstrap_buckets(buckets, matthews, **settings)
    cells = [group.cells.get(cell, Sums()) for cell in CONFUSION]
    weight, weight2 = (np.array([getattr(cell, name) for cell in cells]) for name in ("weight", "weight2"))
    if any((cell.weight, cell.weight2) != (cell.n, cell.n) for cell in cells):
        return bootstrap_weights(weight, weight2, matthews, **settings)
    draw = _kept if statistics.resamples <= _MOST_KEPT else _of_rows
    return draw(tuple(weight.tolist()), **settings)


def _of_rows(cells: tuple[float, ...], **settings: Any) -> Resampled:
    return bootstrap(np.array([cells]), matthews, **settings)


_kept = lru_cache(maxsize=1024)(_of_rows)
