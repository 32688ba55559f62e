"""Run and judge: the whole path from a policy and a table to a result, in a handful of lines each."""

from __future__ import annotations

import datetime
import functools
import json
import operator
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit import policy as policies
from audit import provenance as origin
from audit.assembling.assemble import assemble, policy_note
from audit.counts import countfile as saved
from audit.counts.counts import SLICES, Counts
from audit.errors import DataError
from audit.explain import Watch, stage
from audit.groups.population import Population, population
from audit.judging.adjust import adjust
from audit.judging.findings import finding
from audit.judging.flipping import with_flips
from audit.judging.unknown import with_doubts
from audit.judging.weigh import Weighed, weigh
from audit.policy import Policy
from audit.result import AuditResult, DataNote, Provenance
from audit.scanning.fingerprint import fingerprint as rows_digest
from audit.scanning.scan import columns, count, digest
from audit.sources.digests import digesting
from audit.sources.source import open_table
from audit.sources.stopping import stoppable
from audit.values import Plan
from audit.wording import known_names, listed


@dataclass(frozen=True, kw_only=True)
class Audited:
    """An audit with what it rests on: the policy and the counts, from which the result follows."""

    result: AuditResult
    counts: Counts
    policy: Policy


def run(  # noqa: PLR0913 - the one call of the library: what, how, and where
    policy: Policy | Mapping[str, Any] | str | Path,
    table: object,
    *,
    as_of: datetime.date | None = None,
    command: Sequence[str] | None = None,
    only: Mapping[str, str] | None = None,
    engine: object = None,
    memory: str | None = None,
    watch: Watch | None = None,
) -> AuditResult:
    """Audit a table by a policy: count once, then judge the counts.

    `policy` is a policy, its content as a mapping or as text, or the path of its file; `table` anything that
    `audit.sources.source.open_table` opens. `as_of` is the day that the audit speaks of (waivers expire, packs go
    stale), today unless given. `only` judges one slice of the counts, such as {"period": "2026-10"} or
    {"version": "2.1"}, by the columns that the policy names for it. `engine` is where paths and names of tables are
    opened: DuckDB unless given, a SparkSession, or `spark`, `spark://HOST:PORT` or `spark:MASTER`. `memory` limits what
    DuckDB takes, such as `2GB`. `watch` is called with each Stage when it is done. Raises PolicyError or DataError,
    with every problem found, and then no audit was performed.
    """
    return audited(
        policy, table, as_of=as_of, command=command, only=only, engine=engine, memory=memory, watch=watch
    ).result


def audited(  # noqa: PLR0913 - as `run`
    policy: Policy | Mapping[str, Any] | str | Path,
    table: object,
    *,
    as_of: datetime.date | None = None,
    command: Sequence[str] | None = None,
    only: Mapping[str, str] | None = None,
    engine: object = None,
    memory: str | None = None,
    fingerprint: bool = False,
    watch: Watch | None = None,
) -> Audited:
    """The audit that `run` makes, with its policy and its counts, to be kept as a run.

    With `fingerprint`, the rows are read once more for a digest that their order and their files do not change.
    """
    day = origin.day(as_of)
    law, path = read_policy(policy)
    counts, data = count_table(law, table, engine=engine, memory=memory, fingerprint=fingerprint, watch=watch)
    with stage(watch, "judge"):
        made = origin.provenance(as_of=day, command=command, policy=path, kind=data.kind)
        result = judge(counts, law, data=data, provenance=made, source=path.name if path else "", only=only)
    return Audited(result=result, counts=counts, policy=law)


def count_table(  # noqa: PLR0913 - as `run`
    policy: Policy | Mapping[str, Any] | str | Path,
    table: object,
    *,
    engine: object = None,
    memory: str | None = None,
    fingerprint: bool = False,
    watch: Watch | None = None,
) -> tuple[Counts, DataNote]:
    """Count a table as a policy needs it, and note what was read. The only step that sees rows.

    `engine`, `memory` and `watch` are those of `run`, `fingerprint` is that of `audited`.
    """
    plan = read_policy(policy)[0].plan()
    needed = columns(plan)
    with ExitStack() as doors:
        with stage(watch, "open") as seen:
            source = doors.enter_context(open_table(table, needed, engine=engine, memory=memory))
            size = {} if source.bytes is None else {"bytes": source.bytes}
            seen.update(source=source.name, kind=source.kind, engine=source.engine, **size)
        digests = doors.enter_context(digesting(source.paths))
        with stage(watch, "count") as seen:
            counts = stoppable(lambda: count(source, plan), source.stop)
            seen.update(rows=counts.read, columns=len(needed), cells=counts.cells, groupings=groupings(counts))
        rows = None
        if fingerprint:
            with stage(watch, "fingerprint"):
                rows = stoppable(lambda: rows_digest(source, plan), source.stop)
        with stage(watch, "digest"):
            note = origin.data_note(source, counts, needed, digests, rows)
    return counts, note


def groupings(counts: Counts) -> int:
    """By how many groupings the cells were counted: one, unless crossing all attributes would have made too many.

    Scores of which sums are enough were counted with the cells.
    """
    scored = (*counts.scores.tables, *counts.scores.units) if counts.scores and counts.scores.distribution else ()
    return len(counts.tables) + len(scored)


