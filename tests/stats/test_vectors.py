"""Reference values from several implementations, each with its source and tolerance, in vectors/*.json."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from audit.stats import association, composites, differences, mover, multiplicity, ranges, ratios, resampling, shares
from audit.stats.contrasts import ShareDifferences
from audit.stats.numerics import Limits, critical

VECTORS = Path(__file__).parent / "vectors"
CASES = [case for path in sorted(VECTORS.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))]
STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "f1": lambda c: 2 * c[..., 0, 0] / (2 * c[..., 0, 0] + c[..., 0, 1] + c[..., 0, 2]),
    "acc": lambda c: (c[..., 0, 0] + c[..., 0, 3]) / c.sum(axis=(-1, -2)),
    "ppv": lambda c: c[..., 0, 0] / (c[..., 0, 0] + c[..., 0, 1]),
}
Found = Mapping[str, Any]


def ends(limits: Limits) -> Found:
    return {"low": limits.low.item(), "high": limits.high.item()}


def one_share(interval: Callable[..., Limits]) -> Callable[..., Found]:
    return lambda tail, x, n: ends(interval(x, n, tail))


def two_shares(interval: Callable[..., Limits]) -> Callable[..., Found]:
    return lambda tail, x1, n1, x2, n2: ends(interval(x1, n1, x2, n2, tail))


def mee(tail: float, x1: int, n1: int, x2: int, n2: int) -> Found:
    """Mee's interval is Miettinen and Nurminen's without N/(N-1), so theirs at a smaller critical value."""
    z = critical(tail) * math.sqrt((n1 + n2 - 1) / (n1 + n2))
    return ends(differences.miettinen_nurminen(x1, n1, x2, n2, ndtr(-z)))


def mn_ratio(tail: float, x1: int, n1: int, x2: int, n2: int) -> Found:
    """Miettinen and Nurminen's ratio interval is Koopman's at a larger critical value, by the same factor."""
    z = critical(tail) * math.sqrt((n1 + n2) / (n1 + n2 - 1))
    return ends(ratios.koopman(x1, n1, x2, n2, ndtr(-z)))


def moved(method: Callable[..., Limits]) -> Callable[..., Found]:
    def found(tail: float, *, est1: float, low1: float, high1: float, est2: float, low2: float, high2: float) -> Found:
        del tail
        return ends(
            method(est1, Limits(np.array(low1), np.array(high1)), est2, Limits(np.array(low2), np.array(high2)))
        )

    return found


def score_difference(tail: float, *, x1: int, n1: int, x2: int, n2: int, margin: float, mn_correction: bool) -> Found:
    del tail
    z = differences.score_z_difference(x1, n1, x2, n2, margin) * (
        1.0 if mn_correction else math.sqrt((n1 + n2) / (n1 + n2 - 1))
    )
    return {"z": z.item(), "p_greater": ndtr(-z).item(), "p_less": ndtr(z).item()}


def score_ratio(tail: float, *, x1: int, n1: int, x2: int, n2: int, ratio: float) -> Found:
    del tail
    z = ratios.score_z_ratio(x1, n1, x2, n2, ratio)
    return {"z": z.item(), "p_greater": ndtr(-z).item(), "p_less": ndtr(z).item()}


def versus_overall(tail: float, x_group: int, n_group: int, x_all: int, n_all: int) -> Found:
    contrast = ShareDifferences(
        x1=np.array([x_group]),
        n1=np.array([n_group]),
        x2=np.array([x_all - x_group]),
        n2=np.array([n_all - n_group]),
        within=np.array([n_group / n_all]),
    )
    return {"estimate": contrast.estimate.item(), **ends(contrast.limits(tail))}


def weighted(tail: float, weights: list[float], y: list[int]) -> Found:
    w, hit = np.array(weights), np.array(y)
    p, n = (w * hit).sum() / w.sum(), shares.kish(w.sum(), (w**2).sum())
    return {"estimate": p, "n_eff": n.item(), **ends(shares.wilson(p * n, n, tail))}


def design_based(tail: float, y: list[int], weights: list[float], cluster: list[int] | None) -> Found:
    """Without clusters: Clopper and Pearson's interval of the effective trials. With them only the share is ours."""
    w, hit = np.array(weights), np.array(y)
    p = (w * hit).sum() / w.sum()
    if cluster is not None:
        return {"estimate": p}
    n = shares.effective_trials((w * hit).sum(), w.sum(), (w**2 * hit).sum(), (w**2).sum(), w.size)
    return {"estimate": p, "se": math.sqrt(p * (1 - p) / n), **ends(shares.clopper_pearson(p * n, n, tail))}


def extreme(build: Callable[..., ranges.Extreme]) -> Callable[..., Found]:
    def found(tail: float, groups: Mapping[str, tuple[int, int]]) -> Found:
        x, n = np.array(list(groups.values())).T
        over = build(x, n, min_expected=0.0)
        return {
            "estimate": over.estimate.item(),
            "critical_value": ranges.simultaneous_critical(len(groups), tail),
            **ends(over.limits(tail)),
        }

    return found


def adjusted(tail: float, p: list[float | None]) -> Found:
    del tail
    values = np.array([np.nan if one is None else one for one in p])
    alone = np.full(values.size, -1)
    return {
        "bonferroni": list(multiplicity.bonferroni_in_blocks(values, alone)),
        "holm": list(multiplicity.holm_in_blocks(values, alone)),
        "hommel": list(multiplicity.hommel(values)),
        "bh": list(multiplicity.benjamini_hochberg(values)),
        "by": list(multiplicity.benjamini_yekutieli(values)),
    }


