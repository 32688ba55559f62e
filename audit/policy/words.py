"""The nearest known word, and what the names of other libraries are called here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from audit.metrics import METRICS

_ALSO_CALLED = {
    "selection_rate": "acceptance_rate approval_rate positive_rate predicted_positive_rate hire_rate pass_rate "
    "demographic_parity statistical_parity disparate_impact impact_ratio adverse_impact_ratio",
    "base_rate": "prevalence positive_outcome_rate",
    "true_positive_rate": "tpr recall recall_score sensitivity hit_rate equal_opportunity",
    "false_negative_rate": "fnr miss_rate",
    "false_positive_rate": "fpr fall_out predictive_equality",
    "true_negative_rate": "tnr specificity",
    "precision": "ppv positive_predictive_value precision_score predictive_parity",
    "false_discovery_rate": "fdr",
    "negative_predictive_value": "npv",
    "false_omission_rate": "for",
    "accuracy": "acc accuracy_score",
    "error_rate": "zero_one_loss misclassification_rate zero_one",
    "balanced_accuracy": "balanced_accuracy_score bacc",
    "f1": "f1_score f_score dice f_measure",
    "matthews_corrcoef": "mcc phi matthews",
    "mean_score": "average_score mean_prediction mean_predicted_score mean_probability",
    "standardized_mean_score": "smd standardized_mean_difference standardised_mean_score cohens_d",
    "median_score": "median_prediction",
    "scoring_rate": "above_median_rate share_above_median",
    "top_fraction_rate": "quantile_air air_by_quantile quantile_impact_ratio selection_rate_at_k top_k_rate "
    "top_share_rate",
    "roc_auc": "auc auroc roc_auc_score area_under_curve c_statistic c_index concordance",
    "brier_score": "brier brier_score_loss brier_loss",
    "calibration_in_the_large": "calibration citl calibration_bias mean_calibration_error",
    "calibration_intercept": "logit_intercept calibration_offset",
    "calibration_slope": "slope cox_slope calibration_coefficient",
    "mean_error": "bias mean_bias_error mbe mean_residual",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse group_loss squared_error",
    "root_mean_squared_error": "rmse rms_error",
    "exposure": "mean_exposure position_bias attention dcg",
    "relative_exposure": "exposure_ratio",
    "representation_at_k": "representation top_k selection_rate_at_k share_at_k",
    "ndkl": "divergence kl_divergence ndkl_divergence",
    "skew_at_k": "skew skew@k",
}
_LOOKED_AT = 200  # looking for the nearest of many thousand words takes longer than reading the policy
_LISTED = 30
SYNONYMS = {also: name for name, others in _ALSO_CALLED.items() for also in others.split()}
SYNONYMS["equalized_odds"] = "[true_positive_rate, false_positive_rate]"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one; None if none does."""
    by_lower = {name.lower(): name for name in list(known)[:_LOOKED_AT]}
    close = difflib.get_close_matches(word.lower()[:80], by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggest(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest known word, else all known words."""
    names = list(known)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean {near!r}?"
    listed = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
    return f"there is: {listed}" if names else "there is none"


def no_metric(word: str) -> str:
    """What to write instead of an unknown metric."""
    plain = word.lower().strip().replace("-", "_").replace(" ", "_")
    if plain in METRICS:
        return f"there is no metric {word!r}; did you mean {plain!r}?"
    if plain in SYNONYMS:
        return f"there is no metric {word!r}; did you mean {SYNONYMS[plain]!r}?"
    near = nearest(plain, [*METRICS, *SYNONYMS])
    if near is not None:
        return f"there is no metric {word!r}; did you mean {SYNONYMS.get(near, near)!r}?"
    return f"there is no metric {word[:60]!r}; there is: {', '.join(METRICS)}"
