"""The tables of a public rendering: groups, their rates and the accounting of rows, without what is withheld."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audit.disclosing.withholding import Block, Limits, Withheld, block_of
from audit.result import AttributeRows, AuditResult, GroupRow, MetricValue, Rows


def public_group(row: GroupRow, gone: Withheld, why: str) -> GroupRow:
    """A group with those of its numbers that are published; `why` says why the others are not."""
    mine = gone.groups.get((row.attribute, row.group), frozenset())
    row = _rates(row, mine, gone, why)
    pulled = {name: v for name, v in row.shrunken.items() if gone.whole(row.attribute, block_of(name))}
    row = replace(row, shrunken=pulled)
    if "n" in mine:
        return replace(row, n=None, share=None, status=why)
    return row if gone.has_total(row.attribute) else replace(row, share=None)


def public_everyone(row: GroupRow, gone: Withheld, why: str) -> GroupRow:
    """Everyone's numbers, as far as they are published."""
    row = replace(_rates(replace(row, attribute=""), gone.everyone, gone, why), attribute=row.attribute)
    return replace(row, n=None, share=None, status=why) if "n" in gone.everyone else row


def _rates(row: GroupRow, mine: frozenset[Block], gone: Withheld, why: str) -> GroupRow:
    """A row without the rates that are withheld; that of everyone is of no attribute."""
    of = row.attribute
    nothing = MetricValue(value=None, low=None, high=None, n=None, reason=why)
    hidden = mine | {"classes"} | ({"scores"} if not scores_told(of, gone) else set())
    metrics = {
        name: nothing if block_of(name) in hidden and not _says_nothing(value) else _without_bounds(value, of, gone)
        for name, value in row.metrics.items()
    }
    return replace(row, metrics=metrics)


def _without_bounds(value: MetricValue, attribute: str, gone: Withheld) -> MetricValue:
    """A rate without what those of unknown membership could make of it, where that tells of them."""
    return replace(value, bounds=None) if attribute in gone.secret else value


def _says_nothing(value: MetricValue) -> bool:
    """Is there no number for a reason that holds for every group, such as a column that the policy does not name?"""
    return value.value is None and value.hits is None and value.n == 0


def scores_told(attribute: str, gone: Withheld) -> bool:
    """May anything about scores be told? Those of an attribute's groups stand or fall together.

    A mean times its number of records is a sum, and the sums of the groups make up that of everyone.
    """
    blocks: tuple[Block, ...] = ("n", "decision", "outcome")
    return not gone.everyone & set(blocks) if attribute == "" else all(gone.whole(attribute, one) for one in blocks)


# ---- row accounting ------------------------------------------------------------------------------------------------


def public_rows(result: AuditResult, gone: Withheld, limits: Limits) -> Rows:
    """The accounting of rows, as far as it tells of nobody."""
    rows = result.rows
    small = any(limits.small(n) for n in _unusable(rows))
    total = "n" not in gone.everyone
    kept = (_account(one, rows, gone, limits) for one in rows.by_attribute)
    return Rows(
        read=rows.read if total and not small else None,
        analysed=rows.analysed if total else None,
        unusable=None if small else rows.unusable,
        unusable_because=dict.fromkeys(rows.unusable_because) if small else rows.unusable_because,
        by_attribute=tuple(replace(one, unusable=None) if small else one for one in kept),
    )


def _unusable(rows: Rows) -> Iterator[int | None]:
    yield rows.unusable
    yield from rows.unusable_because.values()
    yield from (one.unusable for one in rows.by_attribute)


def _account(one: AttributeRows, rows: Rows, gone: Withheld, limits: Limits) -> AttributeRows:
    """How many rows of an attribute are known and unknown; within strata, only where nothing else is withheld."""
    if one.attribute in gone.told:
        return one
    parts = (one.analysed, one.unknown, one.excluded)
    plain = {each.attribute: each for each in rows.by_attribute}.get(one.attribute.partition(" given ")[0], one)
    missing = (one.unknown or 0) - (plain.unknown or 0) if plain is not one else 0
    whole = not gone.everyone and gone.all_of(plain.attribute) and plain.attribute not in gone.accounts
    if whole and not any(limits.small(n) for n in (*parts, missing)):
        return one
    return replace(one, analysed=None, unknown=None, excluded=None)
