"""Colours: readable on their grounds, in light and in dark, and the same in the style sheet and in the charts."""

import re

import pytest

from audit.resources import folder

FOLDER = folder("templates") / "report"
TEXT, GRAPHIC = 4.5, 3.0
TONES = ("ink", "muted", "fail", "pass", "inconclusive", "accent")
GROUNDS = {"fail": "fail-bg", "pass": "pass-bg", "inconclusive": "inconclusive-bg"}


def tokens(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (FOLDER / sheet).read_text(encoding="utf-8")))


LIGHT = tokens("tokens.css")
DARK = LIGHT | tokens("dark.css")
PAPER = dict(re.findall(r"'([\w-]+)': '(#[0-9a-f]{6})'", (FOLDER / "charts.j2").read_text(encoding="utf-8")))
DARK_CHARTS = dict(
    re.findall(r"\.f-([\w-]+) \{\s*fill: (#[0-9a-f]{6})", (FOLDER / "dark.css").read_text(encoding="utf-8"))
)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("ground", ["paper", "soft"])
def test_text_is_readable_on_every_ground(scheme: dict[str, str], tone: str, ground: str) -> None:
    assert contrast(scheme[tone], scheme[ground]) >= TEXT


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("verdict", GROUNDS)
def test_the_cover_is_readable_whatever_the_verdict(scheme: dict[str, str], verdict: str) -> None:
    for tone in ("ink", "muted", "fail", "pass", "inconclusive"):
        assert contrast(scheme[tone], scheme[GROUNDS[verdict]]) >= TEXT


@pytest.mark.parametrize("ground", ["paper", "zone", "accepted", "cell-pass", "cell-fail", "cell-inconclusive"])
def test_marks_and_words_in_charts_stand_out(ground: str) -> None:
    for tone in ("ink", "muted", "pass", "fail", "inconclusive"):
        assert contrast(PAPER[tone], PAPER[ground]) >= TEXT
    assert contrast(PAPER["quiet"], PAPER[ground]) >= GRAPHIC


@pytest.mark.parametrize("ground", ["zone", "accepted", "cell-pass", "cell-fail", "cell-inconclusive"])
def test_marks_and_words_in_charts_stand_out_in_the_dark(ground: str) -> None:
    for tone in ("ink", "muted", "pass", "fail", "inconclusive"):
        assert contrast(DARK[tone], DARK_CHARTS[ground]) >= TEXT


def test_charts_and_style_sheet_use_the_same_colours() -> None:
    shared = set(PAPER) & set(LIGHT)
    assert shared >= {"ink", "muted", "pass", "fail", "inconclusive", "paper", "accent", "quiet"}
    assert all(PAPER[name] == LIGHT[name] for name in shared)


def test_every_tone_of_a_chart_has_a_dark_one() -> None:
    sheet = (FOLDER / "dark.css").read_text(encoding="utf-8")
    names = {name for name in PAPER if name not in ("accent", "zone-line")}
    missing = [name for name in names if not re.search(rf"\.[fs]-{name} ", sheet)]
    assert missing == []
