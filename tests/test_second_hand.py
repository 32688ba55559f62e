"""Whole audits of random rows by a second hand: the papers' formulas, from the rows, by scipy's solvers alone."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq

import audit
from tests.making import policy_of, rule

TAIL = 0.025
NORMAL = stats.norm
#: Which rows are hits, of which others, by decision and outcome.
METRICS = {
    "selection_rate": (lambda d, y: d == 1, lambda d, y: d >= 0),
    "true_positive_rate": (lambda d, y: d == 1, lambda d, y: y == 1),
    "precision": (lambda d, y: y == 1, lambda d, y: d == 1),
    "error_rate": (lambda d, y: d != y, lambda d, y: d >= 0),
}
LIMITS = {"difference": (-0.1, 0.1), "ratio": (0.8, None)}
REQUIRED = {"difference": "<= 0.1", "ratio": ">= 4/5"}
ASKED = [
    *(("difference", reference) for reference in ("rest", "overall", "largest", "highest")),
    *(("ratio", reference) for reference in ("rest", "overall", "largest")),
]
RULES = [
    rule(id=f"{how}-{reference}", metric=list(METRICS), compare=how, reference=reference, require=REQUIRED[how])
    for how, reference in ASKED
]
DESIGNS = {
    "rows that count once": (None, False),
    "frequency weights": ("frequency", False),
    "sampling weights": ("sampling", False),
    "units": (None, True),
    "units and sampling weights": ("sampling", True),
}


def people(seed, kind):
    """Four groups, one of them of a few rows and one in which all are selected, and some rows of no known group."""
    draw = np.random.default_rng(seed)
    n = 500
    group = draw.choice(np.array(["a", "b", "c", "few", None], dtype=object), n, p=[0.45, 0.25, 0.2, 0.04, 0.06])
    chance = pd.Series({"a": 0.6, "b": 0.35, "c": 1.0, "few": 0.5}).reindex(group).fillna(0.5).to_numpy()
    weight = {"frequency": draw.integers(1, 4, n), "sampling": draw.uniform(3, 90, n)}.get(kind, np.ones(n))
    rows = {
        "g": group,
        "d": draw.random(n) < chance,
        "y": draw.random(n) < 0.6,
        "u": draw.integers(0, 160, n),
        "w": weight,
    }
    return pd.DataFrame(rows).astype({"d": int, "y": int})


# ---- one share -----------------------------------------------------------------------------------------------------


def worth(hit, weight, unit):
    """How many independent rows a share is worth: linearised variances of a ratio, between buckets of units if any."""
    total = weight.sum()
    share = (weight * hit).sum() / total
    excess, sizes = weight * (hit - share), weight
    if unit is not None:
        place = [int(hashlib.md5(str(one).encode()).hexdigest()[:2], 16) for one in unit]
        excess, sizes = (np.bincount(place, values, 256) for values in (excess, sizes))
    clusters = int((sizes > 0).sum())
    variance = clusters / (clusters - 1) * (excess**2).sum() / total**2
    kish = total**2 / (sizes**2).sum()
    found = min(share * (1 - share) / variance, len(hit)) if 0 < share < 1 else kish
    return found if unit is None else found * (NORMAL.isf(TAIL) / stats.t.isf(TAIL, clusters - 1)) ** 2


def share_of(rows, metric, kind, by_unit):
    """Hits and trials as intervals count them, the share, and the weight of all trials."""
    hits, among = METRICS[metric]
    there = rows[among(rows["d"], rows["y"])]
    hit, weight = hits(there["d"], there["y"]).to_numpy(float), there["w"].to_numpy(float)
    share = (weight * hit).sum() / weight.sum()
    if kind != "sampling" and not by_unit:
        return (weight * hit).sum(), weight.sum(), share, weight.sum()
    n = worth(hit, weight, there["u"] if by_unit else None)
    return share * n, n, share, weight.sum()


# ---- two shares ----------------------------------------------------------------------------------------------------


def likeliest(slope, low, high):
    """Where a concave likelihood is largest between two ends, from its slope."""
    inside = (high - low) * 1e-12
    low, high = low + inside, high - inside
    if slope(low) <= 0:
        return low
    return high if slope(high) >= 0 else brentq(slope, low, high, xtol=1e-16, rtol=1e-15)


def slope_of(x, n, q):
    return x / q - (n - x) / (1 - q)


def z_difference(x1, n1, x2, n2, d):
    """Miettinen and Nurminen's score."""
    q = likeliest(lambda q: slope_of(x1, n1, q + d) + slope_of(x2, n2, q), max(0.0, -d), min(1.0, 1.0 - d))
    variance = ((q + d) * (1 - q - d) / n1 + q * (1 - q) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return (x1 / n1 - x2 / n2 - d) / math.sqrt(variance)


def z_ratio(x1, n1, x2, n2, r):
    """Koopman's score."""
    q = likeliest(lambda q: r * slope_of(x1, n1, r * q) + slope_of(x2, n2, q), 0.0, min(1.0, 1 / r))
    return (x1 / n1 - r * x2 / n2) / math.sqrt(r * q * (1 - r * q) / n1 + r * r * q * (1 - q) / n2)


def compared(compare, table, tail, within):
    """The limits, and the p-value of lying beyond what is accepted; carried over to a whole that holds the group."""
    x1, n1, x2, n2 = table
    z = NORMAL.isf(tail)
    if compare == "difference":
        score, middle, ends, scale = z_difference, x1 / n1 - x2 / n2, (-0.999, 0.999), 1 - within
    else:
        score, middle, ends, scale = z_ratio, (x1 / n1) / (x2 / n2), (1e-6, 1e6), None

    def to_whole(value):
        return value * scale if scale is not None else 1 / (within + (1 - within) / value)

    def to_rest(value):
        return value / scale if scale is not None else (1 - within) * value / (1 - value * within)

    low = brentq(lambda b: score(*table, b) - z, ends[0], middle - 1e-12, xtol=1e-14)
    high = brentq(lambda b: score(*table, b) + z, middle + 1e-12, ends[1], xtol=1e-14)
    least, most = LIMITS[compare]
    p = [NORMAL.cdf(score(*table, to_rest(least)))]
    p += [] if most is None else [NORMAL.sf(score(*table, to_rest(most)))]
    return (to_whole(low), to_whole(high)), min(p)


# ---- all of them ---------------------------------------------------------------------------------------------------


def expected(table, kind, by_unit):
    """For each rule, metric and group: value, plain limits, p-value, from how many groups the reference was chosen."""
    known, found = table.dropna(subset=["g"]), {}
    for one in RULES:
        for metric in METRICS:
            of = {name: share_of(rows, metric, kind, by_unit) for name, rows in known.groupby("g")}
            judged = {name: share for name, share in of.items() if name != "few"}
            chosen = {"largest": "a", "highest": max(judged, key=lambda name: judged[name][2])}.get(one["reference"])
            for name in judged.keys() - {chosen}:
                other = share_of(known[known["g"] != name], metric, kind, by_unit) if chosen is None else of[chosen]
                within = of[name][3] / (of[name][3] + other[3]) if one["reference"] == "overall" else 0.0
                second = within * of[name][2] + (1 - within) * other[2]
                value = of[name][2] - second if one["compare"] == "difference" else of[name][2] / second
                counts = (*of[name][:2], *other[:2])
                limits, p = compared(one["compare"], counts, TAIL, within)
                several = len(judged) if one["reference"] == "highest" else 0
                found[one["id"], metric, name] = (value, limits, p, several)
    return found


def holm(found):
    """Holm's adjusted p-values step by step; comparisons with one chosen reference count once, and for good."""
    over_pairs = {
        key: stats.studentized_range.sf(math.sqrt(2) * max(NORMAL.isf(p), 0.0), several, np.inf) if several else p
        for key, (_, _, p, several) in found.items()
    }
    single = sorted((key for key in found if not found[key][3]), key=over_pairs.__getitem__)
    blocks = len({key[:2] for key in found if found[key][3]})
    adjusted, reached = {}, [0.0]
    for step, key in enumerate(single):
        reached.append(max(reached[-1], over_pairs[key] * (blocks + len(single) - step)))
        adjusted[key] = min(reached[-1], 1.0)
    for key in found.keys() - set(single):
        steps = [max(done, over_pairs[key] * (blocks + len(single) - step)) for step, done in enumerate(reached)]
        adjusted[key] = min(*steps, 1.0)
    return adjusted


@pytest.mark.parametrize("design", DESIGNS)
def test_values_limits_and_p_values_are_those_of_a_second_hand(design):
    kind, by_unit = DESIGNS[design]
    table = people(len(design), kind)
    data = {
        "decision": {"column": "d", "favorable": 1},
        "outcome": {"column": "y", "favorable": 1},
        **({"weight": {"column": "w", "kind": kind}} if kind else {}),
        **({"unit": "u"} if by_unit else {}),
    }
    policy = policy_of(*RULES, data=data, groups={"min_share": 0.1, "min_count": 1}, statistics={"min_expected": 0})
    result = audit.run(policy, table)
    wanted = expected(table, kind, by_unit)
    adjusted = holm(wanted)
    judged = {(one.rule, one.metric, one.group): one for one in result.findings if one.p_beyond is not None}
    assert judged.keys() == wanted.keys()
    for key, one in judged.items():
        value, limits, p, _ = wanted[key]
        assert one.value == pytest.approx(value, abs=1e-12), key
        assert (one.unadjusted_interval.low, one.unadjusted_interval.high) == pytest.approx(limits, abs=1e-7), key
        assert one.p_beyond == pytest.approx(p, rel=1e-5, abs=1e-9), key
        assert one.p_adjusted == pytest.approx(adjusted[key], rel=1e-4, abs=1e-8), key
        assert (one.verdict == "fail") == (adjusted[key] <= TAIL), key
        passes = limits[0] >= LIMITS[one.compare][0] and limits[1] <= (LIMITS[one.compare][1] or math.inf)
        assert (one.verdict == "pass") == passes, key
