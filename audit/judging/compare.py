"""Compare: the quantities of groups as contrasts, with their intervals and what the limit's p-value says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from audit.counts.rankgroup import RankGroup
from audit.counts.scoregroup import ScoreGroup
from audit.groups.measure import CONFUSION, Measure, effective
from audit.groups.ranked import few_lists, rank_contrast
from audit.groups.scored import MEANS, score_estimates
from audit.judging import tested
from audit.judging.deviations import deviation_differences, in_deviations
from audit.judging.evidence import NOTHING, Candidate, Evidence, knowing
from audit.judging.expected import expected_events
from audit.judging.resampled import correlation
from audit.metrics import RANKED, Metric, ScoreMetric, is_share
from audit.policy import Policy, Rule
from audit.policy.statistics import Statistics
from audit.stats import composites
from audit.stats.alternatives import DIFFERENCES, RATIOS, SHARES, KatzRatios
from audit.stats.composites import EstimateDifferences, EstimateRatios, Estimates
from audit.stats.contrasts import Contrast
from audit.stats.equivalence import p_outside_and_inside
from audit.stats.moments import MeanDifferences
from audit.stats.ranges import max_gap, min_ratio
from audit.values import Interval, Number, Region

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a group is compared with. `rest` is the same, but without the group where `within` says it is in there.

    `key` says which group it is, None where it is several.
    """

    name: str
    n: int
    measure: Measure
    rest: Measure
    within: float = 0.0
    key: Mapping[str, str] | None = None


Pair = tuple[Candidate, Compared | None]


def own_intervals(
    metric: Metric, measures: Sequence[Measure], statistics: Statistics, keys: Sequence[str]
) -> list[Interval]:
    """The confidence interval of each group's own value; `keys` name the groups' streams of random numbers."""
    of_scores = isinstance(metric, ScoreMetric) and not is_share(metric)
    if of_scores and not (_ranks(measures) if metric.name in RANKED else _scores(measures)):  # nobody has any
        return [NOTHING] * len(measures)
    limits = _own(metric, measures, statistics, keys).limits(np.full(len(measures), tail_of(statistics)))
    return [interval(*ends) for ends in zip(*(end.tolist() for end in limits), strict=True)]


def interval(low: float, high: float) -> Interval:
    """Two limits as an interval; an infinite one is unbounded."""
    return Interval(low=float(low) if isfinite(low) else None, high=float(high) if isfinite(high) else None)


def compare_each(
    bare: Evidence, fit: Sequence[Candidate], against: Sequence[Compared] | None, policy: Policy
) -> tuple[list[Evidence], Contrast | None, tuple[int, ...]]:
    """Evidence for each group, by itself or against its reference, and the contrast of those that can be computed."""
    pairs: list[Pair] = list(zip(fit, against, strict=True)) if against else [(one, None) for one in fit]
    if bare.reading is not None and bare.reading.denominator is not None:
        pairs = [_standardized(bare.reading.denominator, pair) for pair in pairs]
    evidence = [_one(bare, candidate, reference, policy.statistics) for candidate, reference in pairs]
    places = tuple(i for i, piece in enumerate(evidence) if piece.missing is None)
    if not places:
        return evidence, None, ()
    chosen = [pairs[i] for i in places]
    contrast = _contrast(bare, chosen, policy.statistics)
    beyond, within = _p_values(contrast, bare.rule.region)
    rests = [other.rest for _, other in chosen if other]
    enough = expected_events(bare, [one.measure for one, _ in chosen], rests) >= policy.statistics.min_expected
    for i, place in enumerate(places):
        evidence[place] = knowing(
            evidence[place], p_beyond=_known(beyond[i]), p_within=_known(within[i]), enough=bool(enough[i])
        )
    return evidence, contrast, places


def compare_all(bare: Evidence, fit: Sequence[Candidate], policy: Policy) -> tuple[Evidence, Contrast | None]:
    """Evidence for all groups at once: their largest gap, or their smallest ratio."""
    x, n = effective([candidate.measure for candidate in fit])
    extreme = max_gap if bare.rule.compare == "max_gap" else min_ratio
    contrast = extreme(x, n, min_expected=policy.statistics.min_expected)
    if contrast.pair is None:
        return replace(bare, missing="one_group"), None
    pair = sorted((fit[place] for place in contrast.pair), key=lambda candidate: candidate.measure.value or 0)
    worst, best = pair if policy.harm_of(bare.metric.name, bare.rule) == "low" else reversed(pair)
    value, exact = _value(bare.rule, worst.measure, best.measure)
    piece = replace(
        replace(bare, reference=best.name, reference_n=best.n, reference_value=best.measure.value),
        group=worst,
        value=value,
        exact=exact,
        records=sum(candidate.n for candidate in fit),
    )
    if value is None:
        return replace(piece, missing="reference_zero"), None
    of_all = tested.of_all(piece, x, n, policy.statistics)
    return with_p_values(replace(piece, test=of_all), contrast), contrast


