"""Hostile text made harmless."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.render.clean import breakable, clean, cleaned, cut, inert, markdown, pieces, short_name, slug
from audit.values import Verdict
from tests.render import sample

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=300)


@given(ANY_TEXT)
def test_clean_text_is_one_line_without_control_or_direction_characters(text: str) -> None:
    made = clean(text)
    assert not {unicodedata.category(letter) for letter in made} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(made) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@given(ANY_TEXT)
def test_clean_text_can_be_written_as_utf8(text: str) -> None:
    assert clean(text).encode("utf-8").decode("utf-8") == clean(text)


def test_a_hidden_character_is_shown_by_its_number_so_that_two_names_stay_two() -> None:
    assert clean("a\x00") == "a[U+0000]"
    assert clean("\u202e08.0") == "[U+202E]08.0"
    assert clean("a\u200b") != clean("a")


def test_line_breaks_become_spaces() -> None:
    assert clean("a\nb\u2028c\r\nd") == "a b c d"


def test_a_name_of_ten_kilobytes_is_cut_and_says_so() -> None:
    long = "x" * 10_240
    shown = short_name(clean(long))
    assert len(shown) < 200
    assert "10,240 characters" in shown
    assert short_name(clean(long)) != short_name(clean("x" * 10_239 + "y"))


def test_cut_leaves_short_text_alone() -> None:
    assert cut("short", 10) == "short"


def test_everything_inside_a_result_is_cleaned() -> None:
    made = cleaned(sample.hostile())
    assert "\x1b" not in repr(made)
    assert made.rules[0].verdict is Verdict.FAIL
    assert repr(cleaned({"a\x07": ["\x1b"]})) == repr({"a[U+0007]": ("[U+001B]",)})


@given(ANY_TEXT, ANY_TEXT)
def test_different_texts_have_different_slugs(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (one == other)


@given(ANY_TEXT)
def test_a_slug_is_plain_letters_digits_and_hyphens(text: str) -> None:
    assert set(slug(text, "rule-")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_plain_id_is_its_own_slug() -> None:
    assert slug("four-fifths", "rule-") == "rule-four-fifths"


def test_long_words_get_places_to_break_and_lose_nothing() -> None:
    text = "a " + "b" * 60
    assert "".join(pieces(text)) == text
    assert breakable(text).replace("\u200b", "") == text
    assert max(len(word) for word in breakable(text).replace("\u200b", " ").split()) <= 12


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "|calc", "%0A"])
def test_no_cell_starts_a_formula(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert("plain") == "plain"


@pytest.mark.parametrize(
    ("hostile", "inert_text"),
    [
        ("<script>", "&lt;script\\>"),
        ("[a](javascript:x)", "\\[a\\](javascript:x)"),
        ("a|b", "a\\|b"),
        ("`code` *bold* _em_ ~no~", "\\`code\\` \\*bold\\* \\_em\\_ \\~no\\~"),
        ("http://evil.invalid www.evil.invalid", "http\\://evil.invalid www\\.evil.invalid"),
        ("# head", "\\# head"),
        ("1. item", "1\\. item"),
        ("- item", "'- item"),
        ("@someone", "'&#64;&#8288;someone"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_markdown_shows_text_as_it_stands(hostile: str, inert_text: str) -> None:
    assert markdown(hostile) == inert_text
