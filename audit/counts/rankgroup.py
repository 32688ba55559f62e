"""What is known of a group's items in ranked lists: sums over the items, by bucket of lists."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Of exposure, and of being among the first k: the sum over the items, what a random order of each list would give, the
#: variance of the sum in random order, and the variance between the items of a list (of n - 1) added up over the items.
KINDS = ("exposure", "among")
PARTS = ("sum", "expected", "alone", "apart")
#: The columns of a table of ranked lists.
FIELDS = tuple(f"rank_{kind}_{part}" for kind in KINDS for part in PARTS)


#: Of the divergence of lists: how many items these have, their NDKL, its mean over all orders, and over these its
#: variance and third moment.
DIVERGENCES = tuple(f"rank_divergence_{part}" for part in ("items", "sum", "expected", "variance", "third"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Divergence:
    """How far the groups of an attribute diverge in the lists that hold two of them or more, summed by bucket of lists.

    `lists`, (buckets,): how many; `sums` by the names of DIVERGENCES, (buckets,).
    """

    lists: Array
    sums: dict[str, Array]

    def total(self, part: str) -> float:
        """One sum over all lists."""
        return float(self.sums[f"rank_divergence_{part}"].sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class RankGroup:
    """A group's sums: `items`, (buckets,), and by the names of FIELDS, (buckets,). `k`: how many first places count.

    What chance does to a group alone is known of groups that were counted, and not of the rest without one of them.
    """

    items: Array
    sums: dict[str, Array]
    k: int | None = None

    def total(self, kind: str, part: str) -> float:
        """One sum over all lists."""
        return float(self.sums[f"rank_{kind}_{part}"].sum())

    def nothing(self) -> RankGroup:
        """No items, in as many buckets."""
        return replace(
            self, items=np.zeros_like(self.items), sums={name: np.zeros_like(by) for name, by in self.sums.items()}
        )

    def without(self, part: RankGroup) -> RankGroup:
        """The rest of a whole that holds the part."""
        rest = {name: by - part.sums[name] for name, by in self.sums.items()}
        return replace(self, items=self.items - part.items, sums=rest)

    def __add__(self, other: RankGroup) -> RankGroup:
        """The items of both groups."""
        both = {name: by + other.sums[name] for name, by in self.sums.items()}
        return replace(self, items=self.items + other.items, sums=both)
