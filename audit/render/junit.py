"""The verdicts as JUnit XML, which pipelines show as tests: red exactly where the audit keeps a release back.

A rule is a test suite, a finding a test case. What keeps the audit from passing is a failure or, where it cannot be
computed, an error. What only advises, is waived, or is not settled beside a failure is skipped, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from audit.numbers import bounds
from audit.render.clean import cleaned
from audit.render.options import PLAIN, Options
from audit.render.terms import EFFECT, VERDICT, is_waived, limits_of, records
from audit.result import AuditResult, Finding, RuleSummary, Statement
from audit.values import Outcome, Verdict
from audit.words.sentences import unit as unit_of

Status = Literal["passed", "failure", "error", "skipped"]
#: What a verdict is in a rule that keeps a release back, where the policy wants fairness to be shown.
_BLOCKING: Mapping[Verdict, Status] = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "failure",
    Verdict.NOT_COMPUTABLE: "error",
}
#: The attribute of a suite that counts each kind.
_TALLIED: Mapping[Status, str] = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A test case: its name, what became of it, why, and its numbers."""

    name: str
    status: Status
    kind: str
    message: str
    numbers: Mapping[str, str]


def write(result: AuditResult, _options: Options = PLAIN) -> bytes:
    """The verdicts as JUnit XML: the same bytes for the same result."""
    safe = cleaned(result)
    root = Element("testsuites", name=safe.subject.name)
    suites = [(rule.id, _of_rule(rule), tuple(_cases(safe, rule))) for rule in safe.rules]
    suites += [("statements", {}, stated)] if (stated := tuple(map(_stated, filter(_is_owed, safe.statements)))) else []
    for name, facts, cases in suites:
        _suite(root, name, {**_of_audit(safe), **facts}, cases)
    _count(root, [case for _, _, cases in suites for case in cases])
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _of_audit(result: AuditResult) -> dict[str, str]:
    """What every suite says of the whole audit: pipelines show suites, and drop what stands above them."""
    return {
        "outcome": str(result.outcome),
        "headline": result.headline,
        "as_of": result.provenance.as_of,
        "policy_sha256": result.policy.sha256,
        "counts_sha256": result.data.counts_sha256 or "withheld",
        **({"rendering": result.disclosure.words} if result.disclosure else {}),
    }


def _of_rule(rule: RuleSummary) -> dict[str, str]:
    return {
        "title": rule.title,
        "verdict": str(rule.verdict),
        "effect": rule.effect,
        "basis": rule.basis,
        "require": rule.require,
        "waived": str(rule.waived).lower(),
    }


def _cases(result: AuditResult, rule: RuleSummary) -> Iterator[Case]:
    """The findings of a rule, and the rule itself where what decides is withheld or nothing was compared."""
    mine = [finding for finding in result.findings if finding.rule == rule.id]
    for finding in mine:
        name = f"{finding.metric}, {finding.attribute}: {finding.group or 'all groups'}"
        waived = f", waived until {finding.waiver.expires}" if finding.waiver and is_waived(finding) else ""
        status = _status(rule, finding.verdict, result.outcome, waived=bool(waived))
        kind = f"{VERDICT[finding.verdict].lower()}{waived}"
        yield Case(name=name, status=status, kind=kind, message=finding.because, numbers=_numbers(finding))
    if rule.verdict not in {finding.verdict for finding in mine}:
        status = _status(rule, rule.verdict, result.outcome, waived=rule.waived)
        kind, said = VERDICT[rule.verdict].lower(), f"{rule.title} ({EFFECT.get(rule.effect, rule.effect)})"
        yield Case(name="the rule as a whole", status=status, kind=kind, message=said, numbers={})


def _status(rule: RuleSummary, verdict: Verdict, outcome: Outcome, *, waived: bool) -> Status:
    """What a verdict is to a pipeline. With a failure elsewhere, what is not settled is not what keeps it back."""
    status = _BLOCKING.get(verdict, "skipped")
    if status == "passed":
        return status
    if rule.effect != "block" or waived:
        return "skipped"
    if verdict is Verdict.FAIL:
        return status
    if rule.burden != "prove_fair" or (verdict is Verdict.INCONCLUSIVE and outcome is not Outcome.INCONCLUSIVE):
        return "skipped"
    return status


def _is_owed(statement: Statement) -> bool:
    return bool(statement.mandatory)


def _stated(statement: Statement) -> Case:
    """A statement that a pack makes mandatory: without it no audit passes."""
    status: Status = "failure" if statement.open else "passed"
    asked = f"{statement.ask} Mandatory under {', '.join(statement.mandatory)}; the policy does not state it."
    return Case(name=statement.id, status=status, kind="not stated", message=asked, numbers={})


def _numbers(finding: Finding) -> dict[str, str]:
    """The numbers of a finding that there are, as the result has them."""
    unit, interval = unit_of(finding.metric, finding.compare), finding.interval
    found = {
        "value": finding.value, "low": interval.low, "high": interval.high, "p_beyond": finding.p_beyond,
        "n": records(finding), "group_value": finding.group_value, "reference": finding.reference,
        "reference_value": finding.reference_value,
        "limit": bounds(finding.accepts.low, finding.accepts.high, unit) if limits_of(finding) else None,
    }  # fmt: skip
    return {"verdict": str(finding.verdict), **{name: str(value) for name, value in found.items() if value is not None}}


def _suite(root: Element, name: str, facts: Mapping[str, str], cases: tuple[Case, ...]) -> None:
    suite = SubElement(root, "testsuite", name=name)
    _count(suite, cases)
    _properties(suite, facts)
    for case in cases:
        element = SubElement(suite, "testcase", classname=name, name=case.name)
        _properties(element, case.numbers)
        if case.status == "skipped":
            SubElement(element, "skipped", message=f"{case.kind}: {case.message}")
        elif case.status != "passed":
            SubElement(element, case.status, type=case.kind, message=case.message).text = case.message


def _count(element: Element, cases: tuple[Case, ...] | list[Case]) -> None:
    element.set("tests", str(len(cases)))
    for status, name in _TALLIED.items():
        element.set(name, str(sum(case.status == status for case in cases)))


def _properties(element: Element, facts: Mapping[str, str]) -> None:
    if not facts:
        return
    inside = SubElement(element, "properties")
    for name, value in facts.items():
        SubElement(inside, "property", name=name, value=value)
