"""The machine and the versions, and a virtual environment for the tools whose requirements exclude ours."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import ROOT

PEERS = ROOT / ".venv-bench"
_OURS = ("evenhand", "duckdb", "narwhals", "numpy", "pandas", "fairlearn", "scikit-learn", "pyspark")
_THEIRS = ("aequitas", "aif360", "numpy", "pandas", "scikit-learn")
_ASK = "import json, sys, importlib.metadata as m; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"


def interpreters(wanted: Collection[str]) -> dict[str, Path | str]:
    """The Python of each environment, or why there is none. That of other tools is made only where it is wanted."""
    return {"ours": Path(sys.executable), "peers": _peers() if "peers" in wanted else "not wanted"}


def _peers() -> Path | str:
    """The Python of the other tools, made on first use beside the project's own, or why it could not be.

    Their versions are the dependency group `bench`; Aequitas wants pandas 2, which ours is not.
    """
    python, ready = PEERS / "bin" / "python", PEERS / ".ready"
    wanted = json.dumps(
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["bench"]
    )
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return python
    uv = str(Path(sys.executable).with_name("uv"))
    commands = (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PEERS)],
        [uv, "pip", "install", "--quiet", "--python", str(python), "--group", "bench"],
    )
    for command in commands:
        try:
            subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        except (OSError, subprocess.CalledProcessError) as error:
            told = getattr(error, "stderr", "") or str(error)
            return f"could not be installed: {told.strip().splitlines()[-1]}"
    ready.write_text(wanted, encoding="utf-8")
    return python


def machine() -> str:
    """Processor, cores, memory and system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.release()}"
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> str:
    """Python and the packages of both environments."""
    ours = _listed((name, version(name)) for name in _OURS)
    return f"Python {platform.python_version()}; {ours}; in an environment of their own: {_theirs()}"


def _theirs() -> str:
    if not (PEERS / ".ready").exists():
        return "nothing"
    command = [str(PEERS / "bin" / "python"), "-c", _ASK, *_THEIRS]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return _listed(json.loads(told).items())


def _listed(found: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found)
