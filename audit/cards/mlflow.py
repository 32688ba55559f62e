"""Audits in MLflow: a kept run logged beside the model's own run, and an evaluator for `mlflow.models.evaluate`."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.cards.facts import Facts, facts
from audit.cards.metrics import flat, numbers_of
from audit.engine import audited
from audit.errors import DataError, RenderError
from audit.reports import render_each
from audit.result.renderings import Rendering
from audit.runs import keep, opened

if TYPE_CHECKING:
    import pandas as pd

#: Where artifacts are in an MLflow run, and how the names of tags and metrics begin.
FOLDER, PREFIX = "fairness_audit", "evenhand"
#: What MLflow takes in the name of a metric, and how long it may be.
_STRANGE = re.compile(r"[^\w\-. /:]", re.ASCII)
_LONGEST = 250


def log_run(
    run: str | Path,
    *,
    rendering: Rendering = "public",
    formats: tuple[str, ...] = ("html", "json"),
) -> dict[str, float]:
    """Log a kept run to the active MLflow run, or to a new one: reports, tags and metrics. Returns the metrics.

    The reports are made anew from the result. Raises DataError if a file of the run was changed, or if there is no such
    rendering; ImportError without MLflow.
    """
    told = facts(opened(Path(run)), rendering)
    return _log(told, formats)


def _log(told: Facts, formats: tuple[str, ...]) -> dict[str, float]:
    import mlflow  # 2 seconds, and not everybody has it

    numbers = metrics_of(told)
    mlflow.set_tags(tags_of(told))
    mlflow.log_metrics(numbers)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in render_each(told.rendered, formats):
            if isinstance(content, RenderError):
                raise content
            (Path(folder) / name).write_bytes(content)
        mlflow.log_artifacts(folder, FOLDER)
    return numbers


def tags_of(told: Facts) -> dict[str, str]:
    """By what a run is found in MLflow: the verdict, the policy and the audit's digest."""
    shown = told.shown
    tags = {
        "outcome": shown.outcome.value,
        "headline": shown.headline,
        "as_of": shown.provenance.as_of,
        "policy_sha256": shown.policy.sha256,
        f"{told.named}_sha256": told.digest,
    }
    return {f"{PREFIX}.{name}": value for name, value in tags.items()}


def metrics_of(told: Facts) -> dict[str, float]:
    """The numbers of `evenhand attach --metrics` in one level, under names that MLflow takes."""
    names = flat(numbers_of(told))
    return {_STRANGE.sub("_", f"{PREFIX}/{name}")[:_LONGEST]: value for name, value in names.items()}


class Evaluator:
    """The evaluator `evenhand`: audits what a model decided in `mlflow.models.evaluate`, and logs it.

    `evaluator_config` has `policy`, the path of a policy whose columns are those of the evaluated data, its targets and
    its predictions (`prediction`, if they have no name), and `rendering`, if not public.
    """

    @classmethod
    def can_evaluate(cls, *, evaluator_config: Mapping[str, Any] | None = None, **_others: Any) -> bool:
        """Only where a policy is named: MLflow asks every evaluator that is installed."""
        return bool((evaluator_config or {}).get("policy"))

    def evaluate(self, *, dataset: Any, evaluator_config: Mapping[str, Any], model: Any = None, **_others: Any) -> Any:
        """Audit the data, keep the run for as long as it takes, log it and return the metrics."""
        from mlflow.models import EvaluationResult

        with tempfile.TemporaryDirectory() as folder:
            made = audited(evaluator_config["policy"], table_of(dataset, model))
            kept = keep(made, Path(folder), {}, written=Path(evaluator_config["policy"]).read_bytes())
            numbers = log_run(kept.folder, rendering=evaluator_config.get("rendering", "public"))
        return EvaluationResult(metrics=numbers, artifacts={})


def table_of(dataset: Any, model: Any = None) -> pd.DataFrame:
    """The evaluated data with their targets and predictions as one table. Raises DataError without predictions."""
    table: pd.DataFrame = dataset.features_data.copy()
    if dataset.labels_data is not None:
        table[dataset.targets_name or "target"] = dataset.labels_data
    decided = dataset.predictions_data if model is None else model.predict(dataset.features_data)
    if decided is None:
        raise DataError("there are no predictions to audit: evaluate a model, or name their column with `predictions`")
    table[dataset.predictions_name or "prediction"] = decided
    return table
