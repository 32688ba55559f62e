"""A comparison within strata, arranged for reading: both numbers side by side, then the strata from the worst."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.render.panels import Panel
from audit.result import Finding, Given, Stratum
from audit.values import Interval
from audit.words.given_words import coverage, uneven, warning

#: How many strata a page shows, and how many findings a panel warns of; all of them are in result.json.
MOST_SHOWN, MOST_WARNED = 8, 3


@dataclass(frozen=True, kw_only=True)
class BothWays:
    """A line of the table that sets the pooled number beside the one within strata."""

    name: str
    n: int
    reference_n: int
    value: float | None
    reference_value: float | None
    disparity: float | None
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class StrataView:
    """What a panel says of strata: of all its findings the warnings, of the worst one the numbers."""

    finding: Finding
    given: Given
    lines: tuple[BothWays, ...]
    strata: tuple[Stratum, ...]
    left_out: int
    warnings: tuple[str, ...]
    more_warnings: int
    coverage: str
    uneven: str | None


def strata_view(panel: Panel, confidence: float) -> StrataView | None:
    """The strata of the panel's worst finding that has any; None where everybody was compared with everybody."""
    finding = next((found for found in panel.findings if found.given), None)
    if finding is None or finding.given is None:
        return None
    given = finding.given
    warnings = [text for found in panel.findings if (text := warning(found, confidence))]
    return StrataView(
        finding=finding,
        given=given,
        lines=tuple(_both_ways(finding, given)),
        strata=given.table[:MOST_SHOWN],
        left_out=len(given.table) - len(given.table[:MOST_SHOWN]) + given.not_listed,
        warnings=tuple(warnings[:MOST_WARNED]),
        more_warnings=max(0, len(warnings) - MOST_WARNED),
        coverage=coverage(given),
        uneven=uneven(given, confidence),
    )


def warned_of(panel: Panel) -> bool:
    """Has the panel two numbers that disagree?"""
    return any(found.given is not None and found.given.disagrees for found in panel.findings)


def _both_ways(finding: Finding, given: Given) -> Iterator[BothWays]:
    yield BothWays(
        name="All records as one",
        n=given.pooled_n,
        reference_n=given.pooled_reference_n,
        value=given.pooled_group_value,
        reference_value=given.pooled_reference_value,
        disparity=given.pooled,
        interval=given.pooled_interval,
    )
    yield BothWays(
        name="Those alike, strata averaged",
        n=given.n,
        reference_n=given.reference_n,
        value=given.group_value,
        reference_value=given.reference_value,
        disparity=finding.value,
        interval=finding.unadjusted_interval,
    )
