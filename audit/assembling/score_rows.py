"""What a reader sees of the scores: a row of statistics for every group, and curves for the largest.

Means, medians, AUCs and calibration in the large are those of the tables of groups, so that no two numbers differ.
Nothing here is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt

import numpy as np

from audit.assembling.score_curves import Display, banded, bars, display, reliability_bins, roc, trimmed
from audit.assembling.score_sweep import Sure, Thresholds, ratios, sweep_points, thresholds
from audit.counts.counts import Counts
from audit.counts.group import Group, pooled
from audit.counts.scoregroup import ScoreGroup, score_moments, together
from audit.groups.population import Population
from audit.policy import Policy
from audit.result import GroupRow
from audit.result.records import MetricValue, ScoreCurves, ScoreNote, ScoreRow, ScoreValue, SweepRatio
from audit.stats.auc import auc
from audit.stats.calibration import reliability, root, squared_error
from audit.stats.distances import kolmogorov_smirnov, wasserstein
from audit.stats.histogram import Histogram, Measured
from audit.stats.logistic import calibration_slope, fitted_estimates
from audit.stats.moments import variance
from audit.stats.quantiles import quantile
from audit.words.sentences import STATUS

#: The quantiles that are given, by the names that they have.
QUANTILES = {"0.05": 0.05, "0.25": 0.25, "0.5": 0.5, "0.75": 0.75, "0.95": 0.95}
#: So many of the largest groups of an attribute have curves.
MOST_WITH_CURVES = 12

#: Why a statistic of scores has no value, and why a group has no curves.
_FEW = "fewer than {least} records"
_ABSENT = {
    "sums": "only sums of the scores were counted",
    "nothing": "no records with a score",
    "no_outcomes": "no outcomes",
    "no_positives": "no positive outcomes",
    "no_negatives": "no negative outcomes",
    "no_variation": "all scores alike",
    "separable": "scores part the outcomes completely",
    "scores_outside_0_1": "scores are no probabilities",
    "empty_group": "nobody else to compare with",
    "one_record": "a single record",
}
_NOT_DRAWN = f"curves are kept for the {MOST_WITH_CURVES} largest groups"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Frame:
    """What the groups of one attribute share. `falling`: high scores speak for the negative outcome."""

    least: int
    tail: float
    min_expected: float
    note: ScoreNote
    whole: ScoreGroup
    shown: Display | None
    at: Thresholds | None


def score_rows(
    counts: Counts, people: Population, policy: Policy, known: Iterable[GroupRow]
) -> tuple[tuple[ScoreRow, ...], ScoreNote | None]:
    """The scores of everyone and of every group whose scores were counted, and what they are; nothing without any.

    `known` are the groups' rows, everyone's among them, whose numbers are taken over.
    """
    if counts.scores is None or policy.data.score is None or people.everyone.scores is None:
        return (), None
    note = _note(counts, policy)
    by_name = {(row.attribute, row.group): row for row in known}
    sides = [[people.everyone], *people.groups.values()]
    rows: list[ScoreRow] = []
    swept: dict[str, tuple[SweepRatio, ...]] = {}
    for groups in sides:
        there = [group for group in groups if group.scores is not None and (group.attribute, group.name) in by_name]
        if not there:
            continue
        frame = _frame(there, note, policy, sampled=people.sampled)
        own = {group.name: by_name[group.attribute, group.name] for group in there}
        largest = sorted(there, key=lambda group: -(own[group.name].n or 0))[:MOST_WITH_CURVES]
        drawn = {group.name for group in largest}
        rows += [_row(group, own[group.name], frame, drawn=group.name in drawn) for group in there]
        swept[there[0].attribute] = _ratios(there, own, frame)
    return tuple(rows), replace(note, ratios={name: found for name, found in swept.items() if found})


def _note(counts: Counts, policy: Policy) -> ScoreNote:
    scores, score = counts.scores, policy.data.score
    assert scores is not None and score is not None  # noqa: S101, PT018 - seen by the caller
    decides = policy.data.decision is None and score.cutoff is not None
    return ScoreNote(
        column=score.column,
        low=scores.low,
        high=scores.high,
        width=scores.width,
        falling=scores.falling,
        probability=scores.low >= 0 and scores.high <= 1,
        side=score.side,
        cutoff=float(score.cutoff) if decides and score.cutoff is not None else None,
        min_count=policy.groups.min_count,
        ratios={},
    )


def _frame(groups: Sequence[Group], note: ScoreNote, policy: Policy, *, sampled: bool) -> _Frame:
    scores = [group.scores for group in groups if group.scores is not None]
    whole = scores[0]
    for one in scores[1:]:
        whole = whole + one
    least = policy.groups.min_count
    counted = whole.histogram if whole.histogram is not None and whole.histogram.everyone().sum() > 0 else None
    return _Frame(
        least=least,
        tail=(1.0 - policy.statistics.confidence) / 2,
        min_expected=policy.statistics.min_expected,
        note=note,
        whole=whole,
        shown=None if counted is None else display(counted, least),
        at=None
        if counted is None
        else thresholds(counted, side=note.side, cutoff=note.cutoff, sampled=sampled, least=least),
    )


# ---- one row -------------------------------------------------------------------------------------------------------


def _row(group: Group, own: GroupRow, frame: _Frame, *, drawn: bool) -> ScoreRow:
    scores = group.scores
    assert scores is not None  # noqa: S101 - seen by the caller
    small = scores.rows < frame.least
    few = _FEW.format(least=frame.least)
    numbers = _no_numbers(few) if small else _numbers(scores, own, frame)
    reason = few if small else _why_none(scores, drawn=drawn)
    return ScoreRow(
        attribute=group.attribute,
        group=group.name,
        group_key=dict(group.key),
        n=scores.rows,
        outcomes=round(float(scores.sums[:2, 0].sum())),
        status=own.status,
        curves=None if reason else _curves(group, scores, frame),
        no_curves=reason,
        **numbers,  # type: ignore[arg-type]  # each field by its name
    )


def _why_none(scores: ScoreGroup, *, drawn: bool) -> str | None:
    """Why a group has no curves; None if it has."""
    if scores.histogram is None:
        return _ABSENT["sums"]
    if not scores.histogram.everyone().any():  # rows that weigh nothing
        return _ABSENT["nothing"]
    return None if drawn else _NOT_DRAWN


def _no_numbers(reason: str) -> dict[str, ScoreValue | Mapping[str, ScoreValue]]:
    none = ScoreValue(value=None, reason=reason)
    return {**dict.fromkeys(_NUMBERS, none), "quantiles": dict.fromkeys(QUANTILES, none)}


_NUMBERS = (
    "mean", "deviation", "roc_auc", "kolmogorov_smirnov", "wasserstein", "calibration_in_the_large",
    "calibration_slope", "calibration_error",
)  # fmt: skip


def _numbers(scores: ScoreGroup, own: GroupRow, frame: _Frame) -> dict[str, ScoreValue | Mapping[str, ScoreValue]]:
    found: dict[str, ScoreValue | Mapping[str, ScoreValue]] = {
        **_no_numbers(_ABSENT["sums"]),
        "mean": _known(own.metrics.get("mean_score")),
        "deviation": _deviation(scores),
        "calibration_in_the_large": _known(own.metrics.get("calibration_in_the_large")),
    }
    if not frame.note.probability:
        outside = ScoreValue(value=None, reason=_ABSENT["scores_outside_0_1"])
        found |= dict.fromkeys(("calibration_in_the_large", "calibration_slope", "calibration_error"), outside)
    if scores.histogram is None:
        return found
    turned = trimmed(together([scores]))
    found |= {
        "quantiles": _quantiles(turned, own),
        "roc_auc": _known(own.metrics.get("roc_auc"), error=float(auc(turned).error[0])),
        **_distances(scores, frame.whole),
    }
    return found | (_calibration(turned, frame.tail) if frame.note.probability else {})


def _known(value: MetricValue | None, error: float = 0.0) -> ScoreValue:
    """A number of the tables of groups."""
    if value is None or value.value is None:
        return ScoreValue(value=None, reason=_ABSENT["sums"] if value is None else value.reason)
    return ScoreValue(value=value.value, low=value.low, high=value.high, error=error if isfinite(error) else 0.0)


def _deviation(scores: ScoreGroup) -> ScoreValue:
    spread = float(variance(score_moments([scores]))[0])
    if not isfinite(spread):
        return ScoreValue(value=None, reason=_ABSENT["one_record"])
    return ScoreValue(value=sqrt(spread))


def _quantiles(histogram: Histogram, own: GroupRow) -> dict[str, ScoreValue]:
    found = {name: _measured(quantile(histogram, level)) for name, level in QUANTILES.items()}
    median = _known(own.metrics.get("median_score"), error=histogram.width / 2)
    return found if median.value is None else {**found, "0.5": median}


def _distances(scores: ScoreGroup, whole: ScoreGroup) -> dict[str, ScoreValue]:
    """How far a group's scores are from those of everyone else in the attribute."""
    pair = trimmed(together([scores, whole.without(scores)]))
    return {
        "kolmogorov_smirnov": _measured(kolmogorov_smirnov(pair, [0], [1])),
        "wasserstein": _measured(wasserstein(pair, [0], [1])),
    }