def judge_counts(
    policy: Policy | Mapping[str, Any] | str | Path,
    paths: Sequence[Path],
    *,
    as_of: datetime.date | None = None,
    command: Sequence[str] | None = None,
    only: Mapping[str, str] | None = None,
) -> AuditResult:
    """Judge counts that were saved before, several files together. No data are needed. See `judged` for the rest."""
    return judged(policy, paths, as_of=as_of, command=command, only=only).result


def judged(
    policy: Policy | Mapping[str, Any] | str | Path,
    paths: Sequence[Path],
    *,
    as_of: datetime.date | None = None,
    command: Sequence[str] | None = None,
    only: Mapping[str, str] | None = None,
) -> Audited:
    """The audit that `judge_counts` makes, with its policy and its counts.

    `only` is that of `run`. Raises DataError if a file holds no counts, or counts that were not made as this policy
    counts, or if one is named twice.
    """
    law, path = read_policy(policy)
    paths = [Path(one) for one in ([paths] if isinstance(paths, (str, Path)) else paths)]
    if twice := sorted({str(one) for one in paths if sum(one.resolve() == other.resolve() for other in paths) > 1}):
        raise DataError(f"{', '.join(twice)}: the same counts are named twice, and would be added; name each file once")
    counts = functools.reduce(operator.add, [saved.load(path) for path in paths])
    if not _made_by(counts, law.plan()):
        raise DataError(
            "these counts were made with other columns, groups, bins, decisions or weights than the policy names; "
            "count again with this policy"
        )
    made = origin.provenance(as_of=origin.day(as_of), command=command, policy=path)
    data = origin.counts_note(counts, paths)
    result = judge(counts, law, data=data, provenance=made, source=path.name if path else "", only=only)
    return Audited(result=result, counts=counts, policy=law)


def _made_by(counts: Counts, plan: Plan) -> bool:
    """Were the counts made by this plan? Its digest says so, unless what goes with it was changed by hand."""
    kind = plan.weight.kind if plan.weight else None
    said = (counts.plan, counts.weighted, counts.has_outcome, counts.has_decision)
    return said == (digest(plan), kind, plan.outcome is not None, plan.decision is not None)


def read_policy(policy: Policy | Mapping[str, Any] | str | Path) -> tuple[Policy, Path | None]:
    """A policy as it is, from its content, from its text (of several lines), or from its file, which is named too."""
    if isinstance(policy, Policy):
        return policy, None
    if isinstance(policy, Mapping):
        return policies.loads(json.dumps(policy, ensure_ascii=False, default=str), name="policy"), None
    if isinstance(policy, str) and "\n" in policy:
        return policies.loads(policy, name="policy"), None
    if not isinstance(policy, (str, Path)):
        raise DataError(f"a {type(policy).__name__} is not a policy; give the policy first and then the table")
    return policies.load(Path(policy)), Path(policy)


def judge(  # noqa: PLR0913 - what is judged, by what, and what the result has to say of both
    counts: Counts,
    policy: Policy,
    *,
    data: DataNote,
    provenance: Provenance,
    source: str = "",
    only: Mapping[str, str] | None = None,
) -> AuditResult:
    """Judge counts by a policy; `source` is the name of its file. The same arguments give the same result.

    Raises DataError if the policy compares with a group that the data do not hold, or `only` names no slice of them.
    """
    counts, data = _sliced(counts, data, only or {})
    people = population(counts, policy)
    evidence, family = adjust(_weigh_all(people, policy), policy.statistics)
    day = datetime.date.fromisoformat(provenance.as_of)
    found = [finding(piece, policy, day, family=family) for piece in evidence]
    note = policy_note(policy, source)
    return assemble(counts, people, policy, found, family=family, note=note, data=data, provenance=provenance)


def _sliced(counts: Counts, data: DataNote, only: Mapping[str, str]) -> tuple[Counts, DataNote]:
    """The counts of the named slices, with a note that says so."""
    read = counts.read
    for by, name in only.items():
        if by not in SLICES:
            raise DataError(known_names("slice", by, SLICES))
        counts = counts.only(by, name)
    if not only:
        return counts, data
    if not counts.usable_rows:
        raise DataError(f"no usable rows are of {listed(f'{by} {name}' for by, name in only.items())}")
    said = f"Judged is {listed(f'{by} {name}' for by, name in only.items())} alone, {counts.read:,} of {read:,} rows."
    return replace(counts, notes=(said, *counts.notes)), replace(data, only=dict(only))


def _weigh_all(people: Population, policy: Policy) -> list[Weighed]:
    """The evidence of every rule, metric and attribute; all references that the data lack are reported at once."""
    weighed: list[Weighed] = []
    problems: list[str] = []
    for rule in policy.rules:
        mine = people.read_as(policy.reading(rule))
        for attributes in rule.of:
            for metric in rule.metrics:
                try:
                    found = weigh(rule, metric, attributes, mine, policy)
                    found = with_doubts(found, attributes, mine, policy)
                    weighed.append(with_flips(found, attributes, mine, policy))
                except DataError as error:
                    problems += error.problems
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    return weighed
