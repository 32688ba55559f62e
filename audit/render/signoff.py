"""The sign-off page of a run, and the boxes that show signatures in a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import jinja2

from audit.render.clean import clean, cleaned, cut
from audit.render.pdf import drawn
from audit.render.styles import page_sheet, security_policy
from audit.resources import folder

WORDS: Final = {
    "approved": "Approved",
    "approved-with-conditions": "Approved with conditions",
    "rejected": "Rejected",
    "reviewed": "Reviewed",
}
#: What is printed wherever something is signed.
LIMITS: Final = (
    "A signature shows that the holder of a key signed exactly these bytes. It does not show who that person is, that "
    "the numbers are right, or when it was signed other than by the signer's clock."
)
#: How long a reason may be in the box of a PDF; all of it stands in the page and in what is signed.
LONGEST_SHOWN: Final = 320
_SHEETS = ("report/tokens", "report/base")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A sign-off as it is shown."""

    person: str
    role: str
    time: str
    meaning: str
    comment: str
    conditions: tuple[str, ...]
    key: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a sign-off page shows: the run, who signed it in order, and the roles that did not."""

    title: str
    outcome: str
    as_of: str
    run: str
    policy: str
    author: str | None
    signatures: Sequence[Signature] = ()
    missing: Sequence[str] = ()


def page(facts: Page) -> bytes:
    """The page as HTML, the same bytes for the same facts."""
    css = page_sheet((*_SHEETS, "signoff/signoff"))
    text = _template("page.html.j2").render(
        facts=cleaned(facts), words=WORDS, limits=LIMITS, css=css, csp=security_policy(css)
    )
    return text.encode("utf-8", "backslashreplace")


def heading(facts: Page, width: float, height: float) -> bytes:
    """The page of a PDF on which the boxes stand, in points; raises RenderError if there is no Pango."""
    html = _template("heading.html.j2").render(
        facts=cleaned(facts), limits=LIMITS, css=page_sheet(_SHEETS, "pdf"), width=width, height=height
    )
    return drawn(html)


def stamp(one: Signature, width: float, height: float) -> bytes:
    """The box of one signature as a PDF of that size, in points; raises RenderError if there is no Pango."""
    short = replace(one, comment=cut(clean(one.comment), LONGEST_SHOWN), conditions=_few(one.conditions))
    size = 8 if len(short.comment) + sum(map(len, short.conditions)) < LONGEST_SHOWN else 6
    html = _template("stamp.html.j2").render(
        one=cleaned(short), words=WORDS, css=page_sheet(_SHEETS, "pdf"), width=width, height=height, size=size
    )
    return drawn(html)


def _few(conditions: Sequence[str]) -> tuple[str, ...]:
    """The first conditions, and how many more there are."""
    more = (f"and {len(conditions) - 2} more",) if len(conditions) > 2 else ()
    return (*(cut(clean(one), 120) for one in conditions[:2]), *more)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(folder("templates") / "signoff")
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)
