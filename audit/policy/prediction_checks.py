"""Checks of what rules say about predicted numbers: these are named, their range makes sense, and rules fit them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from audit.metrics import PREDICTED
from audit.policy.checks import Parts
from audit.policy.faults import Path, Said
from audit.policy.prediction import Prediction
from audit.policy.rules import Rule
from audit.policy.score_checks import of_no_share


def prediction_checks(parts: Parts) -> Iterator[Said]:
    """Everything about the prediction and the rules that speak of its errors."""
    if parts.data is None:
        return
    if "prediction" in parts.data and "score" in parts.data:
        message = "a score and a prediction are both named, and one of them can be counted"
        yield Said(("data", "prediction"), message, "put the rules about one of the two into another policy", key=True)
    if parts.prediction:
        yield from _named(parts.prediction)
    for number, rule in parts.rules.items():
        yield from _errors(("rules", number), rule, parts.data)


def _named(prediction: Prediction) -> Iterator[Said]:
    at: Path = ("data", "prediction")
    if not prediction.sound:
        message = "the range needs two ends, both numbers, the least first"
        yield Said((*at, "range"), message, "write what both can be, like [0, 500000]")
    if prediction.column == prediction.target:
        message = f"the target is the prediction's column {prediction.column!r}; every error would be 0"
        yield Said((*at, "target"), message, "name the column that says what the number turned out to be")


def _errors(at: Path, rule: Rule, named: Collection[str]) -> Iterator[Said]:
    found = [metric for metric in rule.metrics if metric in PREDICTED]
    if not found:
        return
    if "prediction" not in named:
        message = f"{found[0]} needs a predicted number and its target"
        yield Said((*at, "metric"), message, "name their columns in data.prediction")
        return
    for metric in found:
        yield from of_no_share(at, rule, metric)
        if metric == "mean_error" and rule.compare == "ratio":
            message = "mean_error can be 0 or negative, so a ratio of two of them means nothing"
            yield Said((*at, "compare"), message, "compare it by difference, or take mean_absolute_error")