def _calibration(turned: Histogram, tail: float) -> dict[str, ScoreValue]:
    """Slope and error."""
    slope = calibration_slope(turned)
    limits = fitted_estimates(slope).limits(np.array([tail]))
    value = _measured(Measured(value=slope.value, error=slope.error, reasons=slope.reasons))
    if value.value is not None and isfinite(limits.low[0]):
        value = replace(value, low=float(limits.low[0]), high=float(limits.high[0]))
    return {"calibration_slope": value, "calibration_error": _measured(root(squared_error(reliability(turned))))}


def _measured(found: Measured) -> ScoreValue:
    value = float(found.value[0])
    if not isfinite(value):
        reason = found.reasons[0] if found.reasons else None
        return ScoreValue(value=None, reason=_ABSENT.get(reason or "", reason or _ABSENT["nothing"]))
    error = float(found.error[0])
    return ScoreValue(value=value, error=error if isfinite(error) else 0.0)


# ---- curves --------------------------------------------------------------------------------------------------------


def _curves(group: Group, scores: ScoreGroup, frame: _Frame) -> ScoreCurves:
    raw, turned = scores.histogram, trimmed(together([scores]))
    assert raw is not None and frame.shown is not None and frame.at is not None  # noqa: S101, PT018 - counted alike
    curve = roc(trimmed(raw), frame.least, falling=frame.note.falling)
    return ScoreCurves(
        distribution=bars(raw, frame.shown, frame.least),
        sweep=sweep_points(group, raw, frame.at, frame.least),
        roc=curve if group.buckets is not None else banded(curve, raw, 1.0 - 2.0 * frame.tail),
        reliability=reliability_bins(turned, frame.least, frame.tail, (frame.note.low, frame.note.high)),
    )


def _ratios(groups: Sequence[Group], own: Mapping[str, GroupRow], frame: _Frame) -> tuple[SweepRatio, ...]:
    if frame.at is None:
        return ()
    judged = {
        group.name: (group, group.scores.histogram)
        for group in groups
        if own[group.name].status == STATUS["judged"]
        and group.scores is not None
        and group.scores.histogram is not None
    }
    return ratios(judged, frame.at, pooled(groups), Sure(tail=frame.tail, min_expected=frame.min_expected))
