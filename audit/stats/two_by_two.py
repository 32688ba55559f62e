"""Tests that two shares are equal, by the names that a policy can give them. None shows that a gap is tolerable.

Every test takes x1 of n1 and x2 of n2. Fractional (effective) counts are rounded where a test is exact. p-values are
two-sided and never 0: the smallest positive float stands for what is smaller still.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc

from audit.stats.association import fisher, fisher_mid_p, two_proportion_z

Reason = Literal["empty_group", "no_variation", "too_large", "not_exchangeable", "undefined"]
Test = Callable[[float, float, float, float], "Equality"]

_EXACT = 200  # trials in all; unconditional exact tests take seconds from here on
_LEAST = 1.0  # events expected in every cell, from which the chi-square with N - 1 holds its level (Campbell 2007)


@dataclass(frozen=True, kw_only=True)
class Equality:
    """What a test of equality says: its statistic, its p-value, and why there is none, or why it is 1.

    `empty_group`: a group has no trials, nothing can be tested. `no_variation`: everyone or no one was selected, which
    speaks for no difference, so p is 1. `too_large`: more trials than the test can enumerate. `not_exchangeable`:
    records weigh unlike or belong together, so they cannot be shuffled. `undefined`: the metric is.
    """

    method: str
    p_value: float | None
    statistic: float | None = None
    reason: Reason | None = None


def chi_square(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """Campbell's "N - 1" chi-square, without continuity correction (Campbell 2007)."""
    total = n1 + n2
    return _judged("chi_square", (x1, n1, x2, n2), lambda: _by_chi_square(x1, n1, x2, n2, (total - 1) / total))


def pearson(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """Pearson's chi-square without continuity correction: the square of the pooled z, with the same p-value."""
    return _judged("pearson", (x1, n1, x2, n2), lambda: _by_chi_square(x1, n1, x2, n2, 1.0))


def standard_deviations(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """The pooled two-proportion z. Its size is the count of standard deviations that US employment practice quotes."""
    return _judged("two_proportion_z", (x1, n1, x2, n2), lambda: two_proportion_z(x1, n1, x2, n2))


def fisher_exact(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """Fisher's exact test: it never errs more often than stated, and mostly less, so it finds less."""
    counts = _whole(x1, n1, x2, n2)
    return _judged("fisher", counts, lambda: (None, fisher(*counts)))


def fisher_mid(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """Fisher's test with tables as likely as the observed one counted by half: it errs about as often as stated."""
    counts = _whole(x1, n1, x2, n2)
    return _judged("fisher_mid_p", counts, lambda: (None, fisher_mid_p(*counts)))


def boschloo(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """Boschloo's unconditional exact test, more powerful than Fisher's; for at most 200 trials (Boschloo 1970)."""
    # scipy.stats takes most of a second to load.
    from scipy.stats import boschloo_exact

    return _unconditional("boschloo", boschloo_exact, _whole(x1, n1, x2, n2))


def barnard(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """Barnard's unconditional exact test, ordered by the pooled z; for at most 200 trials (Barnard 1947)."""
    # scipy.stats takes most of a second to load.
    from scipy.stats import barnard_exact

    return _unconditional("barnard", barnard_exact, _whole(x1, n1, x2, n2))


def equality(x1: float, n1: float, x2: float, n2: float) -> Equality:
    """The test that suits the size: Boschloo's to 200 trials, then N - 1 chi-square, or mid-p where cells are rare."""
    if n1 <= 0 or n2 <= 0:
        return chi_square(x1, n1, x2, n2)
    total, hits = n1 + n2, x1 + x2
    if total <= _EXACT:
        return boschloo(x1, n1, x2, n2)
    rarest = min(n1, n2) * min(hits, total - hits) / total
    return (chi_square if rarest >= _LEAST else fisher_mid)(x1, n1, x2, n2)


#: The tests that a policy's `test:` can name.
TESTS: Mapping[str, Test] = {
    "equality": equality,
    "chi_square": chi_square,
    "pearson": pearson,
    "two_proportion_z": standard_deviations,
    "fisher": fisher_exact,
    "fisher_mid_p": fisher_mid,
    "boschloo": boschloo,
    "barnard": barnard,
}


def _judged(
    method: str, counts: tuple[float, float, float, float], test: Callable[[], tuple[float | None, float | None]]
) -> Equality:
    """What the test says, where there is something to test."""
    x1, n1, x2, n2 = counts
    if n1 <= 0 or n2 <= 0:
        return Equality(method=method, p_value=None, reason="empty_group")
    if x1 + x2 <= 0 or x1 + x2 >= n1 + n2:
        return Equality(method=method, p_value=1.0, reason="no_variation")
    statistic, p_value = test()
    return Equality(method=method, p_value=p_value, statistic=statistic)


def _by_chi_square(x1: float, n1: float, x2: float, n2: float, factor: float) -> tuple[float, float]:
    hits, total = x1 + x2, n1 + n2
    statistic = factor * total * (x1 * n2 - x2 * n1) ** 2 / (n1 * n2 * hits * (total - hits))
    return statistic, max(float(chdtrc(1, statistic)), sys.float_info.min)


def _unconditional(method: str, test: Callable[..., object], counts: tuple[int, int, int, int]) -> Equality:
    """A test of scipy's, which takes the two groups as the columns, and can exceed 1 by rounding."""
    x1, n1, x2, n2 = counts
    if n1 > 0 and n2 > 0 and n1 + n2 > _EXACT:
        return Equality(method=method, p_value=None, reason="too_large")

    def found() -> tuple[float | None, float | None]:
        result = test(np.array([[x1, x2], [n1 - x1, n2 - x2]]))
        statistic, p_value = float(getattr(result, "statistic", math.nan)), float(getattr(result, "pvalue", math.nan))
        return statistic, min(max(p_value, sys.float_info.min), 1.0)

    return _judged(method, counts, found)


def _whole(x1: float, n1: float, x2: float, n2: float) -> tuple[int, int, int, int]:
    """Whole counts; a rounded success count stays within its rounded trials."""
    trials1, trials2 = round(n1), round(n2)
    return min(round(x1), trials1), trials1, min(round(x2), trials2), trials2
