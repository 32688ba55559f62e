"""The register as pages: no script and no request, readable from a disk, published by copying."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from audit.errors import DataError, RenderError
from audit.registry.compare import Said, compared, said_of
from audit.registry.gather import Entry, Register
from audit.render import styles, terms
from audit.render.clean import breakable, short_name, slug
from audit.reports import render_each
from audit.resources import folder
from audit.result import AuditResult
from audit.values import Outcome

INDEX = "index.html"
#: What marks a folder as one that may be replaced.
MARK = ".evenhand-registry"
#: Runs of a timeline, and comparisons of a page, at most: the latest.
MOST = 12
_SHEETS = (
    "report/tokens",
    "report/base",
    "report/pill",
    "report/table",
    "report/screen",
    "registry/registry",
    "report/dark",
)
#: What the filter calls an outcome, and the pill that it has. Where no rule blocks, a pass is not shown in green.
_REPORTED = "reported"
_WORDS = {**{one.value: terms.OUTCOME[one] for one in Outcome}, _REPORTED: "Reported, no rule blocks"}
_CLASS = {Outcome.WAIVED.value: "fail", _REPORTED: "not-judged"}


def build(register: Register, site: Path, formats: Sequence[str] = ("html", "json")) -> None:
    """Write the pages, and each run's reports anew from its result, into a folder: whole, or not at all.

    A folder that was built before is replaced. Raises DataError if `site` is another one with something in it, and
    RenderError if a report cannot be written.
    """
    if site.exists() and not (site / MARK).is_file() and (not site.is_dir() or any(site.iterdir())):
        raise DataError(f"{site}: this folder holds other files; name a new one, or one that was built before")
    site.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{site.name}.", dir=site.absolute().parent) as beside:
        made = Path(beside) / "site"
        made.mkdir()
        for path, content in _files(register, formats):
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
        if site.exists():
            os.replace(site, Path(beside) / "before")  # noqa: PTH105 - Path.replace refuses nothing more
        os.replace(made, site)  # noqa: PTH105 - likewise


def _files(register: Register, formats: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    yield MARK, b"Built by evenhand registry build. It may be replaced.\n"
    links: dict[str, list[str]] = {}
    for name, entry in {entry.name: entry for entry in register.entries if entry.name}.items():
        for file, content in _reports(entry, formats):
            links.setdefault(name, []).append(file)
            yield f"runs/{name}/{file}", content
    models = register.models()
    pages = {name: f"models/{slug(name)}.html" for name in models}
    yield INDEX, _page("index.html.j2", "", links, register=register, models=models, pages=pages)
    for name, entries in models.items():
        yield pages[name], _page("model.html.j2", "../", links, name=name, entries=entries, **_history(entries))


def _reports(entry: Entry, formats: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Made anew, and not copied: what is published is what this program makes of a result, and nothing else."""
    if entry.told is None:
        return
    for name, content in render_each(entry.told.rendered, formats):
        if isinstance(content, RenderError):
            raise content
        yield name, content


def _history(entries: Sequence[Entry]) -> dict[str, Any]:
    latest = list(entries[-MOST:])
    said = [said_of(entry) for entry in latest]
    titles = {rule.id: rule.title for entry in latest for rule in entry.result.rules}
    lines: list[tuple[str, list[Said | None]]] = [(titles[id_], [one.get(id_) for one in said]) for id_ in titles]
    pairs = itertools.pairwise(latest)
    return {"latest": latest, "lines": lines, "comparisons": [compared(*pair) for pair in pairs][::-1]}


def _page(template: str, up: str, links: Mapping[str, Sequence[str]], **facts: Any) -> bytes:
    css = styles.page_sheet(_SHEETS)
    html = _environment().get_template(template).render(
        css=css, csp=styles.security_policy(css), up=up, links=links, most=MOST, **facts
    )  # fmt: skip
    return html.encode("utf-8")


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates") / "registry"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        code=terms.CODE, verdict_words=terms.VERDICT, standing_words=_WORDS,
        standing_class=lambda standing: _CLASS.get(standing, standing),
    )  # fmt: skip
    made.filters.update(name=lambda text: breakable(short_name(text)), standing=_standing)
    return made


def _standing(result: AuditResult) -> str:
    """The outcome as the register tells it."""
    return _REPORTED if terms.reported(result) else result.outcome.value
