"""The exact conditional test and interval of one odds ratio over strata, for tables too sparse to approximate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.special import gammaln

from audit.stats.numerics import Array

_SLACK = 1e-7  # outcomes as likely as the observed one, but for rounding, count as such
_STEPS = 100
_FAR = float(np.log(1e12))


@dataclass(frozen=True, kw_only=True)
class ExactStrata:
    """The likeliest common odds ratio given all margins, its exact limits, and the two-sided p of no association.

    The estimate is 0 or infinite where x1 is as small or as large as the margins let it be.
    """

    estimate: float
    low: float
    high: float
    p: float


def exact_strata(tables: Sequence[tuple[int, int, int, int]], tail: float = 0.025) -> ExactStrata | None:
    """From (x1, n1, x2, n2) of each stratum; None if the margins of every stratum leave nothing to vary.

    The sum of all x1 given the margins is distributed as a sum of hypergeometric numbers, tilted by the odds ratio
    (Mehta, Patel & Gray 1985; as R's `mantelhaen.test(exact = TRUE)`). Memory and time grow with the counts, so it is
    for some thousand rows at most.
    """
    parts = [_hypergeometric(*table) for table in tables]
    least = sum(low for low, _ in parts)
    logs = np.log(np.maximum(reduce(np.convolve, (chance for _, chance in parts), np.ones(1)), sys.float_info.min))
    observed = sum(table[0] for table in tables) - least
    last = logs.size - 1
    if last == 0:
        return None
    places = np.arange(logs.size)

    def chances(log_odds: float) -> Array:
        tilted = logs + places * log_odds
        chance = np.exp(tilted - tilted.max())
        return np.asarray(chance / chance.sum())

    equal = chances(0.0)
    p = float(equal[equal <= equal[observed] * (1 + _SLACK)].sum())
    mean = _solve(lambda log: float((chances(log) * places).sum()) - observed)
    low = _solve(lambda log: float(chances(log)[observed:].sum()) - tail)
    high = _solve(lambda log: tail - float(chances(log)[: observed + 1].sum()))
    return ExactStrata(
        estimate=0.0 if observed == 0 else np.inf if observed == last else mean,
        low=0.0 if observed == 0 else low,
        high=np.inf if observed == last else high,
        p=min(max(p, sys.float_info.min), 1.0),
    )


def _hypergeometric(x1: int, n1: int, x2: int, n2: int) -> tuple[int, Array]:
    """The least that x1 can be given the margins, and the chances of each value from there on."""
    hits = x1 + x2
    values = np.arange(max(0, hits - n2), min(n1, hits) + 1, dtype=np.float64)
    logs = -(
        gammaln(values + 1) + gammaln(n1 - values + 1) + gammaln(hits - values + 1) + gammaln(n2 - hits + values + 1)
    )
    chance = np.exp(logs - logs.max())
    return int(values[0]), np.asarray(chance / chance.sum())


def _solve(rising: Callable[[float], float]) -> float:
    """The odds ratio at which a function of its logarithm passes zero, by bisection."""
    low, high = -_FAR, _FAR
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return float(np.exp(0.5 * (low + high)))
