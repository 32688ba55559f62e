"""Comparisons within strata: against statsmodels, Berkeley's admissions, and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from audit.stats import strata
from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.homogeneity import spread, tarone
from audit.stats.ratios import koopman
from audit.stats.simpson import Aggregation, simpson
from audit.stats.stratified import StratifiedDifferences, StratifiedRatios

#: Admitted and rejected men, admitted and rejected women, in departments A to F (R's UCBAdmissions).
BERKELEY = np.array(
    [
        [512, 313, 89, 19],
        [353, 207, 17, 8],
        [120, 205, 202, 391],
        [138, 279, 131, 244],
        [53, 138, 94, 299],
        [22, 351, 24, 317],
    ],
    dtype=float,
)

stratum = st.tuples(*(st.integers(0, 12) for _ in range(4)))
some_strata = st.lists(stratum, min_size=1, max_size=6).map(lambda rows: np.array(rows, dtype=float))


def population_weights(n1, n2):
    """Both groups' rows: direct standardisation to the strata as they are."""
    return n1 + n2


def columns(cells):
    a, b, c, d = np.asarray(cells, dtype=float).T
    return [column[:, np.newaxis] for column in (a, a + b, c, c + d)]


def named(cells, weights=None):
    given = dict(zip(("x1", "n1", "x2", "n2"), columns(cells), strict=True))
    return given if weights is None else given | {"weights": weights(given["n1"], given["n2"])}


def tables(cells):
    return StratifiedTable([row.reshape(2, 2) for row in np.asarray(cells, dtype=float)])


@pytest.mark.parametrize("seed", range(8))
def test_the_classical_estimates_are_those_of_statsmodels(seed):
    cells = np.random.default_rng(seed).integers(1, 30, (5, 4)).astype(float)
    other = tables(cells)
    assert StratifiedRatios(**named(cells)).estimate.item() == pytest.approx(other.riskratio_pooled)
    assert strata.mantel_haenszel_odds_ratio(*columns(cells)).item() == pytest.approx(other.oddsratio_pooled)
    z, p = strata.cochran_mantel_haenszel(*columns(cells))
    test = other.test_null_odds(correction=False)
    assert (z.item() ** 2, p.item()) == pytest.approx((test.statistic, test.pvalue))
    expected, found = other.test_equal_odds(adjust=True), tarone(*columns(cells))
    assert (found.statistic.item(), found.p.item()) == pytest.approx((expected.statistic, expected.pvalue))


def test_two_women_and_men_over_all_departments_and_within_them():
    within = StratifiedDifferences(**named(BERKELEY))
    (found,) = simpson(within.pooled, within, parity=0.0)
    assert within.pooled.estimate.item() == pytest.approx(1198 / 2691 - 557 / 1835)
    assert found.signs_differ
    assert found.relation is Aggregation.ONLY_POOLED
    assert found.warns
    standard = StratifiedDifferences(**named(BERKELEY, population_weights))
    (reversed_,) = simpson(standard.pooled, standard, parity=0.0)
    assert reversed_.relation is Aggregation.REVERSED
    assert reversed_.within == pytest.approx(-0.042636797771302914)
    assert standard.limits(0.025).high.item() < 0 < standard.pooled.limits(0.025).low.item()
    assert tarone(*columns(BERKELEY)).p.item() < 0.01


def test_the_ratio_of_women_to_men_meets_four_fifths_within_departments_and_not_over_all():
    within = StratifiedRatios(**named(BERKELEY[:, [2, 3, 0, 1]], population_weights))
    (found,) = simpson(within.pooled, within, parity=0.8)
    assert found.pooled == pytest.approx(0.6819, abs=1e-4)
    assert found.relation is Aggregation.REVERSED


def test_a_relation_follows_from_both_intervals():
    plain = np.array([[20.0, 80.0, 60.0, 40.0]])
    cases = {
        Aggregation.AGREES: (plain, plain),
        Aggregation.REVERSED: (plain, plain[:, [2, 3, 0, 1]]),
        Aggregation.ONLY_POOLED: (plain, np.array([[5.0, 5.0, 5.0, 5.0]])),
        Aggregation.ONLY_WITHIN: (np.array([[5.0, 5.0, 5.0, 5.0]]), plain),
        Aggregation.SHOWS_NOTHING: (np.array([[5.0, 5.0, 5.0, 5.0]]), np.array([[4.0, 5.0, 5.0, 5.0]])),
        Aggregation.UNKNOWN: (plain, np.array([[5.0, 5.0, 0.0, 0.0]])),
    }
    for relation, (pooled, within) in cases.items():
        first, second = (StratifiedDifferences(**named(cells)) for cells in (pooled, within))
        (found,) = simpson(first.pooled, second, parity=0.0)
        assert found.relation is relation
        assert (found.within is None) == (relation is Aggregation.UNKNOWN)


