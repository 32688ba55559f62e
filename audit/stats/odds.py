"""The odds ratio of two shares, x1 of n1 and x2 of n2, for readers who ask for it; no verdict rests on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

_EXACT = 2000  # trials in all, beyond which the exact interval takes long and says the same


@dataclass(frozen=True, kw_only=True)
class OddsRatio:
    """An odds ratio with its limits; infinite ones are without bound. No estimate: `reason` says why.

    `empty_group`: a group has no trials. `no_variation`: everyone or no one was selected.
    """

    method: Literal["conditional", "gart"]
    estimate: float | None
    low: float
    high: float
    reason: Literal["empty_group", "no_variation"] | None = None


def odds_ratio(x1: float, n1: float, x2: float, n2: float, tail: float = 0.025) -> OddsRatio:
    """The conditional estimate with its exact interval up to 2000 trials in all, Gart's logit interval beyond."""
    chosen = conditional_odds_ratio if n1 + n2 <= _EXACT else gart_odds_ratio
    return chosen(x1, n1, x2, n2, tail)


def conditional_odds_ratio(x1: float, n1: float, x2: float, n2: float, tail: float = 0.025) -> OddsRatio:
    """The likeliest odds ratio given the margins, and its exact interval (Cornfield 1956). Counts are rounded."""
    if unknown := _unknown("conditional", (x1, n1, x2, n2)):
        return unknown
    # scipy.stats takes most of a second to load.
    from scipy.stats.contingency import odds_ratio as of_scipy

    a, b, c, d = round(x1), round(n1 - x1), round(x2), round(n2 - x2)
    found = of_scipy(np.array([[a, b], [c, d]]), kind="conditional")
    limits = found.confidence_interval(1 - 2 * tail)
    return OddsRatio(
        method="conditional", estimate=float(found.statistic), low=float(limits.low), high=float(limits.high)
    )


def gart_odds_ratio(x1: float, n1: float, x2: float, n2: float, tail: float = 0.025) -> OddsRatio:
    """The odds ratio with half a record added to every cell, and its logit interval (Gart 1966)."""
    if n1 <= 0 or n2 <= 0:
        return OddsRatio(method="gart", estimate=None, low=0.0, high=math.inf, reason="empty_group")
    a, b, c, d = x1 + 0.5, n1 - x1 + 0.5, x2 + 0.5, n2 - x2 + 0.5
    log = math.log(a * d / (b * c))
    half = -float(ndtri(tail)) * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return OddsRatio(method="gart", estimate=math.exp(log), low=math.exp(log - half), high=math.exp(log + half))


def _unknown(method: Literal["conditional"], counts: tuple[float, float, float, float]) -> OddsRatio | None:
    x1, n1, x2, n2 = counts
    if n1 <= 0 or n2 <= 0:
        return OddsRatio(method=method, estimate=None, low=0.0, high=math.inf, reason="empty_group")
    if x1 + x2 <= 0 or x1 + x2 >= n1 + n2:
        return OddsRatio(method=method, estimate=None, low=0.0, high=math.inf, reason="no_variation")
    return None
