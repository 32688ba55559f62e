"""The nouns of an audit: frozen values that hold no behaviour beyond simple sums, and import nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Literal

Number = Fraction | float

#: The six kinds of row that an audit of binary decisions can tell apart. The first letter says whether the decision
#: was right, the second what was decided; `up` and `un` are decisions whose outcome is not known.
CELLS = ("tp", "fp", "fn", "tn", "up", "un")


class Verdict(StrEnum):
    """What the policy makes of one piece of evidence. `withheld`: one that a public rendering keeps."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPUTABLE = "not computable"
    NOT_JUDGED = "not judged"
    WITHHELD = "withheld"


class Outcome(StrEnum):
    """What all findings together mean for the audit. `waived`: it failed, and every failure is excused."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"


# ---- what to count -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AttributeColumn:
    """A protected attribute: a column read as text, or a number cut into bins [edge, next edge), the last closed."""

    name: str
    column: str
    missing: tuple[str, ...] = ()
    merge: Mapping[str, str] = field(default_factory=dict)
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProxyColumns:
    """An attribute that is known by probabilities alone: each group, and the column of its probability."""

    name: str
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    unusable: Literal["error", "exclude"] = "error"


@dataclass(frozen=True, kw_only=True)
class BinaryColumn:
    """A decision, an outcome, or the decision of a baseline: which values are positive, and which are not. No
    `negative`: one other value may occur.
    """

    role: Literal["decision", "outcome", "baseline"]
    column: str
    positive: tuple[str, ...]
    negative: tuple[str, ...] = ()
    unusable: Literal["error", "exclude"] = "error"


@dataclass(frozen=True, kw_only=True)
class ScoreColumn:
    """A score whose cutoff makes the decision; `above` and `below` are strict, `at_least` and `at_most` are not."""

    column: str
    cutoff: Fraction
    positive: Literal["above", "at_least", "below", "at_most"]
    unusable: Literal["error", "exclude"] = "error"


@dataclass(frozen=True, kw_only=True)
class WeightColumn:
    """A weight: a `frequency` repeats a row, a `sampling` weight says how many people a sampled row stands for."""

    column: str
    kind: Literal["frequency", "sampling"]
    unusable: Literal["error", "exclude"] = "error"


@dataclass(frozen=True, kw_only=True)
class ScoreRange:
    """A score whose values are counted: the range that it can have, and what is to be known of it.

    `distribution`: how many rows have each score; otherwise sums of the scores and of their powers are enough, of so
    many `powers`.
    `median`: which rows lie above the median of all, exactly; `tops`: which are in these best-scored fractions of all.
    `falling`: a low score speaks for the positive outcome.
    `target`: the column of the number that this one predicts, in the same range; counted is then by how much each
    prediction misses it, from 0 to the width of the range, and to which side.
    """

    column: str
    target: str | None = None
    low: float = 0.0
    high: float = 1.0
    distribution: bool = True
    median: bool = False
    tops: tuple[Fraction, ...] = ()
    falling: bool = False
    powers: Literal[2, 4] = 4
    unusable: Literal["error", "exclude"] = "error"


@dataclass(frozen=True, kw_only=True)
class RankingColumns:
    """Ranked lists: the column that says in which list an item is, and that of its position, 1 at the top.

    `k`: how many of the first places are counted by themselves, if any are. `divergence`: how far groups diverge, too.
    """

    list: str
    position: str
    k: int | None = None
    divergence: bool = False
    unusable: Literal["error", "exclude"] = "error"


@dataclass(frozen=True, kw_only=True)
class TimeColumn:
    """When a decision was made, by a text or a date that begins with year-month-day, and the periods it is put in."""

    column: str
    period: Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one pass over the rows has to count.

    `unit` is the column of those whose rows belong together, `version` that of the model's version. `baseline` is a
    second decision about the same rows. `classes` are the
    columns whose very values are kept, as some rule names classes of them. `crossings` are the
    sets of attributes that are asked for, `scored` those of them that need the score. They say how to count and not
    what, so counts of one plan with other crossings can be added.
    """

    attributes: tuple[AttributeColumn, ...]
    decision: BinaryColumn | ScoreColumn | None = None
    outcome: BinaryColumn | None = None
    weight: WeightColumn | None = None
    score: ScoreRange | None = None
    ranking: RankingColumns | None = None
    unit: str | None = None
    time: TimeColumn | None = None
    version: str | None = None
    baseline: BinaryColumn | None = None
    proxies: tuple[ProxyColumns, ...] = ()
    classes: tuple[Literal["decision", "outcome"], ...] = ()
    crossings: tuple[tuple[str, ...], ...] = ()
    scored: tuple[tuple[str, ...], ...] = ()

    @property
    def kept(self) -> tuple[tuple[Literal["decision", "outcome"], BinaryColumn], ...]:
        """The columns whose very values are kept."""
        flags = {"decision": self.decision, "outcome": self.outcome}
        return tuple((role, flag) for role in self.classes if isinstance(flag := flags[role], BinaryColumn))


