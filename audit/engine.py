"""Run and judge: the whole path from a policy and a table to a result, in a handful of lines each."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audit import policy as policies
from audit import provenance as origin
from audit.adjust import adjust
from audit.assemble import assemble, policy_note
from audit.counts import Counts
from audit.errors import DataError
from audit.findings import finding
from audit.policy import Policy
from audit.population import Population, population
from audit.result import AuditResult, DataNote, Provenance
from audit.scan import columns, count
from audit.source import open_table
from audit.weigh import Weighed, weigh


def run(
    policy: Policy | Mapping[str, Any] | str | Path,
    table: object,
    *,
    as_of: datetime.date | None = None,
    command: Sequence[str] | None = None,
) -> AuditResult:
    """Audit a table by a policy: count once, then judge the counts.

    `policy` is a policy, its content as a mapping, or the path of its file; `table` anything that
    `audit.source.open_table` opens. `as_of` is the day that the audit speaks of (waivers expire, packs go stale),
    today unless given. Raises PolicyError or DataError, with every problem found, and then no audit was performed.
    """
    path = Path(policy) if isinstance(policy, str | Path) else None
    law = _policy(policy)
    day = as_of or origin.today()
    plan = law.plan()
    needed = columns(plan)
    with open_table(table, needed) as source:
        counts = count(source, plan)
        data = origin.data_note(source, counts, needed)
    made = origin.provenance(as_of=day, command=command, policy=path)
    return judge(counts, law, data=data, provenance=made, source=path.name if path else "")


def _policy(policy: Policy | Mapping[str, Any] | str | Path) -> Policy:
    """A policy as it is, from its content, or from its file."""
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, Mapping):
        return policies.loads(json.dumps(policy, ensure_ascii=False, default=str), name="policy")
    return policies.load(Path(policy))


def judge(counts: Counts, policy: Policy, *, data: DataNote, provenance: Provenance, source: str = "") -> AuditResult:
    """Judge counts by a policy; `source` is the name of its file. The same arguments give the same result.

    Raises DataError if the policy compares with a group that the data do not hold.
    """
    people = population(counts, policy)
    evidence, family = adjust(_weigh_all(people, policy), policy.statistics)
    day = datetime.date.fromisoformat(provenance.as_of)
    found = [finding(piece, policy, day, family=family) for piece in evidence]
    note = policy_note(policy, day, source)
    return assemble(counts, people, policy, found, family=family, note=note, data=data, provenance=provenance)


def _weigh_all(people: Population, policy: Policy) -> list[Weighed]:
    """The evidence of every rule, metric and attribute; all references that the data lack are reported at once."""
    weighed: list[Weighed] = []
    problems: list[str] = []
    for rule in policy.rules:
        for attributes in rule.of:
            for metric in rule.metrics:
                try:
                    weighed.append(weigh(rule, metric, attributes, people, policy))
                except DataError as error:
                    problems += error.problems
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    return weighed
