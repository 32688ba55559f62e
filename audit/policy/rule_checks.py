"""Checks of rules and waivers against the rest of the policy: what they name is there, and a rule can pass and fail."""

from __future__ import annotations

from collections.abc import Iterator

from audit.metrics import LISTED, METRICS, PREDICTED, SCORED, Composite, Rate, is_share
from audit.policy import requirement
from audit.policy.checks import Parts, fixed_checks, unknown_group, unknown_names
from audit.policy.faults import Path, Said
from audit.policy.models import reference_of
from audit.policy.reference import FORMS, Reference
from audit.policy.rules import Rule, Waiver
from audit.policy.words import suggest

#: Comparisons of a group with its reference.
TO_A_REFERENCE = ("ratio", "difference", "change")
_WITHIN_STRATA = ("cochran_mantel_haenszel",)
#: Of all groups at once, and of any metric that records have.
_OF_ALL, _OF_ANY = "independence", "permutation"


def compared(rule: Rule, parts: Parts) -> tuple[tuple[str, ...], ...]:
    """The attributes and intersections that a rule is about, each as the policy writes it."""
    if not rule.of:
        return tuple((name,) for name in parts.names) + parts.crossings
    known = {frozenset(crossing): crossing for crossing in parts.crossings}
    return tuple(known.get(frozenset(crossing), crossing) for crossing in rule.of)


def rule_checks(parts: Parts) -> Iterator[Said]:
    """Everything about rules that one rule alone does not show."""
    for number, crossings in parts.named.items():
        for place, crossing in enumerate(crossings):
            yield from unknown_names(("rules", number, "of", place), crossing, parts.names)
    for number, rule in parts.rules.items():
        at: Path = ("rules", number)
        wrong = list(_composites(at, rule)) + list(_tests(at, rule))
        yield from wrong
        yield from _references(at, rule, parts)
        if not rule.limited:
            yield from _without_limit(at, rule)
        elif parts.groups and parts.groups.unknown == "bound" and rule.judge == "interval":
            yield from _unbounded(at, rule)
        if not wrong:
            yield from _limits(at, rule, parts)


def _without_limit(at: Path, rule: Rule) -> Iterator[Said]:
    """What judges nothing cannot stand in anybody's way."""
    if rule.effect != "report":
        message = f"'require: none' sets no limit, so there is nothing to {rule.effect}"
        yield Said((*at, "require"), message, "add 'effect: report', or write a limit")
    if rule.judge == "point_and_test":
        message = "'require: none' sets no limit, so no test decides anything"
        yield Said((*at, "judge"), message, "leave 'judge' out; a named test is shown all the same")


def _unbounded(at: Path, rule: Rule) -> Iterator[Said]:
    """What the deciding interval is promised to reach over has to be known for the rule."""
    promise = "'groups: {unknown: bound}' promises verdicts that hold whoever the unknown are"
    hint = "put the rule into a policy of its own with 'unknown: report'"
    if rule.given:
        yield Said((*at, "given"), f"{promise}, and within strata no such bounds are known", hint, key=True)
    if rule.compare == "change":
        yield Said((*at, "compare"), f"{promise}, and of changes against a baseline no such bounds are known", hint)
    for metric in [name for name in rule.metrics if not isinstance(METRICS[name], Rate)][:1]:
        message = f"{promise}, and such bounds are known for rates of people, which {metric} is not"
        yield Said((*at, "metric"), message, hint)


def _composites(at: Path, rule: Rule) -> Iterator[Said]:
    """Metrics that are made of several rates have no interval for some comparisons."""
    for metric in rule.metrics:
        if not isinstance(METRICS[metric], Composite):
            continue
        if rule.compare in ("max_gap", "min_ratio"):
            message = (
                f"{metric} is made of several rates, and the interval of {rule.compare} is known for one rate only"
            )
            yield Said((*at, "compare"), message, "compare it by difference or ratio, or choose another metric")
        if rule.compare == "ratio" and metric == "matthews_corrcoef":
            message = f"{metric} can be 0 or negative, so a ratio of two of them means nothing"
            yield Said((*at, "compare"), message, "compare it by difference")
        if rule.test and rule.test != _OF_ANY:
            message = f"the test compares two shares, and {metric} is made of several rates"
            yield Said((*at, "test"), message, "use 'test: permutation', which shuffles records")


