"""What a number rests on beside the records that were counted, as findings and results hold it."""

from __future__ import annotations

from dataclasses import dataclass

from audit.values import Interval


@dataclass(frozen=True, kw_only=True)
class UnknownNote:
    """What records whose group, or whose outcome, is not known could do to a finding.

    `rows` of them could count. `value` is what the finding would be if they were like the known ones: its plain value.
    Over all ways of filling in what is not known it would lie from `low` to `high` (None: no limit on that side), and
    with the error of sampling at either end in `interval`. `stands`: the verdict is the same for every one of them;
    None where there is no verdict to stand. `widens`: the interval that decides is `interval`.
    """

    rows: int
    value: float | None
    low: float | None
    high: float | None
    interval: Interval
    stands: bool | None
    widens: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class FlipNote:
    """What single decisions, made the other way, would do to a finding's plain value: whole numbers of people.

    `by_one_decision`: some one decision would change whether the value meets the requirement; `by_one_left_out`:
    leaving some one person out would. `reverses`: one place given to the group instead of the reference would give
    the group the higher rate. `changes` more decisions for the group (negative: fewer) would bring the value within
    the limits, nobody else's changed; `swaps` places passed from the reference to the group would. `equalises` more
    bring its rate to the reference's, or just beyond it. None: no number does, or it does not apply.
    """

    by_one_decision: bool | None
    by_one_left_out: bool | None
    reverses: bool | None
    changes: int | None
    swaps: int | None
    words: str
    equalises: int | None = None


@dataclass(frozen=True, kw_only=True)
class ProxyNote:
    """What membership that is known by probabilities alone leaves open.

    `low` to `high` is where the finding's value could lie for all that the probabilities say, whoever the members are.
    `thresholded` is the value if everybody belonged to the group of which the data are at least half sure, for
    comparison only: `assigned` of the records are.
    """

    low: float | None
    high: float | None
    thresholded: float | None
    assigned: float
    words: str


@dataclass(frozen=True, kw_only=True)
class SpreadNote:
    """How far the groups of an attribute are apart in a rate, less what chance alone makes of it: a standard deviation.

    Of `groups` groups with two trials or more. Unlike the largest gap it does not grow with the number of groups.
    """

    attribute: str
    metric: str
    groups: int
    deviation: float
