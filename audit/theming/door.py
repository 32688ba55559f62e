"""The door for themes: reads a folder with its theme.yaml, checks all of it, and reports every mistake at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel, ValidationError

from audit.errors import ThemeError
from audit.policy.faults import Fault, Said, nulls, placed, render
from audit.policy.scalars import what
from audit.policy.words import suggest
from audit.policy.yaml_door import Node, Refused, plain, read
from audit.render.extra import faults_of as text_faults
from audit.render.loading import OWN_PARTIAL, names, syntax_faults
from audit.theme import Extra, Picture, Theme
from audit.theming.colours import too_faint
from audit.theming.logos import KINDS
from audit.theming.logos import faults_of as logo_faults
from audit.theming.models import Colours, Palette, Section, Written

FILE = "theme.yaml"
TEMPLATES = "templates"
MOST_BYTES = 200_000
_TEXTS = {".md": True, ".txt": False}


@dataclass(kw_only=True)
class _Files:
    """The theme's folder, and those of its files that were read, by their path in it."""

    root: Path
    read: dict[str, bytes] = field(default_factory=dict)

    def open(self, name: str) -> bytes:
        """A file of the theme. Raises ValueError that says why not."""
        path = self.root / name
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ValueError(f"{name!r} lies outside of the theme's folder; put the file into it")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(f"there is no file {name!r} in the theme's folder ({error.strerror})") from error
        self.read[path.resolve().relative_to(self.root.resolve()).as_posix()] = content
        return content

    def text(self, name: str) -> str:
        """A text file of the theme. Raises ValueError that says why not."""
        content = self.open(name)
        if len(content) > MOST_BYTES:
            raise ValueError(f"{name!r} has {len(content):,} bytes; a text of a theme has at most {MOST_BYTES:,}")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name!r} is not text in UTF-8; save it as UTF-8") from error


def load(folder: Path | str) -> Theme:
    """Read a theme. Raises ThemeError with every mistake found."""
    files = _Files(root=Path(folder))
    name = (files.root / FILE).as_posix()
    if not files.root.is_dir():
        raise ThemeError([f"{folder}: there is no such folder; a theme is a folder that holds {FILE}"])
    try:
        node = read(files.open(FILE), name=name)
    except ValueError as error:
        raise ThemeError([f"{folder}: {error}; begin it with 'organisation: NAME'"]) from error
    except Refused as wrong:
        raise ThemeError(render([Fault(place=wrong.place, message=wrong.message, help=wrong.help)], name)) from None
    if not isinstance(node.content, Mapping):
        refused = Fault(place=node.place, message="a theme is a map of 'key: value' lines, and this is not")
        raise ThemeError(render([refused], name))
    said, written = _written(node)
    theme, more = _theme(written, files) if written else (None, [])
    sources, broken = _templates(files)
    problems = [*render(placed(node, [*said, *more]), name), *broken]
    if problems or theme is None:
        raise ThemeError(problems)
    return _finished(theme, sources, files)


def _written(node: Node) -> tuple[list[Said], Written | None]:
    """The theme as it is written, or what is wrong with that."""
    empty = list(nulls(node))
    try:
        return empty, Written.model_validate(plain(node))
    except ValidationError as error:
        places = {one.path for one in empty}
        found = [_said(one) for one in error.errors(include_url=False) if one["loc"] not in places]
        return [*empty, *found], None


_KNOWN: dict[str | int, type[BaseModel]] = {"colours": Colours, "light": Palette, "dark": Palette, "sections": Section}
_WANTED = {"model_type": "a map of 'key: value' lines", "tuple_type": "a list", "string_type": "text"}


def _said(error: Mapping[str, object] | dict[str, object]) -> Said:
    """A mistake that pydantic found, in our words."""
    path: tuple[int | str, ...] = error["loc"]  # type: ignore[assignment]
    kind, key = str(error["type"]), str(path[-1])
    if kind == "extra_forbidden":
        part: type[BaseModel] = next((_KNOWN[name] for name in reversed(path[:-1]) if name in _KNOWN), Written)
        return Said(path, f"there is no setting {key!r} here", suggest(key, part.model_fields), key=True)
    if kind == "missing":
        return Said(path[:-1], f"the setting {key!r} is missing", key=True)
    if kind == "literal_error":
        return Said(path, f"expected {error['ctx']['expected']}, found {what(error['input'])}")  # type: ignore[index]
    if kind == "value_error":
        return Said(path, str(error["ctx"]["error"]))  # type: ignore[index]
    return Said(path, f"expected {_WANTED.get(kind, 'something else')}, found {what(error['input'])}")


