"""Policies and data that a pack can be tried on, made from nothing but what the pack itself declares."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import yaml

from audit.groups.measure import uncomputable
from audit.metrics import METRICS, ScoreMetric
from audit.policy import Pack
from audit.policy.statements import BY_SUBJECT
from audit.resources import folder

#: Groups of an attribute that the pack names and gives no groups for.
_GROUPS = ("first", "second", "third")


def written(pack_id: str) -> dict[str, Any]:
    """The pack's file as it is written."""
    content: dict[str, Any] = yaml.safe_load((folder("policies") / f"{pack_id}.yaml").read_text("utf-8"))
    return content


def policy_for(pack_id: str, pack: Pack, *, answered: bool = True) -> dict[str, Any]:
    """A policy that extends the pack, has every attribute that it names, and answers whatever it asks."""
    rules = [rule for rule in written(pack_id).get("rules", []) if "metric" in rule]
    names = {name for rule in rules for name in _listed(rule["metric"])}
    data: dict[str, Any] = {"decision": {"column": "decision", "favorable": "yes"}}
    if any(uncomputable(name, has_outcome=False, has_decision=True) for name in names):
        data["outcome"] = {"column": "outcome", "favorable": "good"}
    if any(isinstance(METRICS[name], ScoreMetric) for name in names):
        data["score"] = {"column": "score", "favorable": "at_least"}
    factors = {name for rule in rules for name in _listed(rule.get("given", []))}
    made: dict[str, Any] = {
        "evenhand": 1,
        "title": f"A policy that extends {pack_id}",
        "extends": pack_id,
        "subject": {"name": "A model", "version": "1", "owner": "A bank", "purpose": "Trial", "out_of_scope": ["All"]},
        "data": data,
        "attributes": {name: {"column": name} for name in attributes_of(pack_id, pack)},
    }
    if not rules:
        made["rules"] = [
            {"id": "rate", "metric": "selection_rate", "compare": "value", "require": "none", "effect": "report"}
        ]
    crossed = [list(table) for table in pack.tables if len(table) > 1]
    if crossed and "intersections" not in written(pack_id):
        made["intersections"] = crossed
    if factors:
        made["factors"] = {name: {"column": name, "legitimate": "It is asked for."} for name in sorted(factors)}
    asked = [name for name in pack.statements if name not in BY_SUBJECT]
    if asked and answered:
        made["statements"] = {name: f"An answer about {name}." for name in asked}
    return made


def attributes_of(pack_id: str, pack: Pack) -> dict[str, tuple[str, ...]]:
    """The attributes that the pack or its rules call by name, with their groups; sex where there is none."""
    rules = written(pack_id).get("rules", [])
    named = {name for rule in rules for of in rule.get("of", []) for name in _listed(of)}
    named |= {name for table in pack.tables for name in table}
    groups = {name: tuple(category.groups) for name, category in pack.categories.items()}
    found = {name: groups.get(name) or _GROUPS for name in [*groups, *sorted(named - set(groups))]}
    return found or {"sex": ("Female", "Male")}


def data_for(pack_id: str, pack: Pack, *, each: int = 120, seed: int = 20261120) -> pd.DataFrame:
    """Rows of every combination of two attributes, with decisions, outcomes, scores and factors that vary."""
    attributes = attributes_of(pack_id, pack)
    random = np.random.default_rng(seed)
    pairs = list(product(*list(attributes.values())[:2]))
    chosen = [pair for pair in pairs for _ in range(each)]
    n = len(chosen)
    frame: Mapping[str, Any] = {
        **{name: [pair[place] for pair in chosen] for place, name in enumerate(list(attributes)[:2])},
        **{name: random.choice(list(groups), n) for name, groups in list(attributes.items())[2:]},
    }
    score = np.round(random.beta(5, 3, n), 3)
    rules = written(pack_id).get("rules", [])
    factors = sorted({name for rule in rules for name in _listed(rule.get("given", []))})
    return pd.DataFrame(
        {
            **frame,
            "score": score,
            "decision": np.where(score + random.normal(0, 0.1, n) > 0.55, "yes", "no"),
            "outcome": np.where(random.uniform(size=n) < score, "good", "bad"),
            **{name: random.choice(["north", "south"], n) for name in factors},
        }
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
