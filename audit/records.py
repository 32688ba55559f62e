"""The small records that a result is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is being audited, in its owner's words."""

    name: str
    version: str | None = None
    owner: str | None = None
    purpose: str | None = None
    out_of_scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The values that a requirement accepts, for drawing. None: no limit on that side."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class WaiverNote:
    """An accepted exception that covers a finding, in force or expired on the day of the audit."""

    reason: str
    approved_by: str
    expires: str
    days_left: int
    in_force: bool


@dataclass(frozen=True, kw_only=True)
class TestNote:
    """A named significance test of equality, shown beside a finding or required by its rule."""

    name: str
    p_value: float
    statistic: float | None = None


@dataclass(frozen=True, kw_only=True)
class MetricValue:
    """One rate of one group with its interval; `n` is the denominator. No value: `reason` says why."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    hits: int | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """A metric of one group in each period, or in each version of the model, that the data hold."""

    by: str
    slices: tuple[str, ...]
    attribute: str
    group: str
    metric: str
    values: tuple[MetricValue, ...]


@dataclass(frozen=True, kw_only=True)
class AttributeRows:
    """Row accounting for one attribute: analysed + unknown + excluded + unusable = rows read."""

    attribute: str
    analysed: int
    unknown: int
    excluded: int
    unusable: int


@dataclass(frozen=True, kw_only=True)
class MetricNote:
    """What a metric in this report means."""

    name: str
    label: str
    words: str
    counted: str
    formula: str
    harm: str


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A file that was read, and the digest of its bytes."""

    name: str
    sha256: str
    bytes: int
