"""Checks of classes: an order leads up to what is positive, and the classes of rules fit columns and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audit.metrics import DECISION_FREE, OUTCOME_FREE, SCORED
from audit.policy.checks import Parts
from audit.policy.classes import ROLES, Chosen, Role
from audit.policy.columns import Label
from audit.policy.faults import Path, Said
from audit.policy.rule_checks import compared
from audit.policy.rules import Rule
from audit.policy.words import suggest

#: The metrics that do not look at a column, and the column that is its counterpart.
_BLIND: Final = {"decision": DECISION_FREE, "outcome": OUTCOME_FREE}
_OTHER: Final[dict[Role, Role]] = {"decision": "outcome", "outcome": "decision"}


def class_checks(parts: Parts) -> Iterator[Said]:
    """Everything about orders of values, and about the rules that name classes of their own."""
    for role, label in parts.labels.items():
        if label.order:
            yield from _order(("data", role, "order"), label)
    proxies = {name for name, attribute in parts.attributes.items() if attribute.probabilities}
    for number, rule in parts.rules.items():
        at: Path = ("rules", number)
        for role in ROLES:
            chosen: Chosen | None = getattr(rule, role)
            if chosen is not None:
                yield from _class((*at, role), role, chosen, parts)
                yield from _metrics((*at, role), role, rule)
                yield from _counterpart((*at, role), role, chosen, rule, parts)
        if rule.decision or rule.outcome:
            yield from _not_counted(at, rule, proxies, parts)


def _order(at: Path, label: Label) -> Iterator[Said]:
    """An order names all values, and ends with those that are positive."""
    strange = [value for value in label.positive if value not in label.order]
    last = label.order[-len(label.positive) :]
    if label.otherwise:
        message = "'order' and 'otherwise' cannot be combined: an order names all values that may occur"
        yield Said(at, message, "leave 'otherwise' out", key=True)
    if strange:
        message = f"{strange[0]!r} is {label.polarity}, and is not in the order"
        yield Said(at, message, "an order names all values that may occur")
    elif set(last) != set(label.positive):
        message = f"the order ends with {last[-1]!r}, and not with what is {label.polarity}"
        hint = "write the worst first" if label.polarity == "favorable" else "write the best first"
        yield Said(at, message, f"{hint}: an order leads up to the {label.polarity} values")
    elif len(last) == len(label.order):
        yield Said(at, f"every value of the order is {label.polarity}", "an order names all values that may occur")


def _class(at: Path, role: Role, chosen: Chosen, parts: Parts) -> Iterator[Said]:
    """The class is one of the column's values, or a tier of its order, and leaves some others."""
    label = parts.labels.get(role)
    if bool(chosen.is_) == (chosen.at_least is not None):
        message = "both 'is' and 'at_least' are given" if chosen.is_ else "neither 'is' nor 'at_least' is given"
        yield Said(at, message, "write {is: offer} for one value, or {at_least: interview} for it and those above")
    elif label is None:
        if parts.data is not None and role not in parts.data:
            yield Said(at, f"data.{role} names no column, so there are no classes of it", f"name one in data.{role}")
    elif chosen.at_least is not None:
        yield from _tier((*at, "at_least"), role, chosen.at_least, label)
    else:
        yield from _values((*at, "is"), role, chosen.is_, label)


def _tier(at: Path, role: Role, tier: str, label: Label) -> Iterator[Said]:
    if not label.order:
        yield Said(at, f"'at_least' needs to know which values are above {tier!r}", f"write data.{role}.order")
    elif tier not in label.order:
        yield Said(at, f"{tier!r} is not in the order of the {role}", suggest(tier, label.order))
    elif tier == label.order[0]:
        yield Said(at, f"everything is at least {tier!r}, the first of the order", "name one that is above it")


def _values(at: Path, role: Role, values: tuple[str, ...], label: Label) -> Iterator[Said]:
    if not label.negative:
        message = f"data.{role} does not name all values that may occur, so a class of it is not known to be one"
        yield Said(at, message, f"list them in data.{role}.otherwise, or in data.{role}.order")
        return
    for value in values:
        if value not in label.declared:
            yield Said(at, f"the {role} has no value {value!r}", suggest(value, label.declared))
    if set(values) >= set(label.declared):
        yield Said(at, f"these are all values of the {role}, so there are no others", "leave one out")


def _metrics(at: Path, role: Role, rule: Rule) -> Iterator[Said]:
    """Some metric of the rule looks at the column; a score is not counted by classes."""
    scored = [metric for metric in rule.metrics if metric in SCORED]
    if scored:
        message = f"{scored[0]} is a metric of the score, and scores are not counted by classes"
        yield Said(at, message, "leave it out, or put the metric into another rule", key=True)
    elif all(metric in _BLIND[role] for metric in rule.metrics):
        message = f"{' and '.join(rule.metrics)} does not look at the {role}, so this would have no effect"
        yield Said(at, message, "leave it out", key=True)


def _counterpart(at: Path, role: Role, chosen: Chosen, rule: Rule, parts: Parts) -> Iterator[Said]:
    """Where decisions and outcomes are of the same classes, a rate of both is of one class in both."""
    other = _OTHER[role]
    labels = parts.labels.get(role), parts.labels.get(other)
    if getattr(rule, other) is not None or labels[0] is None or labels[1] is None:
        return
    both = [metric for metric in rule.metrics if metric not in (*_BLIND["decision"], *_BLIND["outcome"])]
    if both and set(labels[0].declared) == set(labels[1].declared):
        message = f"{both[0]} compares {role} and {other}, which have the same classes, and the rule names only one"
        written = f"{{is: {chosen.is_[0]}}}" if chosen.is_ else f"{{at_least: {chosen.at_least}}}"
        yield Said(at, message, f"add '{other}: {written}'", key=True)


def _not_counted(at: Path, rule: Rule, proxies: set[str], parts: Parts) -> Iterator[Said]:
    names = sorted({name for crossing in compared(rule, parts) for name in crossing} & proxies)
    for name in names:
        message = f"{name!r} is known by probabilities alone, which are added up for the decision as data names it"
        hint = f"name the attributes that the rule is about in 'of', without {name}"
        yield Said((*at, "of") if rule.of else at, message, hint)