def _tests(at: Path, rule: Rule) -> Iterator[Said]:
    if rule.compare == "change":
        yield from _of_change(at, rule)
        return
    if rule.judge == "point_and_test" and rule.test is None:
        fitting = "cochran_mantel_haenszel" if rule.given else _FITTING.get(rule.compare, "fisher")
        yield Said((*at, "judge"), "'point_and_test' needs a test that the policy names", f"add 'test: {fitting}'")
    scored = [metric for metric in rule.metrics if metric in SCORED | PREDICTED | LISTED]
    if rule.test == _OF_ANY and scored:
        message = f"permutation shuffles decisions, and {scored[0]} is made of numbers"
        yield Said((*at, "test"), message, "leave the test out")
    if rule.test and bool(rule.given) != (rule.test in _WITHIN_STRATA):
        yield _other_test((*at, "test"), rule)
    if rule.compare in TO_A_REFERENCE:
        if rule.test == _OF_ALL:
            message = f"independence is a test of all groups at once, and 'compare: {rule.compare}' compares two"
            yield Said((*at, "test"), message, "use 'test: chi_square'")
        return
    if rule.test and rule.test != _FITTING.get(rule.compare):
        hint = f"use 'test: {_FITTING[rule.compare]}'" if rule.compare in _FITTING else None
        yield Said((*at, "test"), f"a test compares two groups, and 'compare: {rule.compare}' does not", hint)
    if rule.reference:
        message = f"'compare: {rule.compare}' has no reference, so this would have no effect"
        yield Said((*at, "reference"), message, "leave it out", key=True)


def _of_change(at: Path, rule: Rule) -> Iterator[Said]:
    """A change is one of four rates, and the named tests are of two."""
    message = "a named test compares two rates, and 'compare: change' is about two groups under two models"
    if rule.judge == "point_and_test":
        yield Said((*at, "judge"), message, "leave 'judge' out; the interval decides")
    elif rule.test:
        yield Said((*at, "test"), message, "leave it out")


_FITTING = {"max_gap": _OF_ALL, "min_ratio": _OF_ALL}


def _other_test(at: Path, rule: Rule) -> Said:
    if rule.given:
        alike = ", ".join(rule.given)
        message = f"{rule.test} tests all records together, and the rule compares those alike in {alike}"
        return Said(at, message, "use 'test: cochran_mantel_haenszel'")
    message = f"{rule.test} tests within strata, and the rule is 'given' nothing"
    return Said(at, message, "use 'test: fisher', or say in what those compared are to be alike: 'given: [department]'")


