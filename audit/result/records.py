"""The small records that a result is made of."""

from __future__ import annotations

from collections.abc import Mapping
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
    """A named significance test of equality, shown beside a finding or required by its rule.

    `words` is what it says, in words. No p-value: `reason` says why.
    """

    name: str
    p_value: float | None
    statistic: float | None = None
    reason: str | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class PowerNote:
    """What these data could have shown, and how many more would likely settle what they leave open.

    Both with the chance `power`, at the tail at which the verdict was taken: planning values, which take the present
    estimates for the truth. `detectable_low` and `detectable_high` are the values nearest to the requirement that would
    have been shown to miss it, below and above; with neither, `not_detectable` says why. For an inconclusive finding,
    `toward` is the verdict that its estimate is on the way to, `factor` how many times the present records it would
    take, `further` how many that adds, `further_in_group` how many of these in the group; `further_alone` is how many
    would do if only the group grew. Without a number `reason` says why; `near_the_limit`: over 1,000 times the present
    records, which nobody plans for.
    """

    power: float
    detectable_low: float | None = None
    detectable_high: float | None = None
    not_detectable: str | None = None
    toward: str | None = None
    factor: float | None = None
    further: int | None = None
    further_in_group: int | None = None
    further_alone: int | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class MetricValue:
    """One rate of one group with its interval; `n` is the denominator. No value: `reason` says why.

    `bounds`: what it could be if those whose group is not known were given to the groups, in all ways. No `n`: it is
    withheld.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int | None
    hits: int | None = None
    reason: str | None = None
    bounds: Bounds | None = None


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
    """Row accounting for one attribute: analysed + unknown + excluded + unusable = rows read. None: withheld."""

    attribute: str
    analysed: int | None
    unknown: int | None
    excluded: int | None
    unusable: int | None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Row accounting: how many rows were read, how many analysed, and why the others were not. None: withheld."""

    read: int | None
    analysed: int | None
    unusable: int | None
    unusable_because: Mapping[str, int | None]
    by_attribute: tuple[AttributeRows, ...]


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


# ---- scores --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ScoreValue:
    """A statistic of one group's scores, with its interval where it has one. No value: `reason` says why.

    `error` is how far counting in bins may have moved the value, 0 where it is exact; the interval allows for it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    error: float = 0.0
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class ScoreBar:
    """A bar of a distribution: the share of the group's records that score from `low` to below `high`.

    `values` names the scores in it where all of them are few. `n` is the number of records, an effective one under
    sampling weights.
    """

    low: float
    high: float
    n: float
    share: float
    values: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RocCurve:
    """TPR over FPR from (0, 0) to (1, 1), thinned: the whole curve is nowhere farther from it than `deviation`.

    All of the true curve lies within `band_across` and `band_up` of it, at the audit's confidence; None where rows
    are weighted or belong together.
    """

    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]
    deviation: float
    band_across: float | None = None
    band_up: float | None = None


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """Records with an outcome whose scores lie from `low` to `high`, a tenth of the group's or nearly.

    `mean_score` is theirs, `observed` the share of them with the outcome that a high score speaks for, from
    `observed_low` to `observed_high` by its interval. `n` is an effective number under sampling weights.
    """

    low: float
    high: float
    n: float
    mean_score: float
    observed: float
    observed_low: float | None
    observed_high: float | None


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """What a cutoff at `threshold` would do to one group. `error`: the share of it that bins leave open."""

    threshold: float
    selection_rate: float
    true_positive_rate: float | None = None
    false_positive_rate: float | None = None
    error: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SweepRatio:
    """The lowest selection rate of an attribute's groups, divided by the highest, at a threshold that selects the share
    `selected` of all. `low` to `high` is its interval, pointwise and not for all thresholds together.
    """

    threshold: float
    ratio: float | None
    lowest: str
    highest: str
    selected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class ScoreCurves:
    """What the pictures of one group are drawn from. Between two neighbouring points lie at least `min_count` records.

    None, or no points: there are too few records for any, or no outcome is known.
    """

    distribution: tuple[ScoreBar, ...]
    sweep: tuple[SweepPoint, ...]
    roc: RocCurve | None = None
    reliability: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """The scores of one group: how many, what they are like, and how well they tell outcomes.

    `quantiles` are named by their level, such as "0.25". Distances are those to everyone else in the attribute, the
    Wasserstein distance in the score's units. `calibration_error` is free of the bias of small groups (Kumar, Liang &
    Ma 2019). `outcomes` is how many records have an outcome. Without `curves`, `no_curves` says why.
    """

    attribute: str
    group: str
    group_key: Mapping[str, str]
    n: int
    outcomes: int
    status: str
    mean: ScoreValue
    deviation: ScoreValue
    quantiles: Mapping[str, ScoreValue]
    roc_auc: ScoreValue
    kolmogorov_smirnov: ScoreValue
    wasserstein: ScoreValue
    calibration_in_the_large: ScoreValue
    calibration_slope: ScoreValue
    calibration_error: ScoreValue
    curves: ScoreCurves | None = None
    no_curves: str | None = None


@dataclass(frozen=True, kw_only=True)
class ScoreNote:
    """What the scores are: their column, the range that they may have, and how they were counted.

    `width` is that of a bin, 0 where every distinct score was counted. `falling`: a low score speaks for the positive
    outcome. `probability`: the range is that of probabilities, and they are read as such. `cutoff` and `side` say who
    is selected where the score makes the decision: above, at_least, below or at_most. `ratios` has, for each attribute,
    the ratio of the lowest to the highest selection rate of its judged groups at every threshold, each by itself.
    """

    column: str
    low: float
    high: float
    width: float
    falling: bool
    probability: bool
    side: str
    cutoff: float | None
    min_count: int
    ratios: Mapping[str, tuple[SweepRatio, ...]]
