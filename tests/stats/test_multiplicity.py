"""Adjusted p-values, and the levels that stand for them."""

from __future__ import annotations

import gc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bh_tails,
    bonferroni_in_blocks,
    bonferroni_in_blocks_tails,
    by_tails,
    holm_in_blocks,
    holm_in_blocks_tails,
    hommel,
    hommel_tails,
)

p_values = st.lists(
    st.one_of(st.floats(1e-9, 1), st.floats(1e-6, 0.05), st.sampled_from([0.01, 0.02, np.nan])), max_size=12
)


def without_blocks(adjust):
    """An adjustment in blocks, of hypotheses that stand by themselves."""
    return lambda p: adjust(p, np.full(len(p), -1))


NAMES = {
    "bonferroni": without_blocks(bonferroni_in_blocks),
    "holm": without_blocks(holm_in_blocks),
    "hommel": hommel,
    "fdr_bh": benjamini_hochberg,
    "fdr_by": benjamini_yekutieli,
}


@pytest.mark.parametrize("name", NAMES)
@given(p=st.lists(st.floats(1e-9, 1), min_size=1, max_size=12))
def test_adjustments_equal_those_of_statsmodels(name, p):
    from statsmodels.stats.multitest import multipletests

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda: 0)  # with which its Holm ends: half a second where all tests are loaded
        wanted = multipletests(p, method=name)[1]
    assert NAMES[name](p) == pytest.approx(wanted)


@given(p=st.lists(st.floats(1e-6, 1), min_size=1, max_size=6))
def test_hommel_is_closed_testing_by_simes(p):
    def simes(chosen):
        return min(len(chosen) * one / (i + 1) for i, one in enumerate(sorted(chosen)))

    places = range(len(p))
    for i, found in enumerate(hommel(p)):
        sets = [s for size in range(1, len(p) + 1) for s in combinations(places, size) if i in s]
        assert found == pytest.approx(max(simes([p[j] for j in s]) for s in sets))


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_tested_does_not_count(name):
    adjust = NAMES[name]
    found = adjust([0.01, np.nan, 0.04])
    assert np.isnan(found[1])
    assert found[[0, 2]] == pytest.approx(adjust([0.01, 0.04]))
    assert adjust([]).size == 0
    assert np.isnan(adjust([np.nan])).all()


PROCEDURES = [
    (hommel, hommel_tails),
    (benjamini_hochberg, bh_tails),
    (benjamini_yekutieli, by_tails),
]
IN_BLOCKS = [(bonferroni_in_blocks, bonferroni_in_blocks_tails), (holm_in_blocks, holm_in_blocks_tails)]


@pytest.mark.parametrize(("adjust", "tails_of"), PROCEDURES)
@given(p=p_values, alpha=st.sampled_from([0.025, 0.05, 0.1]))
def test_a_level_rejects_exactly_where_the_adjusted_p_value_does(adjust, tails_of, p, alpha):
    p = np.array(p, dtype=float)
    adjusted, tails = adjust(p), tails_of(p, alpha)
    clear = np.abs(adjusted - alpha) > 1e-12
    assert ((adjusted <= alpha) == (p <= tails))[clear].all()
    assert (tails > 0).all()
    assert (tails <= alpha * (1 + 1e-12)).all()


def test_levels_of_benjamini_and_hochberg_grow_with_what_is_rejected():
    assert bh_tails([0.001, 0.3, 0.02, 0.8], 0.05) == pytest.approx([0.025, 0.0375, 0.025, 0.0375])
    assert bh_tails([0.001, 0.002], 0.05) == pytest.approx([0.05, 0.05])


def test_one_hypothesis_is_tested_at_the_full_level():
    for p in (0.001, 0.5, np.nan):
        assert holm_in_blocks_tails([p], [-1], 0.025) == pytest.approx([0.025])
        assert bh_tails([p], 0.025) == pytest.approx([0.025])


# ---- blocks that count as one --------------------------------------------------------------------------------------

blocked = p_values.flatmap(
    lambda p: st.tuples(st.just(p), st.lists(st.integers(-2, 2), min_size=len(p), max_size=len(p)))
)


@pytest.mark.parametrize(("adjust", "tails_of"), IN_BLOCKS)
@given(both=blocked, alpha=st.sampled_from([0.025, 0.05, 0.1]))
def test_a_level_rejects_exactly_where_the_adjusted_p_value_does_in_blocks(adjust, tails_of, both, alpha):
    p, block = (np.array(values, dtype=float) for values in both)
    adjusted, tails = adjust(p, block), tails_of(p, block, alpha)
    clear = np.abs(adjusted - alpha) > 1e-12
    assert ((adjusted <= alpha) == (p <= tails))[clear].all()
    assert (tails > 0).all()
    assert (tails <= alpha * (1 + 1e-12)).all()


def test_levels_of_holm_are_those_of_its_steps():
    found = holm_in_blocks_tails([0.03, 0.001, 0.012, 0.2], [-1] * 4, 0.05)
    assert found == pytest.approx([0.05 / 2, 0.05 / 4, 0.05 / 3, 0.05 / 2])


def test_equal_p_values_have_equal_levels():
    assert len(set(holm_in_blocks_tails([0.001, 0.001, 0.001, 0.9], [-1] * 4, 0.05)[:3])) == 1


@given(both=blocked, alpha=st.sampled_from([0.025, 0.05, 0.1]))
def test_holm_in_blocks_rejects_step_by_step(both, alpha):
    p, block = (np.array(values, dtype=float) for values in both)
    testable = np.isfinite(p)
    blocks = np.unique(block[testable & (block >= 0)]).size
    left = set(np.flatnonzero(testable & (block < 0)))
    while True:
        out = {i for i in left if p[i] <= alpha / (blocks + len(left))}
        if not out:
            break
        left -= out
    level = alpha / max(blocks + len(left), 1)
    stepwise = [bool(testable[i] and (i not in left if block[i] < 0 else p[i] <= level)) for i in range(p.size)]
    adjusted = holm_in_blocks(p, block)
    clear = ~(np.abs(adjusted - alpha) < 1e-12)
    assert (np.array(stepwise, dtype=bool) == (adjusted <= alpha))[clear].all()


@pytest.mark.slow
def test_blocks_that_are_valid_together_and_others_keep_the_chance_of_any_false_rejection():
    """Blocks of ten equal normals against the largest, allowed for by their range, beside five other hypotheses."""
    from scipy.special import ndtr

    from audit.stats.ranges import studentized_range_tail

    draw, alpha, times = np.random.default_rng(11), 0.05, 4000
    wrong = 0
    for _ in range(times):
        groups = draw.standard_normal((3, 10))
        ranges = groups.max(axis=1, keepdims=True) - groups
        p = np.concatenate([studentized_range_tail(10, ranges.ravel()), ndtr(draw.standard_normal(5))])
        wrong += bool((holm_in_blocks(p, [*np.repeat([0, 1, 2], 10), *[-1] * 5]) <= alpha).any())
    assert wrong / times <= alpha + 3 * np.sqrt(alpha / times)
