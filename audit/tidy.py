"""A result as tables of pandas: a row for each finding, a row for each rate of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from audit.result import AuditResult, Finding

#: What a finding has under the same name; its interval, its limits and its waiver are put beside.
_FINDING = ("rule", "attribute", "group", "reference", "metric", "compare", "value")
_JUDGED = ("verdict", "reason", "effect", "n", "group_n", "group_value", "reference_n", "reference_value", "because")


def findings_table(result: AuditResult) -> pd.DataFrame:
    """The findings, a row each, in the order of the policy's rules.

    `value` is the disparity, or the group's own rate where the rule compares with nothing; `low` and `high` are the
    ends of the interval that decided, `accepts_low` and `accepts_high` those of what the rule accepts: shares and
    ratios as plain numbers, differences of shares from -1 to 1. A number that does not exist is NaN, and `reason` says
    why; so is an end that is unbounded.
    """
    return _table([_finding(found) for found in result.findings], [*_finding_columns()])


def rates_table(result: AuditResult) -> pd.DataFrame:
    """Every metric of every group and of everyone, a row each: its value, its interval, and its denominator `n`.

    `records` is how many rows the group has, `share` their share of the rows of known membership, `status` whether the
    group is judged. A number that does not exist is NaN, and `reason` says why.
    """
    rows: list[dict[str, Any]] = [
        {
            "attribute": row.attribute,
            "group": row.group,
            "records": row.n,
            "share": row.share,
            "status": row.status,
            "metric": metric,
            **{name: getattr(found, name) for name in _RATE},
        }
        for row in (*result.groups, result.overall)
        for metric, found in row.metrics.items()
    ]
    return _table(rows, ["attribute", "group", "records", "share", "status", "metric", *_RATE])


_RATE = ("value", "low", "high", "n", "reason")


def _finding(found: Finding) -> dict[str, Any]:
    row = {name: getattr(found, name) for name in (*_FINDING, *_JUDGED)}
    ends = {"low": found.interval.low, "high": found.interval.high}
    limits = {"accepts_low": found.accepts.low, "accepts_high": found.accepts.high}
    waived = found.waiver is not None and found.waiver.in_force
    return {**row, **ends, **limits, "verdict": str(found.verdict), "waived": waived}


def _finding_columns() -> tuple[str, ...]:
    return (*_FINDING, "low", "high", "accepts_low", "accepts_high", *_JUDGED[:3], "waived", *_JUDGED[3:])


def _table(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)
