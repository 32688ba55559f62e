"""Evidence: what the data say about one group under one rule. Facts and intervals, and no verdict yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from audit.groups.measure import Measure
from audit.metrics import Metric
from audit.policy import Rule
from audit.result.caveats import FlipNote
from audit.result.changes import ChangeNote
from audit.result.given import Given
from audit.result.records import PowerNote
from audit.stats.two_by_two import Equality
from audit.values import Interval, Number, Reading

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
class Doubt:
    """What the value could be, if `rows` records that are not fully known were: from `low` to `high`, both exact.

    None: no limit on that side. `interval` has the error of sampling at either end; `widens`: it decides.
    """

    rows: int
    low: Number | None
    high: Number | None
    interval: Interval = NOTHING
    widens: bool = False


@dataclass(frozen=True, kw_only=True)
class Guessed:
    """The value if everybody were of the group that is likely for them, and the share of records of whom one is."""

    value: float | None
    assigned: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the data say about one group, or about all groups of an attribute at once, under one rule.

    `reading` holds the classes that the metric is of, where the rule names its own.
    `missing` names why there is nothing to judge; `judged` is False where the policy does not want the group judged.
    `p_beyond` is the one-sided p-value for lying beyond the limit, `p_within` that for lying within; `family` is how
    many comparisons it was adjusted with. `deciding` is the interval that the verdict is taken from: `interval`, or
    where all of that lies beyond the limit, the wider one that allows for all comparisons. `records` is how many were
    compared in all. `chosen_from`: the reference was chosen for its value among so many groups, 0 if it was not;
    `chosen_for` says whether that was the `highest` or the `lowest`. Of a comparison within strata, `given` is what it
    found there; `alike` is False where too few of those compared have a counterpart in their stratum for any verdict.
    Of a comparison with a baseline, `change` is what it found under both decisions.
    """

    rule: Rule
    metric: Metric
    attribute: str
    reading: Reading | None = None
    group: Candidate | None = None
    reference: str | None = None
    reference_n: int | None = None
    reference_value: Number | None = None
    value: Number | None = None
    exact: str | None = None
    interval: Interval = NOTHING
    deciding: Interval = NOTHING
    records: int = 0
    p_beyond: float | None = None
    p_within: float | None = None
    p_adjusted: float | None = None
    family: int = 0
    power: PowerNote | None = None
    enough: bool = True
    alike: bool = True
    given: Given | None = None
    change: ChangeNote | None = None
    chosen_from: int = 0
    chosen_for: str | None = None
    test: Equality | None = None
    missing: str | None = None
    judged: bool = True
    flip: FlipNote | None = None
    guessed: Guessed | None = None
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


_KNOWABLE = frozenset(one.name for one in fields(Evidence))


def knowing(piece: Evidence, **more: Any) -> Evidence:
    """The evidence with more that is known: as by `replace`, in a tenth of the time, as audits hold thousands of these.

    Raises TypeError for what evidence does not hold.
    """
    if not more.keys() <= _KNOWABLE:
        raise TypeError(f"evidence holds no {', '.join(more.keys() - _KNOWABLE)}")
    found = object.__new__(Evidence)
    vars(found).update(vars(piece), **more)
    return found
