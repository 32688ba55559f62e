"""Finds the files that a policy extends: bundled packs by their id, and files in the policy's own folder."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from audit.policy import packs
from audit.policy.faults import Fault
from audit.policy.models import PackNote
from audit.policy.words import suggest
from audit.policy.yaml_door import MAX_BYTES, Node, Place, Refused, Source, child, items, read

MAX_CHAIN: Final = 8


@dataclass(frozen=True, kw_only=True)
class File:
    """A policy file that was read. `root`: the folder that what it extends may not leave; None: text without a file."""

    node: Node
    short: str
    path: Path | None = None
    root: Path | None = None
    pack: PackNote | None = None


@dataclass(kw_only=True)
class Gathered:
    """The files of a policy in the order in which they are merged, and what went wrong while finding them."""

    files: list[File] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def open_file(path: Path, *, name: str, short: str) -> Node:
    """Read one file. Raises Refused, whatever is wrong with it."""
    nowhere = Place(source=Source(name=name, short=short))
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Refused(nowhere, "there is no such file", _neighbour(path)) from None
    except IsADirectoryError:
        raise Refused(nowhere, "this is a folder", "name the policy file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(nowhere, f"the file cannot be read: {reason}") from None
    return read(data, name=name, short=short)


def _neighbour(path: Path) -> str | None:
    try:
        known = [one.name for one in path.parent.iterdir() if one.suffix in (".yaml", ".yml")]
    except OSError:
        return None
    hint = suggest(path.name, known)
    return hint if known else None


def gather(top: File) -> Gathered:
    """All files that a policy is made of, each once: what is extended comes first, the policy itself last."""
    gathered = Gathered()
    _visit(top, (), gathered, set())
    return gathered


def _visit(file: File, chain: tuple[Path | None, ...], gathered: Gathered, seen: set[Path]) -> None:
    for written in _extends(file, gathered):
        try:
            found = _find(file, written)
            if found.path in (*chain, file.path):
                raise Refused(written.place, f"{written.content} extends itself, directly or through others")
            if len(chain) >= MAX_CHAIN:
                raise Refused(written.place, f"more than {MAX_CHAIN} files extend each other in a row")
        except Refused as wrong:
            path = "extends" if wrong.place == written.place else ""
            gathered.faults.append(Fault(place=wrong.place, message=wrong.message, help=wrong.help, path=path))
            continue
        if found.path is not None and found.path not in seen:  # a file reached twice is merged where it came first
            seen.add(found.path)
            _visit(found, (*chain, file.path), gathered, seen)
    gathered.files.append(file)


def _extends(file: File, gathered: Gathered) -> Iterator[Node]:
    """What a file says that it extends."""
    node = child(file.node, "extends")
    if node is None:
        return
    for one in items(node) or (node,):
        if isinstance(one.content, str):
            yield one
        else:
            message = "expected the id of a pack or the path of a file" if one.content else "nothing is written here"
            gathered.faults.append(Fault(place=one.place, message=message, path="extends"))


def _find(file: File, written: Node) -> File:
    name = str(written.content)
    if name.endswith((".yaml", ".yml")) or name.startswith(("/", ".", "~")) or "\\" in name or ":" in name:
        return _file(file, written, name)
    return _pack(written, name)


def _pack(written: Node, name: str) -> File:
    known = packs.packs()
    for note in known:
        if note.id == name:
            short = f"{name}.yaml"
            node = open_file(note.path, name=short, short=short)
            return File(node=node, short=short, path=note.path.resolve(), root=packs.root(), pack=note)
    hint = suggest(name, [note.id for note in known])
    raise Refused(written.place, f"there is no pack {name!r}", f"{hint} A file's name ends in .yaml")


def _file(file: File, written: Node, name: str) -> File:
    if "://" in name:
        raise Refused(written.place, "a policy extends files and packs, never an address", "keep a copy beside it")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or "\\" in name or name.startswith("~"):
        raise Refused(written.place, f"{name!r} is not a relative path", "write it from this file's folder, with '/'")
    if file.root is None or file.path is None:
        raise Refused(
            written.place, "a policy given as text has no folder to find files in", "extend packs only, or load a file"
        )
    target = file.path.parent / name
    if not target.resolve().is_relative_to(file.root):
        message = f"{name!r} leaves the folder of the policy"
        raise Refused(written.place, message, "move what is extended into the policy's folder, or below it")
    if not target.is_file():
        raise Refused(written.place, f"there is no file {name!r}", _neighbour(target))
    shown = posixpath.normpath(posixpath.join(posixpath.dirname(file.node.place.source.name), name))
    short = posixpath.normpath(posixpath.join(posixpath.dirname(file.short), name))
    return File(node=open_file(target, name=shown, short=short), short=short, path=target.resolve(), root=file.root)
