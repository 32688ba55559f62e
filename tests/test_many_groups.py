"""Many groups that are all alike: how often an audit claims a failure where there is none.

M1, M9 and M16 number mistakes as `test_mistakes.py` does.
"""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from scipy.stats import binom

from audit.engine import _weigh_all
from audit.groups.population import population
from audit.judging.adjust import adjust
from audit.judging.findings import finding
from audit.policy import loads
from audit.values import Verdict
from tests.making import counts_of

POLICY = """
evenhand: 1
title: Nothing to be found
data: {{decision: {{column: d, favorable: 1}}}}
attributes: {{g: {{column: g}}}}
statistics: {{correction: {correction}}}
rules: [{{id: r, metric: selection_rate, {rule}}}]
"""
NULLS = {
    "M1 the largest gap": 'compare: max_gap, require: "<= 0.0001"',
    "M9 each by itself": 'compare: value, require: "<= 0.3"',
    "M9 against the rest": 'compare: difference, require: "<= 0", reference: rest',
    "M16 against the highest": 'compare: difference, require: "<= 0"',
}


def null_failures(rule: str, correction: str, times: int, groups: int = 20, n: int = 1000) -> int:
    """In how many of so many audits any group fails, when all have one true rate of 0.3, which is at the limit."""
    policy = loads(POLICY.format(rule=rule, correction=correction))
    draws = np.random.default_rng(20261120).binomial(n, 0.3, (times, groups))
    return sum(_any_failure(selected, n, policy) for selected in draws)


def _any_failure(selected, n, policy) -> bool:
    counts = counts_of({f"g{i}": {"up": int(hits), "un": int(n - hits)} for i, hits in enumerate(selected)})
    evidence, family = adjust(_weigh_all(population(counts, policy), policy), policy.statistics)
    day = datetime.date(2026, 11, 20)
    return any(finding(piece, policy, day, family=family).verdict is Verdict.FAIL for piece in evidence)


@pytest.mark.no_cover
@pytest.mark.parametrize("correction", ["holm", pytest.param("bh", marks=pytest.mark.slow)])
@pytest.mark.parametrize("null", NULLS)
def test_many_equal_groups_rarely_make_a_failure(null, correction):
    """M9: ranks taken wrongly reject in 40 % of such audits; M16: extremes are tested as if named before."""
    times = 25

    assert null_failures(NULLS[null], correction, times) <= binom.ppf(0.999, times, 0.05)


def test_without_a_correction_many_equal_groups_often_make_a_failure():
    """The simulation can tell: twenty comparisons that are not corrected for do fail."""
    times = 25

    assert null_failures(NULLS["M9 each by itself"], "none", times) > binom.ppf(0.999, times, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("correction", ["holm", pytest.param("bh", marks=pytest.mark.slow)])
@pytest.mark.parametrize("null", NULLS)
def test_the_rate_of_any_failure_is_nominal(null, correction):
    """M9 with enough audits to tell 5 % from 8 %."""
    times = 1000

    assert null_failures(NULLS[null], correction, times) <= binom.ppf(0.999, times, 0.05)
