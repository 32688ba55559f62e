"""Audits that are long or odd: very many groups and rules, names of every script and length, nothing settled, nothing
to say. Each is made by the engine from invented counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from audit import engine
from audit.result import AuditResult
from tests.making import counts_of, policy_of, rule
from tests.render import sample

#: Names of eighty characters, of right-to-left scripts, Chinese, Japanese, Korean and Thai ones, and of signs.
NAMES = (
    "People who came as refugees, whose diplomas were not recognised, and who retrain",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "نساء فوق الستين",
    "עובדות מעל גיל 60",
    "少数民族の女性",
    "六十岁以上的女性",
    "여성 60세 이상",
    "ผู้หญิงอายุเกินหกสิบ",
    "👩🏽‍🦽 wheelchair users 🧑🏿‍🤝‍🧑🏻",
    "Ελληνίδες άνω των 60",
    "Женщины старше 60 лет",
    "≥ 60 & <female>",
    "0.80",
    "fail",
)

Cells = Mapping[str, Mapping[str, int]]


def audited(cells: Cells, *rules: Mapping[str, Any], **changes: Any) -> AuditResult:
    """Groups given by their confusion cells, judged by rules that are told apart by their place."""
    named = [rule(**{"id": f"rule-{i:02}", **one}) for i, one in enumerate(rules, 1)]
    made = sample.typical()
    policy = policy_of(*named, **changes)
    return engine.judge(counts_of(cells), policy, data=made.data, provenance=made.provenance)


def _cells(names: tuple[str, ...], size: int, seed: int = 3) -> dict[str, dict[str, int]]:
    rng = random.Random(seed)
    return {name: {cell: rng.randint(size // 4, size) for cell in ("tp", "fp", "fn", "tn")} for name in names}


_ASPECTS = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy")


def many() -> AuditResult:
    """Forty rules over two hundred groups."""
    names = tuple(f"District {i:03}" for i in range(200))
    rules = [
        {"metric": _ASPECTS[i % 5], "require": f">= {0.5 + i / 100:.2f}", "title": f"District rule number {i}"}
        for i in range(40)
    ]
    return audited(_cells(names, 400), *rules)


def names() -> AuditResult:
    """Names of eighty characters and of many scripts."""
    rules = [
        {"metric": "selection_rate"},
        {"metric": "false_positive_rate", "compare": "difference", "require": "-0.1 to 0.1"},
    ]
    rules.append({"metric": "accuracy", "require": ">= 0.05", "title": "Nobody is left out of it all"})
    return audited(_cells(NAMES, 300), *rules, title="政策 נגישות سياسة policy", groups={"reference": "largest"})


def unsettled() -> AuditResult:
    """So few records that nothing can be settled."""
    return audited(_cells(("Women", "Men", "Others"), 12), {}, {"compare": "min_ratio"}, groups={"min_count": 5})


def unjudged() -> AuditResult:
    """Groups so small that no comparison is made at all, and nobody who has to sign."""
    return audited(_cells(("Women", "Men"), 4), {}, groups={"min_count": 500})


def single() -> AuditResult:
    """One rule over two groups, which is met."""
    cells = {"Women": {"tp": 5000, "fn": 5000}, "Men": {"tp": 5010, "fn": 4990}}
    return audited(cells, {"why": "x" * 300, "title": "The only rule"})


ALL: dict[str, Callable[[], AuditResult]] = {
    "many": many, "names": names, "unsettled": unsettled, "unjudged": unjudged, "single": single,
}  # fmt: skip
