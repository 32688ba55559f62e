"""The part of a policy that speaks of ranked lists."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator

from audit.policy.part import Part, Unusable
from audit.policy.scalars import Text, whole, whole_schema
from audit.values import RankingColumns

#: More places than any list is read to.
_MOST_PLACES = 1_000_000


class Ranking(Part):
    """Ranked lists, such as the answers to a search or a short list of applicants: a row is an item of a list."""

    list: Text
    """The column that says in which list an item is: of a query, a user, a vacancy. Intervals take lists as drawn."""
    position: Text
    """The column of the item's position: whole numbers, 1 at the top, no two of a list alike."""
    k: Annotated[int | None, PlainValidator(whole(1)), whole_schema(1, _MOST_PLACES)] = None
    """How many of the first places count for the metrics at k. Left out: they cannot be computed."""
    unusable: Unusable = "error"
    """What becomes of rows without a list, or whose position is none or taken twice: error, or exclude and count."""

    def counted(self, *, divergence: bool) -> RankingColumns:
        """What the counting has to know of it; `divergence`: a rule is about how far groups diverge."""
        return RankingColumns(
            list=self.list, position=self.position, k=self.k, divergence=divergence, unusable=self.unusable
        )
