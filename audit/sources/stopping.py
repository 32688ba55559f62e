"""Long work in another thread, so that Ctrl-C is heard at once: Python hears it only between two of its own steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Answer = TypeVar("Answer")
#: How often, in seconds, is looked for Ctrl-C, and work that was told to stop is told again: between two queries, it
#: does not hear.
_AGAIN = 0.05


def stoppable(work: Callable[[], Answer], stop: Callable[[], None] | None) -> Answer:
    """What `work` returns or raises. On Ctrl-C, `stop` is called until the work has ended, and KeyboardInterrupt
    goes on.

    Without a `stop`, the work is done in this thread, as by connections that know no other.
    """
    if stop is None:
        return work()
    answer: Future[Answer] = Future()
    thread = threading.Thread(target=_fulfil, args=(answer, work), daemon=True)
    thread.start()
    try:
        return awaited(answer)
    finally:
        while not wait([answer], timeout=0 if answer.done() else _AGAIN).done:
            stop()
        thread.join()


def awaited(answer: Future[Answer]) -> Answer:
    """What another thread answers or raises, unless Ctrl-C is pressed first.

    In short waits: where polars is loaded, a signal does not end a wait (pola-rs/polars issue 21739).
    """
    while not wait([answer], timeout=_AGAIN).done:
        pass
    return answer.result()


def _fulfil(answer: Future[Answer], work: Callable[[], Answer]) -> None:
    try:
        answer.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
        answer.set_exception(error)
