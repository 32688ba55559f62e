"""What a policy demands: its rules, and the exceptions that were accepted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from audit.metrics import METRICS
from audit.policy import requirement
from audit.policy.classes import Chosen
from audit.policy.part import Part
from audit.policy.reference import WrittenReference
from audit.policy.scalars import Date, Fragment, Text, Texts, different, listed, mapped, several, text
from audit.policy.words import no_metric
from audit.values import Region
from audit.wording import without_classes

Basis = Literal["mandated", "guidance", "draft", "case_law", "convention", "house"]
Effect = Literal["block", "review", "report"]
Judge = Literal["interval", "point", "point_and_test"]
Test = Literal[
    "equality",
    "fisher",
    "fisher_mid_p",
    "two_proportion_z",
    "chi_square",
    "pearson",
    "boschloo",
    "barnard",
    "permutation",
    "independence",
    "cochran_mantel_haenszel",
]
SLUG = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"


def _metric(value: Any) -> str:
    name = text(value)
    if name not in METRICS:
        raise ValueError(no_metric(name))
    return name


def _crossing(value: Any) -> tuple[str, ...]:
    return different(tuple(text(part) for part in several(value)))


def _require(value: Any) -> str:
    written = text(value)
    requirement.parse(written)
    return written.strip()


def _all_different(crossings: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    seen: set[frozenset[str]] = set()
    for crossing in crossings:
        if frozenset(crossing) in seen:
            raise ValueError(f"{' x '.join(crossing)} is here twice")
        seen.add(frozenset(crossing))
    return crossings


_METRIC_SCHEMA = {"enum": sorted(METRICS)}
_CROSSING_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_METRICS_SCHEMA = {"anyOf": [_METRIC_SCHEMA, {"type": "array", "items": _METRIC_SCHEMA, "minItems": 1}]}

Metric = Annotated[str, BeforeValidator(_metric), WithJsonSchema(_METRIC_SCHEMA)]
Metrics = Annotated[
    tuple[Metric, ...], BeforeValidator(several), AfterValidator(different), WithJsonSchema(_METRICS_SCHEMA)
]
Crossing = Annotated[tuple[str, ...], BeforeValidator(_crossing), WithJsonSchema(_CROSSING_SCHEMA)]
Crossings = Annotated[
    tuple[Crossing, ...],
    BeforeValidator(listed),
    AfterValidator(_all_different),
    WithJsonSchema({"type": "array", "items": _CROSSING_SCHEMA, "minItems": 1}),
]
Require = Annotated[
    str,
    BeforeValidator(_require),
    WithJsonSchema({"type": "string", "examples": [">= 4/5", "<= 0.05", "0.8 to 1.25", "none"]}),
]


class Rule(Part):
    """One demand: which metric of which groups, compared how, has to lie within which limits, and what follows."""

    model_config = ConfigDict(ignored_types=(cached_property,))

    id: Annotated[str, Field(pattern=SLUG)]
    """A short name without spaces; findings, waivers and extending policies refer to it."""
    title: Text = ""
    """The demand in one sentence. Left out: made from the rest of the rule."""
    metrics: Metrics = Field(alias="metric")
    """The metric, or a list of them; each is judged on its own."""
    compare: requirement.Compare
    """ratio or difference to the reference; change: how much farther behind its reference a group is than under the
    baseline; value: the rate itself; max_gap, min_ratio: over all groups at once."""
    of: Crossings = ()
    """The attributes, and lists of attributes for intersections. Left out: all attributes and all intersections."""
    require: Require
    """The limits, ends accepted: ">= 4/5", "<= 0.05" or "0.8 to 1.25". Fractions are compared exactly. "none": no
    limit; the numbers are reported and not judged."""
    judge: Judge = "interval"
    """interval: the whole confidence interval decides; point: the value; point_and_test: value and named test."""
    burden: Literal["prove_fair", "prove_unfair"] = "prove_fair"
    """prove_fair: an inconclusive rule blocks as well; prove_unfair: only a failure blocks."""
    test: Test | None = None
    """The significance test that point_and_test needs; with other judges it is only shown."""
    basis: Basis = "house"
    """Where the limits come from. Printed beside every verdict."""
    effect: Effect = "block"
    """block: a failure fails the audit; review: a person looks at it; report: it is only shown."""
    cite: Text | None = None
    """The source that the limits rest on."""
    why: Text | None = None
    """The harm that the rule guards against."""
    harm: Literal["low", "high"] | None = None
    """Which way is bad for a group, if the metric's own direction does not fit."""
    reference: WrittenReference | None = None
    """Whom this rule compares with, if it is not what the attribute or `groups` says."""
    given: Texts = ()
    """The factors in which those who are compared are alike. Left out: everybody is compared with everybody."""
    decision: Chosen | None = None
    """The class of the decision that the rule is about: {is: offer}, or {at_least: interview}. Left out: as in data."""
    outcome: Chosen | None = None
    """The class of the outcome, likewise."""
    top: Fragment | None = None
    """For top_fraction_rate: how large a part of all, best scores first, would be selected, as 0.2 or 1/5."""
    denominator: Literal["all", "both", "pooled", "hedges", "reference", "average"] | None = None
    """For standardized_mean_score: whose standard deviation. Left out: all. both: both groups as one; pooled; hedges:
    pooled, corrected for few records; reference; average: the root of the mean of both variances."""

    @property
    def limited(self) -> bool:
        """Does it set a limit? A rule without one reports its numbers and judges nothing."""
        return self.require != requirement.NO_LIMIT

    @cached_property
    def region(self) -> Region:
        """The values that the rule accepts."""
        return requirement.region(self.require, self.compare)

    @property
    def crossings(self) -> tuple[tuple[str, ...], ...]:
        """What its numbers are summed from: its attributes, and these crossed with its factors."""
        return (*self.of, *((*of, *self.given) for of in self.of if self.given))


class Waiver(Part):
    """An accepted exception. It never changes a verdict; it is printed beside the finding that it covers."""

    rule: Text
    """The id of the rule."""
    group: Annotated[dict[str, Text], BeforeValidator(mapped)] | None = None
    """The group, as {attribute: group}. Left out: every finding of the rule."""
    metric: Metric | None = None
    """One metric of the rule. Left out: all of them."""
    reason: Text
    """Why the exception is accepted."""
    approved_by: Text
    """Who accepted it."""
    expires: Date
    """The last day on which it holds, YYYY-MM-DD."""

    def covers(self, rule: str, metric: str, group: Mapping[str, str] | None) -> bool:
        """Does it cover the finding of this rule and metric for exactly this group? Its date is not looked at."""
        same_metric = self.metric is None or self.metric == without_classes(metric)
        same_group = self.group is None or (group is not None and dict(group) == self.group)
        return self.rule == rule and same_metric and same_group

    @property
    def last_day(self) -> datetime.date:
        """The last day on which it holds."""
        return datetime.date.fromisoformat(self.expires)
