"""A finding: one piece of evidence, decided, explained in a sentence, and matched with the waivers that cover it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from audit.judging.caveat_notes import proxy_note, unknown_note, with_caveats
from audit.judging.decide import Facts, Side, Standing, decide
from audit.judging.evidence import Evidence
from audit.policy import Policy
from audit.result import Bounds, Finding, TestNote, WaiverNote
from audit.values import Interval, Number, Region, Verdict
from audit.words.named_tests import test_words
from audit.words.power_words import further_words
from audit.words.sentences import Said, because, unit


def finding(piece: Evidence, policy: Policy, as_of: datetime.date, *, family: int) -> Finding:
    """Decide one piece of evidence and say why."""
    verdict, reason = _decided(piece, policy)
    rule, region, group = piece.rule, piece.rule.region, piece.group
    value = _float(piece.value)
    key = dict(group.key) if group else {}
    return Finding(
        rule=rule.id,
        attribute=piece.attribute,
        group=group.name if group else None,
        group_key=key,
        reference=piece.reference,
        metric=_named(piece, piece.metric.name),
        compare=rule.compare,
        value=value,
        exact=piece.exact,
        interval=piece.deciding,
        unadjusted_interval=piece.interval,
        require=rule.require,
        accepts=Bounds(low=region.ends[0], high=region.ends[1]),
        verdict=verdict,
        reason=reason,
        because=with_caveats(_because(piece, policy, reason, family), piece, verdict),
        effect=rule.effect,
        basis=rule.basis,
        burden=rule.burden,
        judge=rule.judge,
        **_compared(piece),
        p_beyond=piece.p_beyond,
        p_within=piece.p_within,
        p_adjusted=piece.p_adjusted,
        power=piece.power,
        test=_test(piece),
        given=piece.given,
        flip=piece.flip,
        proxy=proxy_note(piece),
        unknown=unknown_note(piece, "unknown", verdict),
        missing_outcomes=unknown_note(piece, "outcomes", verdict),
        rounding=_told_otherwise(piece.value, region, unit(piece.metric.name, rule.compare).scale),
        waiver=_waiver(piece, policy, as_of, verdict, key),
    )


def _named(piece: Evidence, name: str) -> str:
    """A metric's name or label, with the classes that it is of."""
    return name if piece.reading is None else piece.reading.named(name)


def _compared(piece: Evidence) -> dict[str, Any]:
    """How many records the finding rests on, and what the two that are compared are by themselves."""
    group = piece.group
    return {
        "n": _records(piece),
        "group_n": group.n if group else None,
        "group_value": _float(group.measure.value) if group else None,
        "reference_n": piece.reference_n,
        "reference_value": _float(piece.reference_value),
        "change": piece.change,
    }


def standing(found: Finding) -> Standing:
    """What a finding means for the audit as a whole."""
    waived = found.waiver is not None and found.waiver.in_force
    return Standing(verdict=found.verdict, effect=found.effect, burden=found.burden, waived=waived)  # type: ignore[arg-type]


def _decided(piece: Evidence, policy: Policy) -> tuple[Verdict, str]:
    if piece.missing is not None:
        return (Verdict.NOT_COMPUTABLE if piece.judged else Verdict.NOT_JUDGED), piece.missing
    rule = piece.rule
    if not rule.limited and piece.value is not None:
        return Verdict.NOT_JUDGED, "no_limit"
    alpha = 1 - policy.statistics.confidence
    p_value = piece.test.p_value if piece.test else None
    return decide(
        Facts(
            judge=rule.judge,
            meets=None if piece.value is None else rule.region.holds(piece.value),
            interval=_side(piece.deciding, rule.region),
            plain=_side(piece.interval, rule.region),
            enough=piece.enough,
            alike=piece.alike,
            significant=None if p_value is None else p_value <= alpha,
        )
    )


#: What the comparisons belong to that are allowed for together.
_SCOPES = {"policy": "this audit", "rule": "this rule"}


def _side(interval: Interval, region: Region) -> Side:
    if interval.inside(region):
        return "inside"
    return "outside" if interval.outside(region) else "across"


#: More records can change a verdict that is taken for one of these.
_OPEN = ("across", "not_after_adjustment", "few_events")


def _because(piece: Evidence, policy: Policy, reason: str, family: int) -> str:
    """Why the verdict is what it is, and what would settle it."""
    told = because(_said(piece, policy, reason, family))
    more = further_words(piece.power) if reason in _OPEN else ""
    return f"{told} {more}" if more else told


def _said(piece: Evidence, policy: Policy, reason: str, family: int) -> Said:
    group = piece.group
    region = piece.rule.region
    return Said(
        metric=piece.metric.name,
        label=_named(piece, piece.metric.label),
        counted=piece.metric.counted,
        compare=piece.rule.compare,
        attribute=piece.attribute,
        group=group.name if group else piece.attribute,
        reference=piece.reference or "",
        value=_float(piece.value),
        group_value=_float(group.measure.value) if group else None,
        reference_value=_float(piece.reference_value),
        interval=piece.deciding,
        plain=piece.interval,
        limits=region.ends,
        confidence=policy.statistics.confidence,
        reason=reason,
        given=piece.given,
        change=piece.change,
        details={
            "family": str(piece.family or family),
            "scope": _SCOPES[policy.statistics.family],
            "min_expected": f"{policy.statistics.min_expected:g}",
            "test": test_words(piece.test) if piece.test else "",
            **piece.details,
        },
    )


def _records(piece: Evidence) -> int:
    """How many records the finding rests on: the group's and the reference's."""
    return (piece.group.n if piece.group else piece.records) + (piece.reference_n or 0)


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _test(piece: Evidence) -> TestNote | None:
    if piece.test is None:
        return None
    return TestNote(
        name=piece.test.method,
        statistic=piece.test.statistic,
        p_value=piece.test.p_value,
        reason=piece.test.reason,
        words=test_words(piece.test),
    )


def _told_otherwise(value: Number | None, region: Region, scale: int) -> bool:
    """Would the value, rounded as people round it (two decimals, or one of a percentage), tell another verdict?"""
    if value is None:
        return False
    rounded = round(float(value), 2 if scale == 1 else 3)
    return region.holds(value) != region.holds(Fraction(repr(rounded)))


_COVERED = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE)


def _waiver(
    piece: Evidence, policy: Policy, as_of: datetime.date, verdict: Verdict, key: Mapping[str, str]
) -> WaiverNote | None:
    """The waiver that covers the finding: one in force before an expired one, the longest first."""
    if verdict not in _COVERED:
        return None
    covering = [waiver for waiver in policy.waivers if waiver.covers(piece.rule.id, piece.metric.name, key or None)]
    if not covering:
        return None
    waiver = max(covering, key=lambda candidate: candidate.last_day)
    days = (waiver.last_day - as_of).days
    return WaiverNote(
        reason=waiver.reason,
        approved_by=waiver.approved_by,
        expires=waiver.expires,
        days_left=max(days, 0),
        in_force=days >= 0,
    )
