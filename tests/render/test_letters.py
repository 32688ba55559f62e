"""Characters that the report's fonts lack: named, or drawn with further fonts; never boxes, never a machine's fonts."""

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from audit import cli
from audit.errors import RenderError
from audit.numbers import count
from audit.render import FORMATS, letters
from audit.render.letters import Fonts, fonts_for, notices, numbered
from audit.render.options import PLAIN, Options
from audit.result import AuditResult, to_json
from tests.render import sample

pytest.importorskip("weasyprint", exc_type=ImportError)

KANJI = "\u65e5\u672c"


def titled(title: str) -> AuditResult:
    return replace(sample.tiny(), title=title)


def font(path: Path, text: str, *, variable: bool = False) -> Path:
    """A font of squares for the characters of a text."""
    names = {f"u{ord(letter):04X}": ord(letter) for letter in text}
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, 700), (800, 700), (800, 0)):
        pen.lineTo(point)
    pen.closePath()
    square = pen.glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", *names])
    made.setupCharacterMap({code: name for name, code in names.items()})
    made.setupGlyf(dict.fromkeys((".notdef", *names), square))
    made.setupHorizontalMetrics(dict.fromkeys((".notdef", *names), (900, 100)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    made.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    made.setupPost()
    if variable:
        made.setupFvar([("wght", 100, 400, 900, "Weight")], [])
    made.save(path)
    return path


def words_and_fonts(pdf: bytes, folder: Path) -> tuple[str, set[str]]:
    """All the text of a PDF, and the names of its fonts."""
    from pypdf import PdfReader

    path = folder / "made.pdf"
    path.write_bytes(pdf)
    with pikepdf.open(path) as opened:
        fonts = {
            str(item.BaseFont).partition("+")[2]
            for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == pikepdf.Name.Type0
        }
    return " ".join(page.extract_text() for page in PdfReader(path).pages), fonts


def test_the_fonts_of_the_report_draw_an_ordinary_result() -> None:
    assert fonts_for(sample.typical(), PLAIN) == Fonts()
    assert notices(Fonts()) == ()


def test_a_character_without_a_font_is_a_number_even_where_the_machine_has_one_and_the_cover_says_so(
    tmp_path: Path,
) -> None:
    text, used = words_and_fonts(FORMATS["pdf"].write(titled(f"Policy {KANJI} \u0627")), tmp_path)
    assert "Policy [U+65E5][U+672C] [U+0627]" in text
    assert "No font at hand has 3 characters of this audit" in " ".join(text.split())
    assert all(name.startswith("Audit-") for name in used)


def test_a_font_of_the_folder_draws_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    font(tmp_path / "fonts" / "squares.ttf", KANJI)
    made = FORMATS["pdf"].write(titled(f"Policy {KANJI}"), Options(fonts=tmp_path / "fonts"))
    text, used = words_and_fonts(made, tmp_path)
    assert KANJI in text
    assert "[U+" not in text
    assert any("Further" in name for name in used)
    assert made == FORMATS["pdf"].write(titled(f"Policy {KANJI}"), Options(fonts=tmp_path / "fonts"))


def test_a_mark_whose_letter_has_another_font_is_no_box(tmp_path: Path) -> None:
    """The font of commands has no combining marks, and a mark takes the font of its letter."""
    result = sample.tiny()
    command = replace(result, provenance=replace(result.provenance, command="evenhand audit e\u0323.yaml"))
    text, _ = words_and_fonts(FORMATS["pdf"].write(command), tmp_path)
    assert "\ufffd" not in text
    assert "e[U+0323].yaml" in text or "e\u0323.yaml" in text or "\u1eb9.yaml" in text


def test_files_are_taken_in_the_order_of_their_names_and_only_where_they_help(tmp_path: Path) -> None:
    first, second = font(tmp_path / "a.ttf", "\u65e5"), font(tmp_path / "b.ttf", KANJI)
    font(tmp_path / "c.ttf", KANJI)
    found = fonts_for(titled(f"{KANJI}\u8a9e"), Options(fonts=tmp_path))
    assert found == Fonts(files=(first, second), missing=frozenset("\u8a9e"))


def test_what_cannot_be_used_is_named_with_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"no font")
    font(tmp_path / "b.ttf", KANJI, variable=True)
    with pytest.raises(RenderError, match=r"(?s)a\.ttf: this is not a font.*b\.ttf: a variable font") as raised:
        fonts_for(titled(KANJI), Options(fonts=tmp_path))
    assert "take a static one" in str(raised.value)


def test_a_folder_without_fonts_is_refused_where_a_font_is_needed(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="there is no font in this folder"):
        fonts_for(titled(KANJI), Options(fonts=tmp_path))


def test_two_names_without_a_font_stay_two() -> None:
    one, other = (numbered(titled(text), KANJI).title for text in KANJI)
    assert (one, other) == ("[U+65E5]", "[U+672C]")
    assert numbered(titled(KANJI), "") == titled(KANJI)


def test_a_notice_names_a_few_characters_and_fits_the_cover() -> None:
    [said] = notices(Fonts(missing=frozenset(map(chr, range(0x1F300, 0x1F400)))))
    assert "256 characters" in said
    assert "and 252 more" in said
    assert len(said) <= 240


def test_signs_that_say_how_a_letter_looks_and_hidden_ones_need_no_font() -> None:
    assert fonts_for(titled("\u2713\ufe0f \u202e \u2028 \x07 \ud800"), PLAIN) == Fonts()


def test_every_character_of_a_number_has_a_font() -> None:
    assert set(count(1234567)) <= letters._own()


def test_the_command_line_says_what_has_no_font(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "result.json"
    old.write_text(to_json(titled(KANJI)), encoding="utf-8")
    assert cli.run(["render", str(old), "--format", "pdf", "--out", str(tmp_path / "out")]) == 0
    assert "note: No font at hand has 2 characters of this audit (U+65E5, U+672C)" in capsys.readouterr().err
    (tmp_path / "fonts").mkdir()
    font(tmp_path / "fonts" / "squares.ttf", KANJI)
    arguments = ["render", str(old), "--format", "pdf", "--out", str(tmp_path / "out")]
    assert cli.run([*arguments, "--fonts", str(tmp_path / "fonts")]) == 0
    assert "note:" not in capsys.readouterr().err
