"""The part of a policy that speaks of a predicted number."""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from audit.policy.part import TWO_NUMBERS, Part, Unusable
from audit.policy.scalars import Edge, Text, listed
from audit.values import ScoreRange


class Prediction(Part):
    """A number that the system predicts, and the column of what it turned out to be: for rules about its errors."""

    column: Text
    """The column of the predicted number."""
    target: Text
    """The column of the number that it predicts."""
    range: Annotated[tuple[Edge, ...], BeforeValidator(listed), WithJsonSchema(TWO_NUMBERS)]
    """The least and the most that either can be. Errors are added up in parts of it."""
    favorable: Literal["high", "low"]
    """Which predictions are good for the person: high ones, as of an income, or low ones, as of a debt."""
    unusable: Unusable = "error"
    """What becomes of rows in which one of the two is no number in the range: error, or exclude and count."""

    @property
    def sound(self) -> bool:
        """Has the range two ends that rise?"""
        return len(self.range) == 2 and -inf < self.range[0] < self.range[1] < inf

    def counted(self) -> ScoreRange:
        """What the counting has to know of it."""
        return ScoreRange(
            column=self.column,
            target=self.target,
            low=self.range[0],
            high=self.range[-1],
            distribution=False,
            unusable=self.unusable,
        )
