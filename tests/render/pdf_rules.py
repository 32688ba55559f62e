"""Machine-checkable rules of PDF/UA-1 and PDF/A-3a for what our PDF holds; names are clauses. No full validator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

Problem = tuple[str, str]

_PARENTS = {
    "THead": {"Table"}, "TBody": {"Table"}, "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"},
    "LI": {"L"}, "LBody": {"LI"}, "Lbl": {"LI"},
}  # fmt: skip
_CHILDREN = {
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"}, "THead": {"TR"}, "TBody": {"TR"}, "TR": {"TH", "TD"},
    "L": {"L", "LI", "Caption"}, "LI": {"Lbl", "LBody"},
}  # fmt: skip
_PAINT = frozenset({"Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do"})


def problems(path: Path) -> list[Problem]:
    """Every rule that the file breaks."""
    with pikepdf.open(path) as pdf:
        return [*_document(pdf), *_tree(pdf), *_pages(pdf), *_objects(pdf)]


def _document(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    root = pdf.Root
    xmp = root.Metadata.read_bytes().decode("utf-8")
    facts = {
        "UA 6.2 marked": bool(root.MarkInfo.Marked),
        "UA 5 identifies itself": re.search(r"pdfuaid:part(?:=\"|>)1", xmp) is not None,
        "A 6.6.4 identifies itself": re.search(r"pdfaid:part(?:=\"|>)3", xmp) is not None,
        "A 6.6.2.3 extension schema": "pdfaExtension:schemas" in xmp,
        "UA 7.1 title": "dc:title" in xmp and bool(root.ViewerPreferences.DisplayDocTitle),
        "UA 7.2 language": str(root.Lang) in ("en", "de", "fr"),
        "A 6.1.3 id": "/ID" in pdf.trailer and "/Encrypt" not in pdf.trailer,
        "A 6.2.3 output intent": any(intent.S == Name.GTS_PDFA1 for intent in root.OutputIntents),
        "A 6.8 attachments once": len(root.AF) == len({item.objgen for item in root.AF}) == 2,
        "bookmarks": "/Outlines" in root,
    }
    yield from ((rule, "") for rule, holds in facts.items() if not holds)


def elements(pdf: pikepdf.Pdf) -> list[tuple[Any, str, str]]:
    """Every element of the structure tree in reading order, its type, and its parent's."""
    found: list[tuple[Any, str, str]] = []
    waiting = [(kid, "") for kid in reversed(_kids(pdf.Root.StructTreeRoot))]
    while waiting:
        element, parent = waiting.pop()
        kind = str(element.S)[1:]
        found.append((element, kind, parent))
        waiting.extend((kid, kind) for kid in reversed(_kids(element)))
    return found


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", Array())
    return [kid for kid in (kids if isinstance(kids, Array) else [kids]) if isinstance(kid, Dictionary) and "/S" in kid]


def _tree(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    level, ids = 0, set()
    for element, kind, parent in elements(pdf):
        if kind in _PARENTS and parent not in _PARENTS[kind]:
            yield "UA 7.2 parent", f"{kind} in {parent}"
        inside = {str(kid.S)[1:] for kid in _kids(element)}
        if kind in _CHILDREN and not inside <= _CHILDREN[kind]:
            yield "UA 7.2 child", f"{inside} in {kind}"
        if kind == "Figure" and not str(element.get("/Alt", "")):
            yield "UA 7.3 figure without words", ""
        if kind == "TH":
            ids.add(bytes(element.ID))
            if "/Scope" not in element.A:
                yield "UA 7.5 scope", ""
        if re.fullmatch("H[1-6]", kind):
            if int(kind[1]) > level + 1:
                yield "UA 7.4.2 heading", f"{level} to {kind}"
            level = int(kind[1])
    yield from _headers(pdf, ids)
    if "/IDTree" not in pdf.Root.StructTreeRoot:
        yield "14.7.2 index of ids", ""


def _headers(pdf: pikepdf.Pdf, ids: set[bytes]) -> Iterator[Problem]:
    for element, kind, _ in elements(pdf):
        if kind == "TD":
            headers = [bytes(header) for header in element.A.get("/Headers", [])]
            if not headers or not set(headers) <= ids:
                yield "UA 7.5 cell without heading", str(headers)


def _pages(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    owners = {int(numbers[i]): numbers[i + 1] for i in range(0, len(numbers), 2)}
    reached = {element.objgen for element, _, _ in elements(pdf)}
    for number, page in enumerate(pdf.pages, 1):
        of_page = owners[int(page.obj.StructParents)]
        if any(isinstance(owner, Dictionary) and owner.objgen not in reached for owner in of_page):
            yield "UA 7.1 content outside the tree", f"page {number}"
        if unmarked := _unmarked(page):
            yield "UA 7.1 content neither marked nor artifact", f"page {number}: {unmarked}"
        yield from _links(page, owners)


def _unmarked(page: pikepdf.Page) -> int:
    depth, unmarked = 0, 0
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        depth += (operator in ("BDC", "BMC")) - (operator == "EMC")
        unmarked += operator in _PAINT and depth == 0
    return unmarked


def _links(page: pikepdf.Page, owners: dict[int, Any]) -> Iterator[Problem]:
    for note in page.obj.get("/Annots", []):
        if not str(note.get("/Contents", "")).startswith(("Go to: ", "Open: ")):
            yield "UA 7.18.5 link without words", str(note.get("/Contents", ""))
        if str(owners[int(note.StructParent)].S) != "/Link":
            yield "UA 7.18.5 link outside a Link", ""


def _objects(pdf: pikepdf.Pdf) -> Iterator[Problem]:
    for item in pdf.objects:
        if not isinstance(item, Dictionary):
            continue
        if item.get("/Type") == Name.Font and item.get("/Subtype") == Name.Type0:
            described = item.DescendantFonts[0].FontDescriptor
            if "/ToUnicode" not in item or not {"/FontFile2", "/FontFile3"} & set(described.keys()):
                yield "UA 7.21 font", str(item.BaseFont)
        if item.get("/Type") == Name.Filespec and not {"/F", "/UF", "/AFRelationship"} <= set(item.keys()):
            yield "A 6.8 attachment", ""
