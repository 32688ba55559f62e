"""Evenhand's jobs, through its public calls."""

from __future__ import annotations

import datetime
import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.made import Made, Work, rate_key
from benchmarks.stages import watched
from benchmarks.tables import ATTRIBUTES

if TYPE_CHECKING:
    from audit.counts.counts import Counts
    from audit.metrics import Metric

_DAY = datetime.date(2026, 1, 1)
PAIRS = [list(pair) for pair in itertools.combinations(ATTRIBUTES, 2)]
CROSSED = ["sex", "race", "age"]
_RATES = [
    "selection_rate",
    "base_rate",
    "true_positive_rate",
    "false_negative_rate",
    "false_positive_rate",
    "true_negative_rate",
    "precision",
    "false_discovery_rate",
    "negative_predictive_value",
    "false_omission_rate",
    "accuracy",
    "error_rate",
]
_TEN = [
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "true_negative_rate",
    "false_negative_rate",
    "accuracy",
    "precision",
    "f1",
    "balanced_accuracy",
    "matthews_corrcoef",
]
_LIMITS = {"ratio": ">= 4/5", "difference": "<= 0.05"}


def rule(metrics: Sequence[str], compare: str, **more: Any) -> dict[str, Any]:
    """A rule of several metrics with the usual limit."""
    return {"id": compare, "metric": list(metrics), "compare": compare, "require": _LIMITS[compare], **more}


EVERY_RATE = [rule(_RATES, "ratio"), rule(_RATES, "difference")]
RESAMPLED = [rule(["matthews_corrcoef"], "difference")]


def policy(
    rules: Sequence[Mapping[str, Any]], attributes: Sequence[str], crossings: Sequence[Sequence[str]], **data: Any
) -> dict[str, Any]:
    """A policy as a mapping; `data` are further parts of its data section."""
    flags = {
        "decision": {"column": "y_pred", "favorable": 1, "otherwise": [0]},
        "outcome": {"column": "y_true", "favorable": 1, "otherwise": [0]},
    }
    return {
        "evenhand": 1,
        "title": "Benchmark",
        "data": {**flags, **data},
        "attributes": {name: {"column": name} for name in attributes},
        "rules": list(rules),
        **({"intersections": [list(crossing) for crossing in crossings]} if crossings else {}),
    }


_WEIGHT = {"column": "weight", "kind": "sampling"}
_SCORE = {"column": "score", "favorable": "above"}

# ---- from Parquet --------------------------------------------------------------------------------------------------


def rates_of_pairs(table: Path) -> Work:
    """Counts, all rates of all groups and their disparities."""
    return point_estimates(policy(EVERY_RATE, list(ATTRIBUTES), PAIRS), str(table))


def whole_audit(table: Path) -> Work:
    """Every rate of every group as a ratio and as a difference, with intervals."""
    return _audited(policy(EVERY_RATE, list(ATTRIBUTES), PAIRS), str(table))


def resampled_audit(table: Path) -> Work:
    """Differences of Matthews correlations."""
    return _audited(policy(RESAMPLED, list(ATTRIBUTES), PAIRS), str(table))


def resampled_once(table: Path) -> Work:
    """The same of one attribute."""
    return _audited(policy(RESAMPLED, ["race"], []), str(table))


def weighted_rates(table: Path) -> Work:
    """Sums of weights and of their squares as well."""
    return point_estimates(policy(EVERY_RATE, list(ATTRIBUTES), PAIRS, weight=_WEIGHT), str(table))


def weighted_scores(table: Path) -> Work:
    """Weights and sums of scores."""
    rules = [*EVERY_RATE, {**rule(["mean_score"], "difference"), "id": "scores"}]
    return point_estimates(policy(rules, list(ATTRIBUTES), PAIRS, weight=_WEIGHT, score=_SCORE), str(table))


def weighted_aucs(table: Path) -> Work:
    """Weights and a histogram of scores of every attribute."""
    rules = [*EVERY_RATE, {**rule(["roc_auc"], "difference", of=list(ATTRIBUTES)), "id": "auc"}]
    return point_estimates(policy(rules, list(ATTRIBUTES), PAIRS, weight=_WEIGHT, score=_SCORE), str(table))


# ---- from a pandas frame -------------------------------------------------------------------------------------------


def crossed_rates(table: Path) -> Work:
    """Three attributes crossed, ten metrics."""
    return point_estimates(policy(_crossed_rules(), CROSSED, [CROSSED]), _frame(table, CROSSED))