def with_p_values(piece: Evidence, contrast: Contrast) -> Evidence:
    """The only piece of a contrast, with its p-values."""
    [beyond], [within] = _p_values(contrast, piece.rule.region)
    return replace(piece, p_beyond=_known(beyond), p_within=_known(within))


def _p_values(contrast: Contrast, region: Region) -> tuple[Array, Array]:
    """One-sided p-values for lying beyond the limits, and for lying within all of them."""
    return p_outside_and_inside(contrast, *region.ends)


def _known(p_value: float) -> float | None:
    return None if np.isnan(p_value) else float(p_value)


def tail_of(statistics: Statistics) -> float:
    """The probability that an interval leaves out on each side."""
    return (1 - statistics.confidence) / 2


# ---- one group -----------------------------------------------------------------------------------------------------


def _one(bare: Evidence, candidate: Candidate, reference: Compared | None, statistics: Statistics) -> Evidence:
    """The point value of one group under the rule, or why there is none."""
    measured = candidate.measure
    if reference is None:
        few = {} if measured.value is None else _few_lists(bare, measured)
        return knowing(
            bare,
            group=candidate,
            records=candidate.n,
            value=measured.value,
            exact=_exact(measured),
            missing=measured.reason if measured.value is None else "few_lists" if few else None,
            details=few,
        )
    value, exact, missing = _disparity(bare.rule, measured, reference)
    piece = knowing(
        bare,
        group=candidate,
        records=reference.n + (0 if reference.within else candidate.n),
        reference=reference.name,
        reference_n=reference.n,
        reference_value=reference.measure.value,
        value=value,
        exact=exact,
        missing=missing,
    )
    return piece if missing else _estimated(piece, measured, reference, statistics)


def _disparity(rule: Rule, measured: Measure, reference: Compared) -> tuple[Number | None, str | None, str | None]:
    """The value of a group against its reference and how it was made of counts, or why there is none."""
    if measured.value is None:
        return None, None, measured.reason
    if reference.measure.value is None or reference.rest.value is None:
        return None, None, "reference_undefined"
    value, exact = _value(rule, measured, reference.measure)
    return value, exact, "reference_zero" if value is None else None


def _estimated(piece: Evidence, measured: Measure, reference: Compared, statistics: Statistics) -> Evidence:
    """The evidence with what the rule's test says, and why there is no interval, if there is none."""
    test = tested.of_two(piece, measured, reference.rest, statistics)
    few = _few_lists(piece, measured, reference.rest)
    missing = "few_lists" if few else None if _estimable(piece, measured, reference, statistics) else "no_logarithm"
    return knowing(piece, test=test, missing=missing, details=few) if test or missing else piece


def _few_lists(bare: Evidence, *measures: Measure) -> dict[str, str]:
    """What is to be said where ranked lists are too few for an interval, if one has to decide; else nothing."""
    return {} if bare.metric.name not in RANKED or bare.rule.judge == "point" else few_lists(_ranks(measures))


def _value(rule: Rule, first: Measure, second: Measure) -> tuple[Number | None, str | None]:
    """The disparity, exact where both are counts, and how it was made of them."""
    a, b = first.value, second.value
    if a is None or b is None:
        return None, None
    ratio = rule.compare in ("ratio", "min_ratio")
    if (rule.compare == "max_gap" and a < b) or (rule.compare == "min_ratio" and a > b):
        a, b, first, second = b, a, second, first
    if ratio and b == 0:
        return None, None
    value: Number = a / b if ratio else a - b
    exact, other = _exact(first), _exact(second)
    sign = "/" if ratio else "-"
    return value, f"({exact}) {sign} ({other})" if exact and other else None


def _exact(measured: Measure) -> str | None:
    """`1712/6859`, for counts, if there are any."""
    counted = measured.share
    if counted is None or measured.value is None or not isinstance(counted.hits, int):
        return None
    return f"{counted.hits}/{counted.trials}"


