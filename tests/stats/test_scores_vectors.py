"""Statistics of scores against reference values from several implementations, each with its source and tolerance."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

import audit
from audit.stats import auc as areas
from audit.stats import calibration, distances, logistic, moments, quantiles
from audit.stats.composites import EstimateDifferences
from audit.stats.mover import mover_ratio
from audit.stats.numerics import Limits, critical
from tests.making import policy_of, rule
from tests.stats.scored_rows import exact, sums

VECTORS = Path(__file__).parent / "vectors" / "scores"
PATHS = [path for path in sorted(VECTORS.glob("*.json")) if path.stem != "ranking"]  # see tests/test_ranking.py
CASES = [case for path in PATHS for case in json.loads(path.read_text(encoding="utf-8"))]
Found = Mapping[str, Any]


def auc_delong(y, score) -> Found:
    found = areas.auc(exact(score, y=y))
    low, high = areas.auc_estimates(found).limits(0.025)
    limits = {} if found.approximate[0] or np.isnan(found.value[0]) else {"logit_low": low[0], "logit_high": high[0]}
    return {"auc": found.value[0], "var_delong": found.variance[0], **limits}


def auc_difference_unpaired(y1, score1, y2, score2) -> Found:
    both = areas.auc(exact([*score1, *score2], [0] * len(y1) + [1] * len(y2), [*y1, *y2]))
    estimates = areas.auc_estimates(both)
    gap = EstimateDifferences(first=estimates.take(np.array([0])), second=estimates.take(np.array([1])))
    se = math.sqrt(both.variance.sum())
    z = gap.estimate[0] / se
    return {"difference": gap.estimate[0], "se": se, "z": z, "p": 2 * ndtr(-abs(z))}


def score_distribution_distance(a, b) -> Found:
    column = exact([*a, *b], [0] * len(a) + [1] * len(b))
    return {
        "ks": distances.kolmogorov_smirnov(column, 0, 1).value[0],
        "wasserstein1": distances.wasserstein(column, 0, 1).value[0],
        "mean_difference": moments.MeanDifferences(first=sums(a), second=sums(b)).estimate[0],
    }


def calibration_binned(y, p, bins) -> Found:
    squared = calibration.squared_error(calibration.reliability(exact(p, y=y), bins))
    return {
        "brier": moments.mean(sums((np.array(p) - np.array(y)) ** 2))[0],
        "equal_mass": {"l2_sq_debiased": squared.value[0], "l2_debiased": calibration.root(squared).value[0]},
    }


def calibration_slope_intercept(y, p) -> Found:
    column = exact(p, y=y)
    slope = logistic.calibration_slope(column)
    return {
        "intercept": slope.intercept[0],
        "slope": slope.value[0],
        "se_slope": slope.standard_error[0],
        "calibration_in_the_large": logistic.calibration_in_the_large(column).value[0],
    }


def audited(score, group, **asked) -> dict[str, Any]:
    """The groups' values of a metric of scores and the smallest ratio of two, by a whole audit."""
    names = [str(name) for name in group]
    low, high = min(score), max(score)
    data = {"score": {"column": "s", "range": [low, high if high > low else low + 1], "favorable": "above"}}
    rules = [rule(id="v", compare="value", **asked), rule(id="r", compare="ratio", reference="highest", **asked)]
    policy = policy_of(*rules, data=data, groups={"min_count": 1})
    found = audit.run(policy, pd.DataFrame({"g": names, "s": score})).findings
    rates = {str(one.group): one.value for one in found if one.rule == "v"}
    ratios = {str(one.group): one.value for one in found if one.rule == "r"}
    return {"rates": rates, "ratios": ratios, "best": max(rates, key=lambda name: rates[name] or 0)}


def ll144_scoring_rate(score, group) -> Found:
    found = audited(score, group, metric="scoring_rate")
    median = quantiles.quantile(exact(score, group).pooled(), 0.5).value[0]
    # Of a ratio to nobody there is none; that of the highest group to itself is not a finding.
    itself = {} if None in found["ratios"].values() else {found["best"]: 1.0}
    return {"median": median, "scoring_rate": found["rates"], "impact_ratio": found["ratios"] | itself}


def quantile_air(score, group, top_fraction) -> Found:
    by_fraction = {}
    for fraction in top_fraction:
        found = audited(score, group, metric="top_fraction_rate", top=str(fraction))
        by_fraction[str(fraction)] = {"rates": found["rates"], "ratio": min(found["ratios"].values())}
    return {"by_fraction": by_fraction}


def group_regression(y1, pred1, y2, pred2) -> Found:
    errors = [np.array(pred) - np.array(y) for y, pred in ((y1, pred1), (y2, pred2))]
    bias, squares, sizes = ([sums(f(e)) for e in errors] for f in (np.asarray, np.square, np.abs))
    gap = moments.MeanDifferences(first=bias[0], second=bias[1])
    low, high = gap.limits(0.025)
    each = [
        {
            "n": bias[i].rows[0],
            "mean_error": moments.mean(bias[i])[0],
            "mae": moments.mean(sizes[i])[0],
            "mse": moments.mean(squares[i])[0],
            "rmse": moments.rmse_estimates(squares[i]).estimate[0],
        }
        for i in range(2)
    ]
    return {
        "group1": each[0],
        "group2": each[1],
        "mean_error_difference": gap.estimate[0],
        "welch_p": 2 * min(gap.p_below(0)[0], gap.p_above(0)[0]),
        "welch_low": low[0],
        "welch_high": high[0],
    }


def ratio_of_means_ci(x, y, confidence) -> Found:
    """Fieller's interval is MOVER's of two normal intervals, so the ratio of our means has it too."""
    z = critical((1 - confidence) / 2)
    middle = [moments.mean(sums(one)) for one in (x, y)]
    half = [z * moments.standard_error(sums(one)) for one in (x, y)]
    around = [Limits(m - h, m + h) for m, h in zip(middle, half, strict=True)]
    low, high = mover_ratio(middle[0], around[0], middle[1], around[1])
    return {"ratio": (middle[0] / middle[1])[0], "fieller_low": low[0], "fieller_high": high[0]}


FUNCTIONS: dict[str, Callable[..., Found]] = {
    f.__name__: f
    for f in (
        auc_delong,
        auc_difference_unpaired,
        score_distribution_distance,
        calibration_binned,
        calibration_slope_intercept,
        ll144_scoring_rate,
        quantile_air,
        group_regression,
        ratio_of_means_ci,
    )
}


def wrong(found: Any, expected: Any, case: Found) -> Any:
    """What differs, by name; None where the values agree."""
    if isinstance(found, Mapping):
        each = {key: wrong(value, expected[key], case) for key, value in found.items()}
        return {key: value for key, value in each.items() if value is not None} or None
    if expected is None:
        return None if found is None or np.isnan(found) else (found, expected)
    return None if abs(found - expected) <= case["atol"] + case["rtol"] * abs(expected) else (found, expected)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_reference_values_of_scores_are_met(case: Found) -> None:
    found = FUNCTIONS[case["function"]](**case["inputs"])
    assert found
    assert wrong(found, case["expected"], case) is None, case["source"]


def test_every_reference_function_is_computed() -> None:
    assert {case["function"] for case in CASES} == set(FUNCTIONS)
