"""The smallest disparity that a comparison within strata would have shown: against simulated audits, and its edges."""

import numpy as np
import pytest

from audit.stats.asked import Asked
from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.settle import detectable
from audit.stats.stratified import StratifiedDifferences, StratifiedRatios

KINDS: dict[str, type[StratifiedDifferences | StratifiedRatios]] = {
    "difference": StratifiedDifferences,
    "ratio": StratifiedRatios,
}
#: Records of the group and of the reference in each stratum, and the reference's rate there.
FEW_LARGE = ([300, 500, 200], [400, 300, 600], [0.3, 0.5, 0.7])
MANY_SMALL = ([8, 12, 15, 10] * 15, [10, 9, 20, 14] * 15, [0.2, 0.35, 0.5, 0.65] * 15)


def contrast(kind, design, first=None):
    n1, n2, p2 = (np.array(column, dtype=float)[:, np.newaxis] for column in design)
    p1 = p2 if first is None else first
    return KINDS[kind](x1=p1 * n1, n1=n1, x2=p2 * n2, n2=n2)


def asked(kind, design, *, low=None, high=None, tail=0.025, least=0.0):
    of = contrast(kind, design)
    return Asked(contrast=of, low=low, high=high, tail=0.025, fail_tails=np.full(1, tail), least=least)


def found(kind, design, **limits):
    return detectable([asked(kind, design, **limits)])[0][0]


def how_often(kind, design, disparity, bound, *, side, audits, tail=0.025):
    """In which share of audits the interval lies beyond the bound, if the disparity is the same in every stratum."""
    draw = np.random.default_rng(11)
    n1, n2, p2 = (np.array(column)[:, np.newaxis] for column in design)
    p1 = np.clip(p2 + disparity if kind == "difference" else p2 * disparity, 0, 1)
    x1, x2 = (draw.binomial(n, p, (len(n), audits)).astype(float) for n, p in ((n1, p1), (n2, p2)))
    low, high = KINDS[kind](x1=x1, n1=n1.astype(float), x2=x2, n2=n2.astype(float)).limits(tail)
    return float((high < bound).mean() if side < 0 else (low > bound).mean())


def is_within_a_tenth(kind, design, bound, *, side, audits, tail=0.025):
    """Is the value at which four audits in five show it within a tenth of the one that is named?"""
    note = found(kind, design, tail=tail, **{"low" if side < 0 else "high": bound})
    named = note.low if side < 0 else note.high
    near, far = (bound + (named - bound) * part for part in (0.9, 1.1))
    shares = [how_often(kind, design, at, bound, side=side, audits=audits, tail=tail) for at in (near, far)]
    return shares[0] < 0.8 < shares[1]


def test_the_smallest_difference_within_strata_is_shown_by_four_audits_in_five():
    assert is_within_a_tenth("difference", FEW_LARGE, -0.05, side=-1, audits=250)


@pytest.mark.slow
@pytest.mark.parametrize("tail", [0.025, 0.003])
@pytest.mark.parametrize("design", [FEW_LARGE, MANY_SMALL])
@pytest.mark.parametrize(
    ("kind", "bound", "side"),
    [("difference", -0.05, -1), ("difference", 0.02, 1), ("ratio", 0.8, -1), ("ratio", 1.1, 1)],
)
def test_the_smallest_disparity_within_strata_is_within_a_tenth_of_the_simulated_one(kind, bound, side, design, tail):
    assert is_within_a_tenth(kind, design, bound, side=side, audits=2000, tail=tail)


@pytest.mark.parametrize(
    ("kind", "whole", "limits"),
    [
        ("difference", ShareDifferences, {"low": -0.05, "high": 0.05}),
        ("ratio", ShareRatios, {"low": 0.8, "high": 1.25}),
    ],
)
def test_in_one_stratum_it_is_nearly_that_of_all_records(kind, whole, limits):
    design = ([800], [700], [0.4])
    of = contrast(kind, design)
    pair = whole(x1=of.x1[0], n1=of.n1[0], x2=of.x2[0], n2=of.n2[0])
    plain = Asked(contrast=pair, tail=0.025, fail_tails=np.full(1, 0.025), least=0.0, **limits)
    (wanted,) = detectable([plain])[0]
    note = found(kind, design, **limits)
    assert (note.low, note.high) == pytest.approx((wanted.low, wanted.high), rel=0.01)


def test_more_records_show_less_and_stricter_claims_show_more():
    larger = ([n * 4 for n in FEW_LARGE[0]], [n * 4 for n in FEW_LARGE[1]], FEW_LARGE[2])
    plain = found("difference", FEW_LARGE, low=-0.05).low
    assert plain < found("difference", larger, low=-0.05).low < -0.05
    assert found("difference", FEW_LARGE, low=-0.05, tail=0.001).low < plain


def test_what_cannot_be_shown_is_said_so():
    tiny = ([3, 2], [3, 3], [0.5, 0.5])
    assert found("difference", tiny, low=-0.4).reason == "out_of_reach"
    assert found("difference", FEW_LARGE, low=-0.05, least=10_000.0).reason == "out_of_reach"
    assert found("ratio", ([50], [60], [0.0]), high=1.25).reason is not None
    assert found("difference", FEW_LARGE).reason == "out_of_reach"
    assert found("ratio", FEW_LARGE, low=0.0).low is None
    nobody = ([0, 5], [7, 0], [0.5, 0.5])
    assert found("difference", nobody, low=-0.1).reason == "undefined"
