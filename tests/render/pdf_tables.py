"""Where the rows of a PDF's tables are, read from its structure tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.render.pdf_rules import elements


def rows_by_page(path: Path) -> list[tuple[int, dict[int, int]]]:
    """For every table the number of its columns, and how many rows of its body are on each page, counted from 1."""
    with pikepdf.open(path) as pdf:
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return [_rows(element, numbers) for element, kind, _ in elements(pdf) if kind == "Table"]


def _rows(table: Any, numbers: dict[tuple[int, int], int]) -> tuple[int, dict[int, int]]:
    rows = [row for part in _kids(table) if part.S == Name.TBody for row in _kids(part)]
    pages = [min(found) for row in rows if (found := {numbers[page] for page in _pages(row)})]
    return max((len(_kids(row)) for row in rows), default=0), dict(Counter(pages))


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
