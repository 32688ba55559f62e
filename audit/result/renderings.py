"""Which rendering of an audit a result is, and what it withholds, as results hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rendering = Literal["public", "restricted"]


@dataclass(frozen=True, kw_only=True)
class OverrideNote:
    """A decision to publish every number all the same: whose, why, and what asks for it."""

    approved_by: str
    reason: str
    cite: str | None = None


@dataclass(frozen=True, kw_only=True)
class DisclosureNote:
    """What this rendering of a result shows: `restricted` all numbers, `public` those that tell nobody apart.

    Counts from 1 to `min_cell` - 1 are withheld from a public one, and whatever else they could be worked out from,
    to within less than `protection`. `groups`, `rates` and `findings` are how many of each are withheld, wholly or (a
    rate) with its number of records. `words` says so in words. With `override`, a public rendering has all numbers.
    """

    rendering: Rendering
    min_cell: int
    protection: int
    complementary: bool
    extremes: Literal["show", "withhold"]
    groups: int
    rates: int
    findings: int
    words: str
    override: OverrideNote | None = None
