"""The tests that a rule can name reach its findings: those of two groups, of all groups, and by shuffling records."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact
from sklearn.metrics import f1_score

import audit
from audit.errors import PolicyError
from audit.render import FORMATS
from audit.stats.two_by_two import TESTS
from audit.values import Verdict
from tests.making import policy_of, rule, selected, table_of

TWO = {"A": (30, 60), "B": (15, 60)}
THREE = {"A": (30, 60), "B": (15, 60), "C": (22, 70)}


def found_of(written, sizes, **changes):
    return audit.run(policy_of(written, **changes), selected(**sizes))


@pytest.mark.parametrize(("name", "used"), [("pearson", "pearson"), ("equality", "boschloo")])
def test_tests_of_two_rates_are_those_of_the_same_name(name, used):
    result = found_of(rule(test=name), TWO)
    (found,) = result.findings
    assert (found.test.name, found.test.p_value) == (used, TESTS[used](15, 60, 30, 60).p_value)
    assert found.test.words.endswith(f"p = {found.test.p_value:.3g}")
    assert found.test.words in FORMATS["html"].write(result).decode().replace("&#39;", "'")
    assert any("test" in note and used.capitalize() in note for note in result.method.notes)


@pytest.mark.parametrize("compare", ["max_gap", "min_ratio"])
def test_the_test_of_all_groups_is_pearsons_over_the_whole_table(compare):
    require = "<= 0.1" if compare == "max_gap" else ">= 4/5"
    result = found_of(rule(compare=compare, require=require, test="independence", judge="point_and_test"), THREE)
    (found,) = result.findings
    expected = chi2_contingency([(x, n - x) for x, n in THREE.values()], correction=False)
    assert (found.test.statistic, found.test.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.verdict is Verdict.FAIL
    assert "chi-square test of all groups" in found.because
    assert any("all have the same rate (Pearson 1900)" in note for note in result.method.notes)


def test_of_rare_events_the_test_of_all_groups_is_by_random_tables():
    groups = {"A": (4, 12), "B": (0, 12), "C": (1, 12)}
    law = rule(compare="max_gap", require="<= 0.1", test="independence")
    (found,) = found_of(law, groups, groups={"min_count": 1}).findings
    assert found.test.name == "independence_random"
    tables = [
        (chosen, sum(1 for one in chosen if one < 12), sum(1 for one in chosen if 12 <= one < 24))
        for chosen in combinations(range(36), 5)
    ]
    counts = np.array([(a, b, 5 - a - b) for _, a, b in tables])
    extreme = (counts**2).sum(axis=1) >= 4**2 + 1  # of groups of one size, as far from equal
    assert found.test.p_value == pytest.approx(extreme.mean(), abs=0.02)
    assert found_of(law, groups, groups={"min_count": 1}).findings == (found,)


def test_where_nobody_was_selected_all_groups_are_alike():
    groups = {"A": (0, 30), "B": (0, 40)}
    (found,) = found_of(rule(compare="max_gap", require="<= 0.1", test="independence"), groups).findings
    assert (found.test.p_value, found.test.reason) == (1, "no_variation")


def test_shuffling_two_equal_groups_of_yes_and_no_is_fishers_test():
    (found,) = found_of(rule(test="permutation", compare="difference", require="<= 0.05"), TWO).findings
    assert found.test.p_value == pytest.approx(fisher_exact([[15, 45], [30, 30]]).pvalue)
    assert found.test.statistic == pytest.approx(-0.25)


@pytest.mark.slow
@pytest.mark.no_cover
def test_the_f1_of_two_groups_is_tested_by_all_shuffles_of_their_records():
    people = table_of(A={"tp": 4, "fp": 1, "fn": 0, "tn": 2}, B={"tp": 1, "fp": 2, "fn": 2, "tn": 1})
    law = policy_of(
        rule(metric="f1", compare="difference", require="<= 0.05", test="permutation"), groups={"min_count": 1}
    )
    (found,) = audit.run(law, people).findings
    y, d = (people[name].astype(int).to_numpy() for name in ("y", "d"))
    mine, places = (people["g"] == found.group).to_numpy(), range(len(people))

    def gap(chosen):
        inside = np.isin(places, chosen)
        return f1_score(y[inside], d[inside], zero_division=np.nan) - f1_score(
            y[~inside], d[~inside], zero_division=np.nan
        )

    observed = gap(np.flatnonzero(mine))
    gaps = np.array([gap(chosen) for chosen in combinations(places, int(mine.sum()))])
    expected = np.mean(~(np.abs(gaps) < abs(observed) - 1e-9))
    assert found.test.statistic == pytest.approx(observed)
    assert found.test.p_value == pytest.approx(expected)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "matthews_corrcoef", "true_positive_rate"])
def test_other_metrics_of_decisions_are_shuffled_as_well(metric):
    cells = {"tp": 40, "fp": 10, "fn": 12, "tn": 60}
    law = policy_of(rule(metric=metric, compare="difference", require="<= 0.1", test="permutation"))
    (same,) = audit.run(law, table_of(A=cells, B=cells)).findings
    assert same.test.p_value == 1
    (other,) = audit.run(law, table_of(A=cells, B={"tp": 5, "fp": 40, "fn": 40, "tn": 20})).findings
    assert other.test.p_value < 0.001


def test_records_that_weigh_unlike_are_not_shuffled():
    people = selected(**TWO).assign(w=np.resize([1.0, 2.0, 3.0], 120))
    law = policy_of(rule(test="permutation"))
    data = {**law.effective()["data"], "weight": {"column": "w", "kind": "sampling"}}
    (found,) = audit.run(policy_of(rule(test="permutation"), data=data), people).findings
    assert (found.test.p_value, found.test.reason) == (None, "not_exchangeable")
    assert "weigh unlike or belong together" in found.test.words


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (rule(test="independence"), "of all groups at once"),
        (rule(compare="max_gap", require="<= 0.1", test="fisher"), "use 'test: independence'"),
        (rule(compare="max_gap", require="<= 0.1", judge="point_and_test"), "add 'test: independence'"),
        (rule(compare="value", require=">= 0.1", test="permutation"), "does not"),
        (rule(metric="f1", test="fisher"), "use 'test: permutation'"),
        (rule(test="permutation", reference="overall"), "includes the group itself"),
    ],
)
def test_a_test_that_does_not_fit_the_comparison_is_refused(written, said):
    with pytest.raises(PolicyError, match=said):
        policy_of(written)


def test_a_group_of_two_weighted_records_has_no_interval_of_no_width():
    """All resampled correlations are -1 but for rounding, which says nothing of how sure that is."""
    people = table_of(A={"fp": 1, "fn": 1}, B={"tp": 40, "fp": 12, "fn": 15, "tn": 50})
    people = people.assign(w=np.resize([0.5, 3.0, 1.0], len(people)))
    data = {
        "decision": {"column": "d", "favorable": 1},
        "outcome": {"column": "y", "favorable": 1},
        "weight": {"column": "w", "kind": "sampling"},
    }
    law = rule(metric="matthews_corrcoef", compare="value", require=">= 0.4")
    findings = audit.run(policy_of(law, data=data, groups={"min_count": 1}), people).findings
    (alone,) = [found for found in findings if found.group == "A"]
    assert alone.unadjusted_interval.low is None or alone.unadjusted_interval.low != alone.unadjusted_interval.high
    assert alone.p_beyond is None or alone.p_beyond > 0.025
