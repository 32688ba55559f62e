"""The renderings of a result: restricted, with all numbers, and public, with those that tell nobody apart.

This is the one place where disclosure control is applied. Whatever is written, for people or for machines, is written
from what comes out of here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from audit.assembling.regimes import missing_statements
from audit.disclosing.public_findings import Sieve, public_findings
from audit.disclosing.public_groups import public_everyone, public_group, public_rows
from audit.disclosing.public_series import public_score_note, public_scores, public_series, told_spread
from audit.disclosing.withholding import Limits, withheld
from audit.errors import DataError
from audit.result import AuditResult, DataNote, Finding, RuleSummary
from audit.result.renderings import DisclosureNote, OverrideNote, Rendering
from audit.values import Verdict
from audit.words import given_words, sentences, summary_words
from audit.words.demand_words import lacking, steps
from audit.words.disclosure_words import BECAUSE, WHY, said
from audit.words.rule_words import next_steps, rule_words, tally_of


def rendered(result: AuditResult, rendering: Rendering | None = None) -> AuditResult:
    """A result in the rendering that is asked for; unless it is said, the one that the policy names.

    A policy without `disclosure` has one rendering, with all numbers. Raises DataError for a public rendering under
    such a policy, and for a restricted one of a result that is public.
    """
    written = result.policy.effective.get("disclosure")
    asked = rendering or (written or {}).get("rendering")
    if result.disclosure is not None and result.disclosure.rendering == "public":
        return _as_it_is(result, asked)
    if not isinstance(written, Mapping):
        return _without_control(result, asked)
    result = replace(result, notes=_plain_notes(result), disclosure=None)
    note = _note(written, asked)
    if note.rendering == "restricted" or note.override:
        return _noted(result, note)
    return _public(result, note)


def _as_it_is(result: AuditResult, asked: str | None) -> AuditResult:
    if asked == "restricted":
        raise DataError(
            "this result is the public rendering, and what it withholds is not in it; a restricted one is made from "
            "the restricted result, or from the data"
        )
    return result


def _without_control(result: AuditResult, asked: str | None) -> AuditResult:
    if asked == "public":
        raise DataError(
            "the policy has no part 'disclosure', which says what a public rendering withholds; add "
            "'disclosure: {min_cell: 11}' to it, and audit again"
        )
    return result


def _plain_notes(result: AuditResult) -> tuple[str, ...]:
    """The notes without the mark of an earlier rendering."""
    mark = result.disclosure.words if result.disclosure else None
    return tuple(note for note in result.notes if note != mark)


def _note(written: Mapping[str, Any], rendering: str | None) -> DisclosureNote:
    override = written.get("override")
    return DisclosureNote(
        rendering="restricted" if rendering == "restricted" else "public",
        min_cell=written["min_cell"],
        protection=written.get("protection") or written["min_cell"] - 1,
        complementary=written["complementary"],
        extremes=written["extremes"],
        groups=0,
        rates=0,
        findings=0,
        words="",
        override=OverrideNote(**override) if override else None,
    )


def _noted(result: AuditResult, note: DisclosureNote) -> AuditResult:
    """The result with its mark, which every format prints as its first note."""
    note = replace(note, words=said(note))
    return replace(result, notes=(note.words, *result.notes), disclosure=note)


def _public(result: AuditResult, note: DisclosureNote) -> AuditResult:
    limits = Limits(
        min_cell=note.min_cell,
        protection=note.protection,
        complementary=note.complementary,
        extremes=note.extremes == "withhold",
    )
    gone = withheld(result, limits)
    why = WHY.format(min_cell=note.min_cell)
    sieve = Sieve(
        result=result, gone=gone, limits=limits, because=BECAUSE.format(min_cell=note.min_cell, group="{group}")
    )
    found = replace(
        result,
        findings=public_findings(sieve),
        overall=public_everyone(result.overall, gone, why),
        groups=tuple(public_group(row, gone, why) for row in result.groups),
        rows=public_rows(result, gone, limits),
        data=_public_data(result.data),
        series=public_series(result, gone, limits, why),
        scores=public_scores(result, gone, limits, why),
        score_note=public_score_note(result.score_note),
        baseline=(),
        spreads=tuple(spread for spread in result.spreads if told_spread(spread.attribute, spread.metric, gone)),
    )
    return _noted(_said_again(found, result), _counted(note, found, why))


def _counted(note: DisclosureNote, found: AuditResult, why: str) -> DisclosureNote:
    rows = (found.overall, *found.groups)
    return replace(
        note,
        groups=sum(row.n is None for row in found.groups),
        rates=sum(value.reason == why for row in rows for value in row.metrics.values()),
        findings=sum(finding.verdict is Verdict.WITHHELD for finding in found.findings),
    )


def _public_data(data: DataNote) -> DataNote:
    """Without what counts could be guessed at by: their digest, also as that of a file of counts, and their number."""
    return replace(
        data, counts_sha256=None, fingerprint=None, cells=None, files=() if data.kind == "counts" else data.files
    )


# ---- sentences -----------------------------------------------------------------------------------------------------


def _said_again(found: AuditResult, full: AuditResult) -> AuditResult:
    """The result with its summary, steps and notes made again from what is published."""
    rules = tuple(_rule(rule, found.findings) for rule in found.rules)
    about = [rule_words(rule, found.findings, found.metrics) for rule in rules]
    missing = missing_statements(found.statements)
    return replace(
        found,
        rules=rules,
        summary=summary_words.summary(found.outcome, about, found.overall.n) + lacking(missing),
        next_steps=steps(found.statements, next_steps(about, full.findings)),
        notes=_notes(found),
    )


def _rule(rule: RuleSummary, findings: tuple[Finding, ...]) -> RuleSummary:
    """A rule with what is published of its findings; its verdict is that of all of them."""
    tally = tally_of(finding for finding in findings if finding.rule == rule.id)
    return replace(rule, tally=tally, summary=sentences.tally_words(tally))


def _notes(found: AuditResult) -> tuple[str, ...]:
    """The notes that cannot hold a count, and those of findings that are published."""
    published = {given_words.note(finding) for finding in found.findings}
    return tuple(
        note for note in found.notes if note in published or note.startswith(_NO_COUNTS) or not re.search("[0-9]", note)
    )


#: How notes begin whose numbers are days, numbers of slices, and how many rates were confirmed.
_NO_COUNTS = ("The pack ", "There are ", "All ")
