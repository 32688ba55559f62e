"""The sentences about an audit as a whole: its headline, its summary, and what has to happen next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.numbers import count
from audit.tongue import Spoken, _, _n
from audit.values import Outcome, Verdict
from audit.wording import listed
from audit.words.power_words import to_settle

HEADLINES = Spoken({
    Outcome.PASS: "The requirements that block release are met",
    Outcome.FAIL: "Not cleared for release",
    Outcome.INCONCLUSIVE: "The data do not settle it",
    Outcome.WAIVED: "Cleared only by waiver",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RuleWords:
    """What the summary says of a rule: its title, whether it blocks, and what became of it.

    `further`: how many more records the open finding that needs most would likely take, where that is known.
    `unknown`: those of its groups whose members are not known, which more records alone do not settle; `beyond`: those
    that no number of records within reach settles. `alike`: False where all of its worst findings are open because too
    few have a counterpart in their stratum. `withheld`: of whom its verdict speaks is withheld from this rendering.
    """

    id: str
    title: str
    effect: str
    verdict: Verdict
    waived: bool
    groups: tuple[str, ...]
    further: str = ""
    unknown: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    alike: bool = True
    small: bool = False
    withheld: bool = False


def summary(outcome: Outcome, rules: Sequence[RuleWords], n: int | None) -> str:
    """The audit in two or three sentences, for somebody with one minute. No `n`: it is withheld."""
    blocking = [rule for rule in rules if rule.effect == "block"]
    failed = [rule for rule in blocking if rule.verdict == Verdict.FAIL and not rule.waived]
    unsettled = [rule for rule in blocking if rule.verdict in _UNSETTLED and not rule.waived]
    waived = [rule for rule in blocking if rule.waived]
    advisory = [rule for rule in rules if rule.effect != "block" and rule.verdict == Verdict.FAIL]
    parts = [_told(found, blocking, what) for what, found in zip(TOLD, (failed, unsettled, waived), strict=True)]
    if outcome == Outcome.PASS:
        met = _("Every rule that blocks release is met.")
        parts.append(met if blocking else _("No rule of this policy blocks release."))
    if advisory:
        parts.append(_advised(len(advisory), as_well=bool(failed)))
    if n is not None:
        parts.append(_n("{n} record was analysed.", "{n} records were analysed.", n).format(n=count(n)))
    return " ".join(part for part in parts if part)


def _advised(n: int, *, as_well: bool) -> str:
    if as_well:
        said = _n("{n} rule that only advises failed as well.", "{n} rules that only advise failed as well.", n)
    else:
        said = _n("{n} rule that only advises failed.", "{n} rules that only advise failed.", n)
    return said.format(n=count(n))


_UNSETTLED = (Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE)


#: What became of rules that block: said of the only one there is, and of some of several.
TOLD = {
    "failed": (
        "The one rule that blocks release failed: “{title}”.",
        "{n} of {all} rules that block release failed: {titles}.",
    ),
    "unsettled": (
        "The one rule that blocks release could not be settled by these data: “{title}”.",
        "{n} of {all} rules that block release could not be settled by these data: {titles}.",
    ),
    "waived": (
        "The one rule that blocks release did not pass and is excused by a waiver: “{title}”.",
        "{n} of {all} rules that block release did not pass; excused by waiver: {titles}.",
    ),
}


def _told(some: Sequence[RuleWords], blocking: Sequence[RuleWords], what: str) -> str:
    """`2 of 5 rules that block release failed: "..."; "...".`"""
    if not some:
        return ""
    of_one, of_several = TOLD[what]
    if len(blocking) == 1:
        return _(of_one).format(title=some[0].title)
    titles = "; ".join(_("“{title}”").format(title=rule.title) for rule in some[:3])
    if len(some) > 3:
        titles = _("{titles}; and {n} more").format(titles=titles, n=len(some) - 3)
    return _(of_several).format(n=len(some), all=len(blocking), titles=titles)


#: What is left to do where nothing is in the way.
SIGN = "Sign off, and audit again when the model, the data or the policy changes."


def next_steps(rules: Sequence[RuleWords], expired: Sequence[str]) -> tuple[str, ...]:
    """What has to happen next: what blocks first, and last what is left to do where nothing is in the way."""
    blocking_first = sorted(rules, key=lambda rule: rule.effect != "block")
    failed = [rule for rule in blocking_first if rule.verdict == Verdict.FAIL and not rule.waived]
    steps = [_to_mend(rule) for rule in failed if rule.effect != "report"]
    for rule in rules:
        if rule.effect == "block" and rule.verdict == Verdict.INCONCLUSIVE and not rule.waived:
            steps.append(_to_settle(rule))
        if rule.effect == "block" and rule.verdict == Verdict.NOT_COMPUTABLE and not rule.waived:
            steps.append(_to_compute(rule))
    steps += [_("Renew or remove the expired waiver for {rule}.").format(rule=rule) for rule in expired]
    if any(rule.effect == "block" for rule in failed):
        steps.append(_("Audit again after the change; a waiver needs a named approver and an end date."))
    elif any(rule.effect == "review" for rule in failed):
        steps.append(_("Write down what the review finds; audit again when the model, the data or the policy changes."))
    return tuple(steps) or (_(SIGN),)


def _to_mend(rule: RuleWords) -> str:
    """What a failed rule asks for, and of whom."""
    blocks = rule.effect == "block"
    if rule.withheld:
        return _hidden(_("Mend or justify {rule}.") if blocks else _("Review {rule}."), rule)
    if not rule.groups:
        return (_("Mend or justify {rule}.") if blocks else _("Review {rule}.")).format(rule=rule.id)
    said = _("Mend or justify {rule}: {groups}.") if blocks else _("Review {rule}: {groups}.")
    return said.format(rule=rule.id, groups=listed(rule.groups, 4))


def _to_compute(rule: RuleWords) -> str:
    """What would give a verdict to a rule that nothing could be computed for."""
    if rule.small:
        said = _("Collect more records, or merge groups, before relying on {rule}: too few groups are large enough.")
    else:
        said = _("Supply what {rule} needs to be computed, or take the rule out of the policy.")
    return said.format(rule=rule.id)


def _hidden(step: str, rule: RuleWords) -> str:
    """A step about groups that may not be named."""
    where = _("Which groups it concerns is withheld from this rendering; the restricted one names them.")
    return f"{step.format(rule=rule.id)} {where}"


def _to_settle(rule: RuleWords) -> str:
    """What would give an open rule a verdict."""
    if rule.withheld:
        return _hidden(_("Collect more records before relying on {rule}."), rule)
    if not rule.alike:
        said = _("Merge strata so that more have a counterpart, or do without {rule}: {groups}.")
        return said.format(rule=rule.id, groups=listed(rule.groups, 4))
    return to_settle(rule.id, rule.groups, further=rule.further, unknown=rule.unknown, beyond=rule.beyond)
