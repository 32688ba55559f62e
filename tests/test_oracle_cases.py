"""Every kind of case in the reference data is computed here, or listed with why it is not: none is passed over.

Rates are compared as they are; differences by their size, since every tool has a sign of its own. A case that its
source calls wrong, superseded or not reproducible is not compared.
"""

import json
import math
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import audit
from audit.counts.group import Group
from audit.groups.measure import measure
from audit.metrics import METRICS, Rate
from audit.policy import requirement
from audit.stats import ratios, shares, strata, two_by_two
from audit.values import Interval, Sums, Verdict
from tests.making import policy_of, rule, selected

SHARED = Path(__file__).parent.parent.parent / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="the reference data are not beside the checkout"),
]
_DEFINITION = "another definition than ours: "
_NOT_THERE = "not built, as docs/methods/not-there.md says: "
_OTHER = "another question than an audit of decisions about people: "

# ---- vectors ---------------------------------------------------------------------------------------------------------

#: Functions of the vectors that another file computes, and that none does.
ELSEWHERE = {
    "multiclass_summary": "tests/test_classes.py",
    "primary_suppression": "tests/stats/test_suppression.py: ours protects sums of cells as well",
    "suppression_attack_interval": "tests/stats/test_suppression.py: by the same linear programme",
    "rate_publication_rule": "tests/test_disclosure.py: small hits and small misses withhold a rate",
}
VECTORS_LEFT_OUT = {
    "range_ci": _DEFINITION + "the range of Newcombe's limits; ours is that of Miettinen and Nurminen, range_ci_mn",
    "agresti_coull_ci": "no interval that a policy can ask for: Wilson's is its better-behaved source",
    "wilson_cc_ci": _NOT_THERE + "continuity corrections",
    "walter_ratio_ci": "misses one side too often; Koopman's is there, and Katz's for comparison",
    "logistic_adjusted_disparity": _NOT_THERE + "adjustment by a regression",
    "oaxaca_blinder": _NOT_THERE + "adjustment by a regression",
    "representation_vs_benchmark": _NOT_THERE + "comparison of a data set with a census",
    "clarify_pretraining": _NOT_THERE + "audit of training data without decisions",
    "differential_missingness": _NOT_THERE + "a test that data are missing unequally; what is missing is bounded",
    "association": _OTHER + "which columns go together, which would be a search for proxies",
    "categorical_distance": _OTHER + "distances of distributions over categories",
    "round_to_base": "rounding as disclosure control: small numbers are withheld, not rounded",
    "counterfactual_flip": _NOT_THERE + "asking the model again about changed rows",
    "generalized_entropy": _OTHER + "inequality between persons, whatever their group",
    "consistency": _OTHER + "whether neighbours are treated alike",
    "e_bh": _NOT_THERE + "repeated looks at growing data",
    "freeman_halton_exact": "tables of many groups are tested at random where they are small, by independence",
    **dict.fromkeys(
        ("conditional_odds_ratio", "gart_odds_ratio_ci", "cmh_exact"), _NOT_THERE + "odds ratios as a comparison"
    ),
    **dict.fromkeys(
        ("kitagawa_decomposition", "conditional_demographic_disparity", "differential_fairness"),
        _NOT_THERE + "single numbers of many groups or strata, without an interval",
    ),
    "standardised_difference": "strata are weighed after Mantel and Haenszel",
    "four_fifths_flip": "tests/stats/test_flips.py: every table tried one by one",
    "beta_binomial_shrinkage": "shrunken rates are fitted by moments, beta_binomial_moments",
    "cochran_q": "how far groups are apart is between_group_variance",
    **dict.fromkeys(("divergence_t", "gerryfair_weighted_disparity"), _NOT_THERE + "a search for subgroups"),
    "xauc": "no rule is about one group's positives against another's negatives",
    "auc_difference_paired": "two scores of the same rows: a baseline is a decision",
    **dict.fromkeys(
        (
            "alpha_spending", "asymptotic_cs", "asymptotic_cs_rho2", "bernoulli_confidence_sequence",
            "betting_wealth_ons", "bonferroni_peek_levels", "howard_bernoulli_cs", "normal_mixture_boundary",
            "windowed_e_process",
        ),
        _NOT_THERE + "repeated looks at growing data",
    ),
}  # fmt: skip


