"""What a report says of its rendering: what is withheld, why, and who decided otherwise."""

from __future__ import annotations

from audit.result.renderings import DisclosureNote
from audit.wording import counted

#: Beside a number that is not there. It does not say whether that number is small or would give a small one away.
WHY = "withheld (fewer than {min_cell}, or tells of fewer)"
BECAUSE = (
    "What was found for {group} is withheld from this rendering: a count of fewer than {min_cell} is among its "
    "numbers, or could be worked out from them."
)

_RESTRICTED = (
    "Restricted rendering: it has all numbers, also those of fewer than {min_cell} records, which may tell what "
    "happened to a person. It is not for publication."
)
_PUBLIC = (
    "Public rendering: counts from 1 to {most} are withheld, and every rate, interval and test that is made of them. "
    "{besides} Withheld are {all}. The verdicts of rules and of the audit are those of all numbers."
)
_COMPLEMENTARY = (
    "So are as many other numbers as it takes to leave each of those counts a range of at least {protection}, for "
    "somebody who has all that is shown; “withheld” does not say which is which."
)
_PRIMARY = "Other numbers are shown, and some of those counts may be worked out from them."
_NOTHING = (
    "Public rendering: it withholds counts from 1 to {most} and whatever would give them away; there were none in the "
    "tables of groups."
)
_OVERRIDE = (
    "Public rendering with all numbers, also those of fewer than {min_cell} records, by an exception to disclosure "
    "control. Approved by {by}. Reason: {reason}"
)


def said(note: DisclosureNote) -> str:
    """The mark of a rendering, as reports print it."""
    if note.rendering == "restricted":
        return _RESTRICTED.format(min_cell=note.min_cell)
    if note.override:
        cite = f" ({note.override.cite})" if note.override.cite else ""
        words = _OVERRIDE.format(min_cell=note.min_cell, by=note.override.approved_by, reason=note.override.reason)
        return f"{words.rstrip('.')}{cite}."
    if not (note.groups or note.rates or note.findings):
        return _NOTHING.format(most=note.min_cell - 1)
    besides = _COMPLEMENTARY.format(protection=note.protection) if note.complementary else _PRIMARY
    numbers = (
        f"{counted(note.groups, 'group')}, {counted(note.rates, 'rate')} and {counted(note.findings, 'comparison')}"
    )
    return _PUBLIC.format(most=note.min_cell - 1, besides=besides, all=numbers)
