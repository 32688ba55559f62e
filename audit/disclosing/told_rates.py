"""What verdicts and references tell of rates that are withheld: that they are within a limit, or below the highest.

A rule that passes says of every group that is judged that its rate is close to that of the reference; a reference that
is chosen as the highest, that no rate is above its own. Whoever reads a report knows that much of a withheld rate. It
is taken for known of every group, whether the report says it or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.disclosing.linked import World
from audit.metrics import METRICS, Rate
from audit.result import AuditResult, Finding
from audit.values import CELLS, Verdict
from audit.words.sentences import STATUS

Array = NDArray[np.float64]
#: A place among the people, and what their cells, so weighted, do not add up to more than: 0.
Fact = tuple[int, Array]
_Ends = tuple[float | None, float | None]


def told_rates(world: World, result: AuditResult) -> list[Fact]:
    """The facts; none of weighted samples, whose rates are no shares of records."""
    if result.method.weights == "sampling":
        return []
    places = {(one.attribute, one.name): place for place, one in enumerate(world.people) if one.row}
    judged = {(row.attribute, row.group) for row in result.groups if row.status == STATUS["judged"]}
    rates = {
        (row.attribute, row.group): {name: value.value for name, value in row.metrics.items()} for row in result.groups
    }
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in result.findings:
        if finding.given is None and isinstance(METRICS.get(finding.metric), Rate):
            kinds.setdefault((finding.rule, finding.metric, finding.attribute), []).append(finding)
    facts: list[Fact] = []
    for (_, metric, attribute), findings in kinds.items():
        known = {
            name: rate for of, name in places if of == attribute and (of, name) in judged
            if (rate := rates[of, name].get(metric)) is not None
        }  # fmt: skip
        for name, ends in _limits(findings, known):
            facts += [(places[attribute, name], row) for row in _rows(metric, known[name], ends)]
    return facts


def _limits(findings: Sequence[Finding], known: Mapping[str, float]) -> Iterator[tuple[str, _Ends]]:
    """For each group that a finding tells something of, between which rates its own lies."""
    for finding in findings:
        if finding.verdict not in (Verdict.PASS, Verdict.FAIL) or finding.value is None or finding.compare == "change":
            continue
        if finding.compare in ("max_gap", "min_ratio"):
            yield from _whole(finding, known)
        elif finding.group is not None and finding.group in known:
            yield finding.group, _own(finding)
    references = {finding.reference for finding in findings if finding.reference is not None}
    for name in sorted(references & set(known)):
        ends = (min(known.values()), max(known.values()))
        if known[name] in ends:
            yield from ((group, ends) for group in known)


def _own(finding: Finding) -> _Ends:
    """Between which rates a group's own lies by its verdict."""
    low, high = finding.accepts.low, finding.accepts.high
    if finding.verdict is Verdict.FAIL:
        value = finding.value or 0.0
        low, high = (high, None) if high is not None and value > high else (None, low)
    return _rate(finding, low), _rate(finding, high)


def _rate(finding: Finding, limit: float | None) -> float | None:
    """The rate of the group at which its disparity would be at a limit."""
    if limit is None or finding.compare == "value":
        return limit
    if finding.reference_value is None:
        return None
    return limit * finding.reference_value if finding.compare == "ratio" else finding.reference_value + limit


def _whole(finding: Finding, known: Mapping[str, float]) -> Iterator[tuple[str, _Ends]]:
    """All groups are as near to each other as a rule over all of them that passes says."""
    low, high = finding.accepts.low, finding.accepts.high
    if finding.verdict is Verdict.FAIL or not known:
        return
    least, most = min(known.values()), max(known.values())
    if finding.compare == "max_gap" and high is not None:
        yield from ((name, (most - high, least + high)) for name in known)
    elif low:
        yield from ((name, (most * low, least / low)) for name in known)


def _rows(metric: str, rate: float, ends: _Ends) -> Iterator[Array]:
    """`low` times the trials less the hits, and the hits less `high` times the trials, where the truth keeps to it."""
    found = METRICS[metric]
    assert isinstance(found, Rate)  # noqa: S101 - no other kind is asked for
    hits, among = (np.array([cell in cells for cell in CELLS], dtype=float) for cells in (found.hits, found.among))
    low, high = ends
    if low is not None and 0 < low <= rate:
        yield low * among - hits
    if high is not None and rate <= high < 1:
        yield hits - high * among