# ---- what was counted ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What is known of a set of rows: how many, their weights' sum, and the sum of the squared weights."""

    n: int = 0
    weight: float = 0.0
    weight2: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(n=self.n + other.n, weight=self.weight + other.weight, weight2=self.weight2 + other.weight2)


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many: hits of trials. `effective` is how many independent trials they are worth to an interval.

    Counts are whole numbers, and then `value` is an exact fraction; under sampling weights both are sums of weights.
    """

    hits: int | float
    trials: int | float
    effective: float
    rows: int

    @property
    def value(self) -> Number | None:
        """Hits divided by trials, exact for counts; None if there are no trials."""
        if self.trials == 0:
            return None
        if isinstance(self.hits, int) and isinstance(self.trials, int):
            return Fraction(self.hits, self.trials)
        return self.hits / self.trials


# ---- what is judged ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Region:
    """The values that a requirement accepts, ends included. None: no limit on that side."""

    low: Fraction | None = None
    high: Fraction | None = None

    @cached_property
    def ends(self) -> tuple[float | None, float | None]:
        """The limits as the floats nearest to them."""
        low, high = (None if limit is None else float(limit) for limit in (self.low, self.high))
        return low, high

    def holds(self, value: Number) -> bool:
        """Is the value accepted? Fractions are compared exactly."""
        exact = value if isinstance(value, Fraction) else Fraction(value)
        return (self.low is None or exact >= self.low) and (self.high is None or exact <= self.high)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a rule says of its metrics beside their names: its classes, a fraction of the best scores, or a deviation.

    `decision` and `outcome` are the values that it takes for positive, the others being negative; None: the column is
    read as the policy's data part says. `top` is the fraction of all that the score puts first. `denominator` is the
    deviation of two groups that their difference is divided by. `words` name these, as `at least interview`.
    """

    decision: tuple[str, ...] | None = None
    outcome: tuple[str, ...] | None = None
    top: Fraction | None = None
    denominator: str | None = None
    words: str = ""

    def named(self, metric: str) -> str:
        """The name, or the label, of a metric that is read so: `selection_rate (at least interview)`."""
        return f"{metric.partition(' (')[0]} ({self.words})"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval, ends included. None: unbounded on that side."""

    low: float | None = None
    high: float | None = None

    def inside(self, region: Region) -> bool:
        """Is all of it accepted? Ends are floats, and are compared with the float nearest to a limit."""
        low, high = region.ends
        below = low is not None and (self.low is None or self.low < low)
        above = high is not None and (self.high is None or self.high > high)
        return not below and not above

    def outside(self, region: Region) -> bool:
        """Is none of it accepted?"""
        low, high = region.ends
        below = low is not None and self.high is not None and self.high < low
        above = high is not None and self.low is not None and self.low > high
        return below or above
