"""What two models decided about the same rows: the records that findings carry, and results hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RateChange:
    """A rate of one group under the decision and under the baseline's, over the same `n` records.

    `change` is `value` less `baseline`, from `low` to `high`. `gained` records are among the hits by the decision
    alone, `lost` ones by the baseline alone; the others count alike. `p_value` is that of no change, two-sided. No
    value: `reason` says why.
    """

    value: float | None
    baseline: float | None
    change: float | None
    low: float | None
    high: float | None
    n: int
    gained: int
    lost: int
    p_value: float | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class BaselineRow:
    """A group with its rates under both models. `status`: judged, or why not."""

    attribute: str
    group: str
    group_key: Mapping[str, str]
    n: int
    status: str
    metrics: Mapping[str, RateChange]


@dataclass(frozen=True, kw_only=True)
class ChangeNote:
    """How a difference between a group and its reference changed: what each of the two is made of.

    `difference` is the group's rate less the reference's, `baseline_difference` the same under the baseline.
    """

    group: RateChange
    reference: RateChange
    difference: float
    baseline_difference: float
