"""A reference that is chosen for its rate looks farther away than it is; false failures stay rare all the same."""

from dataclasses import replace

import numpy as np
import pytest

from audit.groups.population import population
from audit.judging.adjust import adjust
from audit.judging.weigh import weigh
from tests.making import counts_of, policy_of, rule

POLICY = policy_of(rule(compare="difference", require="<= 0.0001", reference="highest"))
AUDITS, ROWS, RATE = 400, 1000, 0.3


def counts_of_groups(selected, rows):
    """Counts of groups of so many rows each, so many of them selected."""
    return counts_of({f"g{place}": {"tp": int(hits), "fn": int(rows - hits)} for place, hits in enumerate(selected)})


def claims_a_failure(counts, *, allow):
    """Does an audit of these counts claim any failure? With or without allowing for the choice of the reference."""
    weighed = weigh(POLICY.rules[0], "selection_rate", ("g",), population(counts, POLICY), POLICY)
    if not allow:
        weighed = replace(weighed, evidence=tuple(replace(piece, chosen_from=0) for piece in weighed.evidence))
    evidence, _ = adjust([weighed], POLICY.statistics)
    return any(piece.deciding.outside(piece.rule.region) for piece in evidence)


@pytest.mark.slow
@pytest.mark.parametrize("k", [3, 5, 10, 20])
def test_equal_groups_rarely_fail_against_the_highest(k):
    draw = np.random.default_rng(k)
    audits = [counts_of_groups(draw.binomial(ROWS, RATE, k), ROWS) for _ in range(AUDITS)]
    with_allowance = np.mean([claims_a_failure(counts, allow=True) for counts in audits])
    without = np.mean([claims_a_failure(counts, allow=False) for counts in audits])
    assert with_allowance <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / AUDITS)
    assert without > with_allowance


def test_a_clear_failure_is_still_claimed_against_the_highest():
    selected = np.array([300] * 9 + [180])
    assert claims_a_failure(counts_of_groups(selected, ROWS), allow=True)
