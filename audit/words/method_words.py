"""The method, in words: a paragraph for every procedure that an audit really used, with its source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

from audit.counts.celltable import BUCKETS
from audit.stats.design_effect import PLACES
from audit.words import method_texts as texts


@dataclass(frozen=True, kw_only=True)
class Used:
    """What an audit used: (kind of metric, comparison) pairs, named tests, weights, correction and so on."""

    compares: frozenset[tuple[str, str]]
    tests: frozenset[str]
    weighted: str | None
    has_outcome: bool
    correction: str
    family: int
    confidence: float
    unknown: str
    adverse: bool
    chosen: bool
    limited: bool = True
    references: frozenset[str] = frozenset()
    interval: str = "wilson"
    difference_interval: str = "miettinen_nurminen"
    ratio_interval: str = "koopman"
    family_of: str = "policy"
    power: float | None = None
    clustered: bool = False
    given: bool = False
    bins: int | None = None
    width: float = 0.0
    top: bool = False
    tested: bool = False
    caveats: tuple[str, ...] = ()
    baseline: bool = False
    composites: bool = False


_COMPOSITE = {
    "jaccard": "The interval of F1 is the Wilson interval of TP / (TP + FP + FN), mapped by 2J / (1 + J), which is "
    "exact.",
    "mover": "The interval of balanced accuracy combines the Wilson intervals of its two rates by the method of "
    "variance estimates recovery (Zou and Donner 2008).",
    "bootstrap": "The interval of the Matthews correlation comes from a multinomial bootstrap of the confusion "
    "cells, which equals resampling the records, corrected for bias and acceleration (Efron 1987).",
}
_SCORES = {
    "mean": "The interval of a mean (of scores, of squared errors, of outcome less score) is Student's, from exact "
    "sums of the scores' powers; two means are compared by Welch's interval (1947).",
    "standardized": "A standardized mean score (deviation of all) is in standard deviations of all usable scores (of "
    "n, not n - 1). Its interval is Student's, and that of a difference Welch's (1947), from exact sums of the scores' "
    "powers; the deviation is taken for known, so they leave out how far it varies itself.",
    "deviations": "A standardized mean score that names a deviation is in that of the groups compared: of both (all "
    "their records together, of n), pooled (Cohen's d), pooled with Hedges' exact correction for few records (1981), "
    "of the reference (Glass's delta), or the root of the average of both variances. It stands in that unit from the "
    "mean of all. The interval of a difference is Welch's (1947), of values linearised from exact sums of the scores' "
    "first four powers, so that it allows for how far the deviation varies itself.",
    "error": "Errors of predicted numbers are prediction minus target. The interval of a mean of them, of their sizes "
    "or of their squares is Student's, from exact sums of their powers; two means are compared by Welch's interval "
    "(1947).",
    "root_mean_squared_error": "The limits of a root mean squared error are the roots of Student's limits of the mean "
    "of the squares, from exact sums of the errors' powers.",
    "roc_auc": "The ROC AUC is the chance that a record with a positive outcome has the better score than one with a "
    "negative outcome, ties counting half. Its interval is DeLong's (1988) on the logit scale or Newcombe's method 5 "
    "(2006), whichever reaches farther on each side. All of the true ROC curve lies in the band around a group's, at "
    "the audit's confidence: the bounds of Dvoretzky, Kiefer and Wolfowitz (Massart 1990) on both of its "
    "distributions (Campbell 1994); weighted rows, and rows that belong together, get no band.",
    "calibration_intercept": "A calibration intercept is the one that fits the outcomes best in a logistic model whose "
    "slope on the logit of the score is held at 1 (Cox 1958), with Wald's interval, by the larger of the model's "
    "standard error and the sandwich's, as the slope need not be 1.",
    "calibration_slope": "A calibration slope is that of a logistic model of the outcome on the logit of the score, "
    "with an intercept of its own (Cox 1958) and Wald's interval from the information matrix.",
    "median_score": "The interval of a median is that of the sign test, which holds for any distribution.",
}
_MEANS = frozenset({"mean", "standardized", "deviations", "error", "root_mean_squared_error"})
_RANKED = (
    "Exposure is 1 / log2(1 + position) on average (Singh and Joachims 2018). Relative exposure, and the "
    "representation at k, whose natural logarithm is the skew at k (Geyik, Ambler and Kenthapadi 2019), are held "
    "against what a random order of each list would give. Intervals take lists for what is drawn: variances are those "
    "of a delete-one jackknife over {buckets} buckets of lists, of both groups of a comparison together, as items of "
    "one list push one another down; they are never smaller than random order makes them. Tests are Student's, with a "
    "degree of freedom fewer than there are lists; ratios are tested as Fieller does (1954)."
)
_DIVERGENCE = (
    "NDKL (Geyik, Ambler and Kenthapadi 2019) is above 0 in a random order of a list too, and far above in a short "
    "one. So its exact mean over all orders of the same items is taken from that of each list with two groups or more, "
    "and what is left is judged on average over lists, by Student's interval from a jackknife over {buckets} buckets "
    "of lists, never narrower than random orders scatter it. Items of unknown group are passed over. The p-value of so "
    "much in random orders is by Pearson's type III from three moments over them (Mielke, Berry and Brier 1981), two "
    "of them of shuffles."
)
_EXACT_SCORES = "Every distinct score was counted, so whatever is made of the scores is exact."
_BINNED_SCORES = (
    "Scores were counted in {bins:,} bins. A median may be off by {half:.3g}, and an AUC by half the share of pairs "
    "that share a bin; intervals are widened by that. Means are sums of the scores themselves, and a rate above the "
    "median is exact."
)
LOGITS = ("calibration_intercept", "calibration_slope")
_LOGITS = (
    "In calibration intercepts and slopes scores of 0 and 1 stand for logits of -16 and 16. Where scores are in bins, "
    "limits are moved apart by as much as moving every score to an edge of its bin can move the coefficient, a slope "
    "to first order. Under sampling weights standard errors are those of the sandwich."
)
_TOP = (
    "A selection by score takes the best-scored fraction of all n usable scores, of any group: all who score no less "
    "than the one in place floor(fraction * n), or no more where low scores are the better ones, ties included; under "
    "sampling weights, that part of the weight. It is exact where scores are in bins too: those around its cutoff were "
    "counted once more, each by itself. The cutoff is taken for fixed: intervals are of the rates at the cutoff that "
    "these records give, and leave out that others would give another one."
)
_CLUSTERED = (
    "Rows of one unit belong together. Each share is counted at its effective size, from the linearised variance "
    "between {buckets} buckets of units (by a hash of the unit), as if buckets were drawn with replacement; where all "
    "rows of a group agree, at the number of its buckets."
)
_CLUSTERED_MEANS = (
    "Where rows of one unit belong together, the variance of a mean is the linearised one between {buckets} buckets of "
    "units, or that between rows where this is larger, and Student's quantile has one degree of freedom fewer than "
    "there are buckets."
)
_CLUSTERED_SCORES = (
    "Where rows of one unit belong together, the variance of what is made of the distribution of scores (an AUC, a "
    "median, a calibration coefficient, a share beyond a score) is multiplied by its design effect, which is never "
    "taken below 1. To first order each row pulls on such a number, on an AUC by DeLong's placement (Obuchowski 1997). "
    "The effect is how much the sums of these pulls vary between {buckets} buckets of units, over what they would vary "
    "if rows were independent. For that alone, scores are counted at {places} places of their range; where these tell "
    "too little of them apart, all rows of a bucket count as alike."
)
_COMPARE = {
    "value": "A group's own value is held against the limit.",
    "difference": "A difference is the group's value minus the reference's. A limit that is written as 'at most' "
    "(<=) holds whichever way the difference points; one written as 'at least' (>=) looks one way.",
    "ratio": "A ratio is the group's value divided by the reference's.",
    "change": "A change since the baseline is how much farther a group is behind its reference, to its harm, than "
    "under the baseline's decisions about the same records. Only records on which the models differ tell of a rate's "
    "change, which has Tango's score interval (1998); two groups' changes are combined by the method of variance "
    "estimates recovery (Zou and Donner 2008). A group that was ahead and comes nearer counts as moved to its harm "
    "too. The fewest expected events are records on which the models differ.",
    "max_gap": "The largest gap between any two groups is held against the limit. The observed gap of groups that "
    "are truly equal is never 0, so its lower limit is simultaneous over all pairs (studentised range); its upper "
    "limit needs no allowance, because the truly widest pair is one pair.",
    "min_ratio": "The smallest ratio between any two groups is held against the limit, with a simultaneous upper "
    "limit and an unadjusted lower one, for the same reason as for gaps.",
}
_COMPOSITE_COMPARED = (
    "Differences and ratios of metrics that are no shares combine the two groups' intervals by the method of variance "
    "estimates recovery; groups do not share records, so they are independent."
)
#: The kinds of metric, and the comparisons, in which two intervals are combined.
_PAIRED = (*_COMPOSITE, *LOGITS, "roc_auc", "median_score", "root_mean_squared_error")
_COMBINED = {("mean", "ratio"), ("error", "ratio"), *product(_PAIRED, ("difference", "ratio"))}
_TESTS_WEIGHTED = (
    "Where rows carry sampling weights or belong together, a named test counts each group at its effective size, in "
    "whole records."
)
_GIVEN = (
    "Where a rule is given factors, groups are compared among records that are alike in them. Both rates are averaged "
    "over the strata that hold both, by the weights of Mantel and Haenszel (1959). The interval inverts the score test "
    "over the strata with the variance of Miettinen and Nurminen (1985) in each; at parity it is the "
    "Cochran-Mantel-Haenszel test. Where less than 90 % of the records of both lie in such strata, there is no "
    "verdict. Whether the odds ratios of the strata differ is tested after Tarone (1985). The numbers over all records "
    "stand beside. Neither says why groups differ; that a factor is a legitimate reason is what the policy says."
)
_GIVEN_BY_SCORE = (
    "The intervals of differences and ratios that this policy asks for are those of comparisons of all records. In "
    "rules that are given factors they are not used: the intervals within strata, and those of the numbers over all "
    "records beside them, are score intervals."
)
_BASELINE = (
    "Rates under the baseline are of the same records, and change by those that one of the models counts and the "
    "other does not. A change has Tango's interval (1998); its p-value is McNemar's mid-p (Fagerland, Lydersen and "
    "Laake 2013), or, where records weigh unlike or belong together, that of Tango's score at their effective number. "
    "They allow for no other comparison and decide nothing."
)
_VERDICTS = (
    "Pass: the whole interval meets the requirement. Fail: none of the adjusted interval does. Inconclusive: the "
    "interval reaches across the limit. "
)
_UNDEFINED = "A value that is undefined, such as a rate among no records, is never 0 and never passes."
_WEIGHTS = {
    "frequency": "Each row stands for as many records as its weight says.",
    "sampling": "Rows carry sampling weights. Rates are weighted; an interval counts each denominator at its "
    "effective size, from the linearised variance of the weighted share with rows as clusters.",
}
_UNKNOWN = {
    "report": "Records whose group is not known are counted and left out of that attribute's groups. Where they could "
    "move a finding, its bounds over all ways of giving them to the groups stand beside it (Manski's worst case); they "
    "do not change its verdict.",
    "bound": "Records whose group is not known are counted and left out of that attribute's groups. The interval that "
    "decides reaches over all ways of giving them to the groups (Manski's worst case), with the error of sampling at "
    "either end.",
    "group": "Records whose group is not known form a group of their own.",
    "exclude": "Records whose group is not known are excluded from that attribute's tables, and counted.",
}
_UNBOUNDED = (
    "Comparisons within strata, changes since a baseline and metrics that are no rates of people have no such bounds, "
    "and their verdicts leave out whoever is of unknown group: a record that is given to a group changes the weights "
    "of all strata, or several rates at once, so the extremes do not lie where those of one rate lie."
)
#: The ways to treat unknown membership that tell what it could change.
_BOUNDED = frozenset({"report", "bound"})
_GIVEN_POWER = (
    "Within strata the smallest disparity that the data could have shown is one that is the same in every stratum, "
    "against the reference's rates as observed; one that is spread otherwise may take more or less to be shown."
)
_ADVERSE = (
    "A positive decision is adverse to the person in this audit: the selection rate is the share with the adverse "
    "decision, and a false positive is an adverse decision that the outcome did not bear out."
)
_EXACT = (
    "Counts are whole numbers and requirements are fractions; values are compared with limits in exact arithmetic, "
    "before any rounding. Figures are rounded for reading, never onto or across a limit."
)
_LIMITS = (
    "This audit describes decisions on the records it was given. It does not show why rates differ, and records "
    "that never reached the system are not in it."
)
_INDEPENDENT = "Records are treated as independent of each other."
_NO_OUTCOME = "The policy names no outcome column, so only metrics that need none are computed."


def method_notes(used: Used) -> tuple[str, ...]:
    """The paragraphs that apply, in reading order."""
    kinds = {kind for kind, _ in used.compares}
    compares = {compare for _, compare in used.compares}
    alpha = f"{(1 - used.confidence) / 2:.1%}"
    # Tables of all rates have these three wherever decisions have outcomes, whatever the rules are about.
    shown = kinds | {*_COMPOSITE} if used.composites else kinds
    notes = [texts.SHARES[used.interval], *(text for kind, text in _COMPOSITE.items() if kind in shown)]
    notes += _of_scores(used, kinds)
    notes += [text for compare, text in _COMPARE.items() if compare in compares]
    notes += _against_a_reference(used)
    notes += [_GIVEN] if used.given else []
    asked = (used.ratio_interval, used.difference_interval) != ("koopman", "miettinen_nurminen")
    notes += [_GIVEN_BY_SCORE] if used.given and asked else []
    notes += [_BASELINE] if used.baseline else []
    notes += [text for test, text in texts.TESTS.items() if test in used.tests]
    notes += [_TESTS_WEIGHTED] if used.tests and (used.clustered or used.weighted == "sampling") else []
    notes += [_VERDICTS + _UNDEFINED if used.family else _UNDEFINED]
    notes += [texts.WITHIN.format(alpha=alpha), _allowance(used, alpha)] if used.limited else [texts.NO_LIMIT]
    notes += [texts.TESTED.format(level=f"{1 - used.confidence:.3g}")] if used.tested else []
    notes += [_WEIGHTS[used.weighted]] if used.weighted else []
    notes += [_CLUSTERED.format(buckets=BUCKETS)] if used.clustered else []
    as_one = texts.CHOSEN_AS_ONE if used.correction in ("holm", "bonferroni") else ""
    notes += [texts.CHOSEN + as_one] if used.chosen and used.family and used.correction != "none" else []
    notes += [texts.POWER.format(power=used.power)] if used.power is not None else []
    notes += [_GIVEN_POWER] if used.power is not None and used.given else []
    notes += [_UNKNOWN[used.unknown]]
    notes += (
        [_UNBOUNDED] if used.unknown in _BOUNDED and (used.given or "change" in compares or kinds - {"rate"}) else []
    )
    notes += used.caveats
    notes += [_ADVERSE] if used.adverse else []
    notes += [] if used.has_outcome else [_NO_OUTCOME]
    notes += [] if used.clustered or kinds <= {"ranked", "divergence"} else [_INDEPENDENT]
    return (*notes, _EXACT, _LIMITS)


def _against_a_reference(used: Used) -> list[str]:
    """Whom groups are compared with, and how such a comparison has its interval."""
    notes = [text for kind, text in texts.REFERENCES.items() if kind in used.references]
    notes += [texts.DIFFERENCES[used.difference_interval]] if ("rate", "difference") in used.compares else []
    notes += [texts.RATIOS[used.ratio_interval]] if ("rate", "ratio") in used.compares else []
    return [*notes, _COMPOSITE_COMPARED] if used.compares & _COMBINED else notes


def _of_scores(used: Used, kinds: Collection[str]) -> list[str]:
    """The paragraphs about scores and ranked lists, and how exact they are."""
    notes = [text for kind, text in _SCORES.items() if kind in kinds]
    notes += [_RANKED.format(buckets=BUCKETS)] if "ranked" in kinds else []
    notes += [_DIVERGENCE.format(buckets=BUCKETS)] if "divergence" in kinds else []
    if used.bins is not None:
        binned = _BINNED_SCORES.format(bins=used.bins, half=used.width / 2)
        notes.append(binned if used.bins else _EXACT_SCORES)
    notes += [_TOP] if used.top else []
    if used.clustered:
        notes += [_CLUSTERED_MEANS.format(buckets=BUCKETS)] if _MEANS & {*kinds} else []
        notes += [_CLUSTERED_SCORES.format(buckets=BUCKETS, places=PLACES)] if used.bins is not None else []
    return notes + ([_LOGITS] if {*kinds} & {*LOGITS} else [])


def _allowance(used: Used, alpha: str) -> str:
    """How the number of comparisons was allowed for, or that none of them called for it."""
    if not used.family:
        return texts.NO_FAMILY
    scope = texts.FAMILIES[used.family_of]
    judged = texts.JUDGED_ALONE if used.family == 1 else texts.JUDGED.format(family=used.family)
    return texts.CORRECTIONS[used.correction].format(family=used.family, judged=judged, alpha=alpha, **scope)