def vectors():
    return [
        case for path in sorted((SHARED / "vectors").glob("*.json")) for case in json.loads(path.read_text())["cases"]
    ]


def kept():
    """The functions of the vectors in the tree, whose tests compute each of them."""
    folder = Path(__file__).parent / "stats/vectors"
    return {case["function"] for path in folder.rglob("*.json") for case in json.loads(path.read_text("utf-8"))}


def of(function):
    return [case for case in vectors() if case["function"] == function]


#: Those that are computed below.
HERE = {"verdict", "rule_verdict", "point_difference", "four_fifths_point", "group_aggregate"}


def test_every_function_of_the_vectors_is_computed_or_has_a_reason():
    there = {case["function"] for case in vectors()}
    assert there - kept() == HERE | set(ELSEWHERE) | set(VECTORS_LEFT_OUT)
    assert not set(VECTORS_LEFT_OUT) & (kept() | HERE | set(ELSEWHERE))


_COMPARES = {"difference": "difference", "ratio_min": "ratio", "ratio_band": "ratio", "max": "value", "ratio": "ratio"}
_LOOSE = {
    "groups": {"min_count": 1},
    "statistics": {"correction": "none", "min_expected": 0, "difference_interval": "newcombe"},
}


def _judged(inputs, *, compare, require, judge="interval"):
    """The one finding of an audit of two groups, the second the reference."""
    asked = rule(compare=compare, require=require, judge=judge, reference={"fixed": "B"})
    table = selected(A=(inputs["x1"], inputs["n1"]), B=(inputs["x2"], inputs["n2"]))
    (found,) = audit.run(policy_of(asked, **_LOOSE), table).findings
    return found


def _require(kind, tolerance):
    """A tolerance as a policy writes it."""
    if kind == "ratio_band":
        return f"{tolerance} to {float(1 / Fraction(str(tolerance)))}"
    return f">= {tolerance}" if kind in ("ratio_min", "ratio") else f"<= {tolerance}"


def test_intervals_are_judged_as_the_vectors_say():
    judged = 0
    for case in of("verdict"):
        inputs, wanted = case["inputs"], case["expected"]["verdict"]
        if inputs["mode"] != "interval" or inputs["low"] is None or inputs["kind"] not in _COMPARES:
            continue
        ends = [None if isinstance(end, str) else float(end) for end in (inputs["low"], inputs["high"])]
        compare = _COMPARES[inputs["kind"]]
        region = requirement.region(_require(inputs["kind"], inputs["tolerance"]), compare)
        interval = Interval(low=ends[0], high=ends[1])
        found = "PASS" if interval.inside(region) else "FAIL" if interval.outside(region) else "INCONCLUSIVE"
        assert found == wanted, case["id"]
        judged += 1
    assert judged >= 8


def test_whole_audits_give_the_verdicts_of_the_vectors():
    names = {"PASS": Verdict.PASS, "FAIL": Verdict.FAIL, "INCONCLUSIVE": Verdict.INCONCLUSIVE}
    for case in of("rule_verdict"):
        inputs, wanted = case["inputs"], case["expected"]
        require = _require(inputs["kind"], inputs["tolerance"])
        found = _judged(inputs, compare=_COMPARES[inputs["kind"]], require=require)
        if wanted["estimate"] is None:
            assert found.verdict is Verdict.NOT_COMPUTABLE, case["id"]
            continue
        ends = [None if isinstance(end, str) else end for end in (wanted["low"], wanted["high"])]
        assert (found.value, found.interval.low, found.interval.high) == pytest.approx((wanted["estimate"], *ends)), (
            case
        )
        assert found.verdict is names[wanted["verdict"]], case["id"]


