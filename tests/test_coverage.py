"""The tables of coverage are counted rightly: against limits of all tables, verdicts of audits, and random draws."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import audit
from audit.engine import _weigh_all
from audit.groups.population import population
from audit.judging.adjust import decided
from audit.stats.alternatives import KatzRatios
from audit.stats.differences import miettinen_nurminen, newcombe
from audit.stats.ratios import koopman
from audit.stats.shares import clopper_pearson, wilson
from audit.values import Verdict
from docs import coverage, fifty_rules, simulate
from docs.error_rates import any_failure, drawn, sizes
from tests.making import policy_of, rule

pytestmark = pytest.mark.no_cover  # a simulation
METHODS = {**coverage.DIFFERENCES, **coverage.RATIOS}


def katz(x1, n1, x2, n2, tail):
    return KatzRatios(x1=x1, n1=n1, x2=x2, n2=n2).limits(tail)


LIMITS = {
    "Miettinen-Nurminen": (miettinen_nurminen, np.subtract),
    "Newcombe": (newcombe, np.subtract),
    "Koopman": (koopman, np.divide),
    "Katz": (katz, np.divide),
}


def test_the_coverage_of_a_share_is_that_of_random_draws():
    draw = np.random.default_rng(4)
    for n, p in ((5, 0.1), (40, 0.5)):
        low, high = wilson(draw.binomial(n, p, 40_000), n, 0.025)
        assert coverage.share_coverage(wilson, n, np.array([p]))[0] == pytest.approx(
            ((low <= p) & (p <= high)).mean(), abs=0.006
        )


def test_the_exact_interval_never_falls_short():
    for n in coverage.SIZES:
        assert coverage.share_coverage(clopper_pearson, n, coverage.TRUTHS).min() >= 0.95


@pytest.mark.parametrize("method", METHODS)
def test_what_two_shares_miss_is_what_the_limits_of_all_tables_miss(method):
    limits, of = LIMITS[method]
    sizes_, (p1, p2) = (9, 14), (0.3, 0.85)
    x1, x2 = (axis.astype(float) for axis in np.mgrid[0:10, 0:15])
    low, high = limits(x1, np.full(x1.shape, 9.0), x2, np.full(x1.shape, 14.0), 0.025)
    chance, truth = np.outer(binom.pmf(range(10), 9, p1), binom.pmf(range(15), 14, p2)), float(of(p1, p2))
    found = coverage.pair_misses(METHODS[method], sizes_, (p1, p2), truth)
    assert found == pytest.approx((chance[low > truth].sum(), chance[high < truth].sum()), abs=1e-6)


def test_what_is_left_out_of_a_sum_is_next_to_nothing():
    for size, rates in product(((5, 200), (1000, 1000)), ((0.01, 0.99), (0.5, 0.3))):
        assert coverage.tables(size, rates).chance.sum() == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("requirement", coverage.MARGINS)
def test_verdicts_at_the_margin_are_those_of_an_audit(requirement):
    _, low, high, _ = coverage.MARGINS[requirement]
    required = f">= {low}" if high is None else f"{low} to {high}"
    compare = requirement.split()[0]
    for x1, x2, n in ((170, 200, 400), (60, 200, 400), (195, 200, 400), (1970, 2000, 5000), (1, 4, 60), (2, 30, 60)):
        rows = [("a", 1)] * x1 + [("a", 0)] * (n - x1) + [("b", 1)] * x2 + [("b", 0)] * (n - x2)
        judged = audit.run(
            policy_of(
                rule(compare=compare, require=required, reference={"fixed": "b"}),
                data={"decision": {"column": "d", "favorable": 1, "otherwise": [0]}},
            ),
            pd.DataFrame(rows, columns=["g", "d"]),
        )
        four = {"x1": [x1], "n1": [n], "x2": [x2], "n2": [n], "chance": [1]}
        every = coverage.Tables(**{name: np.array(value, dtype=float) for name, value in four.items()})
        fails, passes = coverage.verdicts(requirement, every)
        found = judged.findings[0].verdict
        assert (fails[0], passes[0]) == (found == Verdict.FAIL, found == Verdict.PASS)


def test_fifty_rules_are_claimed_by_p_values_as_by_intervals():
    policy, draw = fifty_rules.fifty(), np.random.default_rng(8)
    assert len({(rule_.id, rule_.metrics) for rule_ in policy.rules}) == len(policy.rules) == 50
    for _ in range(2):
        weighed = _weigh_all(population(drawn(sizes(5, equal=True), draw), policy), policy)
        by_p = fifty_rules.claims(weighed)
        for place in (0, -1):
            blocks, _ = decided(weighed, fifty_rules.SETTINGS[place])
            assert any_failure([piece for block in blocks for piece in block.evidence]) == by_p[place]


def test_the_page_holds_the_tables_as_they_are_made_today_and_has_all_parts():
    page = coverage.PAGE.read_text(encoding="utf-8")
    made = dict(re.findall(r"<!-- made by make simulate: (\w+) -->\n\n(.*?)\n\n<!-- end -->", page, re.DOTALL))
    assert made.keys() == coverage.PARTS.keys()
    assert made["shares"] == coverage.shares()


def test_shortfalls_are_said_in_words():
    assert [coverage.kept(share) for share in (0.95, 0.9496, 0.94, 0.92)] == [
        "95.0%", "95.0%", "94.0% under", "92.0% **far under**"
    ]  # fmt: skip
    assert [coverage.missed(share) for share in (0.025, 0.03, 0.04)] == ["2.5%", "3.0% over", "4.0% **far over**"]


def test_a_part_that_there_is_not_is_named_with_those_there_are():
    with pytest.raises(SystemExit, match="no part is called 'shards'; there are: shares, differences"):
        simulate.simulate(["shards"])
