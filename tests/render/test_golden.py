"""Every format is what it was when somebody last looked at it; `make golden` writes all of it again."""

import shutil

import pytest

from tests.render.golden import FOLDER, GOLDEN, made

PAPER = {"pdf", "summary-pdf"}


@pytest.mark.parametrize("form", GOLDEN)
def test_a_format_is_as_it_was_looked_at(form: str) -> None:
    if form in PAPER:
        pytest.importorskip("weasyprint", exc_type=ImportError)
        if shutil.which("pdftotext") is None:
            pytest.skip("pdftotext is not installed")
    kept = (FOLDER / GOLDEN[form][0]).read_text(encoding="utf-8")
    assert made(form) == kept, "if this is meant: make golden, and read the difference"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {file for file, _ in GOLDEN.values()}