def test_a_stratum_without_a_group_is_left_out_and_its_share_is_told():
    lacking = np.array([[10.0, 10.0, 0.0, 0.0], [5.0, 5.0, 3.0, 7.0]])
    for kind in (StratifiedDifferences, StratifiedRatios):
        for weights in (None, population_weights):
            all_, one = kind(**named(lacking, weights)), kind(**named(lacking[1:], weights))
            assert all_.estimate == pytest.approx(one.estimate)
            assert np.ravel(all_.limits(0.025)) == pytest.approx(np.ravel(one.limits(0.025)))
            assert all_.used.item() == pytest.approx(0.5)
    assert strata.used_share([0.0], [0.0]).tolist() != [0.0]


def test_nothing_in_common_leaves_nothing_to_say():
    apart = np.array([[3.0, 4.0, 0.0, 0.0], [0.0, 0.0, 5.0, 6.0]])
    difference, ratio = StratifiedDifferences(**named(apart)), StratifiedRatios(**named(apart))
    assert np.ravel(difference.limits(0.025)).tolist() == [-1, 1]
    assert np.ravel(ratio.limits(0.025)).tolist() == [0, math.inf]
    for contrast in (difference, ratio):
        assert np.isnan([contrast.estimate, contrast.p_below(0.5), contrast.p_above(0.5), contrast.p_above(-3)]).all()
        assert np.isnan(contrast.p_below(math.inf)).all()
        assert contrast.used.item() == 0
    assert np.isnan(strata.cochran_mantel_haenszel(*columns(apart))).any()
    assert np.isnan(tarone(*columns(apart)).p).all()


def test_one_stratum_gives_the_intervals_of_two_groups():
    cells = np.array([[12.0, 20.0, 30.0, 25.0]])
    x1, n1, x2, n2 = (column[0] for column in columns(cells))
    plain = ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2)
    assert np.ravel(StratifiedDifferences(**named(cells)).limits(0.01)) == pytest.approx(np.ravel(plain.limits(0.01)))
    ratio, close = StratifiedRatios(**named(cells)), koopman(x1, n1, x2, n2, 0.01)
    assert ratio.estimate == pytest.approx(ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2).estimate)
    assert ratio.limits(0.01).low < close.low < close.high < ratio.limits(0.01).high


@settings(deadline=None)
@given(some_strata, st.sampled_from([StratifiedDifferences, StratifiedRatios]))
def test_parity_is_excluded_only_if_the_mantel_haenszel_test_rejects(cells, kind):
    z, p = strata.cochran_mantel_haenszel(*columns(cells))
    contrast = kind(**named(cells))
    below, above = contrast.p_below(kind is StratifiedRatios), contrast.p_above(kind is StratifiedRatios)
    if np.isnan(z).any():
        assert np.isnan(below).all()
    else:
        assert 2 * min(below.item(), above.item()) >= p.item() - 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_at_parity_the_score_is_the_mantel_haenszel_test(seed):
    cells = np.random.default_rng(seed).integers(3, 40, (4, 4))
    z, p = strata.cochran_mantel_haenszel(*columns(cells))
    for kind, parity in ((StratifiedDifferences, 0), (StratifiedRatios, 1)):
        contrast = kind(**named(cells))
        small = contrast.p_above(parity) if z.item() > 0 else contrast.p_below(parity)
        assert 2 * small.item() == pytest.approx(p.item())


def test_a_stratum_that_leaves_nothing_to_vary_does_not_cut_the_interval_short():
    """Eight of 800 against none of one person, of whom the score is sure once the difference reaches 1 %."""
    cells = [[8.0, 792.0, 0.0, 1.0], [6.0, 0.0, 0.0, 34.0]]
    contrast = StratifiedDifferences(**named(cells, population_weights))
    assert contrast.estimate.item() == pytest.approx((801 * 0.01 + 40) / 841)
    assert contrast.limits(0.025).low.item() < -0.5
    assert contrast.p_above(0.02).item() > 0.025


