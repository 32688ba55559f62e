"""Evidence: what the data say about one group under one rule. Facts and intervals, and no verdict yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.measure import Measure
from audit.metrics import Metric
from audit.policy import Rule
from audit.values import Interval, Number

#: An interval that says nothing.
NOTHING = Interval()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A group under one metric. `set_aside` names why the policy does not judge it, None if it does."""

    name: str
    key: Mapping[str, str]
    n: int
    share: float
    measure: Measure
    set_aside: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the data say about one group, or about all groups of an attribute at once, under one rule.

    `missing` names why there is nothing to judge; `judged` is False where the policy does not want the group judged.
    `p_beyond` is the one-sided p-value for lying beyond the limit; `deciding` is the interval that the verdict is
    taken from: `interval`, or where all of that lies beyond the limit, the wider one that allows for all comparisons.
    `chosen_from`: the reference was chosen for its value among so many groups, 0 if it was not.
    """

    rule: Rule
    metric: Metric
    attribute: str
    group: Candidate | None = None
    reference: str | None = None
    reference_n: int | None = None
    reference_value: Number | None = None
    value: Number | None = None
    exact: str | None = None
    interval: Interval = NOTHING
    deciding: Interval = NOTHING
    p_beyond: float | None = None
    p_adjusted: float | None = None
    enough: bool = True
    chosen_from: int = 0
    test: tuple[str, float | None, float | None] | None = None
    missing: str | None = None
    judged: bool = True
    details: Mapping[str, str] = field(default_factory=dict)
