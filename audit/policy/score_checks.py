"""Checks of what rules say about scores: a score is named, its range makes sense, and the comparison can be made."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isfinite
from typing import Final

from audit.metrics import DECISION_FREE, METRICS, SCORED, is_share
from audit.policy.checks import Parts
from audit.policy.columns import Score
from audit.policy.faults import Path, Said
from audit.policy.requirement import LOGITS
from audit.policy.rules import Rule
from audit.policy.scalars import terse

_PROBABILITIES: Final = ("brier_score", "calibration_in_the_large", *LOGITS)
_SIGNED: Final = ("calibration_in_the_large", "standardized_mean_score", *LOGITS)
#: The cutoffs that decide everybody alike: those at this end of the range (0 the least, 1 the most) by side.
_IDLE_END: Final = {"above": 1, "at_least": 0, "below": 0, "at_most": 1}


def score_checks(parts: Parts) -> Iterator[Said]:
    """Everything about the score and the rules that speak of it."""
    scored = any(SCORED & set(rule.metrics) for rule in parts.rules.values())
    if parts.score:
        yield from _range(parts.score)
        if parts.ends and (parts.score.range or scored):
            yield from _cutoff(parts.score, parts.ends)
    for number, rule in parts.rules.items():
        at: Path = ("rules", number)
        if parts.has_data and not parts.has_decision:
            yield from _undecided(at, rule)
        yield from _scores(at, rule, parts)
        yield from _top(at, rule)
        yield from _denominator(at, rule)


def _range(score: Score) -> Iterator[Said]:
    at: Path = ("data", "score", "range")
    if not score.range:
        return
    if len(score.range) != 2 or not all(isfinite(end) for end in score.range):
        yield Said(at, "a range has two ends, both numbers", "write it like [300, 850]")
    elif score.range[0] >= score.range[1]:
        yield Said(at, "the range has to rise", "write the least first, like [300, 850]")


def _cutoff(score: Score, ends: tuple[Fraction, Fraction]) -> Iterator[Said]:
    low, high = ends
    if score.cutoff is None or (low <= score.cutoff <= high and score.cutoff != ends[_IDLE_END[score.side]]):
        return
    message = f"the score ranges from {terse(low)} to {terse(high)}, so {score.side} {terse(score.cutoff)} "
    hint = "mend the cutoff or the range" if score.range else "write what the score can be, like 'range: [300, 850]'"
    yield Said(("data", "score", "cutoff"), f"{message}decides everybody alike", hint)


def _undecided(at: Path, rule: Rule) -> Iterator[Said]:
    about = [metric for metric in rule.metrics if metric not in DECISION_FREE]
    if about:
        verb = "are" if len(about) > 1 else "is"
        message = f"{' and '.join(about)} {verb} about decisions, and the policy names none"
        yield Said((*at, "metric"), message, "name data.decision, or give the score a cutoff")


def _scores(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    scored = [metric for metric in rule.metrics if metric in SCORED]
    if not scored or parts.data is None:
        return
    if "score" not in parts.data:
        yield Said((*at, "metric"), f"{scored[0]} needs a score", "name its column in data.score")
        return
    for metric in scored:
        if not is_share(METRICS[metric]):
            yield from of_no_share(at, rule, metric)
        if parts.ends:
            yield from _ranged(at, rule, metric, parts.ends)


def _top(at: Path, rule: Rule) -> Iterator[Said]:
    """The one metric of a fraction of the best scores says which, and no other metric is of one."""
    others = [metric for metric in rule.metrics if metric != "top_fraction_rate"]
    if rule.top is not None and others:
        message = f"'top' is how many a selection by score would take, and {others[0]} is about no such selection"
        hint = "put the metric into another rule" if len(others) < len(rule.metrics) else "use top_fraction_rate"
        yield Said((*at, "top"), message, f"leave it out, or {hint}", key=True)
    elif rule.top is None and len(others) < len(rule.metrics):
        message = "top_fraction_rate is the rate of a selection by score, and the rule does not say how many it takes"
        yield Said((*at, "metric"), message, "add the part of all, like 'top: 0.2'")


def _denominator(at: Path, rule: Rule) -> Iterator[Said]:
    """A deviation divides the one metric that is in deviations; one of two groups needs two."""
    if rule.denominator is None:
        return
    others = [metric for metric in rule.metrics if metric != "standardized_mean_score"]
    if others:
        message = f"'denominator' is what standardized_mean_score is divided by, and {others[0]} is not divided by any"
        hint = "put the metric into another rule" if len(others) < len(rule.metrics) else "use standardized_mean_score"
        yield Said((*at, "denominator"), message, f"leave it out, or {hint}", key=True)
    elif rule.denominator != "all" and rule.compare != "difference":
        message = f"'denominator: {rule.denominator}' is of two groups, and 'compare: {rule.compare}' names no two"
        if rule.compare == "value":
            yield Said((*at, "denominator"), message, "compare by difference, or leave it out: the deviation of all")


def of_no_share(at: Path, rule: Rule, metric: str) -> Iterator[Said]:
    """What only shares of people can be asked: gaps over all groups, and tests."""
    if rule.compare in ("max_gap", "min_ratio"):
        message = f"{metric} is no share of people, and the interval of {rule.compare} is known for shares only"
        yield Said((*at, "compare"), message, "compare it by difference")
    if rule.test:
        message = f"the test compares two shares of people, and {metric} is none"
        yield Said((*at, "test"), message, "leave the test out and use 'judge: interval'")


def _ranged(at: Path, rule: Rule, metric: str, ends: tuple[Fraction, Fraction]) -> Iterator[Said]:
    low, high = ends
    if metric in _PROBABILITIES and not 0 <= low < high <= 1:
        message = f"{metric} needs a score that is a probability, and its range is {terse(low)} to {terse(high)}"
        yield Said((*at, "metric"), message, "use roc_auc, or name a column of probabilities")
    negative = metric in _SIGNED or (metric in ("mean_score", "median_score") and low < 0)
    if rule.compare == "ratio" and negative:
        message = f"{metric} can be 0 or negative, so a ratio of two of them means nothing"
        yield Said((*at, "compare"), message, "compare it by difference")
