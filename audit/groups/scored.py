"""Metrics of scores: their values, and their estimates with limits, a line of table each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from audit.counts.scoregroup import (
    ScoreGroup,
    distance_moments,
    error_moments,
    missed_moments,
    score_moments,
    squared_distance_moments,
    squared_error_moments,
    standardized_moments,
    together,
)
from audit.metrics import PREDICTED, ScoreMetric
from audit.stats.auc import auc, cautious_auc_estimates
from audit.stats.composites import Estimates
from audit.stats.histogram import Histogram
from audit.stats.logistic import calibration_in_the_large, calibration_slope, fitted_estimates
from audit.stats.moments import Moments, mean, mean_estimates, rmse_estimates
from audit.stats.quantiles import median_estimates

_Ends = tuple[float, float]


def _range(group: ScoreGroup) -> _Ends:
    return group.low, group.high


def _standardized_range(group: ScoreGroup) -> _Ends:
    """The ends of the score's range, in standard deviations of all from the mean of all."""
    mean, deviation = group.spread or (np.nan, np.nan)
    return (group.low - mean) / deviation, (group.high - mean) / deviation


#: The means among them: their moments, and the least and most that they can be.
MEANS: dict[str, tuple[Callable[[Sequence[ScoreGroup]], Moments], Callable[[ScoreGroup], _Ends]]] = {
    "mean_score": (score_moments, _range),
    "standardized_mean_score": (standardized_moments, _standardized_range),
    "brier_score": (squared_error_moments, lambda _: (0.0, 1.0)),
    "calibration_in_the_large": (error_moments, lambda _: (-1.0, 1.0)),
    "mean_error": (missed_moments, lambda _: (-np.inf, np.inf)),
    "mean_absolute_error": (distance_moments, lambda _: (0.0, np.inf)),
    "mean_squared_error": (squared_distance_moments, lambda _: (0.0, np.inf)),
}

#: Shares of rows beyond some score, where that is not known exactly.
_HIDDEN = {"median": "median_hidden", "top": "top_hidden"}
#: Those that are made of how many rows have each score.
_COUNTED: dict[str, Callable[[Histogram], Estimates]] = {
    "median_score": median_estimates,
    "roc_auc": lambda scores: cautious_auc_estimates(auc(scores)),
    "calibration_intercept": lambda scores: fitted_estimates(calibration_in_the_large(scores)),
    "calibration_slope": lambda scores: fitted_estimates(calibration_slope(scores)),
}
#: Those that take the score for a probability.
_PROBABILITIES = ("brier_score", "calibration_in_the_large", "calibration_intercept", "calibration_slope")
#: Why a metric of rows that there are has no value, where it is not that their outcomes are all alike.
_UNFIT = {"no_variation": "scores_alike", "separable": "separable"}


def score_estimates(metric: str, groups: Sequence[ScoreGroup]) -> Estimates:
    """A metric of several groups' scores, independent of one another, with limits at any tail."""
    if metric in MEANS:
        moments, ends = MEANS[metric]
        least, most = ends(groups[0])
        return mean_estimates(moments(groups), least=least, most=most)
    if metric == "root_mean_squared_error":
        return rmse_estimates(squared_distance_moments(groups))
    return _COUNTED[metric](together(groups))


def score_values(
    metric: ScoreMetric, groups: Sequence[ScoreGroup | None]
) -> list[tuple[float | None, int, str | None]]:
    """A metric of each group's scores, the number of rows that it rests on, and why there is no value, if so."""
    able = [_able(metric, scores) for scores in groups]
    there = [scores for scores, (_, why) in zip(groups, able, strict=True) if scores is not None and why is None]
    found = iter(_found(metric.name, there))
    values = [(None, why) if why else next(found) for _, why in able]
    return [(value, rows, why) for (rows, _), (value, why) in zip(able, values, strict=True)]


def _able(metric: ScoreMetric, scores: ScoreGroup | None) -> tuple[int, str | None]:
    """On how many rows a metric of a group's scores rests; or why it cannot be computed, whatever these are."""
    if (
        scores is None
        or scores.errors != (metric.name in PREDICTED)
        or (metric.needs in ("distribution", "logit", "median", "top") and scores.histogram is None)
    ):
        return 0, "not_counted"
    if metric.needs in _HIDDEN:
        return 0, _HIDDEN[metric.needs]
    if metric.name in _PROBABILITIES and not 0 <= scores.low < scores.high <= 1:
        return 0, "no_probability"
    if metric.needs == "spread" and scores.spread is None:
        return 0, "no_spread"
    rows = scores.sums[:2] if metric.rows == "with outcome" else scores.sums
    trials = round(float(rows[:, 0].sum()))
    return trials, None if trials else "no_trials"


def _found(metric: str, groups: Sequence[ScoreGroup]) -> list[tuple[float | None, str | None]]:
    """A metric of groups that have scores, or why there is none; means of all at once, as their limits are not asked
    for.
    """
    means = mean(MEANS[metric][0](groups)) if metric in MEANS and groups else np.full(len(groups), np.nan)
    return [
        (centre, None) if np.isfinite(centre) else _estimated(metric, scores)
        for centre, scores in zip(means.tolist(), groups, strict=True)
    ]


def _estimated(metric: str, scores: ScoreGroup) -> tuple[float | None, str | None]:
    found = score_estimates(metric, [scores])
    value = float(found.estimate[0])
    return (value, None) if np.isfinite(value) else (None, _UNFIT.get(_first(found), "one_class"))


def _first(found: Estimates) -> str:
    """Why the first estimate has no value, as the statistics name it."""
    return (found.reasons[0] if found.reasons else None) or ""