def _estimable(bare: Evidence, first: Measure, reference: Compared, statistics: Statistics) -> bool:
    """Is there an interval? Katz's has none without a success in either group."""
    if statistics.ratio_interval != "katz" or bare.rule.compare != "ratio" or not is_share(bare.metric):
        return True
    (x1, x2), (n1, n2) = (values[:, np.newaxis] for values in effective([first, reference.rest]))
    return bool(KatzRatios(x1=x1, n1=n1, x2=x2, n2=n2).estimable[0])


def _standardized(denominator: str, pair: Pair) -> Pair:
    """A group and its reference with their mean scores in a standard deviation of theirs."""
    candidate, reference = pair
    if reference is None:
        return pair
    first, second = in_deviations(denominator, candidate.measure, reference.rest)
    return replace(candidate, measure=first), replace(reference, measure=second, rest=second)


# ---- contrasts -----------------------------------------------------------------------------------------------------

_COMPOSITES: dict[str, type[EstimateDifferences | EstimateRatios]] = {
    "difference": EstimateDifferences,
    "ratio": EstimateRatios,
}


def _contrast(bare: Evidence, pairs: Sequence[Pair], statistics: Statistics) -> Contrast:
    first = [candidate.measure for candidate, _ in pairs]
    others = [reference for _, reference in pairs if reference is not None]
    stream = f"{bare.metric.name}/{bare.attribute}"
    keys = [f"{stream}/{candidate.name}" for candidate, _ in pairs]
    if not others:
        return _own(bare.metric, first, statistics, keys)
    rest = [reference.rest for reference in others]
    if is_share(bare.metric):
        (x1, n1), (x2, n2) = effective(first), effective(rest)
        within = np.array([reference.within for reference in others])
        build = of_shares(bare.rule.compare, statistics)
        return build(x1=x1, n1=n1, x2=x2, n2=n2, within=within if within.any() else None)
    if bare.reading is not None and bare.reading.denominator is not None:
        return deviation_differences(bare.reading.denominator, _scores(first), _scores(rest))
    if bare.metric.name in MEANS and bare.rule.compare == "difference":
        moments, _ = MEANS[bare.metric.name]
        return MeanDifferences(first=moments(_scores(first)), second=moments(_scores(rest)))
    if bare.metric.name in RANKED:
        return rank_contrast(bare.metric.name, bare.rule.compare, _ranks(first), _ranks(rest))
    second = [f"{stream}/{reference.name}" for reference in others]
    compose = _COMPOSITES[bare.rule.compare]
    return compose(
        first=_estimates(bare.metric, first, statistics, keys), second=_estimates(bare.metric, rest, statistics, second)
    )


def of_shares(compare: str, statistics: Statistics) -> Callable[..., Contrast]:
    """Two shares compared, by the interval that the policy asks for."""
    return RATIOS[statistics.ratio_interval] if compare == "ratio" else DIFFERENCES[statistics.difference_interval]


def _own(metric: Metric, measures: Sequence[Measure], statistics: Statistics, keys: Sequence[str]) -> Contrast:
    """Each group by itself."""
    if is_share(metric):
        x, n = effective(measures)
        return SHARES[statistics.interval](x=x, n=n)
    if metric.name in RANKED:
        return rank_contrast(metric.name, "value", _ranks(measures))
    return _estimates(metric, measures, statistics, keys)


def _estimates(metric: Metric, measures: Sequence[Measure], statistics: Statistics, keys: Sequence[str]) -> Estimates:
    if isinstance(metric, ScoreMetric):
        return score_estimates(metric.name, _scores(measures))
    if metric.name == "matthews_corrcoef":
        sampled = [correlation(measured, statistics, key) for measured, key in zip(measures, keys, strict=True)]
        return composites.correlations(sampled)
    cells = [np.array([measured.effective[cell] for measured in measures]) for cell in CONFUSION]
    return composites.f1(*cells) if metric.name == "f1" else composites.balanced_accuracy(*cells)


def _scores(measures: Sequence[Measure]) -> list[ScoreGroup]:
    return [measured.group.scores for measured in measures if measured.group.scores is not None]


def _ranks(measures: Sequence[Measure]) -> list[RankGroup]:
    return [measured.group.ranks for measured in measures if measured.group.ranks is not None]
