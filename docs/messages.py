"""Collects every message of the reports and brings the catalogues of other languages up to date: `make messages`.

Messages are what is given to `_` and `_n`, the tables of messages (`Spoken`), the sections' titles, and what the table
of metrics says. A translation is kept as long as its message is there; a new message is written without one, and
reports say it in English until it has one.
"""

from __future__ import annotations

import ast
import datetime
import io
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from audit.languages import LANGUAGES
from audit.metrics import METRICS
from audit.render.document import SECTIONS
from audit.render.resaid import SCOPES
from audit.wording import without_classes
from audit.words import demand_words
from audit.words.summary_words import SIGN, TOLD

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "templates" / "languages"
KEYWORDS: dict[str, Any] = {"_": None, "_n": (1, 2)}
#: Catalogues are the same whenever they are made.
_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
Message = str | tuple[str, str]


@cache
def messages() -> Mapping[Message, str]:
    """Every message, singular and plural together, and the file that says it. All files are read once, in seconds."""
    found: dict[Message, str] = {}
    for path in (*sorted((ROOT / "audit").rglob("*.py")), *sorted((ROOT / "templates/report").glob("*.j2"))):
        for message in _of_file(path):
            found.setdefault(message, path.relative_to(ROOT).as_posix())
    for message in _of_values():
        found.setdefault(message, "audit")
    return MappingProxyType(found)


def _of_file(path: Path) -> Iterator[Message]:
    method = "python" if path.suffix == ".py" else "jinja2.ext.babel_extract"
    text = path.read_bytes()
    for _line, message, _comments, _context in extract(method, io.BytesIO(text), keywords=KEYWORDS):
        yield message if isinstance(message, str) else (message[0], message[1])
    if path.suffix == ".py":
        yield from _of_tables(ast.parse(text))


def _of_tables(tree: ast.AST) -> Iterator[str]:
    """The values of every table that is written as `Spoken({...})`."""
    for node in ast.walk(tree):
        table = node.args[0] if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Spoken" else None
        if isinstance(table, ast.Dict):
            yield from (ast.literal_eval(value) for value in table.values)


def _of_values() -> Iterator[str]:
    yield from (entry.title for entry in SECTIONS)
    yield from (part for said in TOLD.values() for part in said)
    yield from SCOPES.values()
    yield from (demand_words.REPORTED, demand_words.INCOMPLETE, SIGN)
    for metric in METRICS.values():
        yield from (without_classes(metric.label), metric.words, metric.counted)


def catalogue(code: str) -> Catalog:
    """The catalogue of a language as it should be: every message, with the translations that there are."""
    before = read(code)
    made = Catalog(
        locale=code, project="Evenhand", version="1", creation_date=_DAY, revision_date=_DAY, fuzzy=False,
        copyright_holder="the authors of Evenhand", msgid_bugs_address="", last_translator="", language_team="",
        header_comment=f"# {LANGUAGES[code]}: what the reports say. Written by `make messages`; translate msgstr.",
    )  # fmt: skip
    for message, place in sorted(messages().items(), key=lambda item: (item[1], str(item[0]))):
        known = before.get(message if isinstance(message, str) else message[0])
        same_kind = known is not None and isinstance(known.id, str) == isinstance(message, str)
        made.add(message, known.string if known is not None and same_kind else None, auto_comments=[place])
    return made


def read(code: str) -> Catalog:
    """The catalogue of a language as it is."""
    path = FOLDER / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as stream:
        return read_po(stream, locale=code)


def written(code: str) -> bytes:
    """A catalogue as its file holds it."""
    stream = io.BytesIO()
    write_po(stream, catalogue(code), width=0, no_location=True)
    return stream.getvalue()


def untranslated(code: str) -> list[str]:
    """The messages that a language has no words for yet, in English."""
    found = []
    for one in catalogue(code):
        forms = one.string if isinstance(one.string, (list, tuple)) else [one.string]
        if one.id and not all(forms):
            found.append(str(one.id))
    return found


if __name__ == "__main__":
    for name in LANGUAGES:
        if name != "en":
            content = written(name)
            (FOLDER / f"{name}.po").write_bytes(content)
            print(f"templates/languages/{name}.po: {len(untranslated(name))} messages without a translation")
