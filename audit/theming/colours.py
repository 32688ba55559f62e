"""Are a theme's colours readable? Contrast by WCAG 2.2, criteria 1.4.3 (text, 4.5:1) and 1.4.11 (marks, 3:1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.resources import folder

TEXT, MARKS = 4.5, 3.0
SCHEMES = {"light": ("tokens.css",), "dark": ("tokens.css", "dark.css")}
#: Grounds inside charts, which are the report's own whatever the theme.
CHART_GROUNDS = {
    "light": {
        "zone": "#fbeceb", "accepted": "#eaf3f1",
        "cell-pass": "#e9f3f1", "cell-fail": "#fbeceb", "cell-inconclusive": "#fbf5e6",
    },
    "dark": {
        "zone": "#2a1a1c", "accepted": "#142a2b",
        "cell-pass": "#12292a", "cell-fail": "#2a1a1c", "cell-inconclusive": "#292214",
    },
}  # fmt: skip
_GROUNDS = ("paper", "soft")
_BOXES = ("pass-bg", "fail-bg", "inconclusive-bg")
_VERDICTS = ("pass", "fail", "inconclusive")
#: What is read on what, and the least contrast between the two.
_PAIRS = (
    *((tone, ground, TEXT) for tone in ("ink", "muted", "heading", "accent", *_VERDICTS) for ground in _GROUNDS),
    *((tone, ground, TEXT) for tone in ("ink", "muted") for ground in (*_BOXES, *CHART_GROUNDS["light"])),
    *(("quiet", ground, MARKS) for ground in _GROUNDS),
)


@dataclass(frozen=True, kw_only=True)
class TooFaint:
    """Two colours that are too near to each other, the one that the theme chose, and the least contrast."""

    chosen: str
    tone: str
    tone_colour: str
    ground: str
    ground_colour: str
    contrast: float
    least: float


def too_faint(chosen: Mapping[str, str], scheme: str) -> Iterator[TooFaint]:
    """Colours chosen by the theme with too small a contrast, each tone on its worst ground; scheme: light or dark."""
    worst: dict[tuple[str, str], TooFaint] = {}
    own = own_colours(scheme)
    whole = {**own, "heading": own["ink"], **CHART_GROUNDS[scheme], **chosen}
    for tone, ground, least in _PAIRS:
        of = next((name for name in (tone, ground) if name in chosen), None)
        found = contrast(whole[tone], whole[ground])
        if of and found < least and ((of, tone) not in worst or found < worst[of, tone].contrast):
            worst[of, tone] = TooFaint(
                chosen=of, tone=tone, tone_colour=whole[tone], ground=ground, ground_colour=whole[ground],
                contrast=found, least=least,
            )  # fmt: skip
    yield from worst.values()


def own_colours(scheme: str) -> dict[str, str]:
    """The report's own colours, as its style sheets have them."""
    found: dict[str, str] = {}
    for sheet in SCHEMES[scheme]:
        text = (folder("templates") / "report" / sheet).read_text(encoding="utf-8")
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text))
    return found


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, from 0 to 1 (WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
