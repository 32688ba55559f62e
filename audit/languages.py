"""The languages that reports can be written in, from their catalogues in `templates/languages`."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from gettext import GNUTranslations
from typing import Final

from audit.resources import folder
from audit.tongue import ENGLISH, Tongue

#: By code, each with its own name for itself.
LANGUAGES: Final = {"en": "English", "de": "Deutsch", "fr": "français"}
NARROW = "\u202f"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@cache
def language(code: str) -> Tongue:
    """A language by its code. Babel is imported here: English needs none of it."""
    if code == "en":
        return ENGLISH
    from babel import Locale
    from babel.dates import format_date

    locale = Locale(code)
    symbols = locale.number_symbols["latn"]
    after = locale.percent_formats[None].suffix[0]
    said = _catalogue(code)
    return Tongue(
        code=code,
        one=said.one,
        many=said.many,
        date=lambda day: format_date(date.fromisoformat(day), "long", locale) if _DAY.fullmatch(day) else day,
        group=_narrow(symbols["group"]),
        decimal=symbols["decimal"],
        percent=_narrow(after.replace("%", symbols["percentSign"])),
    )


def _narrow(text: str) -> str:
    """With narrow spaces at which no line breaks, where the locale has any space."""
    return re.sub(r"\s", NARROW, text)


class _Catalogue(GNUTranslations):
    """A catalogue that says which messages it does not have."""

    def one(self, message: str) -> str | None:
        """The translation, or None."""
        return self._known(lambda: self.gettext(message), message)

    def many(self, one: str, many: str, n: int) -> str | None:
        """The translation for so many, or None."""
        said = self.ngettext(one, many, n)
        return None if said in (one, many) else said

    def _known(self, say: Callable[[], str], message: str) -> str | None:
        said = say()
        return said if said != message or message in self._same() else None

    def _same(self) -> frozenset[str]:
        """Messages that are translated by themselves."""
        return frozenset(key for key, said in self._catalog.items() if key == said)  # type: ignore[attr-defined]


@cache
def _catalogue(code: str) -> _Catalogue:
    """A catalogue, compiled from its text in memory."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (folder("templates") / "languages" / f"{code}.po").open("rb") as stream:
        read = read_po(stream, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return _Catalogue(compiled)
