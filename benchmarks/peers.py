"""fairlearn, Aequitas and AIF360, each by the call that its own documentation shows.

Aequitas and AIF360 are in an environment of their own, where mypy does not see them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.made import Made, Work, rate_key
from benchmarks.tables import ATTRIBUTES

CROSSED = ["sex", "race", "age"]
_FLAGS = ["y_true", "y_pred"]


def _read(table: Path, attributes: Sequence[str]) -> Any:
    import pandas as pd

    return pd.read_parquet(table, columns=[*attributes, *_FLAGS])


# ---- fairlearn ------------------------------------------------------------------------------------------------------


def fairlearn_crossed(table: Path) -> Work:
    """Ten metrics of three attributes crossed, with all differences and ratios."""
    from fairlearn.metrics import MetricFrame

    rows, metrics = _read(table, CROSSED), _ten()

    def work() -> Made:
        frame = MetricFrame(
            metrics=metrics, y_true=rows["y_true"], y_pred=rows["y_pred"], sensitive_features=rows[CROSSED]
        )
        methods = ("between_groups", "to_overall")
        found = [how(method=method) for how in (frame.difference, frame.ratio) for method in methods]
        rates = {
            rate_key(str(name), *group): float(value)
            for name, column in frame.by_group.items()
            for group, value in column.items()
        }
        return Made(makes=f"{len(rates):,} rates, {sum(one.size for one in found)} disparities", rates=rates)

    return work


def fairlearn_resampled(table: Path) -> Work:
    """A hundred resamples of the rows."""
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import matthews_corrcoef

    rows = _read(table, ["race"])

    def work() -> Made:
        frame = MetricFrame(
            metrics=matthews_corrcoef,
            y_true=rows["y_true"],
            y_pred=rows["y_pred"],
            sensitive_features=rows["race"],
            n_boot=100,
            ci_quantiles=[0.025, 0.975],
            random_state=1,
        )
        return Made(makes=f"{frame.by_group.size} values with intervals")

    return work


def _ten() -> dict[str, Callable[..., Any]]:
    import fairlearn.metrics as fair
    import sklearn.metrics as learn

    names = ("selection_rate", "true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate")
    scores = {"accuracy": "accuracy_score", "precision": "precision_score", "f1": "f1_score"}
    scores |= {"balanced_accuracy": "balanced_accuracy_score", "matthews_corrcoef": "matthews_corrcoef"}
    return {name: getattr(fair, name) for name in names} | {n: getattr(learn, theirs) for n, theirs in scores.items()}


# ---- Aequitas -------------------------------------------------------------------------------------------------------

_AEQUITAS = {
    "pprev": "selection_rate",
    "prev": "base_rate",
    "tpr": "true_positive_rate",
    "fnr": "false_negative_rate",
    "fpr": "false_positive_rate",
    "tnr": "true_negative_rate",
    "precision": "precision",
    "fdr": "false_discovery_rate",
    "npv": "negative_predictive_value",
    "for": "false_omission_rate",
    "accuracy": "accuracy",
}


def aequitas_pairs(table: Path) -> Work:
    """All metrics of five attributes and all pairs, with the disparities to the largest group."""
    from aequitas import Audit  # type: ignore[import-not-found]

    rows = _read(table, list(ATTRIBUTES))
    pairs = {"|".join(pair): rows[pair[0]] + "|" + rows[pair[1]] for pair in combinations(ATTRIBUTES, 2)}
    rows = rows.assign(**pairs).rename(columns={"y_true": "label", "y_pred": "score"})
    columns = [*ATTRIBUTES, *pairs]

    def work() -> Made:
        audit = Audit(rows, sensitive_attribute_column=columns)
        audit.audit()
        found = audit.disparity_df
        rates = {
            rate_key(name, *group.split("|")): float(value)
            for theirs, name in _AEQUITAS.items()
            for group, value in zip(found["attribute_value"], found[theirs], strict=True)
        }
        disparities = sum(column.endswith("_disparity") for column in found) * len(found)
        return Made(makes=f"{len(rates):,} rates, {disparities:,} disparities", rates=rates)

    return work


# ---- AIF360 ---------------------------------------------------------------------------------------------------------

_AIF360 = {
    "selection_rate": "selection_rate",
    "true_positive_rate": "true_positive_rate",
    "false_positive_rate": "false_positive_rate",
    "true_negative_rate": "true_negative_rate",
    "false_negative_rate": "false_negative_rate",
    "positive_predictive_value": "precision",
    "false_discovery_rate": "false_discovery_rate",
    "negative_predictive_value": "negative_predictive_value",
    "false_omission_rate": "false_omission_rate",
    "accuracy": "accuracy",
}


def aif360_separate(table: Path) -> Work:
    """Ten metrics of every group and of the rest, attribute by attribute."""
    from aif360.datasets import BinaryLabelDataset  # type: ignore[import-not-found]
    from aif360.metrics import ClassificationMetric  # type: ignore[import-not-found]

    warnings.simplefilter("ignore")
    rows = _read(table, CROSSED)
    levels = {name: sorted(rows[name].unique()) for name in CROSSED}
    numbers = {name: rows[name].map({level: float(i) for i, level in enumerate(levels[name])}) for name in CROSSED}
    rows = rows.assign(**numbers).astype(float)

    def dataset(attribute: str, label: str) -> Any:
        return BinaryLabelDataset(
            df=rows[[attribute, label]].rename(columns={label: "label"}),
            label_names=["label"],
            protected_attribute_names=[attribute],
        )

    def work() -> Made:
        rates: dict[str, float] = {}
        for name, groups in levels.items():
            truth = dataset(name, "y_true")
            decided = truth.copy()
            decided.labels = rows[["y_pred"]].to_numpy()
            for i, group in enumerate(groups):
                others = [{name: float(j)} for j in range(len(groups)) if j != i]
                metric = ClassificationMetric(
                    truth, decided, unprivileged_groups=[{name: float(i)}], privileged_groups=others
                )
                for theirs, ours in _AIF360.items():
                    rate = getattr(metric, theirs)
                    rates[rate_key(ours, group)] = float(rate(privileged=False))
                    rate(privileged=True)
        return Made(makes=f"{len(rates):,} rates, {len(rates):,} disparities", rates=rates)

    return work


def aif360_crossed(table: Path) -> Work:
    """Ten metrics of three attributes crossed."""
    from aif360.sklearn.metrics import intersection  # type: ignore[import-not-found]

    warnings.simplefilter("ignore")
    rows, metrics = _read(table, CROSSED).set_index(CROSSED), _learned()

    def work() -> Made:
        rates: dict[str, float] = {}
        for name, metric in metrics.items():
            values, groups = intersection(metric, rows["y_true"], rows["y_pred"], prot_attr=CROSSED, return_groups=True)
            rates |= {rate_key(name, *group): float(value) for value, group in zip(values, groups, strict=True)}
        return Made(makes=f"{len(rates):,} rates", rates=rates)

    return work


def _learned() -> dict[str, Callable[..., Any]]:
    import aif360.sklearn.metrics as aif  # type: ignore[import-not-found]
    import sklearn.metrics as learn

    return {
        "selection_rate": aif.selection_rate,
        "true_positive_rate": learn.recall_score,
        "false_positive_rate": aif.false_positive_rate_error,
        "true_negative_rate": aif.specificity_score,
        "false_negative_rate": aif.false_negative_rate_error,
        "accuracy": learn.accuracy_score,
        "precision": learn.precision_score,
        "f1": learn.f1_score,
        "balanced_accuracy": learn.balanced_accuracy_score,
        "matthews_corrcoef": learn.matthews_corrcoef,
    }
