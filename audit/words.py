"""Every sentence that Evenhand says about a finding or an audit, in one place.

A sentence names the group, the number, what it is compared with, the interval, and what is required, in that order, and
then why the verdict is what it is. Numbers are rounded by `audit.numbers`, never onto or across a limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.given import Given
from audit.numbers import MINUS, NONE, PERCENT, PLAIN, POINTS, RATIO, STEP, Unit, bounds, show, span
from audit.power_words import to_settle
from audit.values import Interval, Outcome, Verdict
from audit.wording import counted, listed

#: Metrics that are not shares of people are written as plain numbers.
_PLAIN_METRICS = frozenset(
    {"matthews_corrcoef", "mean_score", "median_score", "roc_auc", "brier_score", "calibration_in_the_large"}
)

#: Why a verdict is what it is. The names are those that `decide` gives, and those of evidence that cannot be judged.
REASONS = {
    "all_inside": "The whole interval meets the requirement.",
    "all_outside": "The whole interval is beyond the limit.",
    "no_limit": "The value is reported and not judged.",
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
}

#: Why there is nothing to judge.
MISSING = {
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
    "no_probability": "The score can lie outside of 0 to 1, so it is no probability and has no {metric}.",
    "reference_zero": "The {metric} of {reference} is 0, so no ratio to it can be formed.",
    "reference_undefined": "{reference} has no {counted}, so there is nothing to compare with.",
    "reference_set_aside": "The reference group {reference} is too small to be compared with under this policy.",
    "no_strata": "No stratum of {factors} holds both {group} and {reference}, so nobody is alike in it.",
    "one_group": "Fewer than two groups of {attribute} are large enough to be compared.",
    "no_group": "No group of {attribute} is large enough to be judged.",
    "no_logarithm": "The ratio of the {metric} of {group} to that of {reference} has no Katz interval: that needs a "
    "success in both groups, and a failure in one.",
    "not_estimable": "No interval can be given for the {metric} of {group}: its records do not vary enough.",
}


def unit(metric: str, compare: str) -> Unit:
    """How a value is written: ratios plainly, rates in percent, their differences in percentage points."""
    if compare in ("ratio", "min_ratio"):
        return RATIO
    if metric in _PLAIN_METRICS:
        return PLAIN if compare == "value" else STEP
    return PERCENT if compare == "value" else POINTS


def unit_words(written: Unit) -> str:
    """What is said behind a value, where its unit is not in it."""
    return " points" if written is POINTS else ""


def rate_unit(metric: str) -> Unit:
    """How a group's own value of a metric is written."""
    return unit(metric, "value")


def value_words(value: float | None, metric: str, compare: str, limits: Sequence[float | None]) -> str:
    """A finding's value with its unit, as lists write it: `+21.4 points`."""
    written = unit(metric, compare)
    return show(value, written, tuple(limit for limit in limits if limit is not None)) + unit_words(written)


#: Labels that are names, and keep their capitals inside a sentence.
_NAMED = frozenset({"F1", "Matthews correlation", "ROC AUC", "Brier score"})


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


def because(said: Said) -> str:
    """Why a finding has its verdict, in one or two sentences."""
    facts = {
        "metric": said.label if said.label in _NAMED else said.label.lower(),
        "counted": said.counted,
        "group": said.group,
        "reference": said.reference,
        "attribute": said.attribute,
        **said.details,
    }
    if said.reason in MISSING:
        return MISSING[said.reason].format(**facts)
    written = unit(said.metric, said.compare)
    fences = tuple(limit for limit in said.limits if limit is not None)
    plain = span(said.plain.low, said.plain.high, written, fences)
    unsaid = {"test": "", "family": "", "scope": "", "min_expected": ""}
    reason = REASONS[said.reason].format(**{**unsaid, **facts, "plain": plain})
    return f"{_measured(said, written, fences, facts['metric'])} {reason}"


def _measured(said: Said, written: Unit, fences: tuple[float, ...], metric: str) -> str:
    """The first sentence: who, how much, compared with whom, how sure, and what is required."""
    value = show(said.value, written, fences)
    sure = f"{_level(said)} {span(said.interval.low, said.interval.high, written, fences)}"
    own = rate_unit(said.metric)
    rates = _rates(said, own)
    points = " percentage points" if written is POINTS else ""
    required = f"required: {bounds(*said.limits, written)}{points}." if fences else "no limit is set."
    whose = f"{_among(said.given)} {metric} of {said.group}"
    if said.compare == "value":
        return f"{whose} is {value} ({sure}); {required}"
    if said.compare == "ratio":
        return f"{whose} is {value} times that of {said.reference} ({rates}; {sure}); {required}"
    if said.compare == "difference":
        size = value.lstrip(f"+{MINUS}")
        side = "above" if (said.value or 0) > 0 else "below"
        where = f"{size}{points} {side}" if said.value else "level with"
        return f"{whose} is {where} that of {said.reference} ({rates}; {sure}); {required}"
    name = "smallest ratio" if said.compare == "min_ratio" else "largest gap"
    return (
        f"The {name} in {metric} between groups of {said.attribute} is {value.lstrip('+')}{points}, {said.group} to "
        f"{said.reference} ({rates}; {sure}); {required}"
    )


def _among(given: Given | None) -> str:
    """Who is compared: everybody, or those who are alike in something."""
    return "The" if given is None else f"Among records alike in {listed(given.factors)}, the"


def _rates(said: Said, own: Unit) -> str:
    """Both rates; within strata, those of which the value is made."""
    if said.given is None:
        return f"{show(said.group_value, own)} against {show(said.reference_value, own)}"
    both = f"{show(said.given.group_value, own)} against {show(said.given.reference_value, own)}"
    return f"{both}, averaged alike over {said.given.strata:,} strata" if said.given.strata > 1 else both


