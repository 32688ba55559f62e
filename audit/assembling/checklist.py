"""The checklist: what most reviewers together want in one report, how far it is there, and what people owe it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.policy import Policy
from audit.result import AuditResult
from audit.result.demands import ChecklistItem

_Asked = Callable[[AuditResult, Policy], bool]


def _always(_result: AuditResult, _policy: Policy) -> bool:
    return True


def _has_outcome(_result: AuditResult, policy: Policy) -> bool:
    return policy.data.outcome is not None


def _has_scores(result: AuditResult, _policy: Policy) -> bool:
    return bool(result.scores)


def _has_distributions(result: AuditResult, _policy: Policy) -> bool:
    return any(row.quantiles and row.quantiles["0.5"].value is not None for row in result.scores[:1])


def _sets_aside(result: AuditResult, _policy: Policy) -> bool:
    return any(row.status != "judged" for row in result.groups)


def _has_tables(result: AuditResult, _policy: Policy) -> bool:
    return not any(regime.missing for regime in result.regimes)


def _counts_decisions(result: AuditResult, _policy: Policy) -> bool:
    return any(finding.flip for finding in result.findings)


def _protects(_result: AuditResult, policy: Policy) -> bool:
    return policy.disclosure is not None


def _is_signed(result: AuditResult, _policy: Policy) -> bool:
    return bool(result.signoff)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A point of the checklist. `shown`: does the report itself have it, in the section `where`? `said`: the statements
    that people owe it. `applies`: is there anything to have?
    """

    number: int
    part: str
    text: str
    where: str = "regimes"
    shown: _Asked | None = None
    said: tuple[str, ...] = ()
    applies: _Asked = _always


def _item(number: int, text: str, where: str = "regimes", said: str = "", **more: _Asked) -> Item:
    part = next(name for last, name in _PARTS if number <= last)
    return Item(number=number, part=part, text=text, where=where, said=tuple(said.split()), **more)


#: The last number of each part, and its name.
_PARTS = (
    (7, "Identity and authority"),
    (14, "Data"),
    (21, "Method"),
    (29, "Results"),
    (37, "Judgement and action"),
    (42, "Publication"),
)
ITEMS = (
    _item(1, "The system and its version, and what changed since the last audit", "verdict", "version changelog"),
    _item(2, "Purpose, use of the output, and uses that are out of scope", said="purpose use_of_output out_of_scope"),
    _item(3, "Who uses it and who made it, and the day of its first use", said="deployer provider distribution_date"),
    _item(4, "The auditor, and why they are independent", said="auditor independence"),
    _item(5, "The day of the audit, and the audit before", "verdict", "previous_audit", shown=_always),
    _item(6, "Who reviews, approves and signs", "verdict", "approver", shown=_is_signed),
    _item(7, "The basis of every rule, and when its source was looked at", "rules", shown=_always),
    _item(8, "Source, period and kind of the data", said="data_source data_period data_type"),
    _item(9, "Where every record went, adding up", "rows", shown=_always),
    _item(10, "How each attribute is known", said="demographic_source"),
    _item(11, "How many records are of unknown group, by table, and what they could change", "rows", shown=_always),
    _item(12, "Whom the data represent, and what they lack", said="representativeness data_gaps"),
    _item(13, "What the outcome stands for", said="label_validity", applies=_has_outcome),
    _item(14, "The ground for using special categories of data", said="special_category_basis"),
    _item(15, "Groups, references, and when a group is too small", "method", shown=_always),
    _item(16, "What each metric is, which way is harmful, and how numbers are rounded", "evidence", shown=_always),
    _item(17, "Why these metrics fit the purpose", said="why_these_metrics"),
    _item(18, "Limits set before the data were seen", "provenance", "thresholds_declared", shown=_always),
    _item(19, "Tests, intervals, and the allowance for many comparisons", "method", shown=_always),
    _item(20, "How a verdict is reached, and what the data could have shown", "method", shown=_always),
    _item(21, "Versions, seed, command and digests, to make it again", "provenance", shown=_always),
    _item(22, "A table of every attribute and intersection that is asked for", "evidence", shown=_has_tables),
    _item(23, "Groups left out, with their numbers and the reason", "groups", "exclusion_reason", shown=_always,
          applies=_sets_aside),
    _item(24, "For scores: distributions, and rates at other cutoffs", "scores", shown=_has_distributions,
          applies=_has_scores),
    _item(25, "Error rates by group", "groups", shown=_always, applies=_has_outcome),
    _item(26, "Inputs that are protected or stand in for something protected", said="inputs"),
    _item(27, "What unknown groups, strata and rounding could change", "evidence", shown=_always),
    _item(28, "What changed since the last audit, in numbers", said="previous_audit changelog"),
    _item(29, "The size of a difference in people", "evidence", shown=_counts_decisions),
    _item(30, "A summary in plain words, and what the result does not mean", "verdict", shown=_always),
    _item(31, "What is done about each finding, by whom, by when", said="findings_response"),
    _item(32, "Less discriminatory alternatives that were looked for", said="alternatives"),
    _item(33, "What justifies the differences that remain", said="justification"),
    _item(34, "Remaining risks, and who is affected how", said="residual_risk affected_groups"),
    _item(35, "Human oversight, and the way to complain", said="oversight complaint_route"),
    _item(36, "What is watched after release", said="monitoring"),
    _item(37, "Whether the system is released, by whom and when", said="go_no_go"),
    _item(38, "How small numbers are protected in what is published", "verdict", shown=_protects),
    _item(39, "Where it is published and how long it is kept", said="publication"),
    _item(40, "A page and a PDF that everybody can read, without colour too", "verdict", shown=_always),
    _item(41, "Privilege, where counsel directs it", said="privilege"),
    _item(42, "The whole result for machines, with its digests", "provenance", shown=_always),
)  # fmt: skip


def checklist(result: AuditResult, policy: Policy) -> tuple[ChecklistItem, ...]:
    """Every point, and how far the report has it; none where no pack is in force."""
    return tuple(_checked(item, result, policy) for item in ITEMS) if result.regimes else ()


def _checked(item: Item, result: AuditResult, policy: Policy) -> ChecklistItem:
    answers = policy.answers()
    lacks = tuple(name for name in item.said if name not in answers)
    shown = item.shown is not None and item.shown(result, policy)
    state = _state(shown=shown or item.shown is None, some=shown or len(lacks) < len(item.said), lacks=lacks)
    if not item.applies(result, policy):
        state, lacks = "not applicable", ()
    return ChecklistItem(number=item.number, part=item.part, text=item.text, state=state, where=item.where, lacks=lacks)


def _state(*, shown: bool, some: bool, lacks: Sequence[str]) -> str:
    """`met` if the report shows its part and nothing is owed, `partly` if there is some of it, else `open`."""
    if shown and not lacks:
        return "met"
    return "partly" if some else "open"