@given(
    some_strata,
    st.sampled_from([StratifiedDifferences, StratifiedRatios]),
    st.sampled_from([None, population_weights]),
    st.floats(1e-4, 0.4),
    st.floats(-1.0, 2.0),
)
def test_limits_and_p_values_say_the_same(cells, kind, weights, tail, bound):
    contrast = kind(**named(cells, weights))
    (low,), (high,) = contrast.limits(tail)
    assert low < high
    if not np.isnan(contrast.estimate).any():
        assert low <= contrast.estimate.item() + 1e-9
        assert contrast.estimate.item() <= high + 1e-9
    assume(np.isfinite(contrast.p_below(bound)).all())
    assume(abs(low - bound) > 1e-6)
    assume(abs(high - bound) > 1e-6)
    assert (contrast.p_below(bound).item() <= tail) == (high < bound)
    assert (contrast.p_above(bound).item() <= tail) == (low > bound)


def test_many_groups_are_compared_at_once_as_one_by_one():
    numbers = np.random.default_rng(3)
    n1, n2 = numbers.integers(0, 40, (6, 4)).astype(float), numbers.integers(1, 60, (6, 1)).astype(float)
    x1, x2 = numbers.binomial(n1.astype(int), 0.4).astype(float), numbers.binomial(n2.astype(int), 0.5).astype(float)
    tails = np.array([0.025, 0.01, 0.2, 0.0005])
    for kind in (StratifiedDifferences, StratifiedRatios):
        low, high = kind(x1=x1, n1=n1, x2=x2, n2=n2).limits(tails)
        for i, tail in enumerate(tails):
            one = kind(x1=x1[:, [i]], n1=n1[:, [i]], x2=x2, n2=n2)
            assert np.ravel(one.limits(tail)) == pytest.approx([low[i], high[i]])


def test_nobody_or_everybody_selected_leaves_an_interval_of_some_width():
    for cells in ([[0.0, 9.0, 0.0, 7.0]] * 3, [[9.0, 0.0, 7.0, 0.0]] * 3):
        low, high = StratifiedDifferences(**named(cells)).limits(0.025)
        assert low.item() < -0.02 < 0.02 < high.item()
    low, high = StratifiedRatios(**named([[0.0, 9.0, 4.0, 7.0]] * 2)).limits(0.025)
    assert (low.item(), high.item() < 1) == (0, True)
    low, high = StratifiedRatios(**named([[4.0, 7.0, 0.0, 9.0]] * 2)).limits(0.025)
    assert (low.item() > 1, high.item()) == (True, math.inf)
    everybody = StratifiedRatios(**named([[9.0, 0.0, 7.0, 0.0]] * 3))
    assert everybody.limits(0.025).low.item() < 0.95
    assert strata.cochran_mantel_haenszel(*columns([[9.0, 0.0, 7.0, 0.0]]))[1].item() == 1


def test_certain_bounds_have_certain_p_values():
    difference, ratio = StratifiedDifferences(**named(BERKELEY)), StratifiedRatios(**named(BERKELEY))
    assert (difference.p_below(1.5).item(), difference.p_above(1.5).item()) == (0, 1)
    assert (ratio.p_below(math.inf).item(), ratio.p_above(-1).item()) == (0, 0)


def test_strata_with_one_outcome_do_not_count_as_agreeing():
    cells = np.array([[4.0, 6.0, 9.0, 1.0], [8.0, 12.0, 3.0, 17.0], [0.0, 5.0, 0.0, 6.0], [5.0, 0.0, 2.0, 0.0]])
    assert tarone(*columns(cells)).statistic.item() == pytest.approx(tarone(*columns(cells[:2])).statistic.item())
    assert tarone(*columns(cells)).df.item() == 1


@given(st.floats(0.02, 50.0), st.lists(st.tuples(*(st.integers(1, 40),) * 3), min_size=2, max_size=5))
def test_one_odds_ratio_in_all_strata_is_homogeneous(odds, sizes):
    rows = []
    for n1, n2, part in sizes:
        p2 = part / 41
        p1 = odds * p2 / (1 - p2 + odds * p2)
        rows.append([n1 * p1, n1 * (1 - p1), n2 * p2, n2 * (1 - p2)])
    assert tarone(*columns(rows)).statistic.item() == pytest.approx(0, abs=1e-6)


def test_the_unbiased_spread_of_equal_groups_is_zero_on_average():
    numbers, n = np.random.default_rng(2), np.array([20, 50, 100, 30, 80])
    found = [spread(numbers.binomial(n, 0.3), n) for _ in range(4000)]
    unbiased = np.array([one.unbiased for one in found if one is not None])
    assert abs(unbiased.mean()) < 4 * unbiased.std() / math.sqrt(unbiased.size)
    assert np.mean([one.observed for one in found if one is not None]) > 0.003
    assert all(one is not None and one.sd >= 0 for one in found)
    assert spread([1, 3], [1, 9]) is None
