"""The manifest of a run: which files there are, with their digests, and the one digest that stands for all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import rfc8785
from pydantic import TypeAdapter, ValidationError

from audit.errors import DataError
from audit.sources.digests import digest

#: The file that holds it. It lists every other file of the run.
MANIFEST = "manifest.json"
SCHEMA = 1
#: Which machine made a run does not make it another one.
ENVIRONMENT = "environment.json"


@dataclass(frozen=True, kw_only=True)
class FileNote:
    """A file of a run: the sha256 of its bytes, and how many there are."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """The model that made the decisions, as it was named: by a file, with its digest, or by an address without one."""

    name: str
    sha256: str | None = None
    bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a run is made of.

    `run` is the sha256 of all the rest in canonical JSON (RFC 8785), without the environment: the same rows, policy,
    options and versions give the same run on every machine. `options` are the choices that the reports were made with;
    `author` is who made the run, as the command said.
    """

    schema: int
    run: str
    evenhand: str
    outcome: str
    as_of: str
    title: str
    policy_sha256: str
    files: Mapping[str, FileNote]
    options: Mapping[str, str]
    model: ModelFile | None = None
    author: str | None = None

    def content(self) -> str:
        """The digest that `run` has to be."""
        plain = asdict(self)
        del plain["run"]
        if self.author is None:  # runs that were kept before there were authors have the same digest
            del plain["author"]
        plain["files"] = {name: note for name, note in plain["files"].items() if name != ENVIRONMENT}
        return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()


def to_bytes(manifest: Manifest) -> bytes:
    """The manifest as JSON, two spaces deep, the same bytes for the same manifest."""
    return (json.dumps(asdict(manifest), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


@cache
def _adapter() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def read(run: Path) -> Manifest:
    """The manifest of a run; raises DataError if the folder holds none that can be read."""
    path = run / MANIFEST
    try:
        found = _adapter().validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(f"{run}: there is no {MANIFEST} here; name the folder of a run") from error
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path}: damaged{f' at {where}' if where else ''}: {first['msg']}") from error
    if found.schema != SCHEMA:
        raise DataError(f"{path}: a manifest of schema {found.schema}; this version of evenhand reads {SCHEMA}")
    return found


def model_file(named: str) -> ModelFile:
    """The model by its file, or by its address; raises DataError if a path that should be there is not a file.

    Nothing is fetched, and nothing of the file is run: its bytes are digested.
    """
    if "://" in named or named.startswith("models:/"):
        return ModelFile(name=named)
    path = Path(named)
    if not path.is_file():
        raise DataError(f"{named}: there is no such model file; name a file, or an address such as models:/credit/3")
    return ModelFile(name=path.name, sha256=digest(path), bytes=path.stat().st_size)
