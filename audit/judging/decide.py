"""Decide: from what the data say to what the policy makes of it. Pure, and small enough to be read as a truth table.

`tests/cases.yaml` lists every case; a reviewer can add one there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from audit.values import Outcome, Verdict

Side = Literal["inside", "outside", "across"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a verdict depends on.

    `meets`: does the point value meet the requirement? None: there is no value. `interval` is where the deciding
    interval lies, which allows for all comparisons; `plain` where the interval of this comparison alone lies.
    `enough`: are enough events expected for a claim of failure? `significant`: what the rule's named test says.
    `alike`: of those compared within strata, do enough have a counterpart there?
    """

    judge: Literal["interval", "point", "point_and_test"]
    meets: bool | None
    interval: Side = "across"
    plain: Side = "across"
    enough: bool = True
    significant: bool | None = None
    alike: bool = True


def decide(facts: Facts) -> tuple[Verdict, str]:
    """The verdict and the name of its reason. Undefined never passes; only what is shown passes or fails."""
    if facts.meets is None:
        return Verdict.NOT_COMPUTABLE, "undefined"
    if not facts.alike:
        return Verdict.INCONCLUSIVE, "not_alike"
    return _JUDGES[facts.judge](facts)


def _by_interval(facts: Facts) -> tuple[Verdict, str]:
    if facts.interval == "inside":
        return Verdict.PASS, "all_inside"
    if facts.interval == "outside":
        return Verdict.FAIL, "all_outside"
    if facts.plain != "outside":
        return Verdict.INCONCLUSIVE, "across"
    return Verdict.INCONCLUSIVE, "not_after_adjustment" if facts.enough else "few_events"


def _by_point(facts: Facts) -> tuple[Verdict, str]:
    return (Verdict.PASS, "point_meets") if facts.meets else (Verdict.FAIL, "point_fails")


def _by_point_and_test(facts: Facts) -> tuple[Verdict, str]:
    if facts.meets:
        return (
            (Verdict.PASS, "all_inside") if facts.interval == "inside" else (Verdict.INCONCLUSIVE, "point_meets_across")
        )
    if facts.significant:
        return Verdict.FAIL, "point_fails_significant"
    return Verdict.INCONCLUSIVE, "point_fails_not_significant"


_JUDGES = {"interval": _by_interval, "point": _by_point, "point_and_test": _by_point_and_test}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a finding means for the audit as a whole: its verdict, what its rule does, and whether it is waived."""

    verdict: Verdict
    effect: Literal["block", "review", "report"]
    burden: Literal["prove_fair", "prove_unfair"]
    waived: bool

    def blocks(self) -> Outcome | None:
        """How this finding stands in the way of a pass, waiver aside; None if it does not."""
        if self.effect != "block" or self.verdict in (Verdict.PASS, Verdict.NOT_JUDGED):
            return None
        if self.verdict == Verdict.FAIL:
            return Outcome.FAIL
        return Outcome.INCONCLUSIVE if self.burden == "prove_fair" else None


#: The worst first: a failure outweighs what is not settled, and that outweighs what is waived.
_GRAVITY = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.WAIVED, Outcome.PASS)


def conclude(standings: Iterable[Standing]) -> Outcome:
    """The outcome of the audit: the gravest thing that blocks, where a waiver turns what it covers into `waived`."""
    found = {Outcome.PASS}
    for standing in standings:
        if blocked := standing.blocks():
            found.add(Outcome.WAIVED if standing.waived else blocked)
    return next(outcome for outcome in _GRAVITY if outcome in found)


def completed(outcome: Outcome, missing: Sequence[object]) -> Outcome:
    """The outcome of an audit, given the mandatory statements that it lacks: without them nothing is passed."""
    return Outcome.INCONCLUSIVE if missing and outcome in (Outcome.PASS, Outcome.WAIVED) else outcome


def overall_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict over a rule's findings: the gravest of them; a rule with nothing judged is not computable."""
    found = set(verdicts)
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE, Verdict.PASS)
    return next((verdict for verdict in order if verdict in found), Verdict.NOT_COMPUTABLE)
