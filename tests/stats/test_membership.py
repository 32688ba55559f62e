"""Quantities between two ends: the limits and the p-values of both, which agree."""

from __future__ import annotations

import numpy as np
import pytest

from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.membership import Bounded


def contrast(kind, x1, n1, x2, n2):
    return kind(**{name: np.array([float(v)]) for name, v in (("x1", x1), ("n1", n1), ("x2", x2), ("n2", n2))})


@pytest.mark.parametrize("kind", [ShareDifferences, ShareRatios])
def test_both_uncertainties_make_a_wider_interval_whose_p_values_agree(kind):
    """Of 20 hits and 30 misses of unknown group, the first group has the misses or the hits, the second the others."""
    known = contrast(kind, 300, 1000, 200, 800)
    bounded = Bounded(
        known=known,
        least=contrast(kind, 300, 1030, 220, 820),
        most=contrast(kind, 320, 1020, 200, 830),
    )
    low, high = bounded.limits(0.025)
    assert low < known.limits(0.025).low
    assert high > known.limits(0.025).high
    assert bounded.estimate == known.estimate
    assert bounded.p_above(float(low[0]) - 1e-6) < 0.025 < bounded.p_above(float(low[0]) + 1e-6)
    assert bounded.p_below(float(high[0]) + 1e-6) < 0.025 < bounded.p_below(float(high[0]) - 1e-6)
