"""What a job is, and what it makes. This module and `worker` run in any Python: they need nothing installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came out: in words; rates by `metric|group|group`, to be compared between tools; seconds by stage.

    `memory` is the peak in MB where the work was done in a process of its own, which the worker cannot see.
    """

    makes: str
    rates: dict[str, float] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    memory: float | None = None


#: A job prepares (imports, frames, sessions) and returns the work, which alone is timed.
Work = Callable[[], Made]


def rate_key(metric: str, *groups: str) -> str:
    """The name of a rate of a group, the same for every tool."""
    return "|".join([metric, *groups])