def test_points_are_judged_exactly_as_the_vectors_say():
    for name, compare, key, limit in (
        ("four_fifths_point", "ratio", "ratio", "threshold"),
        ("point_difference", "difference", "difference", "tolerance"),
    ):
        for case in of(name):
            inputs, wanted = case["inputs"], case["expected"]
            require = _require("ratio" if compare == "ratio" else "difference", inputs[limit])
            found = _judged(inputs, compare=compare, require=require, judge="point")
            if wanted[key] is None:
                assert found.verdict is Verdict.NOT_COMPUTABLE, case["id"]
            else:
                assert abs(found.value) == pytest.approx(abs(wanted[key])), case["id"]
                assert found.verdict.value.upper() == wanted["verdict"], case["id"]


def test_groups_are_compared_with_each_other_with_all_and_with_the_rest_as_the_vectors_say():
    for case in of("group_aggregate"):
        inputs, wanted = case["inputs"], case["expected"]
        if not wanted["difference"]:
            continue  # nothing to order: one group, or all alike
        table = selected(**{name: pair for name, pair in inputs["groups"].items() if pair[1]})
        loose = {"groups": {"min_count": inputs["min_n"]}, "statistics": {"correction": "none"}}
        asked = [
            rule(id="best", require=">= 0.1"),
            rule(id="overall", compare="difference", require="<= 0.1", reference="overall"),
            rule(id="rest", compare="difference", require="<= 0.1", reference="rest"),
            rule(id="gap", compare="max_gap", require="<= 0.1"),
        ]
        findings = audit.run(policy_of(*asked, **loose), table).findings
        (gap,) = [found for found in findings if found.rule == "gap" and found.value is not None]
        assert gap.value == pytest.approx(wanted["difference"])
        assert gap.group == wanted["worst"]
        assert gap.reference == wanted["best"]
        for name, key in (("best", "ratio_to_best"), ("overall", "to_overall"), ("rest", "one_vs_rest")):
            mine = {found.group: found.value for found in findings if found.rule == name and found.value is not None}
            assert all(value == pytest.approx(wanted[key][group]) for group, value in mine.items())
            assert len(mine) >= 2


# ---- cases of other tools --------------------------------------------------------------------------------------------

