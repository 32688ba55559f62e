"""Tables of the page about verdicts: the cases that the tests run, and two findings of the COMPAS example."""

from __future__ import annotations

import ast
import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

import audit
from audit.cli.reporting import CODES
from audit.policy import PackNote, packs
from audit.result import Finding
from audit.values import Interval, Outcome

ROOT = Path(__file__).parent.parent
_WHERE = {"inside": "within the limits", "outside": "beyond the limit", "across": "reaches across"}
_ANSWER = {True: "yes", False: "no", None: "there is none"}


def _cases() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    found: Mapping[str, Sequence[Mapping[str, Any]]] = yaml.safe_load(
        (ROOT / "tests" / "cases.yaml").read_text(encoding="utf-8")
    )
    return found


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def verdicts() -> str:
    """Every way in which a verdict can be reached, a table for each way of judging."""
    cases = _cases()["verdicts"]
    judges = list(dict.fromkeys(case.get("judge", "interval") for case in cases))
    return "\n\n".join(
        f"`judge: {judge}`\n\n" + _JUDGED[judge]([case for case in cases if case.get("judge", "interval") == judge])
        for judge in judges
    )


def _by_interval(cases: Sequence[Mapping[str, Any]]) -> str:
    head = ["case", "`interval`", "`unadjusted_interval`", "enough events expected", "verdict", "`reason`"]
    return _table(head, [[c["name"], *_intervals(c), *_verdict(c)] for c in cases])


def _intervals(case: Mapping[str, Any]) -> list[str]:
    if case["meets"] is None:
        return ["there is none", "there is none", "does not matter"]
    if not case.get("alike", True):
        return ["does not matter"] * 3
    matters = "enough" in case or case["reason"] == "not_after_adjustment"
    return [
        _WHERE[case["interval"]],
        _WHERE[case["plain"]],
        _ANSWER[case.get("enough", True)] if matters else "does not matter",
    ]


def _by_point(cases: Sequence[Mapping[str, Any]]) -> str:
    head = ["case", "the value meets the requirement", "verdict", "`reason`"]
    return _table(head, [[c["name"], _meets(c), *_verdict(c)] for c in cases])


def _by_point_and_test(cases: Sequence[Mapping[str, Any]]) -> str:
    head = ["case", "the value meets the requirement", "the interval", "the test is significant", "verdict", "`reason`"]
    return _table(head, [[c["name"], *_tested(c), *_verdict(c)] for c in cases])


def _tested(case: Mapping[str, Any]) -> list[str]:
    where = _WHERE[case["interval"]] if "interval" in case else "does not matter"
    significant = _ANSWER[case["significant"]] if case.get("alike", True) else "does not matter"
    return [_meets(case), where, significant]


def _meets(case: Mapping[str, Any]) -> str:
    return _ANSWER[case["meets"]] if case.get("alike", True) else "does not matter"


def _verdict(case: Mapping[str, Any]) -> list[str]:
    return [f"**{case['verdict']}**", f"`{case['reason']}`"]


_JUDGED = {"interval": _by_interval, "point": _by_point, "point_and_test": _by_point_and_test}


def outcomes() -> str:
    """What findings together mean for the audit."""
    rows = []
    for case in _cases()["outcomes"]:
        found = [
            f"{verdict} ({effect}, {burden}{', waived' if waived else ''})"
            for verdict, effect, burden, waived in case["standings"]
        ]
        outcome = Outcome(case["outcome"])
        rows.append([case["name"], "; ".join(found) or "none", f"**{outcome}**", str(CODES[outcome])])
    return _table(["case", "findings", "outcome", "exit code"], rows)


def worked() -> str:
    """Two findings of the COMPAS example with all their figures: one that fails, and one that is not settled."""
    folder = ROOT / "examples" / "compas"
    result = audit.run(folder / "policy.yaml", folder / "compas.csv", as_of=datetime.date(2026, 11, 20))
    found = {f.group: f for f in result.findings if (f.rule, f.attribute) == ("wrongly-flagged", "race")}
    shown = [found["African-American"], found["Other"]]
    rows = [[what, *(_FIGURES[what](finding) for finding in shown)] for what in _FIGURES]
    return _table(["", *(f"{finding.group} against {finding.reference}" for finding in shown)], rows)


def _span(interval: Interval) -> str:
    return " to ".join("none" if end is None else f"{end:+.4f}" for end in (interval.low, interval.high))


_FIGURES = {
    "records of the group, and of the reference": lambda f: f"{f.group_n:,} and {f.reference_n:,}",
    "`exact`": lambda f: f"{f.exact}",
    "`value`": lambda f: f"{f.value:+.4f}",
    "`accepts`": lambda f: f"{f.accepts.low:+.2f} to {f.accepts.high:+.2f}",
    "`unadjusted_interval`": lambda f: _span(f.unadjusted_interval),
    "`interval`": lambda f: _span(f.interval),
    "`p_beyond`": lambda f: _p(f, "p_beyond"),
    "`p_adjusted`": lambda f: _p(f, "p_adjusted"),
    "`verdict`": lambda f: f"**{f.verdict}**",
    "`reason`": lambda f: f"`{f.reason}`",
}


def _p(finding: Finding, name: str) -> str:
    value = getattr(finding, name)
    return "below 0.000001" if value < 0.000001 else f"{value:.4f}"


def bundled() -> str:
    """Every bundled pack: what it follows, where that holds, its state, and how many of its sources were read there."""
    head = ["pack", "follows", "where", "state", "read at the source"]
    return _table(head, [[f"`{note.id}`", note.title, *_stands(note)] for note in packs()])


def _stands(note: PackNote) -> list[str]:
    read = sum(cite.evidence == "source" for cite in note.pack.cites)
    return [note.pack.jurisdiction, note.pack.status.state.replace("_", " "), f"{read} of {len(note.pack.cites)}"]


def rooms() -> str:
    """The packages of `audit/`, those above first, each with what it says of itself."""
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in held if contract["id"] == "layers")
    names = [name.strip() for layer in layers for name in re.split(r"[|:]", layer)]
    doors = [(f"`{name}/`", ROOT / "audit" / name / "__init__.py") for name in names]
    return _table(["room", "what is in it"], [[name, _first_line(path)] for name, path in doors if path.exists()])


def _first_line(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.partition("\n")[0]
