"""The tables that a law asks to publish: number, selected, rate and ratio of each category, and no verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.numbers import Unit
from audit.render.terms import why
from audit.result import AuditResult, Finding, GroupRow, RuleSummary

#: Ratios are published to three places.
PLACES = Unit(scale=1, digits=3, suffix="")


@dataclass(frozen=True, kw_only=True)
class Category:
    """A category of a table: its row of the groups, its finding, and what is said in place of a ratio."""

    row: GroupRow
    finding: Finding | None
    said: str


@dataclass(frozen=True, kw_only=True)
class PublicTable:
    """One table of one rule; `unknown` is how many records are in none of its categories, unless that is
    withheld.
    """

    rule: RuleSummary
    metric: str
    attribute: str
    title: str
    categories: tuple[Category, ...]
    unknown: int | None

    @property
    def left_out(self) -> bool:
        """Is a category left out of the ratios?"""
        return any(one.finding is not None and one.finding.value is None for one in self.categories)


def public_tables(result: AuditResult) -> tuple[PublicTable, ...]:
    """The tables of all rules that report ratios because a law asks for them."""
    return tuple(table for rule in result.rules if _is_public(rule) for table in _tables(result, rule))


def _is_public(rule: RuleSummary) -> bool:
    return rule.compare == "ratio" and rule.require == "none" and rule.basis == "mandated"


def _tables(result: AuditResult, rule: RuleSummary) -> Iterator[PublicTable]:
    unknown = {rows.attribute: rows.unknown for rows in result.rows.by_attribute}
    titles = _titles(result)
    mine = [found for found in result.findings if found.rule == rule.id]
    for metric, attribute in dict.fromkeys((found.metric, found.attribute) for found in mine):
        found = {one.group: one for one in mine if (one.metric, one.attribute) == (metric, attribute)}
        reference = next((one.reference for one in found.values() if one.reference), None)
        rows = [row for row in result.groups if row.attribute == attribute]
        yield PublicTable(
            rule=rule,
            metric=metric,
            attribute=attribute,
            title=" & ".join(titles.get(name, name) for name in (rows[0].group_key if rows else (attribute,))),
            categories=tuple(_category(row, found.get(row.group), reference) for row in rows),
            unknown=unknown.get(attribute, 0),
        )


def _titles(result: AuditResult) -> dict[str, str]:
    """What attributes are called: as the policy says, or else the first pack that says it."""
    effective = result.policy.effective
    packs = (effective.get("pack") or {}, *(effective.get("packs") or {}).values())
    said = [effective.get("attributes") or {}, *(pack.get("categories") or {} for pack in packs)]
    found: dict[str, str] = {}
    for parts in said:
        for name, part in parts.items():
            if title := part.get("title"):
                found.setdefault(name, title)
    return found


def _category(row: GroupRow, finding: Finding | None, reference: str | None) -> Category:
    if finding is None:
        return Category(row=row, finding=None, said="1, the highest rate" if row.group == reference else "no ratio")
    return Category(
        row=row, finding=finding, said=(why(finding) or finding.verdict.value) if finding.value is None else ""
    )
