"""What the public rendering of a report may not show: the policy's disclosure control."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import PlainValidator

from audit.policy.part import Part
from audit.policy.scalars import Text, Truth, whole, whole_schema


class Override(Part):
    """A decision to publish every number all the same, where a rule asks for it; printed in the report."""

    approved_by: Text
    """Who answers for publishing them."""
    reason: Text
    """Why they are published."""
    cite: Text | None = None
    """What asks for it."""


class Disclosure(Part):
    """What the public rendering withholds, so that nobody can be told apart in it."""

    min_cell: Annotated[int, PlainValidator(whole(2, 1000)), whole_schema(2, 1000)] = 11
    """Counts from 1 to one less than this are withheld; 0 is shown."""
    complementary: Truth = True
    """Whether other numbers are withheld too, so that the small ones cannot be worked out from what is shown."""
    protection: Annotated[int, PlainValidator(whole(1, 1000)), whole_schema(1, 1000)] | None = None
    """How wide the range has to stay in which a withheld count could lie; one less than `min_cell` if left out."""
    extremes: Literal["show", "withhold"] = "show"
    """Rates of 0 and 1, which tell the decision about everybody in a group. withhold: they count as small numbers."""
    rendering: Literal["public", "restricted"] = "public"
    """The rendering that is written where the command line names none."""
    override: Override | None = None
    """A decision to publish every number all the same."""
