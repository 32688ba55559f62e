"""How many events a comparison can be expected to have: of too few, no failure is claimed by approximation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.groups.measure import Measure, effective
from audit.groups.ranked import expected_at_top
from audit.judging.evidence import Evidence
from audit.metrics import RANKED, ScoreMetric
from audit.stats.numerics import Array, divide


def expected_events(bare: Evidence, groups: Sequence[Measure], rests: Sequence[Measure]) -> Array:
    """For each group the fewest events or non-events expected if the groups were equal, or at the limit for a rate by
    itself.

    Blind to which group has them. `rests` are what the groups are compared with, if they are.
    """
    if bare.metric.name in RANKED:
        pairs = zip(groups, rests, strict=True) if rests else [(one,) for one in groups]
        ranks = [[one.group.ranks for one in pair if one.group.ranks is not None] for pair in pairs]
        return np.array([expected_at_top(bare.metric.name, pair) for pair in ranks])
    if isinstance(bare.metric, ScoreMetric) and groups[0].share is None:
        return np.full(len(groups), np.inf)  # their limits come from the spread of the scores themselves
    if groups[0].share is None:
        cells = [one.effective for one in groups]
        return np.array([min(of["tp"] + of["fn"], of["fp"] + of["tn"]) for of in cells])
    x1, n1 = effective(groups)
    if not rests:
        region = bare.rule.region
        limits = [float(limit) for limit in (region.low, region.high) if limit is not None and 0 < limit < 1]
        return n1 * min(min(p, 1 - p) for p in limits or [0.5])
    x2, n2 = effective(rests)
    pooled = np.nan_to_num(divide(x1 + x2, n1 + n2))
    return np.minimum(n1, n2) * np.minimum(pooled, 1 - pooled)