def confusion(tail: float, tp: int, fp: int, fn: int, tn: int) -> Found:
    del tail
    cells = np.array([[[tp, fp, fn, tn]]], dtype=float)
    return {
        "f1": composites.f1(tp, fp, fn, tn).estimate.item(),
        "balanced_accuracy": composites.balanced_accuracy(tp, fp, fn, tn).estimate.item(),
        "mcc": resampling.matthews(cells).item(),
    }


def jackknifed(tail: float, *, tp: int, fp: int, fn: int, tn: int, metric: str) -> Found:
    del tail
    cells, n = np.array([[tp, fp, fn, tn]], dtype=float), tp + fp + fn + tn
    influence, weight = resampling.jackknife(cells, STATISTICS[metric])
    rows = float(weight.sum())
    return {
        "theta": STATISTICS[metric](cells).item(),
        "jack_se": math.sqrt((weight * influence**2).sum() * rows / (rows - 1)) if rows == n else math.nan,
        "acceleration": resampling.acceleration(influence, weight),
    }


def bca(tail: float, theta: float, replicates: list[float], jackknife: list[float]) -> Found:
    draws, left = np.sort(replicates), np.array(jackknife)
    z0 = resampling.bias(float((draws < theta).mean()), float((draws == theta).mean()))
    a = resampling.acceleration(left.mean() - left, np.ones(left.size))
    levels = resampling.bca_levels(z0, a, tail)
    assert levels is not None
    low, high = np.quantile(draws, levels)
    sample = resampling.Resampled(estimate=theta, replicates=draws, bias=z0, acceleration=a, dropped=0.0, reason=None)
    percentile = sample.percentile(tail)
    assert percentile is not None
    return {
        "z0": z0,
        "acceleration": a,
        "alpha_low": levels[0],
        "alpha_high": levels[1],
        "low": low,
        "high": high,
        "pct_low": percentile[0],
        "pct_high": percentile[1],
    }


def equality(tail: float, a: int, b: int, c: int, d: int) -> Found:
    del tail
    z, p = association.two_proportion_z(a, a + b, c, c + d)
    return {"z": z, "p_z": p, "sd_units": None if z is None else abs(z)}


FUNCTIONS: dict[str, Callable[..., Found]] = {
    "wilson_ci": one_share(shares.wilson),
    "clopper_pearson_ci": one_share(shares.clopper_pearson),
    "jeffreys_ci": one_share(shares.jeffreys),
    "weighted_wilson_ci": weighted,
    "design_based_proportion": design_based,
    "f1_ci": lambda tail, tp, fp, fn: ends(mover.f1_interval(tp, fp, fn, tail)),
    "balanced_accuracy_ci": lambda tail, tp, fn, tn, fp: ends(mover.balanced_accuracy_interval(tp, fp, fn, tn, tail)),
    "miettinen_nurminen_diff_ci": two_shares(differences.miettinen_nurminen),
    "mee_diff_ci": mee,
    "newcombe_diff_ci": two_shares(differences.newcombe),
    "mover_diff_ci": moved(mover.mover_difference),
    "mover_ratio_ci": moved(mover.mover_ratio),
    "score_test_diff": score_difference,
    "score_test_ratio": score_ratio,
    "vs_overall_diff_ci": versus_overall,
    "koopman_ratio_ci": two_shares(ratios.koopman),
    "miettinen_nurminen_ratio_ci": mn_ratio,
    "katz_ratio_ci": two_shares(ratios.katz),
    "range_ci_mn": extreme(ranges.max_gap),
    "worst_ratio_ci": extreme(ranges.min_ratio),
    "studentized_range_critical": lambda tail, k, p: {"q": ranges.simultaneous_critical(k, 1 - p) * math.sqrt(2)},
    "adjust_pvalues": adjusted,
    "confusion_rates": confusion,
    "jackknife_from_cells": jackknifed,
    "bca_from_replicates": bca,
    "fisher_exact": lambda tail, a, b, c, d: {"p_two_sided": association.fisher(a, a + b, c, c + d)},
    "two_by_two_tests": equality,
    "two_by_two_degenerate": lambda tail, a, b, c, d: {"p": association.fisher(a, a + b, c, c + d)},
}


def agrees(found: Any, expected: Any, case: Found) -> bool:
    if isinstance(expected, list):
        return all(agrees(f, e, case) for f, e in zip(found, expected, strict=True))
    if expected is None or found is None:
        return expected is None and (found is None or math.isnan(found))
    wanted = float(expected)
    return bool(found == wanted or abs(found - wanted) <= case["atol"] + case["rtol"] * abs(wanted))


COMPUTED = [case for case in CASES if case["function"] in FUNCTIONS]


@pytest.mark.parametrize("case", COMPUTED, ids=[case["id"] for case in COMPUTED])
def test_reference_values_are_met(case: Found) -> None:
    inputs = dict(case["inputs"])
    tail = (1 - inputs.pop("confidence", 0.95)) / 2
    found = FUNCTIONS[case["function"]](tail, **inputs)
    assert found
    wrong = {
        key: (value, case["expected"][key])
        for key, value in found.items()
        if not agrees(value, case["expected"][key], case)
    }
    assert not wrong, f"found and expected: {wrong}; sources: {case['source']}"


def test_every_reference_function_is_computed_here_or_in_the_bootstrap_tests() -> None:
    elsewhere = {
        "bca_levels_proportion",
        "exact_bootstrap_difference",
        "exact_bootstrap_proportion",
        "multinomial_moments",
    }
    assert {case["function"] for case in CASES} == set(FUNCTIONS) | elsewhere
