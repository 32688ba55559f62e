"""The metrics of scores a second time, from the rows, by scikit-learn and numpy within fairlearn's MetricFrame."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from audit.counts.scores import MOST_DISTINCT
from audit.policy import Policy
from audit.result import AuditResult
from audit.result.records import ScoreRow

if TYPE_CHECKING:
    import pandas as pd

#: What counting in bins may have moved, and where the result says by how much.
_IN_BINS: dict[str, Callable[[ScoreRow], float]] = {
    "roc_auc": lambda row: row.roc_auc.error,
    "median_score": lambda row: row.quantiles["0.5"].error,
}


#: What is found by steps towards it agrees no closer than this, ours and others'.
_ITERATED = {"calibration_intercept": 1e-10, "calibration_slope": 1e-8}


def by_fairlearn(rows: pd.DataFrame, key: pd.Series[Any] | None, policy: Policy) -> dict[str, dict[str, float]]:
    """Every metric of each group's scores; of everyone, if there is no key. Nothing if no score is counted."""
    if "score" not in rows:
        return {}
    if "target" in rows:
        there = rows[rows["score"].notna()]
        return by_group(there.assign(outcome=there["target"]), key, error_metrics(), "score")
    return by_group(rows[rows["score"].notna()], key, score_metrics(rows, policy), "score")


