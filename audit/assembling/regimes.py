"""The packs in force as the result tells of them: their state on the day, what they ask for, and what is still open."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace

from audit.assembling.checklist import checklist
from audit.counts.counts import joined
from audit.judging.decide import completed
from audit.policy import Pack, Policy
from audit.policy.asked import question
from audit.policy.statements import BY_SUBJECT
from audit.result import AuditResult, GroupRow
from audit.result.demands import Regime, Source, Statement
from audit.wording import listed
from audit.words.demand_words import headline, lacking, steps


def with_packs(result: AuditResult, policy: Policy) -> AuditResult:
    """The result with what the packs say and ask for; a mandatory statement that is missing keeps it from passing."""
    day = datetime.date.fromisoformat(result.provenance.as_of)
    stated = statements(policy)
    missing = missing_statements(stated)
    outcome = completed(result.outcome, missing)
    blocks = any(rule.effect == "block" for rule in result.rules)
    found = replace(
        result,
        outcome=outcome,
        headline=headline(result.outcome, outcome, blocks=blocks),
        summary=result.summary + lacking(missing),
        next_steps=steps(stated, result.next_steps),
        notes=(*policy.warnings(day), *category_notes(policy, result.groups), *result.notes),
        regimes=regimes(policy, day),
        statements=stated,
    )
    return replace(found, checklist=checklist(found, policy))


def regimes(policy: Policy, as_of: datetime.date) -> tuple[Regime, ...]:
    """The packs in force on this day, in the order in which they were extended."""
    return tuple(_regime(name, pack, policy, as_of) for name, pack in policy.in_force.items())


def _regime(name: str, pack: Pack, policy: Policy, as_of: datetime.date) -> Regime:
    status = pack.status
    return Regime(
        id=name,
        title=pack.title or policy.title,
        kind=pack.kind,
        jurisdiction=pack.jurisdiction,
        scope=pack.scope,
        state=status.state,
        since=status.since,
        checked_on=status.checked_on,
        recheck_after_days=status.recheck_after_days,
        age=status.age(as_of),
        stale=status.stale(as_of),
        limits=pack.limits,
        cites=tuple(Source(ref=cite.ref, supports=cite.supports, evidence=cite.evidence) for cite in pack.cites),
        watch=status.watch,
        superseded_by=status.superseded_by,
        note=status.note,
        characteristics=pack.characteristics,
        retention=pack.retention,
        missing=tuple(joined(table) for table in pack.tables if frozenset(table) not in _tables(policy)),
    )


def _tables(policy: Policy) -> set[frozenset[str]]:
    """What the report has a table of: the attributes, their intersections, and what rules cross."""
    crossed = [*policy.intersections, *(of for rule in policy.rules for of in rule.of)]
    return {frozenset((name,)) for name in policy.attributes} | {frozenset(one) for one in crossed}


def statements(policy: Policy) -> tuple[Statement, ...]:
    """Everything that a pack asks to be stated, and whatever else the policy states, each once."""
    answers = policy.answers()
    asked = [(name, pack_id) for pack_id, pack in policy.in_force.items() for name in pack.statements]
    return tuple(
        Statement(
            id=name,
            ask=question(name, policy),
            answer=answers.get(name),
            asked_by=tuple(pack_id for asked_for, pack_id in asked if asked_for == name),
            mandatory=tuple(p for p, pack in policy.in_force.items() if _is_mandatory(name, pack)),
            cites=tuple(dict.fromkeys(_cites(name, policy))),
        )
        for name in dict.fromkeys([*(name for name, _ in asked), *(a for a in answers if a not in BY_SUBJECT)])
    )


def _is_mandatory(name: str, pack: Pack) -> bool:
    return name in pack.statements and pack.statements[name].mandatory


def _cites(name: str, policy: Policy) -> Iterator[str]:
    for pack in policy.in_force.values():
        if name in pack.statements and (cite := pack.statements[name].cite):
            yield cite


def category_notes(policy: Policy, groups: Sequence[GroupRow]) -> tuple[str, ...]:
    """Groups that the data have and a pack has no name for, and those that it names and the data lack."""
    return tuple(said for name, pack in policy.in_force.items() for said in _categories(name, pack, groups))


def _categories(name: str, pack: Pack, groups: Sequence[GroupRow]) -> Iterator[str]:
    for attribute, category in pack.categories.items():
        found = [row.group for row in groups if row.attribute == attribute]
        if not category.groups or not found:
            continue
        if other := [group for group in found if group not in category.groups]:
            mend = "merge it into one of its own, or write it under 'missing'"
            yield f"The pack {name} has no group of {attribute} called {listed(other)}; {mend}."
        if lacking := [group for group in category.groups if group not in found]:
            yield f"The pack {name} names groups of {attribute} that the data do not hold: {listed(lacking)}."


def missing_statements(found: Sequence[Statement]) -> tuple[Statement, ...]:
    """Those without which the audit is not complete."""
    return tuple(one for one in found if one.open and one.mandatory)
