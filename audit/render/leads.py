"""Which finding speaks for a rule: the worst one, unless what decides is withheld, for then nobody may be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from audit.render.worst import badness, beyond
from audit.result import Finding, RuleSummary
from audit.tongue import _
from audit.values import Verdict

#: A finding with one of these says nothing of how far a group lies beyond a limit.
_UNJUDGED = (Verdict.NOT_JUDGED, Verdict.NOT_COMPUTABLE, Verdict.WITHHELD)


def lead_of(rule: RuleSummary, findings: Sequence[Finding], harms: Mapping[str, str]) -> Finding | None:
    """The worst finding of a rule; None if nothing was found at all.

    Where the rule's verdict is that of a withheld finding, nobody is named: which of those that are withheld decides is
    withheld too, and to name any of them would say that it is that one.
    """
    same = [finding for finding in findings if finding.verdict is rule.verdict]
    withheld = [finding for finding in findings if finding.verdict is Verdict.WITHHELD]
    if withheld and not same:
        return _nobody(withheld[0])
    return min(same or findings, key=lambda found: badness(found, harms), default=None)


def _nobody(finding: Finding) -> Finding:
    """A withheld finding without whom it is about."""
    because = _("The comparison that decides is withheld from this rendering.")
    return replace(finding, attribute="", group=None, group_key={}, because=because)


def farthest_of(lead: Finding, findings: Sequence[Finding]) -> Finding | None:
    """The judged finding, in the same unit, whose value lies farthest beyond the limit, if that is not the lead."""
    alike = [f for f in findings if f.metric == lead.metric and f.group and f.verdict not in _UNJUDGED]
    farthest = max(alike, key=beyond, default=lead)
    return farthest if beyond(farthest) > beyond(lead) else None


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """The worst verdict of a table's findings; where some are withheld, only a failure that is shown is sure."""
    worst = min(findings, key=badness).verdict
    hidden = any(finding.verdict is Verdict.WITHHELD for finding in findings)
    return Verdict.WITHHELD if hidden and worst is not Verdict.FAIL else worst
