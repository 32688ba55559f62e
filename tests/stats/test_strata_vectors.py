"""Strata, membership, intersections and designs against reference values, each with its source and tolerance."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.counts.group import Group
from audit.groups.measure import measure
from audit.judging.filling import Ends, with_outcomes, with_unknown
from audit.metrics import METRICS, Rate
from audit.stats import homogeneity, shrinkage, strata
from audit.stats.designed import designed
from audit.stats.proxies import Extra, ProxyCells, by_threshold
from audit.stats.stratified import StratifiedDifferences, StratifiedRatios
from audit.values import Sums

VECTORS = Path(__file__).parent / "vectors" / "strata_and_membership"
CASES = [case for path in sorted(VECTORS.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))]
Found = Mapping[str, Any]
Rows = list[list[float]]


def columns(rows: Rows) -> list[np.ndarray]:
    a, b, c, d = np.array(rows, dtype=float).T
    return [a, a + b, c, c + d]


def mantel_haenszel(rows: Rows) -> Found:
    of = columns(rows)
    stacked = dict(zip(("x1", "n1", "x2", "n2"), (column[:, np.newaxis] for column in of), strict=True))
    z, p = strata.cochran_mantel_haenszel(*of)
    return {
        "mh_rd": StratifiedDifferences(**stacked).estimate.item(),
        "mh_rr": StratifiedRatios(**stacked).estimate.item(),
        "mh_or": strata.mantel_haenszel_odds_ratio(*of),
        "cmh_chi2": z**2,
        "cmh_p": p,
    }


def tarone(rows: Rows) -> Found:
    found = homogeneity.tarone(*columns(rows))
    return {"tarone": found.statistic, "p_tarone": found.p}


def group(**cells: int) -> Group:
    sums = {cell: Sums(n=n, weight=n, weight2=n) for cell, n in cells.items() if n}
    return Group(attribute="g", name="", key={"g": ""}, cells=sums)


def bounds(name: str, ends: Ends) -> tuple[float, float]:
    """The least and the most that a rate can be."""
    low, high = (measure(METRICS[name], end, sampled=False).value for end in (ends.least, ends.most))
    assert low is not None
    assert high is not None
    return float(low), float(high)


def rate(name: str) -> Rate:
    found = METRICS[name]
    assert isinstance(found, Rate)
    return found


def missing_group(*, xa: int, na: int, xb: int, nb: int, unknown_selected: int, unknown_rejected: int) -> Found:
    someone = Group(attribute="g", name="", key={}, cells=group(tp=unknown_selected, fn=unknown_rejected).cells)
    (low_a, high_a), (low_b, high_b) = (
        bounds("selection_rate", with_unknown(rate("selection_rate"), group(tp=x, fn=n - x), [someone]))
        for x, n in ((xa, na), (xb, nb))
    )
    return {
        "difference_low": low_a - high_b,
        "difference_high": high_a - low_b,
        "ratio_low": low_a / high_b,
        "ratio_high": high_a / low_b,
    }


def missing_labels(*, pos_a: int, neg_a: int, missing_a: int, pos_b: int, neg_b: int, missing_b: int) -> Found:
    a, b = (
        bounds("base_rate", with_outcomes(rate("base_rate"), group(tp=positive, fp=negative), group(up=missing)))
        for positive, negative, missing in ((pos_a, neg_a, missing_a), (pos_b, neg_b, missing_b))
    )
    return {"rate_a": list(a), "rate_b": list(b), "difference": [a[0] - b[1], a[1] - b[0]]}


def selective(
    *, tp: int, fn: int, fp: int, tn: int, unlabelled_predicted_positive: int, unlabelled_predicted_negative: int
) -> Found:
    labelled, others = (
        group(tp=tp, fn=fn, fp=fp, tn=tn),
        group(up=unlabelled_predicted_positive, un=unlabelled_predicted_negative),
    )
    tpr, fpr = (
        bounds(name, with_outcomes(rate(name), labelled, others))
        for name in ("true_positive_rate", "false_positive_rate")
    )
    return {"tpr_low": tpr[0], "tpr_high": tpr[1], "fpr_low": fpr[0], "fpr_high": fpr[1]}


def proxy_cells(hits: np.ndarray, n: np.ndarray, q: np.ndarray) -> ProxyCells:
    """A cell of hits and one of misses in each stratum."""
    rows, both = np.concatenate((hits, n - hits)), np.tile(q, 2)
    hit = np.repeat([True, False], n.size)
    return ProxyCells(
        hit=hit,
        miss=~hit,
        rows=rows,
        weight=rows,
        weight2=rows,
        total=rows * both,
        square=rows * both**2,
        cross=rows * both,
        stratum=np.tile(np.arange(n.size), 2),
    )


def proxy_bounds(n: list[float], prob_group1: list[float], outcome_rate: list[float]) -> Found:
    q, rows = np.array(prob_group1, dtype=float), np.array(n, dtype=float)
    one, zero = (proxy_cells(rows * outcome_rate, rows, p) for p in (q, 1 - q))
    (low1, high1), (low0, high0) = ((of.lowest(Extra()).share, of.highest(Extra()).share) for of in (one, zero))
    return {
        "rate1_low": low1,
        "rate1_high": high1,
        "rate0_low": low0,
        "rate0_high": high0,
        "difference_low": low1 - high0,
        "difference_high": high1 - low0,
        "weighted": one.weighted().share - zero.weighted().share,
    }


def proxy_estimators(y: list[float], prob_group1: list[float]) -> Found:
    q, hit, ones = np.array(prob_group1), np.array(y) == 1, np.ones(len(y))
    one, zero = (proxy_cells(hit * 1.0, ones, p).weighted().share for p in (q, 1 - q))
    thresholded = {}
    for threshold in ("0.5", "0.8"):
        likely = {"1": q >= float(threshold), "0": 1 - q >= float(threshold)}
        sizes = {f"n{name}": found.sum() for name, found in likely.items()}
        rates = {f"rate_{name}": by_threshold(found, ones, hit, ~hit) for name, found in likely.items()}
        thresholded[threshold] = sizes | rates
    return {
        "weighted": {"rate_1": one, "rate_0": zero, "difference": one - zero},
        "thresholded": thresholded,
        "demographic_disparity_identity": one - zero,
    }


def beta_binomial_moments(x: list[int], n: list[int]) -> Found:
    prior = shrinkage.beta_binomial_moments(x, n)
    assert prior is not None
    return {
        "mean": prior.mean,
        "rho": 1 / (1 + prior.strength),
        "prior_strength": prior.strength,
        "shrunk": list(prior.shrink(x, n)),
    }


def between_groups(x: list[int], n: list[int]) -> Found:
    found = homogeneity.spread(x, n)
    assert found is not None
    return {
        "naive": found.observed,
        "unbiased": found.unbiased,
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
    "breslow_day": of_strata(tarone),
    "missing_group_bounds": missing_group,
    "missing_label_bounds": missing_labels,
    "selective_label_tpr_bounds": selective,
    "proxy_bounds": proxy_bounds,
    "proxy_estimators": proxy_estimators,
    "beta_binomial_moments": beta_binomial_moments,
    "between_group_variance": between_groups,
    "design_based_proportion": design_based,
}


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
