"""Tests of equality of two shares, x1 of n1 and x2 of n2, that US employment law looks at; they decide no tolerance."""

from __future__ import annotations

import math
import sys

import numpy as np
from scipy.special import ndtr

from audit.stats.numerics import Array

_SLACK = 1e-7  # tables as likely as the observed one, but for rounding, count as such


def fisher(x1: int, n1: int, x2: int, n2: int) -> float | None:
    """Fisher's exact two-sided p-value: how likely is a table no likelier than this, given its margins?

    1 if nobody or everybody was selected; None if a group is empty. Never 0: the smallest positive float instead.
    """
    return _conditional(x1, n1, x2, n2, tied=1.0)


def fisher_mid_p(x1: int, n1: int, x2: int, n2: int) -> float | None:
    """Fisher's mid-p: tables as likely as the observed one count by half; otherwise as for `fisher` (Lancaster 1961).

    Where no other table is possible (nobody or everybody was selected), 1.
    """
    if x1 + x2 <= 0 or x1 + x2 >= n1 + n2:
        return fisher(x1, n1, x2, n2)
    return _conditional(x1, n1, x2, n2, tied=0.5)


def two_proportion_z(x1: float, n1: float, x2: float, n2: float) -> tuple[float | None, float | None]:
    """The pooled z ("standard deviations" between the shares), positive if the first is larger, and its two-sided p.

    (None, 1) if nobody or everybody was selected; (None, None) if a group is empty.
    """
    if n1 <= 0 or n2 <= 0:
        return None, None
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    if variance <= 0:
        return None, 1.0
    z = (x1 / n1 - x2 / n2) / math.sqrt(variance)
    return z, max(2 * float(ndtr(-abs(z))), sys.float_info.min)


def _conditional(x1: int, n1: int, x2: int, n2: int, *, tied: float) -> float | None:
    """The probability of the less likely tables, and `tied` of that of those as likely, given the margins."""
    if n1 <= 0 or n2 <= 0:
        return None
    lowest, highest = max(0, x1 + x2 - n2), min(n1, x1 + x2)
    # Tables further from the expected one than this are less likely than float64 can say (Bernstein's inequality).
    expected = n1 * (x1 + x2) / (n1 + n2)
    reach = 45 * math.sqrt(min(expected, n1 - expected)) + 800
    lowest, highest = max(lowest, math.floor(expected - reach)), min(highest, math.ceil(expected + reach))
    if not lowest <= x1 <= highest:
        return sys.float_info.min
    tables = np.arange(lowest, highest + 1, dtype=np.float64)
    weights = _relative_likelihoods(n1, x1 + x2, n2, tables)
    observed = weights[x1 - lowest]
    less, no_more = weights < observed * (1 - _SLACK), weights <= observed * (1 + _SLACK)
    p = float((tied * weights[no_more].sum() + (1 - tied) * weights[less].sum()) / weights.sum())
    return min(max(p, sys.float_info.min), 1.0)


def _relative_likelihoods(n1: int, hits: int, n2: int, tables: Array) -> Array:
    """How likely each table is under equality, relative to the likeliest.

    Neighbouring tables have a simple odds ratio, so their logarithms add up without any factorial.
    """
    here, following = tables[:-1], tables[1:]
    steps = np.log((n1 - here) * (hits - here)) - np.log(following * (n2 - hits + following))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    return np.asarray(np.exp(logs - logs.max()))
