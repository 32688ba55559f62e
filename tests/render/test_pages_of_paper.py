"""The pages of a long PDF, read back: contents, running lines, tables that go on; and nothing in it that acts."""

import io
import random
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pikepdf
import polars as pl
import pytest
from pikepdf import Dictionary, Name
from pypdf import PdfReader

import audit
from audit.render import FORMATS
from tests.render import pdf_tables, sample

pytest.importorskip("weasyprint", exc_type=ImportError)

#: What a PDF can do to its reader: nothing of it occurs.
ACTIVE = ("/JS", "/JavaScript", "/AA", "/Launch", "/URI", "/SubmitForm", "/GoToR", "/GoToE", "/RichMedia", "/XFA")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen rules over two hundred districts, each a few lines longer than the one before, so that tables part."""
    result = sample.many(rules=14)
    rules = tuple(replace(rule, why=f"{rule.why}{' Filling.' * 9 * i}") for i, rule in enumerate(result.rules))
    path = tmp_path_factory.mktemp("pdf") / "long.pdf"
    path.write_bytes(FORMATS["pdf"].write(replace(result, rules=rules)))
    return path


@pytest.fixture(scope="module")
def texts(long: Path) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(long).pages]


def test_no_table_makes_the_report_more_than_people_can_hold(texts: list[str]) -> None:
    assert len(texts) <= 40


def test_the_contents_name_the_page_on_which_each_section_begins(long: Path, texts: list[str]) -> None:
    begins = _outline(long)
    listed = dict(re.findall(r"(\d\. [A-Z][a-z, ]+?) (\d+)(?= )", texts[1]))
    assert len(listed) >= 5
    for title, page in listed.items():
        assert begins[title] == int(page)


def _outline(path: Path) -> dict[str, int]:
    """The title of every bookmark, and its page."""
    reader = PdfReader(path)

    def flat(items: list[Any]) -> dict[str, int]:
        found: dict[str, int] = {}
        for item in items:
            more = flat(item) if isinstance(item, list) else {item.title: reader.get_destination_page_number(item) + 1}
            found = more | found
        return found

    return flat(reader.outline)


def test_every_page_says_its_number_and_what_it_is_a_page_of(texts: list[str]) -> None:
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
    assert all("Fairness audit: ScreenRank 3.2.0" in text for text in texts[1:])


def test_the_running_head_names_the_section_that_the_page_goes_on_with(long: Path, texts: list[str]) -> None:
    begins = {title: page for title, page in _outline(long).items() if re.match(r"\d\. ", title)}
    for number, text in enumerate(texts, 1):
        before = [title for title, page in begins.items() if page < number]
        if before and number not in begins.values():
            assert max(before, key=lambda title: begins[title]) in text


def test_every_part_of_a_table_has_its_head_and_no_row_stands_alone(long: Path) -> None:
    wide = [table for table in pdf_tables.tables(long) if table.columns > 2]
    assert len({page for table in wide for page in table.rows}) > 4
    for table in wide:
        assert table.has_head
        assert all(rows >= 2 for rows in table.rows.values())


@pytest.mark.parametrize("form", ["pdf", "summary-pdf"])
def test_nothing_in_a_hostile_pdf_acts_or_leads_out_of_it(form: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.pdf"
    path.write_bytes(FORMATS[form].write(sample.hostile()))
    with pikepdf.open(path) as pdf:
        found = [item for item in pdf.objects if isinstance(item, Dictionary)]
        assert not [key for item in found for key in item.keys() if key in ACTIVE]  # noqa: SIM118  not a mapping
        assert not [item for item in found if item.get("/S") in {Name(kind) for kind in ACTIVE}]
        kinds = {str(item.get("/Subtype")) for item in found if item.get("/Type") == Name.Annot}
        metadata = pdf.Root.Metadata.read_bytes()
    assert kinds <= {"/Link"}
    ElementTree.fromstring(metadata)


def test_a_matrix_of_many_columns_lies_across_a_sheet_of_its_own() -> None:
    chance = random.Random(1)
    rows = [(f"Region {chance.randrange(9)}", f"Band {chance.randrange(9)}", chance.randrange(2)) for _ in range(6000)]
    law = """
evenhand: 1
title: Regions and bands
data: {decision: {column: d, favorable: 1}}
attributes: {a: {column: a}, b: {column: b}}
intersections: [[a, b]]
rules: [{id: r, metric: selection_rate, compare: ratio, require: ">= 4/5", of: [[a, b]]}]
"""
    result = audit.run(law, pl.DataFrame(rows, schema=["a", "b", "d"], orient="row"), as_of=date(2026, 11, 20))
    pages = PdfReader(io.BytesIO(FORMATS["pdf"].write(result))).pages
    [across] = [page for page in pages if page.mediabox.width > page.mediabox.height]
    assert "Region 8" in across.extract_text()
    assert "Figure 1" in across.extract_text()


def test_counts_of_many_digits_stand_in_one_line() -> None:
    rows = pl.DataFrame({"i": range(600)}).select(
        d=(pl.col("i") * 7 % 3).clip(0, 1),
        y=pl.col("i") * 5 % 2,
        w=pl.lit(40_000),
        s=pl.col("i") * 11 % 100 / 100,
        age=pl.lit("age ") + (pl.col("i") * 17 % 7).cast(pl.String),
        job=pl.lit("job ") + (pl.col("i") * 19 % 3).cast(pl.String),
    )
    differ = {"compare": "difference", "require": "<= 0.5"}
    policy = {
        "evenhand": 1,
        "title": "Many millions",
        "data": {
            "decision": {"column": "d", "favorable": 1, "otherwise": [0]},
            "outcome": {"column": "y", "favorable": 1, "otherwise": [0]},
            "weight": {"column": "w", "kind": "frequency"},
            "score": {"column": "s", "favorable": "above", "range": [0, 1]},
        },
        "attributes": {"age": {"column": "age"}},
        "factors": {"job": {"column": "job", "legitimate": "the work differs"}},
        "rules": [
            {"id": "rates", "metric": "selection_rate", **differ},
            {"id": "alike", "metric": "selection_rate", "given": ["job"], **differ},
            {"id": "means", "metric": "mean_score", **differ},
        ],
    }
    result = audit.run(policy, rows, as_of=date(2026, 11, 22))
    pdf = PdfReader(io.BytesIO(FORMATS["pdf"].write(result)))
    text = "\n".join(page.extract_text() for page in pdf.pages)

    assert {"24,000,000", "3,440,000"} <= set(text.split())
    assert re.findall(r".*(?:\d,\d{1,2}\n\d|\d,\n\d{3}\b|\d\n,\d).*", text) == []
