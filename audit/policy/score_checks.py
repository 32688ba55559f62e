"""Checks of what rules say about scores: a score is named, its range makes sense, and the comparison can be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import isfinite

from audit.metrics import DECISION_FREE, METRICS, SCORED, is_share
from audit.policy.checks import Parts
from audit.policy.columns import Score
from audit.policy.faults import Path, Said
from audit.policy.rules import Rule

_PROBABILITIES = ("brier_score", "calibration_in_the_large")


def score_checks(parts: Parts, data: Mapping[str, object]) -> Iterator[Said]:
    """Everything about the score and the rules that speak of it."""
    if parts.score:
        yield from _range(parts.score)
    decided = "decision" in data or (parts.score is not None and parts.score.cutoff is not None)
    for number, rule in parts.rules.items():
        at: Path = ("rules", number)
        if parts.has_data and not decided:
            yield from _undecided(at, rule)
        yield from _scores(at, rule, parts, data)


def _range(score: Score) -> Iterator[Said]:
    at: Path = ("data", "score", "range")
    if not score.range:
        return
    if len(score.range) != 2 or not all(isfinite(end) for end in score.range):
        yield Said(at, "a range has two ends, both numbers", "write it like [300, 850]")
    elif any(low >= high for low, high in pairwise(score.range)):
        yield Said(at, "the range has to rise", "write the least first, like [300, 850]")
    elif score.cutoff is not None and not score.range[0] <= score.cutoff <= score.range[1]:
        yield Said(("data", "score", "cutoff"), "the cutoff is outside the range, so it would decide everybody alike")


def _undecided(at: Path, rule: Rule) -> Iterator[Said]:
    for metric in rule.metrics:
        if metric not in DECISION_FREE:
            message = f"{metric} is about decisions, and the policy names none"
            yield Said((*at, "metric"), message, "name data.decision, or give the score a cutoff")


def _scores(at: Path, rule: Rule, parts: Parts, data: Mapping[str, object]) -> Iterator[Said]:
    scored = [metric for metric in rule.metrics if metric in SCORED]
    if not scored:
        return
    if "score" not in data:
        yield Said((*at, "metric"), f"{scored[0]} needs a score", "name its column in data.score")
        return
    if "unit" in data:
        message = f"the interval of {scored[0]} does not allow for rows that belong together, as data.unit says they do"
        yield Said((*at, "metric"), message, "leave data.unit out, or put the rules about scores into another policy")
    ends = parts.score.ends() if parts.score else (0.0, 1.0)
    for metric in scored:
        if metric in _PROBABILITIES and not 0 <= ends[0] < ends[1] <= 1:
            message = f"{metric} needs a score that is a probability, and its range is {ends[0]:g} to {ends[1]:g}"
            yield Said((*at, "metric"), message, "use roc_auc, or name a column of probabilities")
        if not is_share(METRICS[metric]):
            yield from _compared(at, rule, metric, ends)


def _compared(at: Path, rule: Rule, metric: str, ends: tuple[float, float]) -> Iterator[Said]:
    label = METRICS[metric].label
    if rule.compare in ("max_gap", "min_ratio"):
        message = f"{metric} is no share of people, and the interval of {rule.compare} is known for shares only"
        yield Said((*at, "compare"), message, "compare it by difference")
    if rule.compare == "ratio" and (metric == "calibration_in_the_large" or (metric != "roc_auc" and ends[0] < 0)):
        message = f"{label} can be 0 or negative, so a ratio of two of them means nothing"
        yield Said((*at, "compare"), message, "compare it by difference")
    if rule.test:
        message = f"the test compares two shares of people, and {metric} is none"
        yield Said((*at, "test"), message, "leave the test out and use 'judge: interval'")
