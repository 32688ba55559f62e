"""What stands beside raw rates: shrunken ones of intersections, and how far groups are apart beyond chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import beta, betabinom

import audit
from audit.assembling import tables
from audit.values import Verdict
from tests.making import policy_of, rule

DECISION = {"decision": {"column": "d", "favorable": 1, "otherwise": [0]}}
CROSSED = {"attributes": {"g": {"column": "g"}, "h": {"column": "h"}}, "intersections": [["g", "h"]]}


def table(seed=4):
    draw = np.random.default_rng(seed)
    rows = []
    for g in "ABCD":
        for h in "XYZ":
            n, p = int(draw.integers(5, 200)), draw.beta(12, 12)
            rows += [(g, h, int(d)) for d in draw.random(n) < p]
    return pd.DataFrame(rows, columns=["g", "h", "d"])


def audited(data=DECISION, **changes):
    return audit.run(policy_of(rule(), data=data, groups={"min_count": 10}, **{**CROSSED, **changes}), table())


def test_intersections_are_pulled_towards_their_mean_by_a_beta_of_their_moments():
    rows = [row for row in audited().groups if row.attribute == "g & h"]
    x = np.array([row.metrics["selection_rate"].hits for row in rows])
    n = np.array([row.n for row in rows])
    mean = x.sum() / n.sum()
    between = (n * (x / n - mean) ** 2).sum() / (mean * (1 - mean)) - (len(n) - 1)
    correlation = between / (n.sum() - (n**2).sum() / n.sum() - (len(n) - 1))
    a, b = mean * (1 / correlation - 1), (1 - mean) * (1 / correlation - 1)

    def unlikely(logs):
        return -betabinom.logpmf(x, n, *np.exp(logs)).sum()

    likeliest = np.exp(minimize(unlikely, [1.0, 1.0], method="Nelder-Mead").x)
    assert (x + a) / (n + a + b) == pytest.approx((x + likeliest[0]) / (n + likeliest.sum()), abs=0.02)
    for row, hits, of in zip(rows, x, n, strict=True):
        pulled = row.shrunken["selection_rate"]
        assert pulled.value == pytest.approx((hits + a) / (of + a + b), abs=1e-9)
        assert pulled.low == pytest.approx(beta.ppf(0.025, hits + a, of - hits + b), abs=1e-8)
        assert pulled.high == pytest.approx(beta.ppf(0.975, hits + a, of - hits + b), abs=1e-8)
        raw = hits / of
        assert min(raw, a / (a + b)) - 1e-4 <= pulled.value <= max(raw, a / (a + b)) + 1e-4


def test_single_attributes_are_not_pulled():
    assert all(not row.shrunken for row in audited().groups if row.attribute != "g & h")


def test_no_verdict_rests_on_what_is_pulled(monkeypatch):
    plain = audited().findings
    monkeypatch.setattr(tables, "shrunken", lambda of, people, policy: [{} for _ in people.groups[of]])
    assert audited().findings == plain
    assert {found.verdict for found in plain} & {Verdict.FAIL, Verdict.INCONCLUSIVE}


def test_groups_that_differ_no_more_than_by_chance_are_all_their_mean_without_an_interval():
    alike = pd.DataFrame([(g, h, d) for g in "AB" for h in "XY" for d in (0, 1)] * 20, columns=["g", "h", "d"])
    result = audit.run(policy_of(rule(), data=DECISION, **CROSSED), alike)
    pulled = [row.shrunken["selection_rate"] for row in result.groups if row.attribute == "g & h"]
    assert [(one.value, one.low, one.high) for one in pulled] == [(0.5, None, None)] * 4
    nobody = audit.run(policy_of(rule(), data=DECISION, **CROSSED), alike.assign(d=0).replace({"d": {}}))
    assert all(not row.shrunken for row in nobody.groups)


def test_the_spread_of_groups_is_free_of_chance():
    result = audited()
    [note] = [one for one in result.spreads if one.attribute == "g & h"]
    rows = [row for row in result.groups if row.attribute == "g & h"]
    p = np.array([row.metrics["selection_rate"].value for row in rows])
    n = np.array([row.n for row in rows])
    wanted = p.var(ddof=1) - (p * (1 - p) / (n - 1)).mean()
    assert note.deviation == pytest.approx(np.sqrt(max(wanted, 0)))
    assert note.groups == 12
    assert {one.metric for one in result.spreads} == {"selection_rate"}


def test_a_lone_group_has_no_spread():
    one = audit.run(
        policy_of(rule(compare="value", require=">= 0.1"), data=DECISION), pd.DataFrame({"g": "A", "d": [0, 1] * 30})
    )
    assert one.spreads == ()
