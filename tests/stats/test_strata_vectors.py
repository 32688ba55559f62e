"""Strata, membership, intersections and designs against reference values, each with its source and tolerance."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.stats import homogeneity, intersections, shrinkage, strata
from audit.stats.designed import designed
from audit.stats.exact_strata import exact_strata
from audit.stats.flips import Table, flips
from audit.stats.membership import Proxy, Unknown, apart, missing_outcomes, selective_true_positive_rate

VECTORS = Path(__file__).parent / "vectors" / "strata_and_membership"
CASES = [case for path in sorted(VECTORS.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))]
Found = Mapping[str, Any]
Rows = list[list[float]]


def columns(rows: Rows) -> list[np.ndarray]:
    a, b, c, d = np.array(rows, dtype=float).T
    return [a, a + b, c, c + d]


def mantel_haenszel(rows: Rows) -> Found:
    of = columns(rows)
    found: dict[str, Any] = {}
    for name, method in (
        ("mh_rd", strata.mantel_haenszel_difference),
        ("mh_rr", strata.mantel_haenszel_ratio),
        ("mh_or", strata.mantel_haenszel_odds_ratio),
    ):
        combined = method(*of)
        low, high = combined.limits(0.025)
        found |= {name: combined.estimate, f"{name}_low": low, f"{name}_high": high}
    z, p = strata.cochran_mantel_haenszel(*of)
    error = strata.mantel_haenszel_difference(*of).error
    return found | {"cmh_chi2": z**2, "cmh_p": p, "mh_rd_se_sato": error}


def standardised(rows: Rows) -> Found:
    of = columns(rows)
    x1, n1, x2, n2 = of
    crude = x1.sum() / n1.sum() - x2.sum() / n2.sum()
    found = strata.standardised_difference(*of)
    return {
        "crude_difference": crude,
        "standardised_difference": found.estimate,
        "standardised_se": found.error,
        "mh_rd": strata.mantel_haenszel_difference(*of).estimate,
        "used_weight": strata.used_share(n1, n2),
        "sign_reversal": crude * found.estimate < 0,
    }


def breslow_day(rows: Rows) -> Found:
    plain, corrected = homogeneity.breslow_day(*columns(rows)), homogeneity.tarone(*columns(rows))
    return {"bd": plain.statistic, "p_bd": plain.p, "tarone": corrected.statistic, "p_tarone": corrected.p}


def cmh_exact(rows: Rows) -> Found:
    found = exact_strata([(int(a), int(a + b), int(c), int(c + d)) for a, b, c, d in rows])
    assert found is not None
    return {"p": found.p, "or_": found.estimate, "low": found.low, "high": found.high}


def disparity(rows: Rows) -> Found:
    cells = np.array(rows, dtype=float)
    dd = strata.demographic_disparity(cells)
    return {
        "dd": list(dd),
        "cdd": strata.conditional_demographic_disparity(cells),
        "used_fraction": cells[np.isfinite(dd)].sum() / cells.sum(),
    }


def kitagawa(group_a: Rows, group_b: Rows) -> Found:
    (n1, p1), (n2, p2) = np.array(group_a).T, np.array(group_b).T
    within, between = strata.kitagawa(n1 * p1, n1, n2 * p2, n2)
    return {"difference": within + between, "rate_component": within, "composition_component": between}


def missing_group(*, xa: int, na: int, xb: int, nb: int, unknown_selected: int, unknown_rejected: int) -> Found:
    unknown = Unknown(x=np.array([xa, xb]), n=np.array([na, nb]), hits=unknown_selected, misses=unknown_rejected)
    difference, ratio = unknown.differences(0, 1), unknown.ratios(0, 1)
    return {
        "difference_low": difference.low,
        "difference_high": difference.high,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
    }


def missing_labels(*, pos_a: int, neg_a: int, missing_a: int, pos_b: int, neg_b: int, missing_b: int) -> Found:
    a, b = missing_outcomes(pos_a, pos_a + neg_a, missing_a), missing_outcomes(pos_b, pos_b + neg_b, missing_b)
    return {"rate_a": list(a), "rate_b": list(b), "difference": list(apart(a, b))}


def selective(
    *, tp: int, fn: int, fp: int, tn: int, unlabelled_predicted_positive: int, unlabelled_predicted_negative: int
) -> Found:
    unlabelled = unlabelled_predicted_positive, unlabelled_predicted_negative
    tpr, fpr = (selective_true_positive_rate(*pair, *unlabelled) for pair in ((tp, fn), (fp, tn)))
    return {"tpr_low": tpr.low, "tpr_high": tpr.high, "fpr_low": fpr.low, "fpr_high": fpr.high}


def proxy_bounds(n: list[float], prob_group1: list[float], outcome_rate: list[float]) -> Found:
    q, rows = np.array(prob_group1, dtype=float), np.array(n, dtype=float)
    proxy = Proxy(hits=rows * outcome_rate, n=rows, probability=np.stack((1 - q, q), axis=1))
    (low0, low1), (high0, high1) = proxy.shares()
    difference, (zero, one) = proxy.differences(1, 0), proxy.weighted()
    return {
        "rate1_low": low1,
        "rate1_high": high1,
        "rate0_low": low0,
        "rate0_high": high0,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "weighted": one - zero,
    }


def proxy_estimators(y: list[float], prob_group1: list[float]) -> Found:
    q = np.array(prob_group1)
    proxy = Proxy(hits=np.array(y), n=np.ones(q.size), probability=np.stack((q, 1 - q), axis=1))
    one, zero = proxy.weighted()
    thresholded = {}
    for threshold in ("0.5", "0.8"):
        hits, rows = proxy.thresholded(float(threshold))
        rate = hits / rows
        thresholded[threshold] = {"n1": rows[0], "n0": rows[1], "rate_1": rate[0], "rate_0": rate[1]}
    weighted = {"rate_1": one, "rate_0": zero, "difference": one - zero}
    return {"weighted": weighted, "thresholded": thresholded, "demographic_disparity_identity": one - zero}


def beta_binomial(x: list[int], n: list[int]) -> Found:
    prior = shrinkage.beta_binomial(x, n)
    assert prior is not None
    limits = prior.limits(x, n, 0.025)
    assert limits is not None
    return {
        "prior_mean": prior.mean,
        "prior_strength": prior.strength,
        "shrunk": list(prior.shrink(x, n)),
        "weight_on_data": list(prior.weight_on_data(n)),
        "low": list(limits.low),
        "high": list(limits.high),
    }


def beta_binomial_moments(x: list[int], n: list[int]) -> Found:
    prior = shrinkage.beta_binomial_moments(x, n)
    assert prior is not None
    return {
        "mean": prior.mean,
        "rho": prior.correlation,
        "prior_strength": prior.strength,
        "shrunk": list(prior.shrink(x, n)),
    }


def divergence(x_group: int, n_group: int, x_all: int, n_all: int) -> Found:
    apart_, t = intersections.divergence_t(x_group, n_group, x_all, n_all)
    return {"divergence": apart_, "t_bayes": t}


def gerryfair(x_group: int, n_group: int, x_all: int, n_all: int) -> Found:
    return {"gamma": intersections.weighted_disparity(x_group, n_group, x_all, n_all)}


def between_groups(x: list[int], n: list[int]) -> Found:
    found = homogeneity.spread(x, n)
    assert found is not None
    return {
        "naive": found.observed,
        "corrected": found.corrected,
        "double_corrected": found.double_corrected,
        "unbiased": found.unbiased,
    }


def cochran_q(x: list[int], n: list[int]) -> Found:
    found = homogeneity.cochran_q(x, n)
    assert found is not None
    return {"q": found.q, "df": found.df, "p": found.p, "tau2_dl": found.tau2, "i2": found.i2}


def flip(x1: int, n1: int, x2: int, n2: int, threshold: float) -> Found:
    found = flips(Table(x1=x1, n1=n1, x2=x2, n2=n2), Fraction(str(threshold)))
    return {
        "ratio": found.ratio,
        "ratio_after_one_swap": found.ratio_after_swap,
        "violates": found.violates,
        "violates_after_swap": found.violates_after_swap,
        "shortfall": found.short,
    }


def design_based(y: list[int], weights: list[float], cluster: list[int] | None, confidence: float) -> Found:
    w, hit = np.array(weights), np.array(y)
    bucket = np.arange(w.size) if cluster is None else np.array(cluster)
    found = designed(np.bincount(bucket, w * hit)[np.newaxis], np.bincount(bucket, w)[np.newaxis], [w.size])
    low, high = found.korn_graubard((1 - confidence) / 2, w.size)
    return {"estimate": found.share[0], "se": found.error[0], "low": low[0], "high": high[0]}


def of_strata(compute: Callable[[Rows], Found]) -> Callable[..., Found]:
    """Takes the strata, whatever a case says about their layout."""
    return lambda **inputs: compute(inputs["strata"])


FUNCTIONS: dict[str, Callable[..., Found]] = {
    "mantel_haenszel": of_strata(mantel_haenszel),
    "standardised_difference": of_strata(standardised),
    "breslow_day": of_strata(breslow_day),
    "cmh_exact": of_strata(cmh_exact),
    "conditional_demographic_disparity": of_strata(disparity),
    "kitagawa_decomposition": kitagawa,
    "missing_group_bounds": missing_group,
    "missing_label_bounds": missing_labels,
    "selective_label_tpr_bounds": selective,
    "proxy_bounds": proxy_bounds,
    "proxy_estimators": proxy_estimators,
    "beta_binomial_shrinkage": beta_binomial,
    "beta_binomial_moments": beta_binomial_moments,
    "differential_fairness": lambda x, n, concentration: {
        "epsilon": intersections.differential_fairness(x, n, concentration)
    },
    "divergence_t": divergence,
    "gerryfair_weighted_disparity": gerryfair,
    "between_group_variance": between_groups,
    "cochran_q": cochran_q,
    "four_fifths_flip": flip,
    "design_based_proportion": design_based,
}


#: R finds the odds ratio and its limits by `uniroot`, which stops at a tolerance of 1.2e-4; its p-values are exact.
LOOSE = {"cmh_exact": 2e-4}


def agrees(found: Any, expected: Any, case: Found) -> bool:
    if isinstance(expected, list):
        return all(agrees(f, e, case) for f, e in zip(found, expected, strict=True))
    if isinstance(expected, dict):
        return all(agrees(found[key], value, case) for key, value in expected.items())
    if expected is None or found is None:
        return expected is None and (found is None or math.isnan(found))
    wanted = float(expected)
    return bool(found == wanted or abs(float(found) - wanted) <= case["atol"] + case["rtol"] * abs(wanted))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_reference_values_are_met(case: Found) -> None:
    case = {**case, "rtol": max(case["rtol"], LOOSE.get(case["function"], 0.0))}
    found = FUNCTIONS[case["function"]](**case["inputs"])
    assert found
    wrong = {
        key: (value, case["expected"][key])
        for key, value in found.items()
        if not agrees(value, case["expected"][key], case)
    }
    assert not wrong, f"found and expected: {wrong}; sources: {case['source']}"


def test_every_function_has_a_case() -> None:
    assert {case["function"] for case in CASES} == set(FUNCTIONS)
