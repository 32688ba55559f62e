"""What a policy says under `statistics` and `test`, from the rule to the finding."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import barnard_exact, binomtest, boschloo_exact, chi2_contingency, fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

import audit
from audit.groups.population import population
from audit.judging.adjust import adjust, decided
from audit.judging.evidence import Evidence, knowing
from audit.judging.weigh import weigh
from audit.metrics import METRICS
from audit.stats.ranges import simultaneous_critical, studentized_range_tail
from audit.values import Verdict
from tests.making import counts_of, policy_of, rule, selected

CORRECTIONS = ["none", "bonferroni", "holm", "hommel", "bh", "by"]
GROUPS = {"A": (60, 100), "B": (30, 90)}
hits_of = st.integers(12, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def evidence_of(policy, groups):
    cells = {name: {"tp": hits, "fn": n - hits} for name, (hits, n) in groups.items()}
    people = population(counts_of(cells), policy)
    blocks = [
        weigh(law, metric, attributes, people, policy)
        for law in policy.rules
        for attributes in law.of
        for metric in law.metrics
    ]
    return blocks, policy.statistics


def one_finding(written, groups=GROUPS, **statistics):
    result = audit.run(policy_of(written, groups={"min_count": 1}, statistics=statistics), selected(**groups))
    return next(found for found in result.findings if found.rule == written["id"]), result


# ---- tests by name -------------------------------------------------------------------------------------------------

TABLE = np.array([[30, 60], [60, 40]])
THEIRS = {
    "fisher": lambda: fisher_exact(TABLE).pvalue,
    "boschloo": lambda: boschloo_exact(TABLE.T).pvalue,
    "barnard": lambda: barnard_exact(TABLE.T).pvalue,
    "chi_square": lambda: chi2_contingency(TABLE * 189 / 190, correction=False).pvalue,
}


@pytest.mark.parametrize("name", THEIRS)
def test_a_test_by_name_is_that_of_scipy(name):
    found, result = one_finding(rule(test=name))
    assert found.test.name == name
    assert found.test.p_value == pytest.approx(THEIRS[name](), rel=1e-6)
    assert f"p = {found.test.p_value:.3g}" in found.test.words
    assert sum(name.split("_")[0].capitalize() in note or "chi-square test" in note for note in result.method.notes)


@pytest.mark.parametrize("name", ["fisher_mid_p", "two_proportion_z"])
def test_every_other_test_has_its_words_and_its_paragraph(name):
    found, result = one_finding(rule(test=name))
    assert 0 < found.test.p_value < 0.001
    assert found.test.words
    assert any("test" in note and ("mid-p" in note or "standard deviations" in note) for note in result.method.notes)


def test_a_test_that_cannot_be_made_of_so_many_records_says_so_and_claims_nothing():
    groups = {"A": (600, 1000), "B": (300, 900)}
    found, _ = one_finding(rule(test="boschloo", judge="point_and_test"), groups)
    assert (found.test.p_value, found.test.reason) == (None, "too_large")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "not computed for so many records" in found.because


def test_point_and_test_asks_the_test_that_is_named():
    groups = {"A": (10, 20), "B": (4, 20)}
    fails, _ = one_finding(rule(test="chi_square", judge="point_and_test"), groups, confidence=0.95)
    holds, _ = one_finding(rule(test="fisher", judge="point_and_test"), groups, confidence=0.95)
    assert fails.test.p_value < 0.05 < holds.test.p_value
    assert (fails.verdict, holds.verdict) == (Verdict.FAIL, Verdict.INCONCLUSIVE)


# ---- within the limits ---------------------------------------------------------------------------------------------

RULES = [
    rule(),
    rule(require="0.8 to 1.25"),
    rule(compare="difference", require="<= 0.05"),
    rule(compare="difference", require="<= 0.1", reference="overall"),
    rule(compare="difference", require="<= 0.1", reference="rest"),
    rule(compare="value", require="0.2 to 1"),
    rule(compare="max_gap", require="<= 0.2"),
    rule(compare="min_ratio", require=">= 4/5"),
    rule(metric="f1", compare="difference", require="<= 0.1"),
]


@pytest.mark.parametrize("written", RULES, ids=str)
@settings(max_examples=25)
@given(a=hits_of, b=hits_of, c=hits_of)
def test_the_p_value_of_keeping_the_limits_says_what_the_interval_says(written, a, b, c):
    policy = policy_of(written, groups={"min_count": 1})
    blocks, statistics = evidence_of(policy, {"A": a, "B": b, "C": c})
    for block in decided(blocks, statistics)[0]:
        for place in block.places:
            piece = block.evidence[place]
            ends = [end for end in (piece.interval.low, piece.interval.high) if end is not None]
            limits = [float(end) for end in (piece.rule.region.low, piece.rule.region.high) if end is not None]
            near = any(0 < abs(end - limit) < 1e-7 for end in ends for limit in limits)
            assert near or (piece.p_within <= 0.025) == piece.interval.inside(piece.rule.region)


# ---- intervals on request ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "theirs"), [("clopper_pearson", "beta"), ("jeffreys", "jeffreys")])
def test_a_rate_has_the_interval_that_was_asked_for(name, theirs):
    found, result = one_finding(rule(compare="value", require=">= 0.5"), interval=name)
    expected = proportion_confint(*GROUPS[found.group], method=theirs)
    assert (found.interval.low, found.interval.high) == pytest.approx(expected)
    row = next(row for row in result.groups if row.group == found.group)
    assert (row.metrics["selection_rate"].low, row.metrics["selection_rate"].high) == pytest.approx(expected)
    assert "as this policy asks" in result.method.notes[0]


@pytest.mark.parametrize(
    ("setting", "compare", "require", "method"),
    [("difference_interval", "difference", "<= 0.05", "newcomb"), ("ratio_interval", "ratio", ">= 0.55", "log")],
)
def test_a_comparison_has_the_interval_that_was_asked_for(setting, compare, require, method):
    name = {"newcomb": "newcombe", "log": "katz"}[method]
    found, result = one_finding(rule(compare=compare, require=require), **{setting: name})
    expected = confint_proportions_2indep(
        30, 90, 60, 100, compare="diff" if compare == "difference" else "ratio", method=method
    )
    plain = found.unadjusted_interval
    assert (plain.low, plain.high) == pytest.approx(expected)
    assert any("as this policy asks" in note for note in result.method.notes)


def test_katz_without_a_success_is_not_computable_and_says_why():
    found, _ = one_finding(rule(), {"A": (60, 100), "B": (0, 90)}, ratio_interval="katz")
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "no_logarithm")
    assert "no Katz interval" in found.because
    assert found.value == 0
    assert found.power is None


ASKED = [{"interval": "clopper_pearson"}, {"difference_interval": "newcombe"}, {"ratio_interval": "katz"}]
#: Every correction and every interval each time; all pairs of them among the slow tests.
PAIRS = [
    pytest.param(correction, asked, marks=[] if i % len(ASKED) == j else pytest.mark.slow)
    for i, correction in enumerate(CORRECTIONS)
    for j, asked in enumerate(ASKED)
]


@pytest.mark.parametrize(("correction", "asked"), PAIRS)
@settings(max_examples=10)
@given(groups=st.lists(hits_of, min_size=3, max_size=6))
def test_adjusted_limits_and_adjusted_p_values_agree(correction, asked, groups):
    written = [
        rule(id="v", compare="value", require=">= 0.4"),
        rule(id="d", compare="difference", require="<= 0.1"),
        rule(id="q", require=">= 4/5", reference="rest"),
    ]
    policy = policy_of(*written, groups={"min_count": 1}, statistics={"correction": correction, **asked})
    blocks, statistics = evidence_of(policy, {f"g{i}": one for i, one in enumerate(groups)})
    for piece in adjust(blocks, statistics)[0]:
        if piece.p_adjusted is None or not piece.enough or abs(piece.p_adjusted - 0.025) < 1e-9:
            continue
        claimed = piece.deciding.outside(piece.rule.region)
        assert claimed == (piece.p_adjusted <= 0.025 and piece.interval.outside(piece.rule.region))


# ---- families ------------------------------------------------------------------------------------------------------


def test_a_rule_may_be_a_family_of_its_own():
    rules = [rule(id="a", reference="rest"), rule(id="b", reference="rest", compare="difference", require="<= 0.1")]
    groups = {"A": (60, 100), "B": (30, 90), "C": (50, 100)}
    by_policy = audit.run(policy_of(*rules), selected(**groups))
    by_rule = audit.run(policy_of(*rules, statistics={"family": "rule"}), selected(**groups))
    assert (by_policy.method.family, by_policy.method.family_of) == (6, "policy")
    assert (by_rule.method.family, by_rule.method.family_of) == (6, "rule")
    alone = audit.run(policy_of(rules[0]), selected(**groups))
    assert [f.p_adjusted for f in by_rule.findings if f.rule == "a"] == [f.p_adjusted for f in alone.findings]
    assert all(p.p_adjusted >= r.p_adjusted for p, r in zip(by_policy.findings, by_rule.findings, strict=True))
    assert any("within each rule by itself" in note for note in by_rule.method.notes)


def test_comparisons_with_a_chosen_reference_count_as_one():
    groups = {"A": (60, 100), "B": (30, 90), "C": (50, 100), "D": (55, 100)}
    policy = policy_of(rule())
    blocks, statistics = evidence_of(policy, groups)
    (block,), (tails,) = decided(blocks, statistics)

    assert tails == pytest.approx(ndtr(-simultaneous_critical(4, 0.025)))
    for place in block.places:
        piece = block.evidence[place]
        z = max(-ndtri(piece.p_beyond), 0)
        assert piece.p_adjusted == pytest.approx(min(float(studentized_range_tail(4, np.sqrt(2) * z)), 1))


def test_exact_limits_keep_exact_p_values():
    found, _ = one_finding(rule(compare="value", require=">= 0.5"), interval="clopper_pearson", correction="none")
    hits, n = GROUPS[found.group]
    assert found.p_beyond == pytest.approx(binomtest(hits, n, 0.5, "less").pvalue)


def test_what_is_told_of_evidence_is_something_that_it_holds():
    piece = Evidence(rule=SimpleNamespace(), metric=METRICS["selection_rate"], attribute="sex")
    told = knowing(piece, p_beyond=0.01, records=7)
    assert told == replace(piece, p_beyond=0.01, records=7)
    assert piece.p_beyond is None
    with pytest.raises(TypeError, match="evidence holds no p_beyon"):
        knowing(piece, p_beyon=0.01)
