"""How many events a comparison can be expected to have: of too few, no failure is claimed by approximation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audit.evidence import Evidence
from audit.measure import Measure, effective
from audit.metrics import RANKED, ScoreMetric
from audit.ranked import expected_at_top


def expected_events(bare: Evidence, measured: Measure, rest: Measure | None) -> float:
    """The fewest events or non-events expected if the groups were equal, or at the limit for a rate by itself.

    Blind to which group has them. `rest` is what the group is compared with.
    """
    both = [measured, rest] if rest else [measured]
    if bare.metric.name in RANKED:
        return expected_at_top(bare.metric.name, [one.group.ranks for one in both if one.group.ranks is not None])
    if isinstance(bare.metric, ScoreMetric) and measured.share is None:
        return np.inf  # their limits come from the spread of the scores themselves
    if measured.share is None:
        cells: Mapping[str, float] = measured.effective
        return min(cells["tp"] + cells["fn"], cells["fp"] + cells["tn"])
    x, n = effective(both)
    if rest is None:
        region = bare.rule.region
        limits = [float(limit) for limit in (region.low, region.high) if limit is not None and 0 < limit < 1]
        p = np.array(limits or [0.5])
        return float((n * np.minimum(p, 1 - p)).min())
    pooled = x.sum() / n.sum() if n.sum() else 0.0
    return float((n * min(pooled, 1 - pooled)).min())
