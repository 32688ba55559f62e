"""A whole audit as a user starts it: the COMPAS example from the shell, and where its time goes."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.made import Made, Work
from benchmarks.stages import watched

_COMPAS = Path(__file__).parent.parent / "examples" / "compas"
_IMPORTED = re.compile(r"^import time:\s*(?P<own>\d+) \|\s*\d+ \|\s*(?P<module>\S+)", re.MULTILINE)
_LARGEST = 6


def interpreter(_table: Path) -> Work:
    """Python starts and ends."""
    return lambda: _process(["-c", "pass"], "nothing")


def command(_table: Path) -> Work:
    """The command from start to end; what it imports and its stages are found in other processes beforehand."""
    stages = {**_imports(), **_inside()}

    def work() -> Made:
        with tempfile.TemporaryDirectory() as folder:
            made = _process(_arguments(Path(folder)), "report.html")
        return Made(makes=made.makes, memory=made.memory, stages=stages)

    return work


def _arguments(folder: Path) -> list[str]:
    data = [str(_COMPAS / "policy.yaml"), str(_COMPAS / "compas.csv")]
    return ["-m", "audit.cli", "audit", *data, "--as-of", "2026-01-01", "--format", "html", "--out", str(folder), "-q"]


def _process(arguments: list[str], makes: str) -> Made:
    """Run Python; the example fails its audit, which is exit code 1."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return Made(makes=makes, memory=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def _imports() -> dict[str, float]:
    """The seconds of the imports, by the package at the top, largest first."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-X", "importtime", *_arguments(Path(folder))]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    seconds: dict[str, float] = {}
    for found in _IMPORTED.finditer(told):
        package = found["module"].partition(".")[0]
        package = "Python's own" if package in sys.stdlib_module_names else package
        seconds[package] = seconds.get(package, 0.0) + int(found["own"]) / 1e6
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    rest = sum(amount for _, amount in ordered[_LARGEST:])
    return {f"import {package}": amount for package, amount in ordered[:_LARGEST]} | {"import all others": rest}


def _inside() -> dict[str, float]:
    """The seconds of the stages, everything imported: the second time that it is done in a process."""
    import datetime
    import time

    import audit

    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            with watched() as stages:
                result = audit.run(_COMPAS / "policy.yaml", _COMPAS / "compas.csv", as_of=datetime.date(2026, 1, 1))
            start = time.perf_counter()
            audit.write(result, folder, formats=("html",))
            stages["write html"] = time.perf_counter() - start
    return stages
