"""The register as a SQLite database, for those who query: runs, rules, findings and groups."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from audit.registry.gather import Entry, Register
from audit.sources.files import write_atomically

#: Each table with its columns, as docs/registry.md lists them. `run` is the number of a run, the earliest first.
TABLES = {
    "runs": "run integer primary key, model text, version text, owner text, as_of text, outcome text, headline text, "
    "policy text, policy_sha256 text, evenhand text, rendering text, digest text, records integer",
    "rules": "run integer references runs, rule text, title text, compare text, require text, effect text, basis text, "
    "verdict text, waived integer, primary key (run, rule)",
    "findings": "run integer references runs, rule text, attribute text, group_name text, reference text, metric text, "
    "value real, low real, high real, n integer, verdict text, reason text, waived integer",
    "groups": "run integer references runs, attribute text, group_name text, status text, n integer, metric text, "
    "value real, low real, high real, trials integer",
    "broken": "folder text, reason text",
}


def export(register: Register, path: Path) -> None:
    """Write the database: whole, or not at all. What may not be told is null, or has no row."""
    with tempfile.TemporaryDirectory() as beside:
        made = Path(beside) / "made.sqlite"
        with closing(sqlite3.connect(made)) as database, database:
            for name, columns in TABLES.items():
                database.execute(f"create table {name} ({columns})")
                for row in _rows(register, name):
                    database.execute(f"insert into {name} values ({', '.join('?' * len(row))})", row)  # noqa: S608  ours
        write_atomically(path, made.read_bytes())


def _rows(register: Register, table: str) -> Iterator[tuple[Any, ...]]:
    if table == "broken":
        yield from ((one.name, reason) for one in register.broken for reason in one.reasons)
        return
    rows = {"runs": _run, "rules": _rules, "findings": _findings, "groups": _groups}[table]
    for number, entry in enumerate(register.entries, 1):
        yield from ((number, *row) for row in rows(entry))


def _run(entry: Entry) -> Iterator[tuple[Any, ...]]:
    result, told = entry.result, entry.told
    subject, policy, records = result.subject, result.policy, result.rows.analysed if told else None
    rendering = ("public" if told.is_public else "restricted") if told else "verdicts only"
    yield (
        subject.name, subject.version, subject.owner, entry.day, result.outcome.value, result.headline, policy.title,
        policy.sha256, entry.run.manifest.evenhand, rendering, told.digest if told else None, records,
    )  # fmt: skip


def _rules(entry: Entry) -> Iterator[tuple[Any, ...]]:
    for rule in entry.result.rules:
        yield (
            rule.id, rule.title, rule.compare, rule.require, rule.effect, rule.basis, rule.verdict.value,
            int(rule.waived),
        )  # fmt: skip


def _findings(entry: Entry) -> Iterator[tuple[Any, ...]]:
    for one in entry.told.shown.findings if entry.told else ():
        waived = int(one.waiver is not None and one.waiver.in_force)
        yield (
            one.rule, one.attribute, one.group, one.reference, one.metric, one.value, one.interval.low,
            one.interval.high, one.n, one.verdict.value, one.reason, waived,
        )  # fmt: skip


def _groups(entry: Entry) -> Iterator[tuple[Any, ...]]:
    for row in entry.told.shown.groups if entry.told else ():
        for metric, rate in row.metrics.items():
            yield row.attribute, row.group, row.status, row.n, metric, rate.value, rate.low, rate.high, rate.n
