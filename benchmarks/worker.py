"""The process of one measurement: `python -m benchmarks.worker CALL SMALL TABLE WARM_UP` prints a line of JSON.

CALL, or WARM_UP if that is not empty, is done with a small table first, so that imports and first uses are not timed.
Each is `module:function` in this folder.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.made import Made, Work

_SELF = Path("/proc/self")
_FORGET_PEAK = "5"  # proc(5): resets the peak of resident memory


def main(call: str, small: Path, table: Path, warm_up: str) -> None:
    """Warm up, prepare, work, and say how long and with how much memory."""
    _prepared(warm_up or call, small)()
    work = _prepared(call, table)
    gc.collect()
    before = _from_here()
    start = time.perf_counter()
    made: Made = work()
    seconds = time.perf_counter() - start
    memory = made.memory or _peak()
    print(json.dumps({**asdict(made), "seconds": seconds, "memory": memory, "before": before}), flush=True)


def _prepared(call: str, table: Path) -> Work:
    module, _, function = call.partition(":")
    work: Work = getattr(import_module(f"benchmarks.{module}"), function)(table)
    return work


def _from_here() -> float:
    """Let the peak start from what is in use now, where the system can, and say how many MB that is."""
    try:
        (_SELF / "clear_refs").write_text(_FORGET_PEAK, encoding="ascii")
    except OSError:
        return _peak()
    return _status("VmRSS") + sum(_status("VmRSS", child) for child in _children(_SELF))


def _peak() -> float:
    """The most memory in use since, in MB."""
    if _SELF.exists():
        return _status("VmHWM") + sum(_status("VmHWM", child) for child in _children(_SELF))
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _status(name: str, process: Path = _SELF) -> float:
    """A line of a process's status, in MB; 0 if it has ended."""
    try:
        told = (process / "status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in told.splitlines())
    return int(lines[name].split()[0]) / 1024 if name in lines else 0.0


def _children(process: Path) -> Iterator[Path]:
    """The processes that a process has started, and theirs: Spark counts in one of these."""
    for task in process.glob("task/*/children"):
        for child in task.read_text(encoding="ascii").split():
            path = Path("/proc") / child
            yield path
            yield from _children(path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
