"""Columns of keys as places among their different values: what they mean is worked out once for each value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Places = NDArray[np.int64]
#: Codes of combined keys stay below what an integer holds.
_MOST_CODES = 2**62
#: Up to so many possible places, those that occur are marked instead of sorted.
_MOST_SEEN = 2**18


@dataclass(frozen=True, kw_only=True, eq=False)
class Coded:
    """A column of keys. `values` holds the different ones in order, then None for what is missing, occurring or not;
    `places` says for each cell which of them it has.
    """

    places: Places
    values: NDArray[np.object_]

    @property
    def objects(self) -> NDArray[np.object_]:
        """The key of each cell."""
        found: NDArray[np.object_] = self.values[self.places]
        return found

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which cells have a key."""
        return self.places < len(self.values) - 1

    def at(self, cells: NDArray[np.intp]) -> Coded:
        """The keys of some cells; values that none of them has are dropped, but for None."""
        places = self.places[cells]
        there = np.zeros(len(self.values), dtype=np.bool_)
        there[places] = there[-1] = True
        return Coded(places=(np.cumsum(there) - 1)[places], values=self.values[there])

    def rows(self, n: NDArray[np.int64] | NDArray[np.float64]) -> dict[Any, int]:
        """How many rows have each key that occurs, of `n` rows in each cell: the missing ones first, then in order."""
        added = np.bincount(self.places, weights=n, minlength=len(self.values))
        there = np.bincount(self.places, minlength=len(self.values))
        order = [len(self.values) - 1, *range(len(self.values) - 1)]
        return {self.values[place]: round(added[place]) for place in order if there[place]}

    def mapped(self, meaning: Mapping[Any, object]) -> Coded:
        """The same column with what each key means; None where it means nothing."""
        return meant([meaning.get(value) for value in self.values], self.places)


def coded(column: pd.Series[Any]) -> Coded:
    """A column in places; whatever pandas takes for missing is None."""
    import pandas as pd

    codes, index = pd.factorize(column)  # which sorts few values slowly
    found = np.asarray(index)
    order = np.argsort(found)
    ranks = np.append(np.argsort(order), len(found))  # what is missing has the code -1, and the last place
    return Coded(places=ranks[codes], values=_objects([*found[order].tolist(), None]))


def meant(meanings: Sequence[object], places: NDArray[np.integer[Any]]) -> Coded:
    """What each cell means, from the meaning of each place: several places may mean the same."""
    different: list[Any] = sorted({one for one in meanings if one is not None}, key=lambda one: (str(type(one)), one))
    ranks = {one: rank for rank, one in enumerate(different)}
    new = np.array([len(different) if one is None else ranks[one] for one in meanings], dtype=np.int64)
    return Coded(places=new[places], values=_objects([*different, None]))


def ranked(keys: Iterable[Coded], cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rank of each cell's combined keys among the different ones, and the first cell of each rank.

    They are sorted only if there may be many.
    """
    places, size = np.zeros(cells, dtype=np.int64), 1
    for key in keys:
        if size * len(key.values) >= _MOST_CODES:
            places = np.unique(places, return_inverse=True)[1]
            size = cells
        places *= len(key.values)
        places += key.places
        size *= len(key.values)
    if size > _MOST_SEEN:
        _, firsts, inverse = np.unique(places, return_index=True, return_inverse=True)
        return inverse, firsts
    there = np.zeros(size, dtype=np.bool_)
    there[places] = True
    inverse = (np.cumsum(there) - 1)[places]
    firsts = np.zeros(int(there.sum()), dtype=np.int64)
    firsts[inverse[::-1]] = np.arange(cells - 1, -1, -1)
    return inverse, firsts


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