def _theme(written: Written, files: _Files) -> tuple[Theme, list[Said]]:
    """The theme but for its templates, and what is wrong with its colours, pictures and texts."""
    said = list(_faint(written.colours))
    if written.logo_on_dark and not written.logo:
        said.append(Said(("logo_on_dark",), "there is no logo; give the one for paper and light screens too"))
    theme = Theme(
        organisation=written.organisation,
        sha256="",
        logo=_logo("logo", written.logo, files, said),
        logo_on_dark=_logo("logo_on_dark", written.logo_on_dark, files, said),
        light=written.colours.light.model_dump(exclude_none=True),
        dark=written.colours.dark.model_dump(exclude_none=True),
        sections=tuple(_sections(written.sections, files, said)),
    )
    return theme, said


def _faint(colours: Colours) -> Iterator[Said]:
    """Colours that could not be read."""
    for scheme in ("light", "dark"):
        chosen = getattr(colours, scheme).model_dump(exclude_none=True)
        for one in too_faint(chosen, scheme):
            yield Said(
                ("colours", scheme, one.chosen),
                f"{one.tone} {one.tone_colour} on {one.ground} {one.ground_colour} has a contrast of "
                f"{int(one.contrast * 100) / 100:.2f}:1, and needs {one.least:g}:1",
                f"take a colour further from that of {one.ground if one.chosen == one.tone else one.tone}",
            )


def _logo(key: str, name: str | None, files: _Files, said: list[Said]) -> Picture | None:
    if name is None:
        return None
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None:
        said.append(Said((key,), f"{name!r} is neither .svg nor .png", "give the logo as SVG or PNG"))
        return None
    try:
        data = files.open(name)
    except ValueError as error:
        said.append(Said((key,), str(error)))
        return None
    said += [Said((key,), f"{name}: {fault}") for fault in logo_faults(kind, data)]
    return Picture(kind=kind, data=data)


def _sections(written: tuple[Section, ...], files: _Files, said: list[Said]) -> Iterator[Extra]:
    for number, section in enumerate(written):
        path = ("sections", number, "file")
        markdown = _TEXTS.get(Path(section.file).suffix.lower())
        if markdown is None:
            said.append(Said(path, f"{section.file!r} is neither .md nor .txt", "write Markdown or plain text"))
            continue
        try:
            text = files.text(section.file)
        except ValueError as error:
            said.append(Said(path, str(error)))
            continue
        said += [Said(path, f"{section.file}: {fault}") for fault in (text_faults(text) if markdown else ())]
        yield Extra(after=section.after, title=section.title, text=text, markdown=markdown)


def _templates(files: _Files) -> tuple[dict[str, str], list[str]]:
    """The theme's templates by name, and what is wrong with them."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    for path in sorted((files.root / TEMPLATES).glob("*")):
        name = path.name
        if name not in names() and not name.startswith(OWN_PARTIAL):
            hint = suggest(name, names())
            wrong.append(f"{path}: the report has no template of this name; {hint}; one of your own begins with '_'")
            continue
        try:
            found[name] = files.text(f"{TEMPLATES}/{name}")
        except ValueError as error:
            wrong.append(f"{path}: {error}")
    return found, [*wrong, *(f"{files.root / TEMPLATES}/{fault}" for fault in syntax_faults(found))]


def _finished(theme: Theme, templates: Mapping[str, str], files: _Files) -> Theme:
    """The theme with its templates and its digest."""
    lines = "".join(f"{hashlib.sha256(files.read[name]).hexdigest()}  {name}\n" for name in sorted(files.read))
    return replace(theme, templates=dict(templates), sha256=hashlib.sha256(lines.encode()).hexdigest())
