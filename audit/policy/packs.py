"""The policy packs that come with Evenhand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from audit.policy.models import PackNote
from audit.policy.pack import Pack
from audit.policy.yaml_door import child, plain, read
from audit.resources import folder


def root() -> Path:
    """The folder of the packs, with links followed."""
    return folder("policies").resolve()


@cache
def packs() -> tuple[PackNote, ...]:
    """All bundled packs, by id."""
    home = root()
    return tuple(_note(home, path) for path in sorted(home.glob("*/*.yaml")))


def _note(home: Path, path: Path) -> PackNote:
    short = path.relative_to(home).as_posix()
    tree = read(path.read_bytes(), name=short)
    pack = Pack.model_validate(plain(child(tree, "pack") or tree))
    title = child(tree, "title")
    return PackNote(
        id=short.removesuffix(".yaml"),
        tier=short.split("/", maxsplit=1)[0],
        pack=pack.model_copy(update={"title": pack.title or (str(title.content) if title else None)}),
        path=path,
    )
