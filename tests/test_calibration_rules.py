"""Rules about the calibration intercept and slope: by statsmodels, between groups, in bins, and where none fits."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

import audit
from audit.confirming.rows import confirm
from audit.counts.scoregroup import ScoreGroup
from audit.groups.scored import score_estimates
from audit.stats.histogram import histogram
from audit.values import Verdict
from tests.making import policy_of, rule
from tests.test_score_rules import DAY, PROBABILITY, judged, scored

BOTH = ("calibration_intercept", "calibration_slope")


def asked(**changes):
    return rule(**{"metric": list(BOTH), "compare": "value", "require": "-0.5 to 1.5", **changes})


def fitted(rows, metric):
    """A coefficient and its limits, by statsmodels' generalised linear model; the intercept's by its larger error."""
    x, family = logit(rows["s"].to_numpy()), sm.families.Binomial()
    weights = rows.get("w")
    if metric == "calibration_slope":
        found = sm.GLM(rows["y"], sm.add_constant(x), family=family, freq_weights=weights).fit(tol=1e-12)
    else:
        ones = np.ones((len(rows), 1))
        model = sm.GLM(rows["y"], ones, offset=x, family=family, freq_weights=weights)
        fits = [model.fit(tol=1e-12, cov_type=kind) for kind in ("nonrobust", "HC0")]
        found = max(fits, key=lambda fit: float(fit.bse.iloc[0]))
    return float(found.params.iloc[-1]), *map(float, found.conf_int().iloc[-1])


def of(result, metric, group, rule_id="r"):
    [found] = [f for f in result.findings if (f.metric, f.group, f.rule) == (metric, group, rule_id)]
    return found


@pytest.fixture(scope="module")
def table():
    rows = scored(A=0.6, B=0.45)
    return rows.assign(y=np.where(rows["g"] == "B", (rows.index % 7 < 2) | (rows["s"] > 0.55), rows["y"]).astype(int))


@pytest.fixture(scope="module")
def result(table):
    law = policy_of(
        asked(), asked(id="d", compare="difference", require="<= 0.3", reference={"fixed": "A"}), data=PROBABILITY
    )
    return audit.run(law, table, as_of=DAY)


@pytest.mark.parametrize("metric", BOTH)
@pytest.mark.parametrize("group", ["A", "B"])
def test_a_coefficient_and_its_limits_are_those_of_statsmodels(result, table, metric, group):
    found, expected = of(result, metric, group), fitted(table[table["g"] == group], metric)
    assert (found.value, found.interval.low, found.interval.high) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metric", BOTH)
def test_a_difference_has_the_limits_that_both_intervals_make(result, table, metric):
    (a, low_a, high_a), (b, low_b, high_b) = (fitted(table[table["g"] == group], metric) for group in "AB")
    found = of(result, metric, "B", "d")
    assert found.value == pytest.approx(b - a, abs=1e-6)
    assert found.interval.low == pytest.approx(b - a - math.hypot(b - low_b, high_a - a), abs=1e-6)
    assert found.interval.high == pytest.approx(b - a + math.hypot(high_b - b, a - low_a), abs=1e-6)


def test_the_sentence_the_method_and_the_rows_tell_of_it(result, table):
    found = of(result, "calibration_slope", "B", "d")
    assert "of B is 0.333 above that of A (1.386 against 1.053; 95% interval" in found.because
    assert "required: ±0.30." in found.because
    assert any(note.startswith("A calibration slope is that of a logistic model") for note in result.method.notes)
    assert result.metrics["calibration_intercept"].harm == "high"
    law = policy_of(asked(), data=PROBABILITY)
    assert confirm(law, table, judged(table, asked())).largest < 1e-12


def test_no_other_rule_brings_the_coefficients_into_the_tables(table):
    result = judged(table, rule(metric="roc_auc", compare="value", require=">= 0.5"))
    assert not {*BOTH} & result.groups[0].metrics.keys()


def test_frequency_weights_repeat_rows_and_low_scores_may_speak_for_the_outcome(table):
    weighted = table.assign(w=1 + table.index % 3)
    data = {**PROBABILITY, "weight": {"column": "w", "kind": "frequency"}}
    plain = judged(weighted, asked(), data=data)
    falling = {**data, "score": {"column": "s", "favorable": "below"}}
    turned = judged(weighted.assign(s=1 - weighted["s"]), asked(), data=falling)
    for metric, sign in zip(BOTH, (-1, 1), strict=True):  # the score is then the probability of the other outcome
        expected = fitted(weighted[weighted["g"] == "B"], metric)
        found = of(plain, metric, "B")
        assert (found.value, found.interval.low, found.interval.high) == pytest.approx(expected, abs=1e-6)
        assert of(turned, metric, "B").value == pytest.approx(sign * expected[0], abs=1e-6)


# ---- where there is none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("s", "y", "reasons"),
    [
        ([0.2, 0.4, 0.6, 0.8], [0, 0, 1, 1], {"calibration_slope": "separable"}),
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 1, 1], {"calibration_slope": "scores_alike"}),
        ([0.2, 0.4, 0.6, 0.8], [1, 1, 1, 1], dict.fromkeys(BOTH, "one_class")),
    ],
)
def test_no_coefficient_is_made_up_where_none_fits_best(s, y, reasons):
    table = pd.DataFrame({"g": "A", "s": s * 10, "y": y * 10})
    result = judged(table, asked())
    missing = {f.metric: f.reason for f in result.findings if f.verdict == Verdict.NOT_COMPUTABLE}
    assert missing == reasons
    for metric, reason in reasons.items():
        said = of(result, metric, "A").because
        assert said.startswith({"separable": "The scores of A part its outcomes"}.get(reason, "The scores of A "))


# ---- in bins, and by simulation ------------------------------------------------------------------------------------


def test_in_bins_the_limits_hold_those_of_the_rows():
    numbers = np.random.default_rng(3)
    s = np.clip(numbers.beta(2, 3, 8_000), 0.01, 0.99)
    table = pd.DataFrame({"g": "A", "s": s, "y": (numbers.random(8_000) < s).astype(int)})
    result = judged(table, asked())
    assert result.score_note.width > 0
    for metric in BOTH:
        found, (value, low, high) = of(result, metric, "A"), fitted(table, metric)
        assert found.value == pytest.approx(value, abs=2e-3)
        assert low - 5e-3 < found.interval.low < low
        assert high < found.interval.high < high + 5e-3


def misses(rows, slope, repeats, seed):
    """How often 95 % intervals of the two coefficients leave out the truth, for scores of twenty values."""
    numbers, values = np.random.default_rng(seed), np.linspace(0.05, 0.95, 20)
    place = numbers.integers(0, 20, (repeats, rows))
    hits = numbers.random((repeats, rows)) < expit(slope * logit(values[place]))
    positive, negative = (
        np.stack([np.bincount(one[kept], minlength=20) for one, kept in zip(place, side, strict=True)])
        for side in (hits, ~hits)
    )
    found = []
    for metric, truth in zip(BOTH, (0.0, slope), strict=True):
        counted = histogram(values, positive=positive, negative=negative)
        groups = [
            ScoreGroup(low=0.0, high=1.0, sums=np.zeros((3, 11)), histogram=counted.take([i])) for i in range(repeats)
        ]
        low, high = score_estimates(metric, groups).limits(np.full(repeats, 0.025))
        known = np.isfinite(low)
        found.append(float(((high < truth) | (low > truth))[known].mean()))
    return found


def test_intervals_cover_calibrated_scores_as_often_as_they_say():
    assert max(misses(150, 1.0, 500, 1)) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 500)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [50, 100, 400])
@pytest.mark.parametrize("slope", [0.5, 1.0])
def test_intervals_miss_no_more_often_than_one_in_sixteen(rows, slope):
    """At a slope that is not 1 the intercept's model does not hold; by symmetry it is 0 all the same."""
    assert max(misses(rows, slope, 4_000, 2)) <= 0.0625
