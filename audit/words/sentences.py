"""Every sentence that Evenhand says about a finding or an audit, in one place.

A sentence names the group, the number, what it is compared with, the interval, and what is required, in that order, and
then why the verdict is what it is. Numbers are rounded by `audit.numbers`, never onto or across a limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.numbers import MINUS, NONE, PERCENT, PLAIN, POINTS, RATIO, STEP, Unit, bounds, count, show, span
from audit.tongue import Spoken, _, figures, spoken
from audit.values import Interval
from audit.wording import listed, lowered, said_behind, without_classes

if TYPE_CHECKING:
    from audit.result.changes import ChangeNote
    from audit.result.given import Given

#: Metrics that are not shares of people are written as plain numbers.
_PLAIN_METRICS = frozenset({
    *("matthews_corrcoef", "mean_score", "standardized_mean_score", "median_score"),
    *("roc_auc", "brier_score", "calibration_in_the_large", "calibration_intercept", "calibration_slope"),
    *("mean_error", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error"),
    *("exposure", "relative_exposure", "representation_at_k", "skew_at_k", "ndkl"),
})  # fmt: skip

#: Why a verdict is what it is. The names are those that `decide` gives, and those of evidence that cannot be judged.
REASONS = Spoken({
    "all_inside": "The whole interval meets the requirement.",
    "all_outside": "The whole interval is beyond the limit.",
    "no_limit": "No limit is set: the value is reported and not judged.",
    "across": "The interval reaches across the limit, so these data do not settle it.",
    "not_after_adjustment": "By itself this comparison would be beyond the limit ({plain}); once all {family} "
    "comparisons of {scope} are allowed for it is not, so no failure is claimed.",
    "few_events": "By itself this comparison would be beyond the limit ({plain}), but fewer than {min_expected} "
    "events are expected in one of the groups, too few to claim a failure.",
    "not_alike": "Of the records of both, {used} lie in strata of {factors} that hold both, and a verdict needs "
    "{least}: too few have a counterpart to speak for all.",
    "point_meets": "The value meets the requirement; this rule is judged on the value alone, whatever its interval.",
    "point_fails": "The value does not meet the requirement; this rule is judged on the value, whatever its interval.",
    "point_meets_across": "The value meets the requirement, but its interval reaches across the limit.",
    "point_fails_significant": "The value misses the requirement, and the difference is significant ({test}).",
    "point_fails_not_significant": "The value does not meet the requirement, but a statistically significant "
    "difference is not shown ({test}).",
})  # fmt: skip

#: Why there is nothing to judge.
MISSING = Spoken({
    "few_records": "{group} has {n} records; the policy judges groups of {min_count} or more. It is shown, not judged.",
    "few_trials": "{group} has {trials} {counted}; the policy judges groups with {min_count} or more. It is shown, "
    "not judged.",
    "small_share": "{group} makes up {share} of the records; the policy judges groups of {min_share} or more. It is "
    "shown, not judged.",
    "no_trials": "{group} has no {counted}, so its {metric} is undefined.",
    "no_outcome": "The policy names no outcome column, so the {metric} cannot be computed.",
    "no_decision": "The policy names no decision, so the {metric} cannot be computed.",
    "one_class": "The scores of {group} have outcomes of one kind only, so its {metric} is undefined.",
    "not_counted": "These counts do not hold the scores of {attribute}; count again with this policy.",
    "median_hidden": "The median of all scores is not known exactly from these counts; count all of the data together.",
    "top_hidden": "The cutoff of the {metric} is not known exactly from these counts; count all of the data together, "
    "with this policy.",
    "no_spread": "All scores are alike, so there is no {metric}.",
    "no_deviation": "The scores of {group} and {reference} vary too little, or are too few, for a {metric}.",
    "scores_alike": "The scores of {group} that have an outcome are all alike, so its {metric} is undefined.",
    "separable": "The scores of {group} part its outcomes completely, so that no finite {metric} fits them best.",
    "no_probability": "The score can lie outside of 0 to 1, so it is no probability and has no {metric}.",
    "reference_zero": "The {metric} of {reference} is 0, so no ratio to it can be formed.",
    "reference_undefined": "{reference} has no {counted}, so there is nothing to compare with.",
    "reference_set_aside": "The reference group {reference} is too small to be compared with under this policy.",
    "no_strata": "No stratum of {factors} holds both {group} and {reference}, so nobody is alike in it.",
    "one_group": "Fewer than two groups of {attribute} are large enough to be compared.",
    "no_group": "No group of {attribute} is large enough to be judged.",
    "no_logarithm": "The ratio of the {metric} of {group} to that of {reference} has no Katz interval: that needs a "
    "success in both groups, and a failure in one.",
    "none_at_top": "None of {group} is among the first places of a list, so its {metric} is undefined.",
    "no_lists": "No list holds items of two groups of {attribute}, so there is no {metric}.",
    "few_lists": "The {metric} of {group} rests on lists that are worth {lists} of equal size. {least} are needed to "
    "tell how much lists differ, so there is no verdict.",
    "not_estimable": "No interval can be given for the {metric} of {group}: its records do not vary enough.",
})  # fmt: skip


def unit(metric: str, compare: str) -> Unit:
    """How a value is written: ratios plainly, rates in percent, their differences in percentage points."""
    if compare in ("ratio", "min_ratio"):
        return RATIO
    if without_classes(metric) in _PLAIN_METRICS:
        return PLAIN if compare == "value" else STEP
    return PERCENT if compare == "value" else POINTS


def unit_words(written: Unit) -> str:
    """What is said behind a value, where its unit is not in it."""
    return _(" points") if written is POINTS else ""


def rate_unit(metric: str) -> Unit:
    """How a group's own value of a metric is written."""
    return unit(metric, "value")


