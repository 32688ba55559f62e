"""Two runs of a model next to each other, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.numbers import show, span
from audit.registry.gather import Entry
from audit.render.panels import RuleView
from audit.render.terms import SEVERITY, VERDICT, limits_of, unit_note
from audit.result import RuleSummary
from audit.values import Verdict
from audit.words.sentences import unit as unit_of


@dataclass(frozen=True, kw_only=True)
class Said:
    """A rule in one run: its verdict, and the value that speaks for it, if that may be told."""

    verdict: Verdict
    waived: bool
    value: str
    who: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A rule in two runs; None where a run does not have it."""

    id: str
    title: str
    before: Said | None
    after: Said | None
    change: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A run and the one before it: what else changed between them, and every rule."""

    before: Entry
    after: Entry
    changed: tuple[str, ...]
    pairs: tuple[Pair, ...]


def compared(before: Entry, after: Entry) -> Comparison:
    """Put two runs next to each other. No test is made: that two verdicts differ does not show that anything did."""
    mine, theirs = ({rule.id: rule for rule in entry.result.rules} for entry in (before, after))
    ids = [*theirs, *(id_ for id_ in mine if id_ not in theirs)]
    said = [said_of(entry) for entry in (before, after)]
    pairs = tuple(_pair((theirs.get(id_) or mine[id_]), said[0].get(id_), said[1].get(id_)) for id_ in ids)
    return Comparison(before=before, after=after, changed=tuple(_changed(before, after)), pairs=pairs)


def said_of(entry: Entry) -> dict[str, Said]:
    """Every rule of a run by its id."""
    views = {view.rule.id: view for view in entry.told.views} if entry.told else {}
    return {rule.id: _said(rule, views.get(rule.id)) for rule in entry.result.rules}


def _said(rule: RuleSummary, view: RuleView | None) -> Said:
    lead = view.lead if view else None
    if lead is None or lead.value is None:
        return Said(verdict=rule.verdict, waived=rule.waived, value="", who="")
    unit, limits = unit_of(lead.metric, lead.compare), limits_of(lead)
    value = f"{show(lead.value, unit, limits)}{unit_note(unit)}"
    interval = span(lead.interval.low, lead.interval.high, unit, limits)
    return Said(verdict=rule.verdict, waived=rule.waived, value=f"{value} ({interval})", who=lead.group or "")


def _pair(rule: RuleSummary, before: Said | None, after: Said | None) -> Pair:
    return Pair(id=rule.id, title=rule.title, before=before, after=after, change=_change(before, after))


def _change(before: Said | None, after: Said | None) -> str:
    if before is None:
        return "new rule"
    if after is None:
        return "rule is gone"
    if before.verdict is after.verdict:
        return "no change"
    first, last = VERDICT[before.verdict].lower(), VERDICT[after.verdict].lower()
    worse = SEVERITY.index(after.verdict) < SEVERITY.index(before.verdict)
    return f"{'worse' if worse else 'better'}: {first} to {last}"


def _changed(before: Entry, after: Entry) -> Iterator[str]:
    """What besides the verdicts differs, and could be why they do."""
    first, last = before.result, after.result
    if first.subject.version != last.subject.version:
        yield f"the model's version: {first.subject.version or 'none'} to {last.subject.version or 'none'}"
    if first.policy.sha256 != last.policy.sha256:
        yield "the policy"
    if [file.sha256 for file in first.data.files] != [file.sha256 for file in last.data.files]:
        yield "the data"
    if before.run.manifest.evenhand != after.run.manifest.evenhand:
        yield f"Evenhand: {before.run.manifest.evenhand} to {after.run.manifest.evenhand}"
