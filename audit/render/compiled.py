"""The report's templates compiled, kept as Python keeps its modules: in `__pycache__` beside them.

Python's own rules hold for them too: `PYTHONDONTWRITEBYTECODE` writes none, `PYTHONPYCACHEPREFIX` names another place.
Whoever can write there could change the modules as well; a folder or a file that others can write to is not read.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

_DIGEST = sha256().digest_size
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Compiled(jinja2.BytecodeCache):
    """Keeps what Jinja compiled of a template file until its text, the settings, Jinja or Python change.

    A file holds the SHA-256 of what follows it: nothing that is cut off or damaged may reach Python's interpreter.
    """

    def __init__(self, settings: str) -> None:
        self._compiler = f"{jinja2.__version__} {MAGIC_NUMBER.hex()} {settings}"

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The file in which a template is kept."""
        return cache_from_source(filename or name)

    def get_source_checksum(self, source: str) -> str:
        """By what a template is known: its text, and what compiles and runs it."""
        return sha256(f"{self._compiler}\n{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is kept, if it is whole and safe."""
        kept = _read(Path(bucket.key))
        digest, code = kept[:_DIGEST], kept[_DIGEST:]
        if sha256(code).digest() == digest:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template where that is wanted and can be done; it is no loss where not."""
        if sys.dont_write_bytecode:
            return
        code = bucket.bytecode_to_string()
        path = Path(bucket.key)
        with suppress(OSError):
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if _safe(path.parent.lstat()):
                _write(path, sha256(code).digest() + code)


def _read(path: Path) -> bytes:
    """The bytes of a file that nobody else could have written; none where there is no such file."""
    try:
        if not _safe(path.parent.lstat()):
            return b""
        with path.open("rb") as stream:
            return stream.read() if _safe(os.fstat(stream.fileno())) else b""
    except OSError:
        return b""


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place whole, whoever else writes it now. Not by way of `write_atomically`, which waits for the
    disk: a file that a crash cuts off is seen by its digest.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _safe(about: os.stat_result) -> bool:
    """Is it this user's or the administrator's, and can nobody else write to it? Windows asks the folder's own list."""
    if os.name == "nt":
        return True
    return about.st_uid in (0, os.geteuid()) and not about.st_mode & _OTHERS_WRITE
