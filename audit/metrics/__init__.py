"""Every metric that Evenhand knows, a line of data each.

A confusion rate is two sets of cells: hits, among. Names are fairlearn's and scikit-learn's. `harm` says which way is
bad for a group when a positive decision is good for a person; a policy may say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Harm = Literal["low", "high"]


@dataclass(frozen=True)
class Rate:
    """A share of rows: of the rows in the cells `among`, those in the cells `hits`."""

    name: str
    hits: tuple[str, ...]
    among: tuple[str, ...]
    harm: Harm
    label: str
    words: str
    counted: str
    formula: str


@dataclass(frozen=True)
class Composite:
    """A function of several rates. `method` says how its interval is made."""

    name: str
    method: Literal["jaccard", "mover", "bootstrap"]
    harm: Harm
    label: str
    words: str
    counted: str
    formula: str


@dataclass(frozen=True)
class ScoreMetric:
    """A function of the scores. `needs` says of what: sums of their first powers, or of four; the mean and the standard
    deviation of all; how many rows have each score, also as a probability's logit; which lie above the median of all, or in the best-scored fraction
    that a rule names. Or not of scores but of the errors of predicted numbers, or of positions in ranked lists: of all
    `positions`, of the first k `places`, or of every depth, of all groups at once: their `divergence`.
    """

    name: str
    needs: Literal[
        "sums",
        "squares",
        "spread",
        "distribution",
        "logit",
        "median",
        "top",
        "errors",
        "positions",
        "places",
        "divergence",
    ]
    rows: Literal["all", "with outcome"]
    harm: Harm
    label: str
    words: str
    counted: str
    formula: str


def _rate(  # one line of the table below
    name: str, hits: str, among: str, harm: Harm, label: str, words: str, counted: str, formula: str
) -> Rate:
    return Rate(name, tuple(hits.split()), tuple(among.split()), harm, label, words, counted, formula)


_ALL = "tp fp fn tn"
Metric = Rate | Composite | ScoreMetric

# fmt: off
METRICS: dict[str, Metric] = {m.name: m for m in (
    _rate("selection_rate", "tp fp up", "tp fp fn tn up un", "low", "Selection rate", "of everyone, the share with a positive decision", "records", "(TP + FP) / n"),
    _rate("base_rate", "tp fn", _ALL, "low", "Base rate", "of everyone, the share with a positive outcome", "records", "(TP + FN) / n"),
    _rate("true_positive_rate", "tp", "tp fn", "low", "True positive rate", "of those with a positive outcome, the share with a positive decision", "positive outcomes", "TP / (TP + FN)"),
    _rate("false_negative_rate", "fn", "tp fn", "high", "False negative rate", "of those with a positive outcome, the share with a negative decision", "positive outcomes", "FN / (TP + FN)"),
    _rate("false_positive_rate", "fp", "fp tn", "high", "False positive rate", "of those with a negative outcome, the share with a positive decision", "negative outcomes", "FP / (FP + TN)"),
    _rate("true_negative_rate", "tn", "fp tn", "low", "True negative rate", "of those with a negative outcome, the share with a negative decision", "negative outcomes", "TN / (FP + TN)"),
    _rate("precision", "tp", "tp fp", "low", "Precision", "of those with a positive decision, the share with a positive outcome", "positive decisions", "TP / (TP + FP)"),
    _rate("false_discovery_rate", "fp", "tp fp", "high", "False discovery rate", "of those with a positive decision, the share with a negative outcome", "positive decisions", "FP / (TP + FP)"),
    _rate("negative_predictive_value", "tn", "tn fn", "low", "Negative predictive value", "of those with a negative decision, the share with a negative outcome", "negative decisions", "TN / (TN + FN)"),
    _rate("false_omission_rate", "fn", "tn fn", "high", "False omission rate", "of those with a negative decision, the share with a positive outcome", "negative decisions", "FN / (TN + FN)"),
    _rate("accuracy", "tp tn", _ALL, "low", "Accuracy", "of everyone, the share decided as the outcome turned out", "records", "(TP + TN) / n"),
    _rate("error_rate", "fp fn", _ALL, "high", "Error rate", "of everyone, the share not decided as the outcome turned out", "records", "(FP + FN) / n"),
    Composite("balanced_accuracy", "mover", "low", "Balanced accuracy", "the mean of the true positive and the true negative rate", "records", "(TPR + TNR) / 2"),
    Composite("f1", "jaccard", "low", "F1", "the harmonic mean of precision and true positive rate", "records", "2 TP / (2 TP + FP + FN)"),
    Composite("matthews_corrcoef", "bootstrap", "low", "Matthews correlation", "the correlation of decision and outcome, from -1 to 1", "records", "(TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN))"),
    ScoreMetric("mean_score", "sums", "all", "low", "Mean score", "the mean of the scores", "scores", "sum of scores / n"),
    ScoreMetric("standardized_mean_score", "spread", "all", "low", "Standardized mean score (deviation of all)", "the mean of the scores less that of all, in standard deviations of all", "scores", "(mean of the group - mean of all) / standard deviation of all"),
    ScoreMetric("median_score", "distribution", "all", "low", "Median score", "the middle score", "scores", "middle of the ordered scores"),
    ScoreMetric("scoring_rate", "median", "all", "low", "Scoring rate", "of everyone, the share with a score above the median of all", "scores", "scores above the median of all / n"),
    ScoreMetric("top_fraction_rate", "top", "all", "low", "Selection rate by score", "of everyone, the share that a selection of the best-scored fraction of all would take", "scores", "scores at or beyond that of place floor(fraction x number of all) / n"),
    ScoreMetric("roc_auc", "distribution", "with outcome", "low", "ROC AUC", "how often a positive outcome has the better score of two, ties counting half", "scores with an outcome", "P(score of a positive > score of a negative)"),
    ScoreMetric("brier_score", "squares", "with outcome", "high", "Brier score", "the mean squared distance of the score from the outcome", "scores with an outcome", "mean of (outcome - score)^2"),
    ScoreMetric("calibration_in_the_large", "sums", "with outcome", "high", "Calibration in the large", "the share of positive outcomes less the mean score that predicted it", "scores with an outcome", "mean of (outcome - score)"),
    ScoreMetric("calibration_intercept", "logit", "with outcome", "high", "Calibration intercept", "by how much the logits of the scores are too low: 0 if right", "scores with an outcome", "a in logit P(positive outcome) = a + logit(score)"),
    ScoreMetric("calibration_slope", "logit", "with outcome", "low", "Calibration slope", "how steeply outcomes follow the logits of the scores: 1 if right, below 1 if scores are too extreme", "scores with an outcome", "b in logit P(positive outcome) = a + b logit(score)"),
    ScoreMetric("mean_error", "errors", "all", "low", "Mean error", "the mean of prediction minus target", "predictions", "mean of (prediction - target)"),
    ScoreMetric("mean_absolute_error", "errors", "all", "high", "Mean absolute error", "how far predictions lie from their targets on average", "predictions", "mean of |prediction - target|"),
    ScoreMetric("mean_squared_error", "errors", "all", "high", "Mean squared error", "the mean squared distance of predictions from their targets", "predictions", "mean of (prediction - target)^2"),
    ScoreMetric("root_mean_squared_error", "errors", "all", "high", "Root mean squared error", "the root of the mean squared distance of predictions from their targets", "predictions", "square root of the mean of (prediction - target)^2"),
    ScoreMetric("exposure", "positions", "all", "low", "Exposure", "the mean of 1 / log2(1 + position) in the ranked lists", "listed items", "mean of 1 / log2(1 + position)"),
    ScoreMetric("relative_exposure", "positions", "all", "low", "Relative exposure", "exposure divided by what a random order of each list would give", "listed items", "sum of 1 / log2(1 + position) / sum of its means over each item's list"),
    ScoreMetric("representation_at_k", "places", "all", "low", "Representation at k", "how many of the first k of each list, divided by how many a random order would give", "listed items", "items among the first k / sum of each list's share of items among its first k"),
    ScoreMetric("ndkl", "divergence", "all", "high", "NDKL above chance", "how far the groups of the first places differ from those of the list, at every depth, beyond what a random order does", "listed items", "mean over lists of (NDKL - mean NDKL over all orders of the list)"),
    ScoreMetric("skew_at_k", "places", "all", "low", "Skew at k", "the natural logarithm of the representation at k", "listed items", "ln(representation at k)"),
)}
# fmt: on

#: The metrics that need no outcome.
OUTCOME_FREE = frozenset(
    name
    for name, m in METRICS.items()
    if (isinstance(m, Rate) and "up" in m.among) or (isinstance(m, ScoreMetric) and m.rows == "all")
)
#: The metrics of predicted numbers, of ranked lists (of groups, and of all groups at once), those that need a score, and those that need no decision.
PREDICTED = frozenset(name for name, m in METRICS.items() if isinstance(m, ScoreMetric) and m.needs == "errors")
RANKED = frozenset(
    name for name, m in METRICS.items() if isinstance(m, ScoreMetric) and m.needs in ("positions", "places")
)
DIVERGENT = frozenset(name for name, m in METRICS.items() if isinstance(m, ScoreMetric) and m.needs == "divergence")
LISTED = RANKED | DIVERGENT
SCORED = frozenset(name for name, m in METRICS.items() if isinstance(m, ScoreMetric)) - PREDICTED - LISTED
DECISION_FREE = SCORED | PREDICTED | LISTED | {"base_rate"}


#: The cell that a record would be in, had its decision been the other one.
TURNED = {"tp": "fn", "fn": "tp", "fp": "tn", "tn": "fp", "up": "un", "un": "up"}
#: The rates whose denominator no decision changes: two models then have it of the very same records.
PAIRED = frozenset(
    name
    for name, m in METRICS.items()
    if isinstance(m, Rate)
    and all(TURNED[cell] in m.among for cell in m.among)
    and any(TURNED[cell] not in m.hits for cell in m.hits)
)


def is_share(metric: Metric) -> bool:
    """Is the metric a share of people, with the intervals of shares?"""
    return isinstance(metric, Rate) or (isinstance(metric, ScoreMetric) and metric.needs in ("median", "top"))
