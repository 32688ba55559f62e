"""Where the rows of a PDF's tables are, read from its structure tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.render.pdf_rules import elements


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table, or the part of one that is on one page: columns, rows of its body by page, and if it has a head."""

    columns: int
    rows: dict[int, int]
    has_head: bool


def tables(path: Path) -> list[Table]:
    """Every table of a PDF; pages are counted from 1."""
    with pikepdf.open(path) as pdf:
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return [_table(element, numbers) for element, kind, _ in elements(pdf) if kind == "Table"]


def _table(table: Any, numbers: dict[tuple[int, int], int]) -> Table:
    rows = [row for part in _kids(table) if Name.TBody == part.S for row in _kids(part)]
    pages = [min(found) for row in rows if (found := {numbers[page] for page in _pages(row)})]
    return Table(
        columns=max((len(_kids(row)) for row in rows), default=0),
        rows=dict(Counter(pages)),
        has_head=any(Name.THead == part.S for part in _kids(table)),
    )


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", Array())
    return [kid for kid in (kids if isinstance(kids, Array) else [kids]) if isinstance(kid, Dictionary) and "/S" in kid]


def _pages(element: Any) -> Iterator[tuple[int, int]]:
    """The pages that an element, or anything in it, is painted on."""
    kids = element.get("/K", Array())
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield from _pages(kid)
        elif isinstance(kid, Dictionary) and "/Pg" in kid:
            yield kid.Pg.objgen
        elif "/Pg" in element:
            yield element.Pg.objgen
