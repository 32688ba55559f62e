"""Bootstraps of clustered and weighted cells against resampling by hand, and the coverage of whole verdicts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from audit import engine
from audit.stats.clustered import bootstrap_buckets, bootstrap_weights
from audit.stats.resampling import bootstrap, matthews
from tests.making import policy_of, rule

DRAWS = {"seed": 1, "key": "a", "replicates": 4000}


def share(cells):
    """The first of two kinds among both."""
    total = cells[..., 0, :].sum(axis=-1)
    return np.divide(cells[..., 0, 0], total, out=np.full(total.shape, np.nan), where=total > 0)


def units(n=150, seed=2):
    """Cells tp, fp, fn, tn of each unit, (n, 4): up to 12 rows that are much alike."""
    draw = np.random.default_rng(seed)
    chances = draw.dirichlet([1.6, 0.5, 0.6, 1.3], n)
    return np.array(
        [draw.multinomial(k, p) for k, p in zip(draw.integers(1, 13, n), chances, strict=True)], dtype=float
    )


def resampled_by_hand(cells, statistic, seed=8, replicates=4000):
    """Units drawn with replacement, one replicate after the other."""
    draw = np.random.default_rng(seed)
    return np.array(
        [
            statistic(cells[draw.integers(0, len(cells), len(cells))].sum(axis=0)[None, None])[0]
            for _ in range(replicates)
        ]
    )


def test_buckets_are_resampled_as_units_are_by_hand():
    cells = units()
    found = bootstrap_buckets(cells, matthews, **DRAWS)
    drawn = resampled_by_hand(cells, matthews)
    assert found.estimate == pytest.approx(matthews(cells.sum(axis=0)[None, None])[0])
    spread = drawn.std()
    assert found.replicates.std() == pytest.approx(spread, rel=0.06)
    ends = np.quantile(drawn, [0.025, 0.975])
    assert found.percentile(0.025) == pytest.approx(ends, abs=0.15 * spread)
    alone = bootstrap(cells.sum(axis=0)[None], matthews, **DRAWS)
    assert alone.replicates.std() < 0.8 * spread


def test_a_unit_that_is_left_out_gives_the_acceleration_of_the_jackknife():
    cells = units(60)
    total = cells.sum(axis=0)
    left = np.array([matthews((total - one)[None, None])[0] for one in cells])
    influence = left.mean() - left
    wanted = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    assert bootstrap_buckets(cells, matthews, **DRAWS).acceleration == pytest.approx(wanted, rel=1e-12)


def test_empty_buckets_change_nothing():
    cells = units(80)
    padded = np.concatenate([cells, np.zeros((176, 4))])
    one, other = (bootstrap_buckets(each, matthews, **DRAWS) for each in (cells, padded))
    assert one.limits(0.025) == other.limits(0.025)


def test_weights_are_resampled_as_rows_are_by_hand():
    draw = np.random.default_rng(3)
    w, kind = draw.gamma(0.8, 2.0, 900), draw.choice(4, 900, p=[0.4, 0.15, 0.1, 0.35])
    rows = np.eye(4)[kind] * w[:, None]
    weight, weight2 = rows.sum(axis=0), (rows**2).sum(axis=0)
    found = bootstrap_weights(weight, weight2, matthews, **DRAWS)
    drawn = resampled_by_hand(rows, matthews)
    spread = drawn.std()
    assert found.estimate == pytest.approx(matthews(weight[None, None])[0])
    assert found.replicates.std() == pytest.approx(spread, rel=0.06)
    assert found.percentile(0.025) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.2 * spread)


def test_equal_weights_are_worth_their_rows():
    cells = np.array([120.0, 40.0, 30.0, 110.0])
    found = bootstrap_weights(cells * 7, cells * 49, matthews, **DRAWS)
    alone = bootstrap(cells[None], matthews, **DRAWS)
    assert found.replicates.std() == pytest.approx(alone.replicates.std(), rel=0.05)


@pytest.mark.parametrize(
    ("cells", "reason", "estimate"),
    [
        (np.zeros((4, 2)), "undefined", None),
        (np.array([[3.0, 1.0]]), "few_buckets", 0.75),
        (np.array([[3.0, 1.0], [0.0, 0.0]]), "few_buckets", 0.75),
        (np.array([[3.0, 0.0], [2.0, 0.0]]), "no_variation", 1.0),
    ],
)
def test_there_are_no_limits_where_buckets_tell_nothing(cells, reason, estimate):
    found = bootstrap_buckets(cells, share, **DRAWS)
    assert (found.estimate, found.reason, found.limits(0.025)) == (estimate, reason, None)


def test_nothing_weighed_has_no_limits():
    found = bootstrap_weights(np.zeros(4), np.zeros(4), matthews, **DRAWS)
    assert (found.estimate, found.reason) == (None, "undefined")


# ---- whole verdicts ------------------------------------------------------------------------------------------------

RATES = {"A": 0.45, "B": 0.40}
LAW = rule(metric="selection_rate", compare="difference", require=">= -0.3")


def decisions(seed, people=260):
    """People of 1 to 20 rows each, of one group each, whose rows are much alike (intra-class correlation 0.3)."""
    draw = np.random.default_rng(seed)
    group = draw.choice(["A", "B"], people)
    mean = np.array([RATES[name] for name in group])
    chance = draw.beta(mean * 7 / 3, (1 - mean) * 7 / 3)
    row = np.repeat(np.arange(people), draw.integers(1, 21, people))
    selected = (draw.random(row.size) < chance[row]).astype(int)
    return pd.DataFrame({"g": group[row], "d": selected, "y": 1, "u": [f"p{i}" for i in row]})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "least", "most"), [({"unit": "u"}, 0.925, 0.985), ({}, 0.0, 0.75)], ids=["units", "ignored"]
)
def test_intervals_of_a_verdict_hold_the_true_difference_as_often_as_they_say(unit, least, most):
    data = {"decision": {"column": "d", "favorable": 1}, **unit}
    law = policy_of(LAW, data=data, groups={"reference": {"fixed": "A"}})
    held = []
    for seed in range(400):
        [finding] = [one for one in engine.run(law, decisions(seed)).findings if one.group == "B"]
        held.append(finding.interval.low <= RATES["B"] - RATES["A"] <= finding.interval.high)
    assert least <= np.mean(held) <= most
