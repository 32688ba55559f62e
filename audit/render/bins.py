"""The order of groups: a number that was cut into bins has its own, and other groups stand by their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audit.result import AuditResult, GroupRow


def bins_of(result: AuditResult) -> dict[str, tuple[str, ...]]:
    """The groups of each attribute that is a number cut into bins, from the lowest."""
    written = result.policy.effective.get("attributes")
    attributes = written if isinstance(written, Mapping) else {}
    return {
        name: tuple(row.group for row in result.groups if row.attribute == name)
        for name, attribute in attributes.items()
        if isinstance(attribute, Mapping) and attribute.get("bins")
    }


def ordered(result: AuditResult, rows: Sequence[GroupRow], most: int) -> list[GroupRow]:
    """The largest groups of an attribute, the largest first; where a number was cut into bins, as they come."""
    kept = sorted(rows, key=lambda row: -(row.n or 0))[:most]
    if not rows or not bins_of(result).keys() & rows[0].group_key.keys():
        return kept
    place = {row.group: i for i, row in enumerate(rows)}
    return sorted(kept, key=lambda row: place[row.group])