def by_group(
    rows: pd.DataFrame, key: pd.Series[Any] | None, metrics: Mapping[str, Callable[..., float]], predicted: str
) -> dict[str, dict[str, float]]:
    """Metrics of outcomes and a column, by fairlearn: of each group, or of everyone if there is no key."""
    from fairlearn.metrics import MetricFrame

    member = rows[predicted].map(lambda _: "everyone") if key is None else key.loc[rows.index]
    known = member.notna()
    if not known.any():
        return {}
    weights = {"sample_weight": rows.loc[known, "weight"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # undefined metrics, which are not compared
        frame = MetricFrame(
            metrics=dict(metrics),
            y_true=rows.loc[known, "outcome"],
            y_pred=rows.loc[known, predicted],
            sensitive_features=member[known].rename("group"),
            sample_params=dict.fromkeys(metrics, weights),
        )
        return {str(group): dict(values) for group, values in frame.by_group.iterrows()}


def score_metrics(rows: pd.DataFrame, policy: Policy) -> dict[str, Callable[..., float]]:
    """Our names, and the functions that compute them from outcomes, scores and weights.

    Medians and standardized means are those of rows that count alike: under weights they are not confirmed, and
    logistic coefficients not of scores in bins. A score whose low values speak for the positive outcome predicts the
    other one.
    """
    import numpy as np
    from sklearn import metrics as learn

    falling = policy.data.score is not None and policy.data.score.side in ("below", "at_most")

    def turned(outcome: Any) -> Any:
        return 1 - np.asarray(outcome) if falling else np.asarray(outcome)

    def mean(_: Any, score: Any, sample_weight: Any) -> float:
        return float(np.average(score, weights=sample_weight))

    levels: dict[str, Callable[..., float]] = {"mean_score": mean}
    if policy.data.weight is None:
        middle = float(np.median(rows["score"].dropna()))
        levels["median_score"] = lambda _y, score, sample_weight: float(np.median(score))  # noqa: ARG005
        all_of, by = float(rows["score"].mean()), float(rows["score"].std(ddof=0))
        levels["standardized_mean_score"] = lambda _y, score, sample_weight: (  # noqa: ARG005
            float((score - all_of).mean() / by) if by else float("nan")
        )
        levels |= {one.named("top_fraction_rate"): _in_top(rows, one.top, falling=falling) for one in policy.readings}
        levels["scoring_rate"] = lambda _y, score, sample_weight: float((score > middle).mean())  # noqa: ARG005
    if policy.data.outcome is None:
        return levels
    return {
        **levels,
        **(_logits(turned) if rows["score"].nunique() <= MOST_DISTINCT else {}),
        "roc_auc": lambda y, s, **w: learn.roc_auc_score(turned(y), s, **w),
        "brier_score": lambda y, s, **w: learn.mean_squared_error(turned(y), s, **w),
        "calibration_in_the_large": lambda y, s, sample_weight: float(
            np.average(turned(y) - np.asarray(s), weights=sample_weight)
        ),
    }


def _logits(turned: Callable[[Any], Any]) -> dict[str, Callable[..., float]]:
    """The calibration intercept as the root of its equation by Brent's method, and the slope by scikit-learn."""
    import numpy as np
    from scipy import optimize, special
    from sklearn.linear_model import LogisticRegression

    def logit(score: Any) -> Any:
        return np.clip(special.logit(np.asarray(score, dtype=float)), -16, 16)

    def intercept(outcome: Any, score: Any, sample_weight: Any) -> float:
        y, x, w = turned(outcome), logit(score), np.asarray(sample_weight)
        if len(np.unique(y)) < 2:
            return float("nan")
        return float(optimize.brentq(lambda a: float((w * (y - special.expit(a + x))).sum()), -40, 40, xtol=1e-14))

    def slope(outcome: Any, score: Any, sample_weight: Any) -> float:
        y, x = turned(outcome), logit(score)
        if len(np.unique(y)) < 2 or len(np.unique(x)) < 2:
            return float("nan")
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=500)
        return float(model.fit(x[:, np.newaxis], y, sample_weight).coef_[0, 0])

    return {"calibration_intercept": intercept, "calibration_slope": slope}


def _in_top(rows: pd.DataFrame, top: Fraction | None, *, falling: bool) -> Callable[..., float]:
    """The share of a group's scores that are no worse than the last of the best fraction of all."""
    import numpy as np

    scores = np.sort(rows["score"].dropna() if falling else -rows["score"].dropna())
    place = math.floor(len(scores) * top) if top else 0
    if place < 1:
        return lambda _y, score, sample_weight: 0.0 if top else float("nan")  # noqa: ARG005
    last, sign = scores[place - 1], 1 if falling else -1
    return lambda _y, score, sample_weight: float((sign * np.asarray(score) <= last).mean())  # noqa: ARG005


def error_metrics() -> dict[str, Callable[..., float]]:
    """Our names of the metrics of predicted numbers, and the functions that compute them from targets."""
    import numpy as np
    from sklearn import metrics as learn

    return {
        "mean_error": lambda y, p, sample_weight: float(
            np.average(np.asarray(p) - np.asarray(y), weights=sample_weight)
        ),
        "mean_absolute_error": learn.mean_absolute_error,
        "mean_squared_error": learn.mean_squared_error,
        "root_mean_squared_error": learn.root_mean_squared_error,
    }


def rounding(policy: Policy) -> dict[str, float]:
    """How far rounding moves the metrics of predicted numbers, which are in units of their range; of a root, more."""
    if policy.data.prediction is None:
        return {}
    width = policy.data.prediction.range[-1] - policy.data.prediction.range[0]
    return {
        "mean_error": 1e-12 * width,
        "mean_absolute_error": 1e-12 * width,
        "mean_squared_error": 1e-12 * width**2,
        "root_mean_squared_error": 1e-9 * width,
    }


def moved_by_bins(result: AuditResult) -> Mapping[tuple[str, str], Mapping[str, float]]:
    """How far counting in bins, and rounding, may have moved each group's metrics, by attribute and group."""
    moved = {"standardized_mean_score": _by_rounding(result), **_ITERATED}
    return {
        (row.attribute, row.group): {**moved, **{name: error(row) for name, error in _IN_BINS.items()}}
        for row in result.scores
    }


def _by_rounding(result: AuditResult) -> float:
    """How far rounded sums may move a mean in standard deviations, where these are small beside the score's range."""
    note, deviation = result.score_note, result.scores[0].deviation.value if result.scores else None
    return 1e-15 * ((note.high - note.low) / deviation) ** 2 if note and deviation else 0.0
