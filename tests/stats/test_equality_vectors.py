"""Reference values for tests of equality, paired models and plans, in vectors/equality_and_power/*.json.

Not among them: Freeman and Halton's exact test, which orders tables by their probability, where the random tables here
are ordered by chi-square; the likelihood-ratio G and Yates' correction, which are not offered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from audit.stats import paired, permutation, two_by_two
from audit.stats.equivalence import p_inside
from audit.stats.two_by_two import TESTS
from tests.stats import plans as planning

VECTORS = Path(__file__).parent / "vectors" / "equality_and_power"
CASES = [case for path in sorted(VECTORS.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))]
Found = Mapping[str, Any]


def p_of(name: str) -> Callable[..., Found]:
    return lambda a, b, c, d: {"p_two_sided": TESTS[name](a, a + b, c, c + d).p_value}


def two_by_two_tests(a: int, b: int, c: int, d: int) -> Found:
    table = (a, a + b, c, c + d)
    plain, campbell, z = TESTS["pearson"](*table), TESTS["chi_square"](*table), TESTS["two_proportion_z"](*table)
    return {
        "chi2": plain.statistic,
        "p_chi2": plain.p_value,
        "chi2_n_minus_1": campbell.statistic,
        "p_n_minus_1": campbell.p_value,
        "z": z.statistic,
        "p_z": z.p_value,
        "sd_units": abs(z.statistic),
    }


def degenerate(a: int, b: int, c: int, d: int) -> Found:
    found = two_by_two.equality(a, a + b, c, c + d)
    return {"p": found.p_value, "status": {"empty_group": "no_data"}[found.reason]}


def table_tests(table: list[list[int]]) -> Found:
    found = permutation.independence(table, seed=1, key="vectors")
    # Where cells are rare our p is from random tables; the chi-square p belongs to the same statistic.
    p = found.p_value if found.method == "chi_square" else chi2_contingency(table, correction=False).pvalue
    return {"chi2": found.statistic, "df": found.degrees, "p": p, "cramers_v_bias_corrected": found.cramers_v}


def mean_difference(x: list[float], y: list[float]) -> Found:
    values = np.unique(np.array([*x, *y]))
    cells = [np.array([[list(sample).count(v) for v in values]]) for sample in (x, y)]

    def difference(first, second):
        return (first @ values / len(x) - second @ values / len(y))[:, 0]

    found = permutation.permutation(*cells, difference, seed=1, key="vectors")  # type: ignore[misc]
    assert found.method == "exact"
    return {"observed": found.observed, "p_two_sided_abs": found.p_value}


def mcnemar(b: int, c: int) -> Found:
    found = paired.mcnemar(b, c)
    return {
        "chi2": found.chi2,
        "p_asymptotic": found.p_asymptotic,
        "p_exact": found.p_exact,
        "p_mid": found.p_mid,
    }


def tango(both: int, only_first: int, only_second: int, neither: int, confidence: float) -> Found:
    n = both + only_first + only_second + neither
    limits = paired.tango(only_first, only_second, n, (1 - confidence) / 2)
    return {"estimate": (only_first - only_second) / n, "low": limits.low.item(), "high": limits.high.item()}


def equivalence(*, p1: float, p2: float, margin: float, alpha_one_sided: float, power: float, ratio: float) -> Found:
    plan = planning.Plan(
        compare="difference", high=margin, confidence=1 - 2 * alpha_one_sided, power=power, allocation=ratio
    )
    return dict(zip(("n1", "n2"), planning.n_equivalence(plan, p1, p2), strict=True))


def resolved(*, p1: float, p2: float, n1: int, n2: int, tolerance: float, confidence: float) -> Found:
    assert confidence == 0.95
    factor = planning.multiplier_to_resolve((p1, p2), (n1, n2), tolerance)
    return {
        "multiplier": factor,
        "n1_total": math.ceil(n1 * factor),
        "n2_total": math.ceil(n2 * factor),
        "direction": "PASS" if abs(p1 - p2) < tolerance else "FAIL",
    }


class Given:
    """A contrast with these p-values, whatever the bound."""

    def __init__(self, p: list[float]) -> None:
        self.p = np.array(p)

    def p_above(self, bound: float) -> np.ndarray:
        return self.p[:1]

    def p_below(self, bound: float) -> np.ndarray:
        return self.p[-1:]


FUNCTIONS: dict[str, Callable[..., Found]] = {
    "fisher_exact": p_of("fisher"),
    "fisher_mid_p": p_of("fisher_mid_p"),
    "boschloo_exact": p_of("boschloo"),
    "barnard_exact": p_of("barnard"),
    "two_by_two_tests": two_by_two_tests,
    "two_by_two_degenerate": degenerate,
    "rxc_tests": table_tests,
    "exact_permutation_mean_diff": mean_difference,
    "mcnemar": mcnemar,
    "tango_paired_diff_ci": tango,
    "cohens_h": lambda p1, p2: {"h": planning.cohens_h(p1, p2)},
    "minimum_detectable_difference": lambda **given: {"mdd": planning.minimum_detectable_difference(**given)},
    "n_two_proportions": lambda **given: {"n1": planning.n_two_proportions(**given)},
    "n_for_half_width": lambda **given: {"n_wald": planning.n_for_half_width(**given)},
    "n_equivalence": equivalence,
    "samples_to_resolve": resolved,
    "intersection_union_p": lambda p: {"p": p_inside(Given(p), -1.0, 1.0).item()},
}


def agrees(found: Any, expected: Any, case: Found) -> bool:
    if expected is None or found is None or expected in ("PASS", "FAIL", "no_data"):
        return bool(found == expected)
    wanted = float(expected)
    return bool(found == wanted or abs(found - wanted) <= case["atol"] + case["rtol"] * abs(wanted))


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


def test_every_function_of_the_reference_values_is_computed() -> None:
    assert {case["function"] for case in CASES} == set(FUNCTIONS)
