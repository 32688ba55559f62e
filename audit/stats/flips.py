"""Would one person change the answer, and how many would? Exact, in whole numbers and fractions.

The Uniform Guidelines say that a difference may not be adverse impact where it is "based on small numbers" and not
statistically significant (29 CFR 1607.4(D)); their questions and answers (44 FR 11996, no. 21) ask what the selection
of one different person would do. None of this replaces an interval: it is what a regulator will try by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, NamedTuple


@dataclass(frozen=True, kw_only=True)
class Table:
    """Whole counts: x1 selected of n1 in the group under test, x2 of n2 in the reference."""

    x1: int
    n1: int
    x2: int
    n2: int

    @property
    def possible(self) -> bool:
        """Whether there can be such a table."""
        return 0 <= self.x1 <= self.n1 and 0 <= self.x2 <= self.n2

    @property
    def ratio(self) -> Fraction | None:
        """The selection rates' ratio; None if a group is empty or the reference has nobody selected."""
        if not self.n1 or not self.n2 or not self.x2:
            return None
        return Fraction(self.x1 * self.n2, self.n1 * self.x2)

    @property
    def difference(self) -> Fraction | None:
        """The first selection rate less the second; None if a group is empty."""
        if not self.n1 or not self.n2:
            return None
        return Fraction(self.x1 * self.n2 - self.x2 * self.n1, self.n1 * self.n2)

    def plus(self, *, x1: int = 0, n1: int = 0, x2: int = 0, n2: int = 0) -> Table:
        """The table with these persons more (or fewer)."""
        return Table(x1=self.x1 + x1, n1=self.n1 + n1, x2=self.x2 + x2, n2=self.n2 + n2)


class Single(NamedTuple):
    """Would some one decision made the other way, or some one person left out, change the answer? None: no answer."""

    decision: bool | None
    left_out: bool | None


def single(table: Table, meets: Callable[[Table], bool | None]) -> Single:
    """What one person could do to any requirement of a table, whatever it is."""
    now = meets(table)
    if now is None:
        return Single(None, None)
    return Single(*(any(meets(other) is (not now) for other in of(table)) for of in (_one_decision, _one_left_out)))


def changes_to_meet(
    table: Table,
    of: Literal["ratio", "difference"],
    *,
    low: Fraction | None = None,
    high: Fraction | None = None,
) -> int | None:
    """How many more of the first group must be selected (negative: fewer) to bring the table within the limits.

    The fewest changes, of that group's decisions alone; 0 if it is within; None if no number does, or a group is empty,
    or for a ratio nobody of the reference is selected.
    """
    if not table.n1 or not table.n2 or (of == "ratio" and not table.x2):
        return None
    second = Fraction(table.x2, table.n2)
    rate_at: Callable[[Fraction], Fraction] = (lambda r: r * second) if of == "ratio" else (lambda d: second + d)
    least = 0 if low is None else max(0, ceil(rate_at(low) * table.n1))
    most = table.n1 if high is None else min(table.n1, floor(rate_at(high) * table.n1))
    if least > most:
        return None
    return min(max(table.x1, least), most) - table.x1


def swaps_to_meet(table: Table, limit: Fraction) -> int | None:
    """How many places must pass from the reference to the first group, as many selected as before, for ratio >= limit.

    0 if it is met. None if a group is empty, nobody of the reference is selected, or places do not suffice.
    """
    if table.ratio is None:
        return None
    # (x1 + s) / n1 >= limit * (x2 - s) / n2, solved for s.
    lacking = limit * table.x2 * table.n1 - table.x1 * table.n2
    number = max(0, ceil(Fraction(lacking, 1) / (table.n2 + limit * table.n1)))
    return number if number <= min(table.n1 - table.x1, table.x2) else None


def _one_decision(table: Table) -> tuple[Table, ...]:
    return (table.plus(x1=1), table.plus(x1=-1), table.plus(x2=1), table.plus(x2=-1))


def _one_left_out(table: Table) -> tuple[Table, ...]:
    return (table.plus(x1=-1, n1=-1), table.plus(n1=-1), table.plus(x2=-1, n2=-1), table.plus(n2=-1))
