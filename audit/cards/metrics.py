"""Numbers for tools that follow numbers: nested, with nothing but numeric leaves, as DVC and MLflow read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from audit.cards.facts import Facts
from audit.render.panels import RuleView
from audit.result import GroupRow
from audit.values import Verdict


def numbers_of(facts: Facts) -> dict[str, Any]:
    """How many rules have which verdict, the worst value of each rule, and the rates that rules are about by group.

    What is not computable or withheld is left out: a missing number is no 0.
    """
    shown = facts.shown
    verdicts = {verdict.value.replace(" ", "_"): verdict for verdict in Verdict if verdict is not Verdict.WITHHELD}
    return {
        "verdicts": {name: sum(rule.verdict is one for rule in shown.rules) for name, one in verdicts.items()},
        "rules": {view.rule.id: _rule(view) for view in facts.views},
        "groups": _groups(facts),
    }


def _rule(view: RuleView) -> dict[str, Any]:
    said: dict[str, float | None] = {
        "passed": int(view.rule.verdict is Verdict.PASS),
        "failed": int(view.rule.verdict is Verdict.FAIL),
    }
    if view.lead is not None:
        lead = view.lead
        said |= {"value": lead.value, "low": lead.interval.low, "high": lead.interval.high}
    return _there(said)


def _groups(facts: Facts) -> dict[str, dict[str, Any]]:
    """By attribute and group; a group without a single number is left out."""
    found: dict[str, dict[str, Any]] = {}
    for row in facts.shown.groups:
        if rates := _rates(row, facts.metrics):
            found.setdefault(row.attribute, {})[row.group] = rates
    return found


def _rates(row: GroupRow, metrics: tuple[str, ...]) -> dict[str, Any]:
    return _there({name: row.metrics[name].value for name in metrics if name in row.metrics})


def _there(values: Mapping[str, float | None]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def flat(numbers: Mapping[str, Any], before: str = "") -> dict[str, float]:
    """The same in one level, the names joined by slashes."""
    found: dict[str, float] = {}
    for name, value in numbers.items():
        path = f"{before}/{name}" if before else str(name)
        found |= flat(value, path) if isinstance(value, Mapping) else {path: float(value)}
    return found


def metrics_file(facts: Facts) -> bytes:
    """The same as a JSON file for `dvc metrics show` and `diff`."""
    return (json.dumps(numbers_of(facts), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
