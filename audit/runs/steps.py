"""The steps of an audit, made again: what was judged, counted and rendered has to come out the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from audit import provenance as origin
from audit.counts import countfile
from audit.engine import count_table, judge
from audit.errors import AuditError, RenderError
from audit.policy import Policy
from audit.render.options import Options
from audit.reports import render_each
from audit.result import AuditResult, to_json

State = Literal["holds", "differs", "not checked"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at: whether it holds, and if not, what differs or why it could not be looked at.

    `owed`: without it nobody can say that the whole holds, such as a report that could not be rendered again.
    """

    what: str
    state: State
    detail: str = ""
    owed: bool = False


def check(what: str, otherwise: str, *, holds: bool) -> Check:
    """A check that holds, or says what differs."""
    return Check(what=what, state="holds") if holds else Check(what=what, state="differs", detail=otherwise)


def same_policy(law: Policy, result: AuditResult) -> Check:
    """Is this the policy that the result was judged by?"""
    same = law.sha256 == result.policy.sha256 and _plain(law.effective()) == _plain(result.policy.effective)
    return check("the policy in force", "the result was judged by another policy than this", holds=same)


def judged_again(path: Path, law: Policy, result: AuditResult) -> Iterator[Check]:
    """The counts, judged again, have to give the result to the last byte."""
    what = "the counts, judged again"
    try:
        counts = countfile.load(path)
        rests = countfile.sha256(counts) == result.data.counts_sha256
        yield check("the counts behind the result", "the result rests on other counts than these", holds=rests)
        about, where, only = replace(result.data, only={}), result.policy.source, result.data.only
        again = judge(counts, law, data=about, provenance=result.provenance, source=where, only=only)
    except (AuditError, OSError) as error:
        yield Check(what=what, state="differs", detail=str(error).splitlines()[0])
        return
    mine, theirs = to_json(result), to_json(_aligned(again, result))
    yield check(what, f"{_first_difference(mine, theirs)}{_versions_said(result)}", holds=mine == theirs)


def _aligned(again: AuditResult, result: AuditResult) -> AuditResult:
    """The same with what does not come from the counts: where the policy's text stood, and the note of `--confirm`."""
    origins = {rule.id: rule.origin for rule in result.rules}
    rules = tuple(replace(rule, origin=origins.get(rule.id, rule.origin)) for rule in again.rules)
    confirmed = tuple(note for note in result.notes[-1:] if _CONFIRMED.fullmatch(note))
    return replace(again, policy=result.policy, rules=rules, notes=(*again.notes, *confirmed))


_CONFIRMED = re.compile(
    r"All \d+ (?:rates|values of metrics) were computed a second time from the rows by [^;]+; "
    r"the largest difference is [\d.e-]+\."
)


def _first_difference(mine: str, theirs: str) -> str:
    pairs = zip(mine.splitlines(), theirs.splitlines(), strict=False)
    number, (here, there) = next(
        ((number, pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (0, ("its end", "more"))
    )
    return f"line {number} of the result says {here.strip()[:60]!r} where the counts give {there.strip()[:60]!r}"


def counted_again(law: Policy, result: AuditResult, data: object) -> Iterator[Check]:
    """The rows, counted again, have to give the counts; their files and their fingerprint have to be those audited."""
    try:
        counts, note = count_table(law, data, fingerprint=result.data.fingerprint is not None)
    except (AuditError, OSError) as error:
        yield Check(what="the rows, counted again", state="differs", detail=str(error).splitlines()[0])
        return
    if result.data.files:
        mine, theirs = (sorted(one.sha256 for one in about.files) for about in (result.data, note))
        strange = [one.name for one in note.files if one.sha256 not in mine]
        why = f"not as they were audited: {', '.join(strange)}" if strange else "other files were audited"
        yield check("the files of the data", why, holds=mine == theirs)
    if result.data.fingerprint is not None:
        same = note.fingerprint == result.data.fingerprint
        yield check("the rows' fingerprint", "rows were changed, lost, added or repeated", holds=same)
    if result.data.counts_sha256 is None:
        yield Check(
            what="the rows, counted again", state="not checked", detail="a public rendering does not hold counts"
        )
        return
    same = countfile.sha256(counts) == result.data.counts_sha256
    yield check("the rows, counted again", "the counts are not those that were judged", holds=same)


def rendered_again(what: str, content: bytes, name: str, result: AuditResult, options: Options) -> Check:
    """A report has to be, to the last byte, what the result gives when it is rendered again."""
    ((_, again),) = render_each(result, [name], options)
    if isinstance(again, RenderError):
        return Check(what=what, state="not checked", detail=str(again), owed=True)
    if again == content:
        return Check(what=what, state="holds")
    detail = f"it was changed, or does not show this result{_versions_said(result)}"
    return Check(what=what, state="differs", detail=detail)


def _versions_said(result: AuditResult) -> str:
    """The packages that are of other versions here: bytes may differ by them, but what a result says of them is no
    proof that nothing was changed.
    """
    there = result.provenance.versions
    here = origin.versions(list(there))
    others = [f"{name} {there[name]} (here {here[name]})" for name in there if there[name] != here[name]]
    return f"; it names other versions than are here, which may be why: {', '.join(others)}" if others else ""


def _plain(content: object) -> object:
    return json.loads(json.dumps(content, default=str))
