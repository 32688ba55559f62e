"""The findings of a public rendering: whole, or with every number and the verdict withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from audit.disclosing.public_groups import scores_told
from audit.disclosing.withholding import Limits, Withheld, block_of
from audit.result import AuditResult, Finding, UnknownNote
from audit.result.given import Given, Stratum
from audit.values import Interval, Verdict
from audit.words.sentences import STATUS

#: One finding speaks for all groups of an attribute.
_WHOLE = ("max_gap", "min_ratio")
#: What is null in a finding that is withheld. A waiver tells its verdict, a reference that no group has a higher rate.
_NUMBERS = (
    "value", "exact", "n", "group_n", "group_value", "reference", "reference_n", "reference_value", "p_beyond",
    "p_within", "p_adjusted", "power", "test", "given", "change", "flip", "proxy", "unknown", "missing_outcomes",
    "waiver",
)  # fmt: skip
_SMALL_SHARE = "{group} makes up too small a share of the records to be judged. It is shown, not judged."


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """What decides whether a finding is published: the result that it is of, and what is withheld.

    `because` says of a {group} that its findings are withheld, and why.
    """

    result: AuditResult
    gone: Withheld
    limits: Limits
    because: str


def public_findings(sieve: Sieve) -> tuple[Finding, ...]:
    """Every finding, in order; without what tells something of those that are withheld."""
    shown = [_is_shown(finding, sieve) for finding in sieve.result.findings]
    pairs = list(zip(sieve.result.findings, shown, strict=True))
    judged = {finding.rule for finding, yes in pairs if not yes and finding.p_beyond is not None}
    within_rule = sieve.result.method.family_of == "rule"
    found = []
    for finding, yes in pairs:
        told = _told(finding, sieve) if yes else _withheld(finding, sieve)
        mixed = finding.rule in judged if within_rule else bool(judged)
        found.append(replace(told, p_adjusted=None) if mixed else told)
    return tuple(found)


def _withheld(finding: Finding, sieve: Sieve) -> Finding:
    """A finding of which nothing is told but that it is there."""
    nothing: dict[str, Any] = dict.fromkeys(_NUMBERS)
    if finding.compare in _WHOLE:
        nothing |= {"group": None, "group_key": {}}
    return replace(
        finding,
        **nothing,
        interval=Interval(),
        unadjusted_interval=Interval(),
        verdict=Verdict.WITHHELD,
        reason="withheld",
        because=sieve.because.format(group=finding.group or finding.attribute),
        rounding=False,
    )


def _told(finding: Finding, sieve: Sieve) -> Finding:
    """A finding that is published, without notes that tell of people who are in no group."""
    gone = sieve.gone
    lost = [finding.missing_outcomes]
    if finding.attribute in gone.secret:
        lost.append(finding.unknown)
        finding = replace(finding, unknown=None)
    because = finding.because
    for note in lost:
        because = because.replace(note.words, "").strip() if note else because
    if finding.reason == "small_share" and not gone.has_total(finding.attribute):
        because = _SMALL_SHARE.format(group=finding.group)
    if finding.group is None and not gone.has_total(finding.attribute):
        finding = replace(finding, n=None)
    return replace(finding, missing_outcomes=None, because=because)


# ---- which findings are published ----------------------------------------------------------------------------------


def _is_shown(finding: Finding, sieve: Sieve) -> bool:
    """May a finding be published: are the counts of all whom it is computed from?"""
    if any(note.widens for note in _lost(finding, sieve.gone)):
        return False
    if finding.compare == "change":
        return False  # it tells how many were decided otherwise, which is more than the cells withholding knows of
    if finding.given is not None and not _strata_told(finding.given, sieve):
        return False
    block, of = block_of(finding.metric), finding.attribute
    if block == "classes":
        return False
    if block == "scores":
        return scores_told(of, sieve.gone) and (_named(finding, sieve) or scores_told("", sieve.gone))
    if finding.compare in _WHOLE:
        return all(_has(of, name, block, sieve) for name in _judged(finding, sieve))
    if not _named(finding, sieve):
        return sieve.gone.whole(of, block) and block not in sieve.gone.everyone
    return all(_has(of, name, block, sieve) for name in (finding.group, finding.reference) if name is not None)


def _lost(finding: Finding, gone: Withheld) -> Iterator[UnknownNote]:
    """The notes that a public rendering leaves out."""
    if finding.missing_outcomes:
        yield finding.missing_outcomes
    if finding.unknown and finding.attribute in gone.secret:
        yield finding.unknown


def _has(attribute: str, name: str, block: Any, sieve: Sieve) -> bool:
    return block not in sieve.gone.groups.get((attribute, name), frozenset())


def _named(finding: Finding, sieve: Sieve) -> bool:
    """Is the reference a group of the attribute, or is there none?"""
    names = {row.group for row in sieve.result.groups if row.attribute == finding.attribute}
    return finding.reference is None or finding.reference in names


def _judged(finding: Finding, sieve: Sieve) -> list[str]:
    rows = [row for row in sieve.result.groups if row.attribute == finding.attribute]
    return [row.group for row in rows if row.status == STATUS["judged"]]


# ---- strata --------------------------------------------------------------------------------------------------------


def _strata_told(given: Given, sieve: Sieve) -> bool:
    """May a comparison within strata be published? Only if each of them may, and so may those who are in none."""
    small = sieve.limits.small
    left = (given.unknown, given.pooled_n - given.n, given.pooled_reference_n - given.reference_n)
    plain = sieve.result.method.weights != "sampling" and not (given.not_listed or given.one_sided)
    crossed = _columns(sieve.result, "attributes") & _columns(sieve.result, "factors", given.factors)
    safe = all(not small(n) for stratum in given.table for n in _counts(stratum))
    return plain and not crossed and safe and not any(small(n) for n in left)


def _counts(stratum: Stratum) -> Iterator[int]:
    """A stratum's records, hits and misses; one without rates counts as small."""
    for n, value in ((stratum.n, stratum.value), (stratum.reference_n, stratum.reference_value)):
        hits = 1 if value is None else round(value * n)
        yield from (n, hits, n - hits)


def _columns(result: AuditResult, part: str, names: tuple[str, ...] | None = None) -> set[str]:
    """The columns of the policy's attributes or factors."""
    found: Mapping[str, Any] = result.policy.effective.get(part, {})
    return {str(one.get("column", name)) for name, one in found.items() if names is None or name in names}
