"""The neck of the hourglass: one AuditResult holds all that a report may say, and every renderer reads nothing else."""

from __future__ import annotations

from audit.result.audit_result import (
    SCHEMA,
    AuditResult,
    Finding,
    GroupRow,
    Method,
    RuleSummary,
    from_json,
    json_schema,
    load,
    to_json,
)
from audit.result.caveats import UnknownNote
from audit.result.changes import BaselineRow
from audit.result.demands import Statement
from audit.result.given import Given, Stratum
from audit.result.grounds import DataNote, PolicyNote, Provenance
from audit.result.records import (
    AttributeRows,
    Bounds,
    DataFile,
    MetricNote,
    MetricValue,
    Rows,
    Series,
    Subject,
    TestNote,
    WaiverNote,
)

__all__ = [
    "SCHEMA",
    "AttributeRows",
    "AuditResult",
    "BaselineRow",
    "Bounds",
    "DataFile",
    "DataNote",
    "Finding",
    "Given",
    "GroupRow",
    "Method",
    "MetricNote",
    "MetricValue",
    "PolicyNote",
    "Provenance",
    "Rows",
    "RuleSummary",
    "Series",
    "Statement",
    "Stratum",
    "Subject",
    "TestNote",
    "UnknownNote",
    "WaiverNote",
    "from_json",
    "json_schema",
    "load",
    "to_json",
]
