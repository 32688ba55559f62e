"""Quotients over ranked lists: variances by brute force over all orders, a jackknife done by hand, and simulations."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from audit.stats.listed import FEWEST, ListContrast, Listed, Logarithms

ALPHA = 0.025


def value_of(kind, n, k):
    place = np.arange(1, n + 1)
    return 1 / np.log2(1 + place) if kind == "exposure" else (place <= k) * 1.0


def shuffled(sizes, share, k, kind, *, replicates, seed, favour=0.0):
    """Two groups in lists of these sizes, `share` of the first in each (or a share for each size), in random order.

    `favour`: the chance that a list has all of one group before all of the other, either one alike.
    """
    draw = np.random.default_rng(seed)
    parts = {name: np.zeros((2, replicates, len(sizes))) for name in ("top", "items", "expected", "alone", "apart")}
    for place, n in enumerate(sizes):
        x = value_of(kind, n, k)
        member = draw.random((replicates, n)) < (share[n] if isinstance(share, dict) else share)
        sorted_ = np.sort(member, axis=1)
        sorted_ = np.where(draw.random((replicates, 1)) < 0.5, sorted_, sorted_[:, ::-1])
        member = np.where(draw.random((replicates, 1)) < favour, sorted_, member)
        for group, mine in enumerate((member, ~member)):
            c = mine.sum(axis=1)
            found = {
                "top": mine @ x,
                "items": c,
                "expected": c * x.mean(),
                "alone": x.var(ddof=1) * c * (n - c) / n,
                "apart": x.var(ddof=1) * c,
            }
            for name, values in found.items():
                parts[name][group, :, place] = values
    return parts


def listed(parts, group, base, *, counts):
    return Listed(
        top=parts["top"][group],
        base=parts[base][group],
        items=parts["items"][group],
        alone=parts["alone"][group].sum(axis=-1),
        apart=parts["apart"][group].sum(axis=-1),
        counts=counts,
    )


QUANTITIES = [
    ("exposure", "items", "difference"),
    ("exposure", "items", "ratio"),
    ("exposure", "expected", "value"),
    ("exposure", "expected", "ratio"),
    ("among", "expected", "value"),
    ("among", "expected", "difference"),
    ("among", "expected", "ratio"),
]


def contrast(parts, kind, base, compare):
    first, second = (listed(parts, group, base, counts=kind == "among") for group in (0, 1))
    return ListContrast(first=first, second=None if compare == "value" else second, compare=compare)


def wrong(quantity, sizes, share, k, **drawn):
    """How often fair random orders are claimed to be unfair: too low, too high."""
    kind, base, compare = quantity
    parts = shuffled(sizes, share, k, kind, **drawn)
    found = contrast(parts, kind, base, compare)
    fair = 0.0 if compare == "difference" else 1.0
    enough = np.minimum(parts["expected"][0].sum(axis=-1), parts["expected"][1].sum(axis=-1)) >= 5
    enough |= kind == "exposure"  # as `min_expected` guards claims of failure
    return [float(np.mean((p <= ALPHA) & enough)) for p in (found.p_below(fair), found.p_above(fair))]


# ---- by other hands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["exposure", "among"])
def test_the_variance_of_chance_is_that_of_all_orders(kind):
    x = value_of(kind, 6, 2)
    groups = np.array(list("aabbbc"))
    orders = [groups[list(order)] for order in set(permutations(range(6)))]
    sums = {g: np.array([x[order == g].sum() for order in orders]) for g in "abc"}
    spread = x.var(ddof=1)
    for g, c in (("a", 2), ("b", 3), ("c", 1)):
        assert sums[g].var() == pytest.approx(spread * c * (6 - c) / 6)
    gap = sums["a"] / 2 - sums["b"] / 3
    assert gap.var() == pytest.approx(spread * 2 / 2**2 + spread * 3 / 3**2)


@pytest.mark.parametrize(("kind", "base", "compare"), QUANTITIES)
def test_the_spread_is_that_of_leaving_out_each_list_in_turn(kind, base, compare):
    parts = shuffled([9, 5, 7, 12, 8, 6, 9, 10, 7, 11] * 2, 0.4, 3, kind, replicates=1, seed=3, favour=1.0)
    found = contrast(parts, kind, base, compare)

    def again(left):
        a, b = (np.delete(parts["top"][g, 0], left).sum() / np.delete(parts[base][g, 0], left).sum() for g in (0, 1))
        return a if compare == "value" else a - b if compare == "difference" else a - b * found.estimate[0]

    moved = np.array([again(left) for left in range(20)]) - (0 if compare == "ratio" else found.estimate[0])
    lists = int((parts["items"][0] > 0).sum()) if compare == "value" else 20
    variance = (lists - 1) / lists * (moved**2).sum()
    n = parts["items"].sum(axis=-1)[:, 0] ** 2 / (parts["items"] ** 2).sum(axis=-1)[:, 0]
    free = (n[0] if compare == "value" else n.min()) - 1
    bound = found.estimate[0] * 1.0  # at the estimate the statistic is 0
    assert found.p_below(bound)[0] == pytest.approx(0.5)
    if kind == "exposure" and compare != "ratio":
        low, high = found.limits(ALPHA)
        half = stats.t.ppf(1 - ALPHA, free) * np.sqrt(variance)
        assert (low[0], high[0]) == pytest.approx((found.estimate[0] - half, found.estimate[0] + half))
    else:
        assert found._spread(found.estimate)[0] == pytest.approx(variance)


@pytest.mark.parametrize(("kind", "base", "compare"), QUANTITIES)
@pytest.mark.parametrize("tail", [0.001, 0.025, 0.2])
def test_limits_and_p_values_agree(kind, base, compare, tail):
    found = contrast(shuffled([9, 20, 14] * 5, 0.3, 3, kind, replicates=6, seed=5), kind, base, compare)
    low, high = found.limits(tail)
    for limits, p_value in ((high, found.p_below), (low, found.p_above)):
        for place, limit in enumerate(limits):
            if np.isfinite(limit) and limit > 0:
                assert p_value(limit)[place] == pytest.approx(tail, rel=1e-6)


def test_none_at_the_top_has_an_upper_limit_and_no_logarithm():
    parts = shuffled([8] * 40, 0.1, 2, "among", replicates=1, seed=2)
    parts["top"][0] = 0
    found = contrast(parts, "among", "expected", "value")
    low, high = found.limits(ALPHA)
    assert (found.estimate[0], low[0]) == (0, 0)
    assert 0 < high[0] < np.inf
    logs = Logarithms(of=found)
    assert np.isnan(logs.estimate[0])
    assert logs.limits(ALPHA).low[0] == -np.inf


def test_few_lists_and_lists_of_one_group_say_nothing():
    few = contrast(shuffled([20] * 7, 0.5, 3, "exposure", replicates=1, seed=2), "exposure", "items", "difference")
    assert FEWEST == 8
    assert np.isnan(few.p_below(0.3)[0])
    assert few.limits(ALPHA) == (-np.inf, np.inf)
    alone = contrast(shuffled([9] * 20, 1.0, 3, "exposure", replicates=1, seed=2), "exposure", "expected", "value")
    assert alone.estimate[0] == pytest.approx(1.0)
    assert alone.limits(ALPHA) == (0, np.inf)
    one_large = shuffled([400, *[2] * 30], 0.5, 3, "exposure", replicates=1, seed=2)
    assert np.isnan(contrast(one_large, "exposure", "items", "difference").p_below(0.3)[0])


def test_logarithms_are_those_of_ratios():
    parts = shuffled([15] * 30, 0.4, 5, "among", replicates=4, seed=9)
    ratio = contrast(parts, "among", "expected", "ratio")
    logs = Logarithms(of=ratio)
    assert logs.estimate == pytest.approx(np.log(ratio.estimate))
    assert logs.limits(ALPHA).high == pytest.approx(np.log(ratio.limits(ALPHA).high))
    assert logs.p_below(0.1) == pytest.approx(ratio.p_below(np.exp(0.1)))
    assert logs.p_above(-0.1) == pytest.approx(ratio.p_above(np.exp(-0.1)))


# ---- simulations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_fair_random_orders_are_seldom_claimed_to_be_unfair(quantity):
    low, high = wrong(quantity, [6, 10, 20, 15] * 4, 0.3, 4, replicates=1_500, seed=1)
    assert max(low, high) <= 0.035  # 2.5 % and more than two standard errors


SETTINGS = {
    "nine lists": ([40] * 9, 0.5, 5, 0.0),
    "few of a group": ([20] * 30, 0.05, 5, 0.0),
    "pairs": ([2] * 60, 0.5, 1, 0.0),
    "one place": ([5] * 100, 0.2, 1, 0.0),
    "long and short": ([3, 5, 40] * 10, 0.4, 5, 0.0),
    "lists that favour": ([10] * 40, 0.5, 3, 1.0),
    "half of them": ([12] * 256, 0.5, 4, 0.2),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_claims_keep_their_size(quantity, name):
    sizes, share, k, favour = SETTINGS[name]
    low, high = wrong(quantity, sizes, share, k, replicates=6_000, favour=favour, seed=11)
    assert max(low, high) <= 0.030  # and more than two standard errors


@pytest.mark.slow
@pytest.mark.parametrize("quantity", [one for one in QUANTITIES if one[1] == "expected"])
def test_groups_in_lists_of_different_lengths_are_no_unfairness(quantity):
    low, high = wrong(quantity, [5, 30] * 20, {5: 0.7, 30: 0.2}, 4, replicates=6_000, seed=13)
    assert max(low, high) <= 0.030
