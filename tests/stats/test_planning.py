"""How much data is needed before any is collected, against published numbers and enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import power_proportions_2indep, proportion_effectsize

from audit.stats.contrasts import ShareDifferences, ShareRatios, Shares
from audit.stats.equivalence import p_inside, p_outside
from tests.stats.plans import (
    Plan,
    cohens_h,
    multiplier_to_resolve,
    n_equivalence,
    n_two_proportions,
    needed,
)

FOUR_FIFTHS = Plan(compare="ratio", low=0.8)


def test_the_numbers_of_rs_help_page_for_power_prop_test():
    """R's ?power.prop.test: n = 50 gives power 0.740, power 0.90 needs n = 76.7."""
    assert n_two_proportions(0.5, 0.75, power=0.740) == pytest.approx(50, abs=0.1)
    assert n_two_proportions(0.5, 0.75, power=0.9) == pytest.approx(76.7, abs=0.05)


def test_textbook_power_agrees_with_statsmodels():
    n = n_two_proportions(0.25, 0.2)
    theirs = power_proportions_2indep(0.05, 0.2, n, ratio=1, alpha=0.05)
    assert theirs.power == pytest.approx(0.8, abs=0.001)
    assert cohens_h(0.25, 0.2) == pytest.approx(proportion_effectsize(0.25, 0.2))
    by_h = NormalIndPower().solve_power(cohens_h(0.25, 0.2), power=0.8, alpha=0.05)
    assert n == pytest.approx(by_h, rel=0.01)


def test_at_the_tolerance_no_multiple_resolves_and_no_margin_no_equivalence():
    assert multiplier_to_resolve((0.3, 0.25), (100, 100), 0.05) is None
    assert np.isnan(n_equivalence(Plan(compare="difference", low=-0.1), 0.3, 0.3)[0])


def chance(plan, rates, sizes, toward):
    """The exact chance of the verdict, averaged over sizes nearby."""
    return np.mean([_chance(plan, rates, [round(n * f) for n in sizes], toward) for f in (0.98, 0.99, 1, 1.01, 1.02)])


def _chance(plan, rates, sizes, toward):
    counts = [
        np.arange(binom.ppf(1e-8, n, p), binom.ppf(1 - 1e-8, n, p) + 1) for n, p in zip(sizes, rates, strict=True)
    ]
    weights = [binom.pmf(x, n, p) for x, n, p in zip(counts, sizes, rates, strict=True)]
    grid = [axis.ravel() for axis in np.meshgrid(*counts, indexing="ij")]
    n = [np.full(grid[0].shape, float(size)) for size in sizes]
    if plan.compare == "rate":
        of, weight = Shares(x=grid[0], n=n[0]), weights[0]
    else:
        build = {"difference": ShareDifferences, "ratio": ShareRatios}[plan.compare]
        of, weight = build(x1=grid[0], n1=n[0], x2=grid[1], n2=n[1]), np.outer(*weights).ravel()  # type: ignore[assignment]
    tail = (1 - plan.confidence) / 2
    if toward == "pass":
        return weight[p_inside(of, plan.low, plan.high) <= tail].sum()
    return weight[p_outside(of, plan.low, plan.high) <= tail / plan.comparisons].sum()


PLANS = {
    "equal rates": (FOUR_FIFTHS, (0.3, 0.3), "pass"),
    "far below": (FOUR_FIFTHS, (0.15, 0.3), "fail"),
    "one of ten far below": (Plan(compare="ratio", low=0.8, comparisons=10, power=0.9), (0.15, 0.3), "fail"),
    "a larger reference": (Plan(compare="difference", low=-0.1, high=0.1, allocation=4), (0.3, 0.3), "pass"),
    "a smaller reference": (Plan(compare="difference", low=-0.1, high=0.1, allocation=0.5), (0.5, 0.3), "fail"),
    "a rate below": (Plan(compare="rate", high=0.1), (0.06,), "pass"),
    "a rate above": (Plan(compare="rate", high=0.1, confidence=0.99), (0.16,), "fail"),
}


@pytest.mark.parametrize("name", PLANS)
def test_what_is_needed_gives_the_verdict_with_the_power_asked_for(name):
    plan, rates, toward = PLANS[name]
    found = needed(plan, *rates)
    sizes = [found.trials, found.reference_trials][: len(rates)]
    assert found.toward == toward
    assert chance(plan, rates, sizes, toward) == pytest.approx(plan.power, abs=0.015)
    assert (found.records, found.reference_records) == (found.trials, found.reference_trials)
    if plan.compare != "rate":
        assert found.reference_trials == pytest.approx(plan.allocation * found.trials, rel=0.02)


def test_all_of_many_comparisons_pass_together_with_the_power_asked_for():
    plan = Plan(compare="ratio", low=0.8, comparisons=5)
    found = needed(plan, 0.3, 0.3)
    one = chance(plan, (0.3, 0.3), (found.trials, found.reference_trials), "pass")
    assert one == pytest.approx(1 - 0.2 / 5, abs=0.01)
    rng = np.random.default_rng(5)
    x = rng.binomial(found.trials, 0.3, 5 * 3000).astype(float)
    reference = np.repeat(rng.binomial(found.reference_trials, 0.3, 3000).astype(float), 5)
    n1, n2 = np.full(x.shape, float(found.trials)), np.full(x.shape, float(found.reference_trials))
    p = p_inside(ShareRatios(x1=x, n1=n1, x2=reference, n2=n2), 0.8, None)
    together = (p.reshape(3000, 5) <= 0.025).all(axis=1)
    assert 0.8 <= together.mean() < 0.93


def test_a_rate_among_a_part_of_the_records_needs_more_records():
    """A true positive rate is taken among the positives: three in ten here, two in ten in the reference."""
    found = needed(FOUR_FIFTHS, 0.3, 0.3, parts=(0.3, 0.2))
    assert found.records == pytest.approx(found.trials / 0.3, abs=1)
    assert found.reference_records == pytest.approx(found.reference_trials / 0.2, abs=1)


def test_a_limit_is_not_decided_by_any_amount_and_a_ratio_to_nothing_is_none():
    assert needed(FOUR_FIFTHS, 0.24, 0.3).reason == "at_the_limit"
    assert needed(FOUR_FIFTHS, 0.24, 0.0).reason == "undefined"
    found = needed(Plan(compare="rate", high=0.1), 0.1 - 1e-9)
    assert (found.toward, found.trials, found.reason) == ("pass", None, "out_of_reach")


def test_planning_to_pass_agrees_with_the_textbook_for_two_one_sided_tests():
    plan = Plan(compare="difference", low=-0.05, high=0.05)
    found, (textbook, _) = needed(plan, 0.3, 0.3), n_equivalence(plan, 0.3, 0.3)
    assert found.trials == pytest.approx(textbook, rel=0.02)