RATES = {name for name, metric in METRICS.items() if isinstance(metric, Rate)} | {"f1"}
#: Differences and ratios of two groups, by the rate that they are of.
DIFFERENCES = {
    "statistical_parity_difference": "selection_rate",
    "equal_opportunity_difference": "true_positive_rate",
    "recall_difference": "true_positive_rate",
    "specificity_difference": "true_negative_rate",
    "accuracy_difference": "accuracy",
    "difference_in_acceptance_rates": "precision",
    "difference_in_rejection_rates": "negative_predictive_value",
    "difference_in_positive_proportions_predicted": "selection_rate",
    "difference_in_positive_proportions_labels": "base_rate",
    **{f"{name}_difference": name for name in RATES},
}
RATIOS = {"disparate_impact_ratio": "selection_rate", "demographic_parity_ratio": "selection_rate"}
TESTS = {
    "two_proportion_z", "two_proportion_z_with_p", "fisher_exact", "cmh_test", "proportion_ci:wilson",
    "proportion_ci:clopper_pearson", "proportion_ci:jeffreys", "risk_ratio_ci:koopman_score", "impact_ratio", "count",
    "confusion_matrix", "rates_from_confusion",
}  # fmt: skip
LEFT_OUT = {
    "four_fifths_shortfall": "tests/stats/test_flips.py: ours counts decisions to the exact limit",
    "scoring_rate": "tests/stats/test_scores_vectors.py: ll144_scoring_rate",
    "predicted_positive_share_k": _OTHER + "who the selected are; a rate is of the group",
    "parity_flag": "a ratio within limits on either side: the ratios are compared",
    "confusion_matrix_by_group": "a cutoff of its own for each group, which would treat groups differently",
    "generalized_confusion_matrix": _OTHER + "cells of scores",
    "generalized_false_positives": _OTHER + "cells of scores",
    "confusion_matrix_fractions": "the cells as parts of all; rates are of a group",
    "group_proportion": "the shares of groups stand in the report, and are no metric",
    "observed_label_distribution": _OTHER + "shares of outcomes by name",
    "conditional_acceptance": _DEFINITION + "outcomes by decisions, which may exceed 1",
    "difference_in_conditional": _DEFINITION + "outcomes by decisions, which may exceed 1",
    "treatment_equality": _DEFINITION + "ratios of misses to false alarms",
    "positive_likelihood_ratio": _DEFINITION + "a ratio of two rates of one group",
    "negative_likelihood_ratio": _DEFINITION + "a ratio of two rates of one group",
    "min_cluster_ratio": _OTHER + "clusters",
    "cluster_dist_kl": _OTHER + "clusters",
    "average_odds_difference": "opposite gaps cancel; rules judge the two rates each",
    "multiclass_average_odds": "opposite gaps cancel; rules judge the two rates each",
    "equalized_odds_ratio": "a rule judges the two rates each",
    "count_ratio": "a ratio of sizes",
    "cohens_d": "tests/test_deviations.py, by its own vectors",
    "pairwise_true_positive_rate_difference": "all pairs, of which a rule compares those with its reference",
    "jaccard_by_class": "no metric of ours; F1 is a function of it",
    "precision_by_class": "tests/test_classes.py: every class as scikit-learn reports it",
    "multiclass_": "tests/test_classes.py: a rule about each class",
    "class_imbalance": _NOT_THERE + "audit of training data without decisions",
    "conditional_demographic_disparity": _NOT_THERE + "single numbers of many strata, without an interval",
    "differential_fairness_epsilon": _NOT_THERE + "single numbers of many groups, without an interval",
    "roc_auc": "tests/stats/test_scores_vectors.py: auc_delong",
    "group_counts": "the cells of which the same source's rates are made, which are compared",
    "mantel_haenszel_odds_ratio": "tests/stats/test_strata_vectors.py; no comparison of rules",
    "risk_ratio_ci:katz_log": "tests/stats/test_alternatives.py",
    "odds_ratio_ci:gart_adjusted_logit": _NOT_THERE + "odds ratios as a comparison",
    "mean_outcome": _OTHER + "means of outcomes that are amounts",
    "dcg": _OTHER + "how good a ranking is",
    "exposure_": "tests/test_ranking.py: exposure of groups, with lists as what is drawn",
    "group_average_": "tests/test_ranking.py: exposure of groups, with lists as what is drawn",
    "fair_": _NOT_THERE + "tests of each beginning of one ranking",
    "skew": "tests/test_ranking.py",
    "max_skew": "tests/test_ranking.py",
    "mean_prediction": "tests/stats/test_scores_moments.py: means of scores",
    "disparate_impact_at_quantile": "tests/test_top_fractions.py",
    "statistical_parity_auc": _OTHER + "one number over all cutoffs",
    "success_rate_at_threshold": "a selection rate whose cutoff is the policy's",
    "correlation_difference": _NOT_THERE + "correlations of predictions",
    "mae_ratio": "tests/test_predictions.py",
    "bayes_factor_2xk": _NOT_THERE + "Bayes factors",
    "odds_ratio": "tests/stats/test_odds.py; no comparison of rules",
    "log_ratio_z": _DEFINITION + "a test on the scale of logarithms",
    "permutation_test": "tests/stats/test_permutation.py, exactly or from our own stream of numbers",
    "proportion_ci:agresti_coull": "no interval that a policy can ask for",
    "proportion_ci:normal": _NOT_THERE + "Wald's intervals",
    "risk_difference_ci:wald": _NOT_THERE + "Wald's intervals",
    "risk_difference_ci:agresti_caffo": "no interval that a policy can ask for",
    "odds_ratio_ci:score": "tests/stats/test_odds.py has the exact one and Gart's",
    "pairwise_proportions_p_raw": "all pairs, of which a rule compares those with its reference",
    "tost_proportion": _NOT_THERE + "Wald's variance; ours is the score test",
    "accuracy_difference_max_min": "a largest gap within each stratum; ours is over strata",
    "undefined_rate": "other tools say 0 where nothing is defined; ours has no value",
    **dict.fromkeys(
        (
            "binomial_distance", "ks_", "wasserstein", "hellinger", "kl_divergence", "js_divergence", "lp_norm",
            "total_variation", "linf_distance",
        ),
        _OTHER + "distances of distributions; those of scores are in tests/stats/test_scores_vectors.py",
    ),
    **dict.fromkeys(
        ("generalized_entropy", "between_group_generalized", "theil", "atkinson", "coefficient_of_variation"),
        _OTHER + "inequality between persons, whatever their group",
    ),
}  # fmt: skip


