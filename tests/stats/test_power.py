"""The power of the deciding tests, against exact enumeration of all tables, and by simulation where these are many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from audit.stats.contrasts import ShareDifferences, ShareRatios, Shares
from audit.stats.equivalence import p_inside, p_outside
from audit.stats.power import ARRAYS, Setting, enough, shown, to_fail, to_pass

INF = np.inf
CONTRASTS = {"difference": ShareDifferences, "ratio": ShareRatios}


def setting(compare, p1, n1, p2=0.0, n2=1.0, **given):
    columns = {"p1": p1, "n1": n1, "p2": p2, "n2": n2, "low": -INF, "high": INF}
    columns |= {"tail": 0.025, "fail_tail": 0.025, "least": 0.0} | given
    return Setting(compare=compare, **{name: np.atleast_1d(np.asarray(columns[name], dtype=float)) for name in ARRAYS})


def likely(n, p):
    """The counts that are not negligible, and their probabilities."""
    x = np.arange(binom.ppf(1e-9, n, p), binom.ppf(1 - 1e-9, n, p) + 1)
    return x, binom.pmf(x, n, p)


def verdicts(compare, shares, sizes, given):
    """The exact chances of a pass and of a failure, from the very tests that decide."""
    low, high = given.get("low", -INF), given.get("high", INF)
    x1, w1 = likely(sizes[0], shares[0])
    if compare == "rate":
        contrast, weight = Shares(x=x1, n=np.full(x1.shape, float(sizes[0]))), w1
    else:
        x2, w2 = likely(sizes[1], shares[1])
        a, b = (grid.ravel() for grid in np.meshgrid(x1, x2, indexing="ij"))
        n1, n2 = (np.full(a.shape, float(n)) for n in sizes)
        contrast, weight = CONTRASTS[compare](x1=a, n1=n1, x2=b, n2=n2), np.outer(w1, w2).ravel()  # type: ignore[assignment]
    low, high = (None if np.isinf(bound) else bound for bound in (low, high))
    inside = p_inside(contrast, low, high) <= 0.025
    outside = p_outside(contrast, low, high) <= given.get("fail_tail", 0.025)
    return float(weight[inside].sum()), float(weight[outside].sum())


def smoothed(compare, shares, sizes, given):
    """The mean over sizes nearby: the true chance goes up and down with every record."""
    near = [tuple(round(n * f) for n in sizes) for f in (0.97, 0.985, 1.0, 1.015, 1.03)]
    return np.mean([verdicts(compare, shares, some, given) for some in near], axis=0)


CASES = {
    "four fifths kept": ("ratio", (0.3, 0.3), (300, 500), {"low": 0.8}),
    "four fifths broken": ("ratio", (0.15, 0.3), (200, 400), {"low": 0.8, "fail_tail": 0.001}),
    "four fifths, rare": ("ratio", (0.01, 0.06), (300, 600), {"low": 0.8, "fail_tail": 0.005}),
    "a ratio in a band": ("ratio", (0.6, 0.62), (400, 400), {"low": 0.8, "high": 1.25}),
    "a ratio too high": ("ratio", (0.5, 0.3), (150, 300), {"low": 0.8, "high": 1.25, "fail_tail": 0.01}),
    "a difference within": ("difference", (0.31, 0.3), (600, 900), {"low": -0.08, "high": 0.08}),
    "a difference that is never shown": ("difference", (0.3, 0.3), (40, 60), {"low": -0.05, "high": 0.05}),
    "a difference beyond": ("difference", (0.5, 0.3), (120, 200), {"low": -0.1, "high": 0.1, "fail_tail": 0.002}),
    "a difference of rare shares": ("difference", (0.02, 0.005), (400, 400), {"low": -0.03, "high": 0.03}),
    "a difference near one": ("difference", (0.9, 0.99), (150, 300), {"low": -0.02}),
    "a rate below its limit": ("rate", (0.03,), (400,), {"high": 0.05}),
    "a rate above its limit": ("rate", (0.1,), (300,), {"high": 0.05, "fail_tail": 0.001}),
    "a rate that is high enough": ("rate", (0.95,), (200,), {"low": 0.9}),
    "a rate that is too low": ("rate", (0.8,), (100,), {"low": 0.9, "high": 0.99}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_chance_of_a_verdict_is_that_of_all_tables_together(name):
    compare, shares, sizes, given = CASES[name]
    asked = setting(compare, *(value for pair in zip(shares, sizes, strict=True) for value in pair), **given)
    passing, failing = smoothed(*CASES[name])
    assert to_pass(asked)[0] == pytest.approx(passing, abs=0.025)
    assert to_fail(asked)[0] == pytest.approx(failing, abs=0.025)


@pytest.mark.slow
def test_the_chance_is_right_within_three_points_wherever_two_events_are_expected():
    rng = np.random.default_rng(11)
    errors: list[float] = []
    while len(errors) < 150:
        compare, (p1, p2) = rng.choice(["difference", "ratio"]), 10 ** rng.uniform(-2, -0.1, 2)
        sizes = tuple(int(n) for n in 10 ** rng.uniform(1.3, 3, 2))
        bound = {"difference": rng.choice([-0.05, 0.02, 0.1]), "ratio": rng.choice([0.8, 1.25])}[str(compare)]
        if min(sizes[0] * min(p1, 1 - p1), sizes[1] * min(p2, 1 - p2)) < 2:
            continue
        given = {"low": bound, "fail_tail": rng.choice([0.025, 0.001])}
        asked = setting(str(compare), p1, sizes[0], p2, sizes[1], **given)
        exact = smoothed(str(compare), (p1, p2), sizes, given)
        errors.append([to_pass(asked)[0] - exact[0], to_fail(asked)[0] - exact[1]])
    assert np.abs(errors).max() < 0.03
    assert np.abs(errors).mean() < 0.004


def test_what_is_not_bounded_is_kept_for_certain_and_never_broken():
    one = setting("ratio", 0.3, 100, 0.3, 100)
    assert to_pass(one) == 1
    assert to_fail(one) == 0
    assert shown(one, np.array([INF]), one.tail, -1) == 1
    assert shown(one, np.array([INF]), one.tail, 1) == 0


def test_shares_of_zero_and_one_leave_nothing_to_chance():
    for n, passes in ((20, 0.0), (200, 1.0)):
        assert to_pass(setting("difference", 0, n, 0, n, low=-0.05, high=0.05)) == passes
        assert to_pass(setting("difference", 1, n, 1, n, low=-0.05, high=0.05)) == passes
        assert to_pass(setting("rate", 0, n, high=0.05)) == passes
        assert to_pass(setting("rate", 1, n, low=0.95)) == passes
    assert to_fail(setting("ratio", 0, 500, 0.5, 500, low=0.8)) == pytest.approx(1)


def test_a_rate_cannot_leave_a_bound_that_no_rate_crosses():
    assert to_pass(setting("rate", 0.3, 50, low=-0.1, high=1.1)) == 1
    assert to_fail(setting("rate", 0.3, 50, low=-0.1, high=1.1)) == 0
    assert to_fail(setting("rate", 0.3, 50, low=0.0, high=1.0)) == 0


def test_power_grows_with_the_data_and_falls_with_the_tail():
    one = setting("ratio", 0.2, 100, 0.3, 200, low=0.8)
    factors = np.arange(1.0, 9.0)
    assert (np.diff(to_fail(one.where(np.zeros(8, dtype=int)).grown(factors, factors))) > 0).all()
    tails = (0.001, 0.005, 0.025, 0.1)
    powers = [to_fail(setting("ratio", 0.2, 300, 0.3, 400, low=0.8, fail_tail=tail))[0] for tail in tails]
    assert (np.diff(powers) > 0).all()


def test_too_few_expected_events_forbid_a_failure():
    assert to_fail(setting("rate", 0.5, 40, high=0.1)) > 0.99
    assert to_fail(setting("rate", 0.5, 40, high=0.1, least=5)) == 0
    assert to_fail(setting("rate", 0.5, 50, high=0.1, least=5)) > 0.99
    assert enough(setting("rate", 0.5, 9, low=0.0, least=5)) == 0


def test_the_chance_that_enough_events_are_expected_is_that_of_the_pooled_count():
    n1, n2, p1, p2, least = 60, 90, 0.1, 0.12, 5.0
    x1, w1 = likely(n1, p1)
    x2, w2 = likely(n2, p2)
    pooled = np.add.outer(x1, x2) / (n1 + n2)
    exact = np.outer(w1, w2)[n1 * np.minimum(pooled, 1 - pooled) >= least].sum()
    assert enough(setting("difference", p1, n1, p2, n2, least=least)) == pytest.approx(exact, abs=0.06)
    assert enough(setting("difference", p1, 10 * n1, p2, 10 * n2, least=least)) == pytest.approx(1)


def test_the_true_value_is_the_one_compared():
    assert setting("rate", 0.2, 10).value == 0.2
    assert setting("difference", 0.2, 10, 0.5, 10).value == pytest.approx(-0.3)
    assert setting("ratio", 0.2, 10, 0.5, 10).value == pytest.approx(0.4)
    assert np.isnan(setting("ratio", 0.2, 10, 0.0, 10).value)