def crossed_audit(table: Path) -> Work:
    """The same with intervals."""
    return _audited(policy(_crossed_rules(), CROSSED, [CROSSED]), _frame(table, CROSSED))


def separate_rates(table: Path) -> Work:
    """Three attributes one by one."""
    return point_estimates(policy(EVERY_RATE, CROSSED, []), _frame(table, CROSSED))


def pairs_from_frame(table: Path) -> Work:
    """Five attributes and all pairs."""
    return point_estimates(policy(EVERY_RATE, list(ATTRIBUTES), PAIRS), _frame(table, list(ATTRIBUTES)))


def usual_audit(table: Path) -> Work:
    """Three attributes, one intersection, three metrics."""
    rules = [rule(["selection_rate"], "ratio"), rule(["false_positive_rate", "false_negative_rate"], "difference")]
    return _audited(policy(rules, CROSSED, [["sex", "race"]]), _frame(table, CROSSED))


def whole_audit_of_frame(table: Path) -> Work:
    """Every rate of five attributes and all pairs."""
    return _audited(policy(EVERY_RATE, list(ATTRIBUTES), PAIRS), _frame(table, list(ATTRIBUTES)))


def _crossed_rules() -> list[dict[str, Any]]:
    ratios = [metric for metric in _TEN if metric != "matthews_corrcoef"]
    return [rule(ratios, "ratio", of=[CROSSED]), rule(_TEN, "difference", of=[CROSSED])]


def _frame(table: Path, attributes: Sequence[str]) -> Any:
    import pandas as pd

    return pd.read_parquet(table, columns=[*attributes, "y_true", "y_pred"])


# ---- from counts ---------------------------------------------------------------------------------------------------


def resampled_one(table: Path) -> Work:
    """One attribute, from counts alone."""
    return _judged(policy(RESAMPLED, ["race"], []), table)


def resampled_pairs(table: Path) -> Work:
    """Five attributes and all pairs, from counts alone."""
    return _judged(policy(RESAMPLED, list(ATTRIBUTES), PAIRS), table)


def _judged(asked: dict[str, Any], table: Path) -> Work:
    import audit
    from audit.counts.countfile import save

    law = _law(asked)
    counts, _ = audit.count_table(law, str(table))
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "rows.counts"
    save(counts, path)

    def work() -> Made:
        with folder:
            result = audit.judge_counts(law, [path], as_of=_DAY)
        return Made(makes=f"{len(result.findings):,} findings, {len(result.groups):,} groups")

    return work


# ---- how ------------------------------------------------------------------------------------------------------------


def _law(asked: dict[str, Any]) -> Any:
    from audit.engine import read_policy

    return read_policy(asked)[0]


def _audited(asked: dict[str, Any], table: object) -> Work:
    """The whole audit of a table, stage by stage."""
    import audit

    def work() -> Made:
        with watched() as stages:
            result = audit.run(asked, table, as_of=_DAY)
        return Made(makes=f"{len(result.findings):,} findings, {len(result.groups):,} groups", stages=stages)

    return work


def point_estimates(asked: dict[str, Any], table: object) -> Work:
    """Counts, then every metric that the policy names of every group, and the disparities to the highest."""
    import audit

    law = _law(asked)

    def work() -> Made:
        with watched() as stages:
            counts, _ = audit.count_table(law, table)
            rates, disparities = _measured(counts, law)
        says = f"{counts.cells:,} cells, {len(rates):,} rates, {disparities:,} disparities"
        return Made(makes=says, rates=rates, stages=stages)

    return work


def _measured(counts: Counts, law: Any) -> tuple[dict[str, float], int]:
    from audit.groups.population import population
    from audit.metrics import METRICS

    asked = {(of, metric): None for rule in law.rules for of in rule.of for metric in rule.metrics}
    people = population(counts, law)
    rates: dict[str, float] = {}
    disparities: list[tuple[float, float]] = []
    for of, name in asked:
        found = _values(METRICS[name], people.groups[of], sampled=people.sampled)
        highest = max(found.values())
        disparities += [(value - highest, value / highest if highest else 1.0) for value in found.values()]
        rates |= {rate_key(name, *group): value for group, value in found.items()}
    return rates, 2 * len(disparities)


def _values(metric: Metric, groups: Sequence[Any], *, sampled: bool) -> dict[tuple[str, ...], float]:
    """The metric of every group where it is defined."""
    from audit.groups.measure import measures

    found = measures(metric, groups, sampled=sampled)
    return {tuple(one.group.key.values()): float(one.value) for one in found if one.value is not None}
