"""What an audit did, stage by stage and in how many seconds: told to whoever asks, and never part of a result.

watch = []
audit.run("policy.yaml", "log/*.parquet", watch=watch.append)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A step that is done: `open`, `count`, `judge`, or the writing of a format; seconds by the clock on the wall.

    `facts` say what the step saw: rows, bytes of files (if files were read), columns, cells, groupings, engine.
    """

    name: str
    seconds: float
    facts: Mapping[str, int | str] = field(default_factory=dict)


Watch = Callable[[Stage], object]
Facts = dict[str, int | str]


@contextmanager
def stage(watch: Watch | None, name: str) -> Iterator[Facts]:
    """Time a step and tell it to `watch` when it is done, with the facts that the step has filled in."""
    facts: Facts = {}
    began = time.perf_counter() if watch else 0.0
    yield facts
    if watch:
        watch(Stage(name=name, seconds=time.perf_counter() - began, facts=facts))
