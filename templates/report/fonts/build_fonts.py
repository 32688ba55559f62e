"""Build the report's fonts: subset them, freeze tabular digits in, and measure their characters.

Run once, by hand, when a font changes:

    npm pack inter-ui@4.1.1 @fontsource/source-serif-4@5.3.1 @fontsource/jetbrains-mono@5.3.0
    (unpack each archive into a folder of its name below SOURCES)
    python build_fonts.py SOURCES

It writes, beside itself, a .woff2 for browsers and a .ttf for the PDF of each face, and advances.json: the width of
each character in thousandths of the font size, so that chart labels can be measured without a font library.
Digits are frozen to equal widths because SVG text in the PDF cannot ask for them; only digits, since the whole
feature would also widen the hyphen. All three are under the SIL Open Font License (OFL-*.txt) and are renamed, since
Source is a reserved font name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
INTER = "inter-ui/web/Inter-{}.woff2"
SERIF = "source-serif-4/files/source-serif-4-latin-600-normal.woff2"
MONO = "jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2"

#: Latin, Latin extended, Greek, Cyrillic, punctuation, mathematics, arrows, shapes.
WIDE = """20-7E A0-17F 18F 192 1A0-1A1 1AF-1B0 218-21B 259 2BC 2C6-2C7 2D8-2DD 300-304 306-30C 323 384-3CE 400-45F
490-491 1E00-1EFF 2000-206F 2070-209F 20A0-20BF 2100-214F 2150-215F 2190-2193 2196-2199 21D2 2200-2265 25A0-25CF
2713-2717 FFFD"""
PLAIN = "20-7E A0 B7 D7 2013-2014 2018-2019 201C-201D 2026 2192"
SHAPING = ["kern", "calt", "ccmp", "locl", "mark", "mkmk", "case", "sups", "subs", "frac"]

#: file, family, source, characters, features
FACES = (
    ("sans-400", "Audit Sans", INTER.format("Regular"), WIDE, SHAPING),
    ("sans-600", "Audit Sans", INTER.format("SemiBold"), WIDE, SHAPING),
    ("serif-600", "Audit Serif", SERIF, WIDE, ["kern", "liga", "ccmp", "locl"]),
    ("mono-400", "Audit Mono", MONO, PLAIN, ["kern"]),
)


def code_points(ranges: str) -> list[int]:
    """The code points of ranges such as '20-7E A0'."""
    ends = [part.partition("-") for part in ranges.split()]
    return [code for low, _, high in ends for code in range(int(low, 16), int(high or low, 16) + 1)]


def single_substitutions(font: TTFont, feature: str) -> dict[str, str]:
    """What a feature replaces one glyph by."""
    table = font["GSUB"].table
    records = [record for record in table.FeatureList.FeatureRecord if record.FeatureTag == feature]
    lookups = {index for record in records for index in record.Feature.LookupListIndex}
    tables = [sub for index in sorted(lookups) for sub in table.LookupList.Lookup[index].SubTable]
    found: dict[str, str] = {}
    for sub in tables:
        inner = getattr(sub, "ExtSubTable", sub)
        if inner.LookupType == 1:
            found.update(inner.mapping)
    return found


def freeze_digits(font: TTFont) -> None:
    """Make digits of equal width the ordinary digits."""
    tabular = single_substitutions(font, "tnum")
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if table.isUnicode() and table.cmap.get(code) in tabular:
                table.cmap[code] = tabular[table.cmap[code]]


def rename(font: TTFont, family: str) -> None:
    """Give the font the report's own family name, so that one installed on a machine never takes its place."""
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = family
        elif record.nameID == 6:
            record.string = family.replace(" ", "")


def build(source: Path, family: str, ranges: str, features: list[str]) -> TTFont:
    """A subset of one font file."""
    font = TTFont(source, recalcTimestamp=False)
    if family == "Audit Sans":
        freeze_digits(font)
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, recalc_timestamp=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=code_points(ranges))
    cutter.subset(font)
    rename(font, family)
    return font


def advances(font: TTFont) -> dict[str, int]:
    """The width of every character in thousandths of the font size."""
    per_em, widths = font["head"].unitsPerEm, font["hmtx"].metrics
    return {chr(code): round(1000 * widths[glyph][0] / per_em) for code, glyph in sorted(font.getBestCmap().items())}


def main(sources: Path) -> None:
    measured = {}
    for file, family, source, ranges, features in FACES:
        font = build(sources / source, family, ranges, features)
        measured[file] = advances(font)
        font.flavor = None
        font.save(HERE / f"{file}.ttf")
        font.flavor = "woff2"
        font.save(HERE / f"{file}.woff2")
    wanted = {face: measured[face] for face in ("sans-400", "sans-600")}
    text = json.dumps(wanted, ensure_ascii=True, separators=(",", ":"))
    (HERE / "advances.json").write_text(text + "\n", encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
