"""MLflow holds the verdict, the numbers and the reports of a run, and asks our evaluator where a policy is named."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from audit.cards.mlflow import FOLDER, Evaluator, log_run, metrics_of, tags_of
from audit.errors import DataError
from tests.cards.conftest import COMPAS


@pytest.fixture(scope="module")
def tracked(tmp_path_factory):
    """MLflow with a store of its own in a folder."""
    mlflow = pytest.importorskip("mlflow", reason="SKIPPED LOUDLY: mlflow is not installed")
    patch = pytest.MonkeyPatch()
    patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path_factory.mktemp("mlflow") / "store").as_uri())
    yield mlflow
    patch.undo()


def test_metrics_have_names_that_mlflow_takes_and_tags_the_digests(told):
    numbers = metrics_of(told)
    assert not [name for name in numbers if re.search(r"[^\w\-. /:]", name, re.ASCII) or len(name) > 250]
    assert numbers["evenhand/rules/wrongly-flagged/failed"] == 1
    assert all(type(value) is float for value in numbers.values())
    assert tags_of(told)["evenhand.result_sha256"] == told.digest


def test_the_entry_point_leads_to_the_evaluator_which_waits_for_a_policy():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"]["mlflow.model_evaluator"]["evenhand"].partition(":")
    assert getattr(import_module(module), name) is Evaluator
    assert not Evaluator.can_evaluate(model_type="classifier", evaluator_config={})
    assert not Evaluator.can_evaluate(model_type="classifier")
    assert Evaluator.can_evaluate(model_type="classifier", evaluator_config={"policy": "policy.yaml"})


@pytest.mark.filterwarnings("ignore")  # those of MLflow are its own
def test_a_kept_run_is_logged_with_its_public_reports(tracked, public, told):
    with tracked.start_run() as active:
        numbers = log_run(public)
    logged = tracked.get_run(active.info.run_id).data
    assert logged.metrics == pytest.approx(numbers) == metrics_of(told)
    assert logged.tags["evenhand.outcome"] == told.shown.outcome
    there = tracked.artifacts.list_artifacts(run_id=active.info.run_id, artifact_path=FOLDER)
    assert {Path(one.path).name for one in there} == {"report.html", "result.json"}


@pytest.mark.filterwarnings("ignore")
def test_the_evaluator_audits_what_mlflow_evaluates(tracked, told, tmp_path):
    pytest.importorskip("matplotlib", reason="SKIPPED LOUDLY: mlflow.models.evaluate needs matplotlib")
    registry = import_module("mlflow.models.evaluation.evaluator_registry")._model_evaluation_registry
    registry.register("evenhand", Evaluator)
    policy = tmp_path / "policy.yaml"
    policy.write_text((COMPAS / "policy.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    data = pd.read_csv(COMPAS / "compas.csv", dtype=str, keep_default_na=False)
    with tracked.start_run() as active:
        found = tracked.models.evaluate(
            data=data, targets="two_year_recid", predictions="score_text", model_type="classifier",
            evaluators=["evenhand"], evaluator_config={"evenhand": {"policy": str(policy), "rendering": "restricted"}},
        )  # fmt: skip
    assert found.metrics["evenhand/rules/wrongly-flagged/value"] == pytest.approx(805 / 1795 - 349 / 1488)
    assert tracked.get_run(active.info.run_id).data.tags["evenhand.outcome"] == "fail"
    with tracked.start_run(), pytest.raises(DataError, match="there are no predictions to audit"):
        Evaluator().evaluate(
            dataset=tracked.data.from_pandas(data, targets="two_year_recid").to_evaluation_dataset(),
            evaluator_config={"policy": str(policy)},
        )