def value_words(value: float | None, metric: str, compare: str, limits: Sequence[float | None]) -> str:
    """A finding's value with its unit, as lists write it: `+21.4 points`."""
    written = unit(metric, compare)
    return show(value, written, tuple(limit for limit in limits if limit is not None)) + unit_words(written)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a sentence about a finding is made of."""

    metric: str
    label: str
    counted: str
    compare: str
    attribute: str
    group: str
    reference: str
    value: float | None
    group_value: float | None
    reference_value: float | None
    interval: Interval
    plain: Interval
    limits: tuple[float | None, float | None]
    confidence: float
    reason: str
    details: Mapping[str, str]
    given: Given | None = None
    change: ChangeNote | None = None


def because(said: Said) -> str:
    """Why a finding has its verdict, in one or two sentences."""
    facts = {
        "metric": in_sentence(said.label),
        "counted": _(said.counted),
        "group": said.group,
        "reference": said.reference,
        "attribute": said.attribute,
        **said.details,
    }
    if said.reason in MISSING:
        return MISSING[said.reason].format(**facts)
    written = unit(said.metric, said.compare)
    fences = tuple(limit for limit in said.limits if limit is not None)
    reason = REASONS[said.reason]
    if "{plain}" in reason:
        facts["plain"] = span(said.plain.low, said.plain.high, written, fences)
    unsaid = {"test": "", "family": "", "scope": "", "min_expected": ""}
    reason = reason.format(**{**unsaid, **facts})
    return f"{_measured(said, written, fences, facts['metric'])} {reason}"


def in_sentence(label: str) -> str:
    """A metric's label inside a sentence: without its capital, unless it is a name or the language keeps it."""
    return lowered(label) if spoken().lowers else label_words(label)


def label_words(label: str) -> str:
    """A metric's label in the language of the moment; the classes behind it keep the names that the data give them."""
    name = without_classes(label)
    classes = label.removeprefix(name).removeprefix(" (").removesuffix(")")
    return f"{_(name)} ({said_behind(name, classes)})" if classes else _(name)


#: The first sentence, by how groups are compared; a difference by its sign. What is required is said behind it.
_MEASURED = Spoken({
    "value": "{whose} is {value} ({sure})",
    "ratio": "{whose} is {value} times that of {reference} ({rates}; {sure})",
    "above": "{whose} is {value} above that of {reference} ({rates}; {sure})",
    "below": "{whose} is {value} below that of {reference} ({rates}; {sure})",
    "level": "{whose} is level with that of {reference} ({rates}; {sure})",
    "worse": "Since the baseline, the {metric} of {group} moved {value} to its disadvantage against that of "
    "{reference} ({rates}; {sure})",
    "better": "Since the baseline, the {metric} of {group} moved {value} to its advantage against that of "
    "{reference} ({rates}; {sure})",
    "unmoved": "Since the baseline, the {metric} of {group} kept its distance from that of {reference} ({rates}; "
    "{sure})",
    "min_ratio": "The smallest ratio in {metric} between groups of {attribute} is {value}, {group} to {reference} "
    "({rates}; {sure})",
    "max_gap": "The largest gap in {metric} between groups of {attribute} is {value}, {group} to {reference} "
    "({rates}; {sure})",
})  # fmt: skip


