"""Audits of truly equal groups rarely claim a failure, whatever the rule, the number of groups and their sizes."""

import pytest
from scipy.stats import binom

from docs.error_rates import GROUPS, RULES, failures

pytestmark = pytest.mark.no_cover  # a simulation
#: Of two groups, either may be the highest, so both directions can be wrong.
NOMINAL = 0.025


def at_most(share, nominal, audits):
    """Is the share no more than chance allows at this nominal rate?"""
    return round(share * audits) <= binom.ppf(0.999, audits, nominal)


def nominal(rule, k):
    return 2 * NOMINAL if k == 2 and rule.startswith("against the highest") else NOMINAL


@pytest.mark.parametrize("rule", RULES)
def test_five_groups_of_unequal_sizes_rarely_fail(rule):
    assert at_most(failures(rule, 5, equal=False, audits=60), nominal(rule, 5), 60)


@pytest.mark.slow
@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("k", GROUPS)
@pytest.mark.parametrize("rule", RULES)
def test_equal_groups_fail_no_more_often_than_stated(rule, k, equal):
    assert at_most(failures(rule, k, equal=equal, audits=1000), nominal(rule, k), 1000)


@pytest.mark.slow
@pytest.mark.parametrize("statistics", [{"correction": "bonferroni"}, {"correction": "hommel"}, {"family": "rule"}])
def test_other_corrections_keep_the_rate_as_well(statistics):
    rule = "against the highest, three metrics"
    assert at_most(failures(rule, 10, equal=False, audits=500, **statistics), NOMINAL, 500)


def test_the_simulation_can_tell_without_a_correction():
    rule = "against the rest, three metrics"
    assert failures(rule, 20, equal=True, audits=40, correction="none") > 0.2
