"""Measures Evenhand beside what it is made of and beside fairlearn, on made-up decisions: `make bench`.

Every measurement is a process of its own, so that its peak memory is its own; the best of three runs counts. The
numbers in docs/performance.md are written by this script and by nothing else.
"""

from __future__ import annotations

import datetime
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
ATTRIBUTES = {"sex": 2, "race": 6, "age": 5, "region": 8, "language": 3}
RULES = [
    {"id": "selection", "metric": "selection_rate", "compare": "ratio", "require": ">= 4/5"},
    {
        "id": "errors",
        "metric": ["false_positive_rate", "false_negative_rate", "true_positive_rate", "precision"],
        "compare": "difference",
        "require": "<= 0.05",
    },
]
POLICY = {
    "evenhand": 1,
    "title": "Benchmark",
    "data": {"decision": {"column": "decision", "favorable": 1}, "outcome": {"column": "outcome", "favorable": 1}},
    "attributes": {name: {"column": name} for name in ATTRIBUTES},
    "intersections": [["sex", "race"], ["race", "age"]],
    "rules": RULES,
}


def make(path: Path, rows: int) -> None:
    """Made-up decisions as Parquet: the same for the same number of rows."""
    import duckdb

    levels = ", ".join(
        f"'{name}' || (hash(i, '{name}') % {most})::VARCHAR AS {name}" for name, most in ATTRIBUTES.items()
    )
    flags = "(hash(i, 'd') % 10 < 4)::INTEGER AS decision, (hash(i, 'y') % 10 < 5)::INTEGER AS outcome"
    duckdb.connect().execute(f"COPY (SELECT {levels}, {flags} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)")


def decode(path: Path) -> str:
    """Read the needed columns and add up lengths and flags: the least that any tool must do."""
    import duckdb

    columns = ", ".join([*(f"sum(octet_length({name}::BLOB))" for name in ATTRIBUTES), "sum(decision)", "sum(outcome)"])
    duckdb.connect().execute(f"SELECT {columns} FROM '{path}'").fetchall()
    return ""


def evenhand(path: Path) -> str:
    """The whole audit: every rule, interval and table; five attributes and two crossings."""
    import audit
    from audit import policy

    law = policy.loads(json.dumps(POLICY))
    result = audit.run(law, str(path), as_of=datetime.date(2026, 1, 1))
    return f"{len(result.findings)} findings with intervals, {len(result.groups)} groups with 15 rates"


def fairlearn(path: Path) -> str:
    """MetricFrame of fairlearn: ten metrics by one attribute, point estimates only; reading the frame included."""
    import pandas as pd
    from fairlearn import metrics as fair
    from sklearn import metrics as learn

    table = pd.read_parquet(path)
    names = ("selection_rate", "true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate")
    metrics = {name: getattr(fair, name) for name in names}
    scores = ("accuracy_score", "precision_score", "f1_score", "balanced_accuracy_score", "matthews_corrcoef")
    metrics |= {name: getattr(learn, name) for name in scores}
    frame = fair.MetricFrame(
        metrics=metrics, y_true=table["outcome"], y_pred=table["decision"], sensitive_features=table["race"]
    )
    return f"{frame.by_group.size} rates"


JOBS: dict[str, Callable[[Path], str]] = {"decode": decode, "evenhand": evenhand, "fairlearn": fairlearn}
NAMES = {
    "decode": "touch every value of the seven columns (DuckDB)",
    "evenhand": "Evenhand, the whole audit, from Parquet",
    "fairlearn": "fairlearn `MetricFrame`, ten metrics, one attribute",
}
#: fairlearn takes minutes beyond this many rows.
MOST_ROWS = {"fairlearn": 1_000_000}


def measured(job: str, path: Path) -> dict[str, float | str]:
    """One job in a process of its own: its seconds without imports, its peak memory, what it made."""
    done = subprocess.run(
        [sys.executable, __file__, job, str(path)], capture_output=True, text=True, check=True, cwd=PAGE.parent.parent
    )
    found: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_one(job: str, path: Path) -> None:
    """Warm up on a small table, so that imports do not count, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.parquet"
        make(small, 1000)
        JOBS[job](small)
    start = time.perf_counter()
    made = JOBS[job](path)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory": memory, "made": made}))


def table(rows: int, folder: Path) -> list[str]:
    """The lines for one number of rows."""
    path = folder / f"{rows}.parquet"
    make(path, rows)
    jobs = [job for job in JOBS if rows <= MOST_ROWS.get(job, rows)]
    best = {job: min((measured(job, path) for _ in range(3)), key=lambda found: found["seconds"]) for job in jobs}
    base = float(best["decode"]["seconds"])
    return [
        f"| {rows:,} | {NAMES[job]} | {float(found['seconds']):.3f} | {float(found['seconds']) / base:,.1f} "
        f"| {float(found['memory']):,.0f} | {found['made']} |"
        for job, found in best.items()
    ]


def main() -> None:
    """Measure everything and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for rows in (10_000, 100_000, 1_000_000, 10_000_000) for line in table(rows, Path(folder))]
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "fairlearn", "pandas", "scikit-learn"))
    cells = 1
    for most in ATTRIBUTES.values():
        cells *= most
    PAGE.write_text(
        f"""# Performance

Made by `make bench` (benchmarks/run.py) on Python {platform.python_version()}, {packages}.
The table holds five attributes of {", ".join(map(str, ATTRIBUTES.values()))} groups, a decision and an outcome:
{cells * 4:,} cells. Read the seconds as ratios: another machine has others. "Times that" compares with the first line
of each size, which reads the same columns and adds up the lengths of their values. Imports are not counted. Judging and
the tables take the same time whatever the number of rows; what grows with the rows is the one scan.

| rows | what | seconds | times that | peak MB | makes |
|---:|---|---:|---:|---:|---|
"""
        + "\n".join(lines)
        + "\n"
    )
    print(PAGE.read_text())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_one(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