def _references(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    if rule.compare not in TO_A_REFERENCE or parts.groups is None or len(parts.attributes) < len(parts.names):
        return
    crossings = compared(rule, parts)
    if rule.reference:
        names = tuple(dict.fromkeys(name for crossing in crossings for name in crossing))
        yield from fixed_checks((*at, "reference"), rule.reference, names, parts)
    for crossing in crossings:
        if not set(crossing) <= set(parts.names):
            continue
        found = reference_of(crossing, rule, parts.attributes, parts.groups)
        if found is None and _sound(rule.reference, parts) and _sound(parts.groups.reference, parts):
            hint = f"give the rule or 'groups' a reference: {FORMS}"
            yield Said((*at, "of"), f"no reference is named for {' x '.join(crossing)}", hint)
        elif found and found.kind == "overall":
            yield from _against_overall(at, rule)
            return


def _sound(reference: Reference | None, parts: Parts) -> bool:
    """Does a fixed reference say of which attributes? If not, that is the mistake, and is reported by itself."""
    fixed = reference.fixed if reference else None
    if isinstance(fixed, str):
        return len(parts.names) == 1
    return set(fixed or ()) <= set(parts.names)


def _against_overall(at: Path, rule: Rule) -> Iterator[Said]:
    """Everyone includes the group itself, which a composite's interval and a two-group test cannot allow for."""
    composite = [name for name in rule.metrics if not is_share(METRICS[name])]
    field = (*at, "reference") if rule.reference else at
    if rule.given:
        message = "'overall' includes the group itself, so no stratum would hold two separate groups"
        yield Said(field, message, "use 'reference: rest', which is everybody else in the same stratum")
    if rule.compare == "change":
        message = "'overall' includes the group itself, and a change is that of two separate groups"
        yield Said(field, message, "use 'reference: rest'")
    if composite:
        message = f"{composite[0]} is no share of people and cannot be compared with 'overall'"
        yield Said(field, f"{message}, which includes the group itself", "use 'rest'")
    if rule.test:
        message = "a test compares two separate groups, and 'overall' includes the group itself"
        yield Said((*at, "test"), message, "use 'reference: rest'")


def _limits(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    """Why the rule could never fail or never pass, for the first metric and reference for which that is so."""
    kinds: list[str | None] = [None]
    # Within strata, the reference with the highest rate of all need not have the highest of each pair.
    if rule.compare in TO_A_REFERENCE and parts.groups and not rule.given:
        known = [crossing for crossing in compared(rule, parts) if set(crossing) <= parts.attributes.keys()]
        found = [reference_of(crossing, rule, parts.attributes, parts.groups) for crossing in known]
        kinds = list(dict.fromkeys(one.kind for one in found if one)) or [None]
    for metric in rule.metrics:
        level = metric in requirement.LEVELS
        ends = parts.error_ends(metric) if metric in PREDICTED else parts.ends
        if ends is None and (level or metric in PREDICTED):
            continue
        for kind in kinds:
            if reason := requirement.never(rule.require, rule.compare, metric, kind, ends or requirement.UNIT):
                unsaid = level and parts.score is not None and not parts.score.range
                yield Said((*at, "require"), reason, _NO_RANGE if unsaid else _in_parts(rule.require, ends))
                return


def _in_parts(require: str, ends: requirement.Ends | None) -> str | None:
    """What to write where somebody may have thought in percent."""
    limits = requirement.parse(require)
    beyond = any(abs(limit) > 1 for limit in (limits.low, limits.high) if limit is not None)
    return _NO_PERCENT if beyond and ends in (None, requirement.UNIT) else None


_NO_PERCENT = "write parts of one and not percent: 0.05 is five percentage points, 0.8 is 80 %"


_NO_RANGE = "where data.score.range is not written, a score ranges from 0 to 1; write it, like [300, 850]"


def waiver_checks(parts: Parts, *, incomplete: bool) -> Iterator[Said]:
    """A waiver covers something that there is."""
    by_id = {rule.id: rule for rule in parts.rules.values()}
    for number, name in parts.waived.items():
        if name not in parts.ids and not incomplete:
            yield Said(("waivers", number, "rule"), f"there is no rule {name!r}", suggest(name, parts.ids))
    for number, waiver in parts.waivers.items():
        if waiver.rule in by_id:
            yield from _covered(("waivers", number), waiver, by_id[waiver.rule], parts)


def _covered(at: Path, waiver: Waiver, rule: Rule, parts: Parts) -> Iterator[Said]:
    if waiver.metric and waiver.metric not in rule.metrics:
        yield Said(
            (*at, "metric"),
            f"the rule {rule.id!r} has no metric {waiver.metric!r}",
            suggest(waiver.metric, rule.metrics),
        )
    if waiver.group is None:
        return
    if rule.compare in ("max_gap", "min_ratio"):
        message = f"'compare: {rule.compare}' is about all groups at once, so no single group can be waived"
        yield Said((*at, "group"), message, "leave the group out to waive the whole rule", key=True)
        return
    unknown = list(unknown_names((*at, "group"), tuple(waiver.group), parts.names))
    yield from unknown
    about = compared(rule, parts)
    if not unknown and set(waiver.group) not in [set(crossing) for crossing in about]:
        listed = ", ".join(" x ".join(crossing) for crossing in about)
        message = f"the rule {rule.id!r} is not about {' x '.join(waiver.group)}"
        yield Said((*at, "group"), message, f"it is about: {listed}", key=True)
    for name, value in waiver.group.items():
        yield from unknown_group((*at, "group", name), name, value, parts)