def cases():
    paths = sorted(path for path in (SHARED / "oracles/cases").glob("*.json") if path.stem != "index")
    found = [(path.stem, json.loads(path.read_text())) for path in paths]
    return [{**case, "file": name} for name, content in found for case in _listed(content)]


def _listed(content):
    return content["cases"] if isinstance(content, dict) else content


def kind_of(metric):
    """How a metric is compared here; None if it is not."""
    base = metric.removesuffix("_ratio_to_reference").removesuffix("_ratio_min_max").removesuffix("_ratio_to_overall")
    if metric in TESTS:
        return "test"
    if metric in DIFFERENCES:
        return "difference"
    if metric in RATIOS or (base in RATES and base != metric):
        return "ratio"
    return "rate" if metric in RATES else None


def why_not(metric):
    return next((why for name, why in LEFT_OUT.items() if metric == name or metric.startswith(name)), None)


def test_every_metric_of_the_cases_is_compared_or_has_a_reason():
    metrics = {case["metric"] for case in cases()}
    assert {metric for metric in metrics if not kind_of(metric) and not why_not(metric)} == set()
    unused = {name for name in LEFT_OUT if not any(metric.startswith(name) for metric in metrics)}
    assert unused == set()


# ---- what they are compared with -------------------------------------------------------------------------------------


def _cell(truth, said, positive):
    if truth is None:
        return "up" if said == positive else "un"
    return ("t" if (truth == positive) == (said == positive) else "f") + ("p" if said == positive else "n")


def groups_of(inputs):
    """Each group's cells, from rows, tables or files."""
    if "counts_selected_total" in inputs:
        return {name: {"up": hits, "un": of - hits} for name, (hits, of) in inputs["counts_selected_total"].items()}
    if "counts_pos_neg" in inputs:
        return {name: {"up": up, "un": un} for name, (up, un) in inputs["counts_pos_neg"].items()}
    if "confusion_by_group" in inputs or "confusion" in inputs:
        named = inputs.get("confusion_by_group") or {"all": inputs["confusion"]}
        return {name: {cell.lower(): n for cell, n in cells.items()} for name, cells in named.items()}
    if "dataset" in inputs:
        inputs = _from_file(inputs)
    said = inputs.get("y_pred", inputs.get("y_true"))
    truth = inputs.get("y_true") or [None] * len(said)
    groups = inputs.get("group") or ["all"] * len(said)
    found: dict[str, Counter[str]] = {}
    for name, true, decision in zip(groups, truth, said, strict=True):
        found.setdefault(name, Counter())[_cell(true, decision, inputs.get("positive", 1))] += 1
    return found


def _from_file(inputs):
    rows = pd.read_csv(SHARED / "data" / inputs["dataset"], low_memory=False)
    rows = rows.query(inputs["filter"]) if inputs.get("filter") else rows
    named = [name for name in ("y_true", "y_pred", "group") if name in inputs]
    return {name: (rows[inputs[name]] if inputs[name] in rows else rows.eval(inputs[name])).tolist() for name in named}


def rate(name, cells):
    sums = {cell: Sums(n=n, weight=float(n), weight2=float(n)) for cell, n in cells.items()}
    group = Group(attribute="g", name="g", key={}, cells=sums)
    return measure(METRICS[name], group, sampled=False).value


def together(groups):
    return sum((Counter(cells) for cells in groups.values()), Counter())


