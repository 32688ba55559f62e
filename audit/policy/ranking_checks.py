"""Checks of what rules say about ranked lists: these are named, and comparisons can be made."""

from __future__ import annotations

from collections.abc import Iterator

from audit.metrics import DIVERGENT, LISTED, METRICS, ScoreMetric
from audit.policy.checks import Parts
from audit.policy.faults import Path, Said
from audit.policy.ranking import Ranking
from audit.policy.rules import Rule
from audit.policy.score_checks import of_no_share

_TOGETHER = {
    "unit": "the lists already say which rows belong together",
    "weight": "a place in a list cannot be weighed",
}


def ranking_checks(parts: Parts) -> Iterator[Said]:
    """Everything about ranked lists and the rules that speak of them."""
    if parts.data is None:
        return
    if parts.ranking:
        yield from _columns(parts.ranking, parts)
    for number, rule in parts.rules.items():
        yield from _rule(("rules", number), rule, parts)


def _columns(ranking: Ranking, parts: Parts) -> Iterator[Said]:
    """No column is two things."""
    at: Path = ("data", "ranking")
    others = {f"the {role.replace('_', ' ')}": column for role, column in (parts.data or {}).items() if column}
    others |= {f"the attribute {name!r}": one.column for name, one in parts.attributes.items() if one.column}
    for key, column in {"list": ranking.list, "position": ranking.position}.items():
        for other, taken in {**others, **({"the list": ranking.list} if key == "position" else {})}.items():
            if column == taken:
                message = f"the {key} is the column {column!r} of {other}; one column cannot be both"
                yield Said((*at, key), message, "name another column, or leave one of the two out")


def _rule(at: Path, rule: Rule, parts: Parts) -> Iterator[Said]:
    found = [metric for metric in rule.metrics if metric in LISTED]
    named = parts.data or {}
    if not found:
        return
    if "ranking" not in named:
        message = f"{found[0]} is about positions in ranked lists, and the policy names none"
        yield Said((*at, "metric"), message, "name the columns of both in data.ranking: {list: query, position: rank}")
        return
    for key, why in _TOGETHER.items():
        if key in named:
            message = f"{found[0]} cannot be combined with data.{key}: {why}"
            yield Said((*at, "metric"), message, f"leave data.{key} out, or put these rules into another policy")
    for metric in found:
        yield from of_no_share(at, rule, metric)
        asked = METRICS[metric]
        if isinstance(asked, ScoreMetric) and asked.needs == "places" and parts.ranking and parts.ranking.k is None:
            message = f"{metric} has to know how many of the first places count"
            yield Said((*at, "metric"), message, "say so in data.ranking, like 'k: 10'")
        if metric in DIVERGENT and rule.compare in ("ratio", "difference", "change"):
            message = f"{metric} is one number of all groups of an attribute, so no group has it"
            yield Said((*at, "compare"), message, "write 'compare: value'")
        if metric == "skew_at_k" and rule.compare == "ratio":
            message = "skew_at_k is a logarithm and can be 0 or negative, so a ratio of two of them means nothing"
            yield Said((*at, "compare"), message, "compare it by difference, or take representation_at_k")
