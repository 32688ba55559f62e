"""The tables that a law asks to publish: number, selected, rate and ratio of each category, and no verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from audit.numbers import Unit, count
from audit.render.scoreview import plainly
from audit.render.terms import why
from audit.result import AuditResult, Finding, GroupRow, RuleSummary
from audit.result.demands import Regime, Statement
from audit.tongue import _
from audit.values import Verdict

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
    withheld; `empty` are categories that the law names and the data lack.
    """

    rule: RuleSummary
    metric: str
    attribute: str
    title: str
    categories: tuple[Category, ...]
    unknown: int | None
    empty: tuple[str, ...]

    @property
    def left_out(self) -> bool:
        """Is a category left out of the ratios, and shown?"""
        found = [one.finding for one in self.categories if one.finding is not None]
        return any(one.value is None and one.verdict is not Verdict.WITHHELD for one in found)


def public_tables(result: AuditResult) -> tuple[PublicTable, ...]:
    """The tables of all rules that report ratios because a law asks for them."""
    return tuple(table for rule in result.rules if _is_public(rule) for table in _tables(result, rule))


def publishing(result: AuditResult) -> tuple[Regime, ...]:
    """The packs whose tables are published; those that follow a law, where the tables are of the policy's own rules."""
    origins = [rule.origin for rule in result.rules if _is_public(rule)]
    own = [one for one in result.regimes if any(origin.startswith(f"{one.id}.yaml:") for origin in origins)]
    return tuple(own or [one for one in result.regimes if one.kind == "mandated"])


def published_statements(result: AuditResult) -> tuple[Statement, ...]:
    """What these packs ask for, so far as it is answered or has to be: what others ask for is not for this page."""
    names = {one.id for one in publishing(result)}
    asked = [one for one in result.statements if names.intersection(one.asked_by)]
    return tuple(one for one in asked if one.answer is not None or names.intersection(one.mandatory))


def _is_public(rule: RuleSummary) -> bool:
    return rule.compare == "ratio" and rule.require == "none" and rule.basis == "mandated"


def _tables(result: AuditResult, rule: RuleSummary) -> Iterator[PublicTable]:
    rows_unknown = {rows.attribute: rows.unknown for rows in result.rows.by_attribute}
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
            unknown=_unknown(result, rows, rows_unknown.get(attribute, 0)),
            empty=_empty(result, rows),
        )


def _unknown(result: AuditResult, categories: Sequence[GroupRow], rows: int | None) -> int | None:
    """How many records are in no category. A row with a frequency weight is as many records as it stands for."""
    sizes = [row.n for row in categories]
    if rows is None or result.method.weights != "frequency" or result.overall.n is None or None in sizes:
        return rows
    return result.overall.n - sum(n for n in sizes if n is not None)


def above_the_median(result: AuditResult) -> str | None:
    """What everybody's scores are held against, and how many lie above it: where many are tied at it, few do. None
    where nobody was counted so, or where it is withheld; in bins the median itself is known only nearly, and not said.
    """
    found = result.overall.metrics.get("scoring_rate")
    if found is None or found.hits is None or found.n is None:
        return None
    middle = result.overall.metrics.get("median_score")
    exact = result.score_note is not None and not result.score_note.width
    of = {"hits": count(found.hits), "n": count(found.n)}
    if exact and middle and middle.value is not None:
        said = _("The median of all scores is {median}; {hits} of {n} scores lie above it.")
        return said.format(median=plainly(middle.value), **of)
    return _("{hits} of {n} scores lie above the median of all.").format(**of)


def _empty(result: AuditResult, rows: Sequence[GroupRow]) -> tuple[str, ...]:
    """The categories that a pack names and nobody is of; none are named where rows may have been withheld."""
    if result.disclosure or not rows:
        return ()
    named = {
        name: part["groups"] for parts in _categories(result) for name, part in parts.items() if part.get("groups")
    }
    groups = [named.get(name, ()) for name in rows[0].group_key]
    there = {tuple(row.group_key.values()) for row in rows}
    return tuple(" & ".join(names) for names in product(*groups) if names not in there)


def _categories(result: AuditResult) -> list[dict[str, Any]]:
    """What each pack says of the attributes that it calls by name."""
    effective = result.policy.effective
    packs = (effective.get("pack") or {}, *(effective.get("packs") or {}).values())
    return [pack.get("categories") or {} for pack in packs]


def _titles(result: AuditResult) -> dict[str, str]:
    """What attributes are called: as the policy says, or else the first pack that says it."""
    said = [result.policy.effective.get("attributes") or {}, *_categories(result)]
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
