"""The seconds of an audit's stages: functions of Evenhand that are timed while they are watched.

A stage whose function is not there any more is left out, and its time is part of the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest import mock

#: What a stage is called, and the function that does it. No stage is part of another.
STAGES = {
    "policy": "audit.engine:read_policy",
    "open": "audit.engine:open_table",
    "count": "audit.engine:count",
    "digests": "audit.provenance:data_note",
    "versions": "audit.provenance:provenance",
    "groups": "audit.engine:population",
    "evidence": "audit.engine:_weigh_all",
    "adjust": "audit.engine:adjust",
    "findings": "audit.engine:finding",
    "tables": "audit.engine:assemble",
}


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """Time the stages that run inside; the seconds are there at the end, with the rest."""
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    with ExitStack() as patches:
        for name, place in STAGES.items():
            module, _, function = place.partition(":")
            there = import_module(module)
            if hasattr(there, function):
                timed = _timed(name, getattr(there, function), seconds)
                patches.enter_context(mock.patch.object(there, function, timed))
        yield seconds
    seconds["rest"] = time.perf_counter() - start - sum(seconds.values())


def _timed(name: str, function: Callable[..., Any], seconds: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start

    return timed
