"""The neck of the hourglass: one AuditResult holds all that a report may say, and every renderer reads nothing else.

Strict out, lenient back: what is written follows the schema number, and a reader ignores fields that it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from audit.errors import DataError
from audit.result.caveats import FlipNote, ProxyNote, SpreadNote, UnknownNote
from audit.result.changes import BaselineRow, ChangeNote
from audit.result.demands import ChecklistItem, Regime, Statement
from audit.result.given import Given
from audit.result.grounds import DataNote, PolicyNote, Provenance
from audit.result.records import (
    Bounds,
    MetricNote,
    MetricValue,
    PowerNote,
    Rows,
    ScoreNote,
    ScoreRow,
    Series,
    Subject,
    TestNote,
    WaiverNote,
)
from audit.result.renderings import DisclosureNote
from audit.values import Interval, Outcome, Verdict

#: Raised when a path that readers may rely on changes its meaning. Adding a field does not raise it.
SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the policy makes of one group under one rule, and the evidence for it.

    In a public rendering all numbers of a finding may be withheld, and its verdict with them; the rule's own stands.
    `value` is the group's disparity (its own rate for `compare: value`), `exact` the same as a fraction of counts. The
    verdict is taken from `interval`; `unadjusted_interval` is that of this comparison alone, and differs only where it
    lies wholly beyond the limit: then `interval` allows for the number of comparisons.
    """

    rule: str
    attribute: str
    group: str | None
    group_key: Mapping[str, str]
    reference: str | None
    metric: str
    compare: str
    value: float | None
    exact: str | None
    interval: Interval
    unadjusted_interval: Interval
    require: str
    accepts: Bounds
    verdict: Verdict
    reason: str
    because: str
    effect: str
    basis: str
    burden: str
    judge: str
    n: int | None
    group_n: int | None
    group_value: float | None
    reference_n: int | None
    reference_value: float | None
    p_beyond: float | None = None
    p_within: float | None = None
    power: PowerNote | None = None
    p_adjusted: float | None = None
    test: TestNote | None = None
    given: Given | None = None
    change: ChangeNote | None = None
    flip: FlipNote | None = None
    proxy: ProxyNote | None = None
    unknown: UnknownNote | None = None
    missing_outcomes: UnknownNote | None = None
    rounding: bool = False
    waiver: WaiverNote | None = None


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A group, its size, its share of the rows with known membership, and its rates. `status`: judged, or why not.

    No size: it is withheld, and `status` says so.
    `shrunken` are rates of an intersection pulled towards the mean of all, the more the fewer records they rest on.
    They stand beside the raw rates and are never judged.
    """

    attribute: str
    group: str
    group_key: Mapping[str, str]
    n: int | None
    share: float | None
    status: str
    metrics: Mapping[str, MetricValue]
    shrunken: Mapping[str, MetricValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleSummary:
    """A rule as the policy states it, where it came from, and the verdict over all its findings.

    `given` holds the factors in which those compared are alike, each with why the policy calls it legitimate.
    """

    id: str
    title: str
    metrics: tuple[str, ...]
    compare: str
    require: str
    effect: str
    basis: str
    burden: str
    judge: str
    cite: str | None
    why: str | None
    origin: str
    verdict: Verdict
    waived: bool
    tally: Mapping[str, int]
    summary: str
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Method:
    """How the numbers were made: settings, and a paragraph for each procedure that was really used.

    `family` is how many comparisons are judged by their intervals; `family_of` says whether the correction is over all
    of them, the `policy`, or over those of each `rule`.
    """

    confidence: float
    correction: str
    family: int
    resamples: int
    min_expected: float
    min_count: int
    min_share: float
    seed: int
    weights: str | None
    notes: tuple[str, ...]
    family_of: str = "policy"


@dataclass(frozen=True, kw_only=True)
class AuditResult:
    """All that an audit found. The reports, the exit code and this object are the same verdict."""

    schema: int
    outcome: Outcome
    headline: str
    summary: str
    title: str
    subject: Subject
    next_steps: tuple[str, ...]
    rules: tuple[RuleSummary, ...]
    findings: tuple[Finding, ...]
    overall: GroupRow
    groups: tuple[GroupRow, ...]
    rows: Rows
    metrics: Mapping[str, MetricNote]
    method: Method
    policy: PolicyNote
    data: DataNote
    provenance: Provenance
    signoff: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    series: tuple[Series, ...] = field(default=())
    scores: tuple[ScoreRow, ...] = field(default=())
    score_note: ScoreNote | None = None
    spreads: tuple[SpreadNote, ...] = field(default=())
    baseline: tuple[BaselineRow, ...] = field(default=())
    regimes: tuple[Regime, ...] = field(default=())
    statements: tuple[Statement, ...] = field(default=())
    disclosure: DisclosureNote | None = None
    checklist: tuple[ChecklistItem, ...] = field(default=())

    def __repr__(self) -> str:
        """The verdict in one line; the whole is `to_json`."""
        return f"<AuditResult {self.outcome}: {self.title!r}, {len(self.rules)} rules, {len(self.findings)} findings>"


@cache
def _adapter() -> TypeAdapter[AuditResult]:
    return TypeAdapter(AuditResult)


def to_json(result: AuditResult) -> str:
    """The result as JSON text: the same bytes for the same result, two spaces deep, ending in a newline."""
    return json.dumps(_adapter().dump_python(result, mode="json"), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def from_json(text: str) -> AuditResult:
    """Read a result back. Unknown fields are ignored; an unknown schema number or a damaged file raises DataError."""
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise DataError(f"this is not a result but {_NO_JSON}: {error}") from error
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        found = plain.get("schema") if isinstance(plain, dict) else None
        raise DataError(f"this result has schema {found!r}; this version of evenhand reads schema {SCHEMA}")
    try:
        return _adapter().validate_python(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"this result is damaged at {where}: {first['msg']}") from error


_NO_JSON = "a file that is no JSON"
_INSTEAD = "give the result.json of an audit, as --format json writes it"


def load(path: str | Path) -> AuditResult:
    """Read a result file. Raises DataError, with its name and what to give instead, if it is none."""
    try:
        return from_json(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise DataError(f"{path}: this is not a result but {_NO_JSON}, {_INSTEAD}") from None
    except DataError as error:
        raise DataError(f"{path}: {'; '.join(error.problems)}; {_INSTEAD}") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`."""
    return _adapter().json_schema(mode="serialization")
