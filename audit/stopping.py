"""Long work in another thread, so that Ctrl-C is heard at once: Python hears it only between two of its own steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Answer = TypeVar("Answer")
#: How often work that was told to stop is told again, in seconds: between two queries, nothing hears it.
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
        return answer.result()
    finally:
        while not wait([answer], timeout=0 if answer.done() else _AGAIN).done:
            stop()
        thread.join()


def _fulfil(answer: Future[Answer], work: Callable[[], Answer]) -> None:
    try:
        answer.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
        answer.set_exception(error)