def close(found, wanted, case):
    if wanted in ("NaN", None) or (isinstance(wanted, float) and math.isnan(wanted)):
        return found is None
    kind = (
        {"rel": case["tolerance"]} if case["tolerance_type"] == "relative" else {"abs": max(case["tolerance"], 1e-12)}
    )
    return found is not None and float(found) == pytest.approx(wanted, **kind)


def is_asked(case, kind):
    plain = case["kind"] in ("peer_test", "published") and case["check"] == "independent_pass"
    odd = {"weights", "strata", "threshold_by_group", "attributes"} & set(case["inputs"])
    several = isinstance(case["inputs"].get("unprivileged"), list)
    return plain and not odd and not several and kind_of(case["metric"]) == kind


def test_rates_are_those_of_other_tools():
    compared = 0
    for case in (case for case in cases() if is_asked(case, "rate")):
        wanted, inputs = case["expected"], case["inputs"]
        if "dataset" in inputs and "y_pred" not in inputs:
            continue  # groups and rates in words, of which the tables are compared elsewhere
        groups, name = groups_of(inputs), case["metric"]
        if not isinstance(wanted, dict):
            wanted = {"overall": wanted}
        by_group = wanted.get("by_group", {} if "overall" in wanted else wanted)
        assert all(close(rate(name, groups[group]), value, case) for group, value in by_group.items()), case["id"]
        if "overall" in wanted:
            assert close(rate(name, together(groups)), wanted["overall"], case), case["id"]
        compared += 1
    assert compared >= 50


def two(case):
    """The group that a case speaks of, and everybody else or the one that it is compared with."""
    inputs, groups = case["inputs"], groups_of(case["inputs"])
    first = inputs.get("sensitive", inputs.get("unprivileged", inputs.get("a")))
    other = inputs.get("b")
    rest = groups[other] if other is not None else together({n: c for n, c in groups.items() if n != first})
    return groups[first], rest


def test_differences_and_ratios_of_two_groups_are_those_of_other_tools():
    compared = 0
    for case in cases():
        if {"sensitive", "unprivileged", "a"}.isdisjoint(case["inputs"]) or isinstance(case["expected"], dict):
            continue
        first, second = two(case) if is_asked(case, "difference") or is_asked(case, "ratio") else (None, None)
        if first is None:
            continue
        if is_asked(case, "difference"):
            name = DIFFERENCES[case["metric"]]
            one, other = rate(name, first), rate(name, second)
            if None in (one, other):
                continue  # the other tool takes what is undefined for 0
            found, wanted = abs(one - other), case["expected"]
            assert close(found, abs(wanted) if isinstance(wanted, int | float) else wanted, case), case["id"]
        else:
            one, other = (rate(RATIOS[case["metric"]], side) for side in (first, second))
            if not other:
                continue  # no ratio to nothing is formed, where the other tool says infinity
            assert close(one / other, case["expected"], case), case["id"]
        compared += 1
    assert compared >= 25


def test_ratios_to_a_reference_and_over_all_groups_are_those_of_other_tools():
    compared = 0
    for case in (case for case in cases() if is_asked(case, "ratio")):
        base, _, how = case["metric"].rpartition("_ratio_")
        if not base and case["metric"] != "demographic_parity_ratio":
            continue
        groups, wanted = groups_of(case["inputs"]), case["expected"]
        rates = {name: rate(base or "selection_rate", cells) for name, cells in groups.items()}
        if how == "to_reference":
            reference = rates[str(case["params"]["reference"]).removesuffix(" (largest group)")]
            ratios_of = {
                name: (one / reference if reference else None) for name, one in rates.items() if one is not None
            }
            assert all(close(one, wanted[name], case) for name, one in ratios_of.items()), case["id"]
        elif how == "to_overall":
            whole = rate(base, together(groups))
            least = min(min(one / whole, whole / one) if one else Fraction(0) for one in rates.values())
            assert close(least, wanted, case), case["id"]
        else:
            assert close(min(rates.values()) / max(rates.values()), wanted, case), case["id"]
        compared += 1
    assert compared >= 20


