"""Checks of attributes that are known by probabilities alone, and of what is asked about them."""

from __future__ import annotations

from collections.abc import Iterator

from audit.metrics import METRICS, Rate
from audit.policy.checks import Parts
from audit.policy.columns import Attribute
from audit.policy.faults import Path, Said
from audit.policy.models import reference_of
from audit.policy.rule_checks import TO_A_REFERENCE, compared
from audit.policy.rules import Rule

_BY_COLUMN = ("column", "merge", "bins", "labels", "missing", "values")
_WHOLE = ("overall", "rest")


def proxy_checks(parts: Parts) -> Iterator[Said]:
    """Everything about probabilities of membership, and about the rules that would need to know who is who."""
    for name, attribute in parts.attributes.items():
        yield from _columns(("attributes", name), attribute)
    proxies = {name for name, attribute in parts.attributes.items() if attribute.probabilities}
    for number, crossing in enumerate(parts.crossings):
        for name in proxies & set(crossing):
            yield Said(("intersections", number), f"{_known(name)}, and is not crossed with others", _APART)
    if proxies and parts.data and "unit" in parts.data:
        message = "intervals of shares by probabilities do not allow for rows that belong together"
        yield Said(("data", "unit"), message, "leave the unit out, or the attributes of probabilities", key=True)
    for number, rule in parts.rules.items():
        for crossing in compared(rule, parts):
            yield from _rule(("rules", number), rule, crossing, proxies, parts)


def _known(name: str) -> str:
    return f"{name!r} is known by probabilities alone"


_APART = "take it out; who is in two groups at once is not known from the probabilities of each"


def _columns(at: Path, attribute: Attribute) -> Iterator[Said]:
    if not attribute.probabilities:
        if not attribute.column:
            yield Said(
                at, "the setting 'column' is missing", "name the column in the data, like 'column: sex'", key=True
            )
        if attribute.unusable:
            message = "'unusable' speaks of probabilities, and there are none"
            yield Said((*at, "unusable"), message, "name the values that mean 'not known' in 'missing'", key=True)
        return
    for key in _BY_COLUMN:
        if getattr(attribute, key):
            message = f"{key!r} and 'probabilities' cannot be combined: each group has a column of its own"
            yield Said((*at, key), message, "leave one of the two out", key=True)
    columns = tuple(attribute.probabilities.values())
    if len(columns) < 2:
        yield Said((*at, "probabilities"), "one group alone cannot be compared", "name all groups; they add up to 1")
    for place, (group, column) in enumerate(attribute.probabilities.items()):
        if column in columns[:place]:
            yield Said((*at, "probabilities", group), f"{column!r} is the column of two groups")


def _rule(at: Path, rule: Rule, crossing: tuple[str, ...], proxies: set[str], parts: Parts) -> Iterator[Said]:
    """Why a rule cannot be judged by probabilities."""
    for name in sorted(proxies & set(crossing)):
        if len(crossing) > 1:
            if rule.of:
                yield Said((*at, "of"), f"{_known(name)}, and is not crossed with others", _APART)
            continue
        others = f"name the attributes that the rule is about in 'of', without {name}"
        strange = [metric for metric in rule.metrics if not isinstance(METRICS[metric], Rate)]
        if strange:
            message = f"{_known(name)}, by which shares of people can be judged, and {strange[0]} is none"
            yield Said((*at, "metric"), message, others)
        if rule.test or rule.judge != "interval":
            key = "test" if rule.test else "judge"
            message = f"{_known(name)}; its verdicts need an interval that holds whoever the members are"
            yield Said((*at, key), message, f"use 'judge: interval' without a test, or {others}", key=True)
        if rule.given:
            message = f"{_known(name)}, and is not compared within strata"
            yield Said((*at, "given"), message, others, key=True)
        yield from _against(at, rule, name, parts)


def _against(at: Path, rule: Rule, name: str, parts: Parts) -> Iterator[Said]:
    if rule.compare not in TO_A_REFERENCE or parts.groups is None:
        return
    found = reference_of((name,), rule, parts.attributes, parts.groups)
    if found and found.kind in _WHOLE:
        message = f"{_known(name)}, and its groups are not compared with {found.kind!r}"
        yield Said(
            (*at, "of") if rule.of else at, message, "name another reference: highest, largest, or a fixed group"
        )
