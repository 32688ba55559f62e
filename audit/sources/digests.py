"""The digests of files, made while something else goes on: hashing and counting read the same bytes together."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from audit.sources.stopping import awaited

Digests = Mapping[Path, str]
#: So many bytes are read at once; between two readings, the work can be called off.
_PIECE = 1 << 20


class _CalledOffError(Exception):
    """Nobody waits for the digests any more."""


@contextmanager
def digesting(paths: Sequence[Path]) -> Iterator[Callable[[], Digests]]:
    """The sha256 of each file, worked on from now on in a thread; the function that is given waits for all of them.

    It raises OSError if a file cannot be read. Whoever leaves without asking calls the work off.
    """
    leave, answer = threading.Event(), Future[Digests]()
    thread = threading.Thread(target=_fulfil, args=(answer, paths, leave), daemon=True)
    thread.start()
    try:
        yield lambda: awaited(answer)
    finally:
        leave.set()
        thread.join()


def _fulfil(answer: Future[Digests], paths: Sequence[Path], leave: threading.Event) -> None:
    try:
        answer.set_result({path: digest(path, leave) for path in paths})
    except Exception as error:  # noqa: BLE001 - raised again where the digests are asked for
        answer.set_exception(error)


def digest(path: Path, leave: threading.Event | None = None) -> str:
    """The sha256 of a file's bytes, read in pieces."""
    found, piece = hashlib.sha256(), memoryview(bytearray(_PIECE))
    with path.open("rb", buffering=0) as stream:
        while size := stream.readinto(piece):
            if leave is not None and leave.is_set():
                raise _CalledOffError(path.name)
            found.update(piece[:size])
    return found.hexdigest()