def _pair(inputs):
    """Two shares, from a map of two groups, a table, or four numbers."""
    if "count1" in inputs:
        return tuple(inputs[key] for key in ("count1", "nobs1", "count2", "nobs2"))
    if "table" in inputs:
        (a, b), (c, d) = inputs["table"]
        return a, a + b, c, c + d
    (x1, n1), (x2, n2) = (inputs.get("counts") or inputs["counts_selected_total"]).values()
    return x1, n1, x2, n2


def _strata(tables):
    both = np.array(tables, dtype=float)
    return both[:, 0, 0], both[:, 0].sum(axis=1), both[:, 1, 0], both[:, 1].sum(axis=1)


def _limits(found):
    return [float(np.squeeze(end)) for end in found]


def _z(case):
    x1, n1, x2, n2 = _pair(case["inputs"])
    return two_by_two.TESTS["two_proportion_z"](x1, n1, x2, n2)


#: What a case of a test gives here, as a list of numbers like those that it expects.
COMPUTED = {
    "two_proportion_z": lambda case: [abs(_z(case).statistic)],
    "two_proportion_z_with_p": lambda case: [abs(_z(case).statistic), _z(case).p_value],
    "fisher_exact": lambda case: [two_by_two.TESTS["fisher"](*_pair(case["inputs"])).p_value],
    "cmh_test": lambda case: [
        part.item()
        for z, p in [strata.cochran_mantel_haenszel(*_strata(case["inputs"]["tables"]))]
        for part in (np.asarray(z) ** 2, np.asarray(p))
    ],
    "proportion_ci:wilson": lambda case: _limits(shares.wilson(*_one(case))),
    "proportion_ci:clopper_pearson": lambda case: _limits(shares.clopper_pearson(*_one(case))),
    "proportion_ci:jeffreys": lambda case: _limits(shares.jeffreys(*_one(case))),
    "risk_ratio_ci:koopman_score": lambda case: _limits(ratios.koopman(*_pair(case["inputs"]), 0.025)),
}


def _one(case):
    inputs = case["inputs"]
    return inputs["count"], inputs["nobs"], case["params"].get("alpha", 0.05) / 2


def _numbers(expected):
    values = list(expected.values()) if isinstance(expected, dict) else expected
    return values if isinstance(values, list) else [values]


def test_tests_and_intervals_are_those_of_other_tools():
    compared: Counter[str] = Counter()
    for case in (case for case in cases() if is_asked(case, "test") and case["metric"] in COMPUTED):
        if case["params"].get("continuity_correction"):
            continue
        found, wanted = COMPUTED[case["metric"]](case), _numbers(case["expected"])
        wanted = [abs(one) for one in wanted] if "proportion_z" in case["metric"] else wanted
        assert all(close(one, other, case) for one, other in zip(found, wanted, strict=True)), (
            case["id"],
            found,
            wanted,
        )
        compared[case["metric"]] += 1
    assert set(compared) == set(COMPUTED)


def test_impact_ratios_and_counts_are_those_of_other_tools():
    compared: Counter[str] = Counter()
    for case in (case for case in cases() if is_asked(case, "test") and "min_share" not in case["params"]):
        groups = groups_of(case["inputs"]) if case["metric"] in ("impact_ratio", "count", "confusion_matrix") else {}
        wanted = case["expected"]
        if case["metric"] == "impact_ratio":
            rates = {name: rate("selection_rate", cells) for name, cells in groups.items()}
            assert all(close(one / max(rates.values()), wanted[name], case) for name, one in rates.items()), case["id"]
        elif case["metric"] == "count":
            assert {name: sum(cells.values()) for name, cells in groups.items()} == wanted.get("by_group", wanted)
        elif case["metric"] == "confusion_matrix":
            assert {cell.upper(): n for cell, n in together(groups).items()} == wanted, case["id"]
        elif case["metric"] == "rates_from_confusion":
            cells = {cell.lower(): n for cell, n in case["inputs"]["confusion"].items()}
            assert all(close(rate(name, cells), value, case) for name, value in wanted.items()), case["id"]
        compared[case["metric"]] += 1
    assert min(compared[name] for name in ("impact_ratio", "count", "confusion_matrix", "rates_from_confusion")) >= 2
