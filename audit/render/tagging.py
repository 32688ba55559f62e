"""What WeasyPrint 70 leaves undone in a tagged PDF: scopes of headings, an index of ids, readable links, artifacts.

Each step edits the objects of the file that is about to be written; a validator's rule, or the bug it works around, is
named with it. The result is built to PDF/UA-1 and PDF/A-3a; it is not certified by anyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

#: Says in the file's metadata that it is built to PDF/UA-1, with the description that PDF/A 6.6.2.3 asks for.
XMP = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


def finisher(titles: Mapping[str, str]) -> Callable[[Any, Any], None]:
    """The steps, as WeasyPrint calls them: with its document and the file's objects."""

    def finish(_document: Any, pdf: Any) -> None:
        elements = {item.reference: item for item in _dictionaries(pdf) if item.get("Type") == "/StructElem"}
        _describe_links(pdf, titles)
        _scope_headings(elements)
        _index_ids(pdf, elements)
        _set_running_lines_aside(pdf, elements)
        _list_attachments_once(pdf)

    return finish


def _pydyf() -> Any:
    """The library in whose objects WeasyPrint writes; it comes with it."""
    return import_module("pydyf")


def _dictionaries(pdf: Any) -> Iterator[Any]:
    return (item for item in pdf.objects if isinstance(item, dict))


def _root(pdf: Any) -> Any:
    return next(item for item in _dictionaries(pdf) if item.get("Type") == "/StructTreeRoot")


def _describe_links(pdf: Any, titles: Mapping[str, str]) -> None:
    """A link says where it goes (PDF/UA 7.18.5), not the raw name of the place."""
    for item in _dictionaries(pdf):
        if item.get("Subtype") == "/Link" and "Dest" in item:
            place = getattr(item["Dest"], "string", str(item["Dest"]))
            item["Contents"] = _pydyf().String(f"Go to: {titles.get(place, place)}")
        elif item.get("Subtype") == "/Link" and "URI" in item.get("A", {}):
            item["Contents"] = _pydyf().String(f"Open: {item['A']['URI'].string}")


def _headings(elements: Mapping[Any, Any]) -> list[Any]:
    return [item for item in elements.values() if item.get("S") == "/TH"]


def _scope_headings(elements: Mapping[Any, Any]) -> None:
    """A table heading speaks for its column inside a table's head, and for its row elsewhere (WeasyPrint 2508)."""
    for heading in _headings(elements):
        row = elements.get(heading["P"])
        section = elements.get(row["P"]) if row else None
        in_head = section is not None and section.get("S") == "/THead"
        heading["A"]["Scope"] = "/Column" if in_head else "/Row"


def _index_ids(pdf: Any, elements: Mapping[Any, Any]) -> None:
    """Ids of headings are found through a name tree (ISO 32000-1, 14.7.2)."""
    named = sorted((item for item in _headings(elements) if "ID" in item), key=lambda item: item["ID"].string.encode())
    names = _pydyf().Array([part for item in named for part in (item["ID"], item.reference)])
    tree = _pydyf().Dictionary({"Names": names})
    pdf.add_object(tree)
    _root(pdf)["IDTree"] = tree.reference


def _list_attachments_once(pdf: Any) -> None:
    pdf.catalog["AF"] = _pydyf().Array(dict.fromkeys(pdf.catalog["AF"]))


def _set_running_lines_aside(pdf: Any, elements: Mapping[Any, Any]) -> None:
    """Running heads and feet are artifacts, not content whose elements hang outside the tree (WeasyPrint 1836)."""
    reached = _reached(_root(pdf)["K"], elements)
    numbers = next(item for item in _dictionaries(pdf) if "Nums" in item)["Nums"]
    by_reference = {_bytes(item.reference): item for item in pdf.objects if hasattr(item, "reference")}
    for index in range(len(pdf.page_references)):
        owners = numbers[2 * index + 1]
        page = by_reference[_bytes(pdf.page_references[numbers[2 * index]])]
        outside = {number for number, owner in enumerate(owners) if owner not in reached}
        _mark_as_artifacts(by_reference[_bytes(page["Contents"])].stream, outside)
        _forget(owners, outside)


def _bytes(reference: Any) -> bytes:
    return reference if isinstance(reference, bytes) else str(reference).encode()


def _reached(kids: Any, elements: Mapping[Any, Any]) -> set[Any]:
    """The elements that can be reached from the root of the tree."""
    found: set[Any] = set()
    waiting = list(kids)
    while waiting:
        kid = waiting.pop()
        if isinstance(kid, (str, bytes)) and kid in elements and kid not in found:
            found.add(kid)
            waiting.extend(elements[kid].get("K", ()))
    return found


def _mark_as_artifacts(stream: list[Any], outside: set[int]) -> None:
    """In a page's operators, `/P <</MCID 3>> BDC` becomes `/Artifact <</Type /Pagination>> BDC`."""
    for i in range(1, len(stream) - 1):
        properties = stream[i]
        if isinstance(properties, dict) and properties.get("MCID") in outside and stream[i + 1] == b"BDC":
            stream[i - 1] = "/Artifact"
            stream[i] = _pydyf().Dictionary({"Type": "/Pagination"})


def _forget(owners: list[Any], outside: set[int]) -> None:
    """Take the artifacts out of a page's list of owners, from its end so that the numbers of the others stay."""
    for number in sorted(outside, reverse=True):
        if number == len(owners) - 1:
            owners.pop()
        else:
            owners[number] = "null"
