"""Sentences about what packs ask for: an audit that demands nothing, and one in which something is not stated."""

from __future__ import annotations

from collections.abc import Sequence

from audit.result.demands import Statement
from audit.values import Outcome
from audit.wording import counted, listed
from audit.words.summary_words import HEADLINES, SIGN

#: What an audit says whose policy demands nothing for a release, and one that lacks what has to be stated.
REPORTED = "Reported; no rule of this policy blocks release"
INCOMPLETE = "Incomplete: what must be stated is missing"


def headline(found: Outcome, completed: Outcome, *, blocks: bool) -> str:
    """The outcome in a few words; `found` is what the rules say, `completed` the same with the statements seen to."""
    if found != completed:
        return INCOMPLETE
    return HEADLINES[found] if blocks or found != Outcome.PASS else REPORTED


def lacking(missing: Sequence[Statement]) -> str:
    """How many mandatory statements are missing, behind a summary."""
    verb = "is" if len(missing) == 1 else "are"
    return f" {counted(len(missing), 'mandatory statement')} {verb} missing." if missing else ""


def steps(stated: Sequence[Statement], others: Sequence[str]) -> tuple[str, ...]:
    """What has to be done about statements that are open, and what else.

    Nobody is asked to sign an audit that is not complete; and before signing, what no source demands is asked for too.
    """
    asked = [one for one in stated if one.open]
    if missing := [one for one in asked if one.mandatory]:
        names = listed((one.id for one in missing), 8)
        state = f"State under the policy's statements what the packs make mandatory, and audit again: {names}."
        return (state, *(other for other in others if other != SIGN))
    if asked and SIGN in others:
        names = listed((one.id for one in asked), 4)
        return (f"Answer under the policy's statements what the packs ask, or why it does not apply: {names}.", *others)
    return tuple(others)