def _measured(said: Said, written: Unit, fences: tuple[float, ...], metric: str) -> str:
    """The first sentence: who, how much, compared with whom, how sure, and what is required, if anything is."""
    value = show(said.value, written, fences)
    own = rate_unit(said.metric)
    kind = said.compare if said.compare in _MEASURED else "max_gap"
    if said.compare == "difference":
        kind = "level" if not said.value else "above" if said.value > 0 else "below"
        value = value.lstrip(f"+{MINUS}")
    elif said.compare == "change":
        kind = "unmoved" if not said.value else "worse" if said.value > 0 else "better"
        value = value.lstrip(f"+{MINUS}")
    elif said.compare in ("min_ratio", "max_gap"):
        value = value.lstrip("+")
    told = _MEASURED[kind].format(
        whose=_whose(said, metric),
        metric=metric,
        group=said.group,
        reference=said.reference,
        attribute=said.attribute,
        value=value if said.compare in ("value", "ratio") else _sized(value, said.metric, written),
        rates=_rates(said, own),
        sure=f"{_level(said)} {span(said.interval.low, said.interval.high, written, fences)}",
    )
    if not fences:
        return f"{told}."
    required = _sized(bounds(*said.limits, written), said.metric, written)
    return _("{told}; required: {required}.").format(told=told, required=required)


def _sized(text: str, metric: str, written: Unit) -> str:
    """A number with its unit, where that is not in it."""
    if written is POINTS:
        return _("{n} percentage points").format(n=text)
    if written is STEP and without_classes(metric) == "standardized_mean_score":
        return _("{n} standard deviations").format(n=text)
    return text


def _whose(said: Said, metric: str) -> str:
    """Whose metric it is; and who is compared: everybody, or those who are alike in something."""
    if said.given is None:
        return _("The {metric} of {group}").format(metric=metric, group=said.group)
    alike = _("Among records alike in {factors}, the {metric} of {group}")
    return alike.format(factors=listed(said.given.factors), metric=metric, group=said.group)


def _rates(said: Said, own: Unit) -> str:
    """Both rates; within strata, those of which the value is made."""
    against = _("{one} against {other}")
    if said.change is not None:
        return _turned(said.change, own)
    if said.given is None:
        return against.format(one=show(said.group_value, own), other=show(said.reference_value, own))
    both = against.format(one=show(said.given.group_value, own), other=show(said.given.reference_value, own))
    if said.given.strata <= 1:
        return both
    return _("{both}, averaged alike over {n} strata").format(both=both, n=count(said.given.strata))


def _turned(change: ChangeNote, own: Unit) -> str:
    """All four rates of which a change is made."""
    group, reference = change.group, change.reference
    return _("now {one} against {other}, before {old} against {other_old}").format(
        one=show(group.value, own),
        other=show(reference.value, own),
        old=show(group.baseline, own),
        other_old=show(reference.baseline, own),
    )


def _level(said: Said) -> str:
    """What the interval is called: `95% interval`, or `simultaneous 95% interval` where it allows for all
    comparisons.
    """
    named = _("{level} interval") if said.interval == said.plain else _("simultaneous {level} interval")
    return named.format(level=figures(f"{said.confidence * 100:g}%"))


def tally_words(tally: Mapping[str, int]) -> str:
    """`2 fail, 1 inconclusive, 4 pass`, leaving out what there is none of."""
    return ", ".join(f"{n} {verdict}" for verdict, n in tally.items() if n) or NONE


#: How a group stands in the tables.
STATUS = Spoken({
    "judged": "judged",
    "few_records": "fewer than {min_count} records",
    "small_share": "less than {min_share:.1%} of the records",
})  # fmt: skip

#: Why a rate of a group has no value.
UNDEFINED = Spoken({
    "no_records": "no records",
    "no_outcome": "no outcome column", "no_decision": "no decision column", "no_trials": "no {counted}",
    "one_class": "outcomes of one kind only",
    "not_counted": "scores not counted",
    "median_hidden": "median not known exactly",
    "top_hidden": "cutoff not known exactly",
    "no_spread": "all scores alike",
    "scores_alike": "scores with an outcome all alike",
    "separable": "scores part the outcomes completely",
    "no_probability": "scores are no probabilities",
    "none_at_top": "none among the first places",
    "by_probability": "membership by probabilities",
})  # fmt: skip