def _level(said: Said) -> str:
    """What the interval is called: `95% interval`, or `simultaneous 95% interval` where it allows for all
    comparisons.
    """
    allowed = "" if said.interval == said.plain else "simultaneous "
    return f"{allowed}{said.confidence * 100:g}% interval"


HEADLINES = {
    Outcome.PASS: "The requirements that block release are met",
    Outcome.FAIL: "Not cleared for release",
    Outcome.INCONCLUSIVE: "The data do not settle it",
    Outcome.WAIVED: "Cleared only by waiver",
}


@dataclass(frozen=True, kw_only=True)
class RuleWords:
    """What the summary says of a rule: its title, whether it blocks, and what became of it.

    `further`: how many more records would likely settle each of its open findings, where that is known. `unknown`:
    those of its groups whose members are not known, which more records alone do not settle. `alike`: False where all of
    its worst findings are open because too few have a counterpart in their stratum.
    """

    id: str
    title: str
    effect: str
    verdict: Verdict
    waived: bool
    groups: tuple[str, ...]
    further: int | None = None
    unknown: tuple[str, ...] = ()
    alike: bool = True


def summary(outcome: Outcome, rules: Sequence[RuleWords], n: int | None) -> str:
    """The audit in two or three sentences, for somebody with one minute. No `n`: it is withheld."""
    blocking = [rule for rule in rules if rule.effect == "block"]
    failed = [rule for rule in blocking if rule.verdict == Verdict.FAIL and not rule.waived]
    unsettled = [rule for rule in blocking if rule.verdict in _UNSETTLED and not rule.waived]
    waived = [rule for rule in blocking if rule.waived]
    advisory = [rule for rule in rules if rule.effect != "block" and rule.verdict == Verdict.FAIL]
    parts = [_told(failed, blocking, "failed"), _told(unsettled, blocking, "could not be settled by these data")]
    parts.append(_told(waived, blocking, "did not pass and is excused by a waiver"))
    if outcome == Outcome.PASS:
        parts.append("Every rule that blocks release is met." if blocking else "No rule of this policy blocks release.")
    if advisory:
        as_well = " as well" if failed else ""
        parts.append(f"{counted(len(advisory), 'rule')} that only advise{_s(advisory)} failed{as_well}.")
    if n is not None:
        parts.append(f"{counted(n, 'record')} {'was' if n == 1 else 'were'} analysed.")
    return " ".join(part for part in parts if part)


def _s(found: Sequence[object]) -> str:
    return "s" if len(found) == 1 else ""


_UNSETTLED = (Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE)


def _told(some: Sequence[RuleWords], blocking: Sequence[RuleWords], what: str) -> str:
    """`2 of 5 rules that block release failed: "..."; "...".`"""
    if not some:
        return ""
    if len(blocking) == 1:
        return f"The one rule that blocks release {what}: “{some[0].title}”."
    titles = "; ".join(f"“{rule.title}”" for rule in some[:3])
    more = f"; and {len(some) - 3} more" if len(some) > 3 else ""
    return f"{len(some)} of {len(blocking)} rules that block release {what}: {titles}{more}."


def next_steps(rules: Sequence[RuleWords], expired: Sequence[str]) -> tuple[str, ...]:
    """What has to happen next, the gravest first."""
    steps = []
    for rule in rules:
        if rule.verdict == Verdict.FAIL and not rule.waived:
            verb = "Mend or justify" if rule.effect == "block" else "Review"
            steps.append(f"{verb} {rule.id}: {listed(rule.groups, 4)}." if rule.groups else f"{verb} {rule.id}.")
    for rule in rules:
        if rule.effect == "block" and rule.verdict == Verdict.INCONCLUSIVE and not rule.waived:
            steps.append(_to_settle(rule))
        if rule.effect == "block" and rule.verdict == Verdict.NOT_COMPUTABLE and not rule.waived:
            steps.append(f"Supply what {rule.id} needs to be computed, or take the rule out of the policy.")
    steps += [f"Renew or remove the expired waiver for {rule}." for rule in expired]
    if any(rule.verdict == Verdict.FAIL and not rule.waived for rule in rules):
        steps.append("Audit again after the change; a waiver needs a named approver and an end date.")
    return tuple(steps) or ("Sign off, and audit again when the model, the data or the policy changes.",)


def _to_settle(rule: RuleWords) -> str:
    """What would give an open rule a verdict."""
    if not rule.alike:
        return f"Merge strata so that more have a counterpart, or do without {rule.id}: {listed(rule.groups, 4)}."
    return to_settle(rule.id, rule.groups, rule.further, rule.unknown)


def tally_words(tally: Mapping[str, int]) -> str:
    """`2 fail, 1 inconclusive, 4 pass`, leaving out what there is none of."""
    return ", ".join(f"{n} {verdict}" for verdict, n in tally.items() if n) or NONE


#: How a group stands in the tables.
STATUS = {
    "judged": "judged",
    "few_records": "fewer than {min_count} records",
    "small_share": "less than {min_share:.1%} of the records",
}

#: Why a rate of a group has no value.
UNDEFINED = {
    "no_records": "no records",
    "no_outcome": "no outcome column",
    "no_decision": "no decision column",
    "no_trials": "no {counted}",
    "one_class": "outcomes of one kind only",
    "not_counted": "scores not counted",
    "median_hidden": "median not known exactly",
    "no_probability": "scores are no probabilities",
    "by_probability": "membership by probabilities",
}
