"""How sure a verdict has to be: the policy's statistics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from audit.policy.part import Part
from audit.policy.scalars import between, whole, whole_schema


def _confidence(value: Any) -> float:
    return float(between("0.5", "1", open_ends=True)(value))


def _expected(value: Any) -> float:
    return float(between("0", "1000000")(value))


class Statistics(Part):
    """How sure a verdict has to be."""

    confidence: Annotated[
        float,
        PlainValidator(_confidence),
        WithJsonSchema({"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1}),
    ] = 0.95
    """The confidence level of every interval and test."""
    correction: Literal["none", "bonferroni", "holm", "hommel", "bh", "by"] = "holm"
    """How the number of comparisons is allowed for before a failure is claimed."""
    family: Literal["policy", "rule"] = "policy"
    """Which comparisons are allowed for together: all of the policy, or those of each rule by itself."""
    interval: Literal["wilson", "clopper_pearson", "jeffreys"] = "wilson"
    """The interval of a single rate."""
    difference_interval: Literal["miettinen_nurminen", "newcombe"] = "miettinen_nurminen"
    """The interval of a difference of two rates."""
    ratio_interval: Literal["koopman", "katz"] = "koopman"
    """The interval of a ratio of two rates."""
    resamples: Annotated[int, PlainValidator(whole(100, 1_000_000)), whole_schema(100, 1_000_000)] = 2000
    """How often the data are resampled, where an interval needs it."""
    min_expected: Annotated[
        float, PlainValidator(_expected), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1_000_000})
    ] = 5.0
    """With fewer expected events than this, no failure is claimed."""
    seed: Annotated[int, PlainValidator(whole(0)), whole_schema(0, 2**53 - 1)] = 20261120
    """Where the random numbers start; the same seed gives the same report."""
