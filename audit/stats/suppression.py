"""Complementary suppression: which numbers to withhold so that withheld counts cannot be worked out from the others.

Whoever reads a table knows how its numbers add up. The least and the most that a withheld count could be, for all that
is shown, are two linear programs (the audit of Fischetti & Salazar 2001, section 2). Where they are too close
together, the dual values name the shown numbers that hold the count in place, and the cheapest of these is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
#: Counts are whole numbers of at most some billions, so a dual value or a width below this is nothing.
_TINY = 1e-7
#: Rates are not exact, so sums that are made with them are not either.
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """What a reader knows of some counts.

    `laws` are sums of counts that are always 0: totals less their parts. `facts` are sums that are not above 0, up to
    rounding. `pieces` are sums that are published, with
    their `values`, as far as the item that each belongs to is; withholding an item costs `costs`. `truth` holds the
    counts themselves.
    """

    truth: Array
    laws: csr_array
    facts: csr_array
    pieces: csr_array
    items: NDArray[np.int64]
    costs: Array

    @property
    def values(self) -> Array:
        """The published sums."""
        return np.asarray(self.pieces @ self.truth)

    @property
    def ceilings(self) -> Array:
        """What the facts are not above."""
        return np.asarray(np.maximum(self.facts @ self.truth, 0.0) + _ROUNDING)

    @property
    def most(self) -> float:
        """No count is believed to be larger; it keeps what is not bounded at all within numbers."""
        return float(10 * self.truth.max(initial=0) + 1000)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Program:
    """The linear program of what is published at the moment, and to which item each of its later rows belongs."""

    system: System
    sums: csr_array
    values: Array
    items: NDArray[np.int64]


def protected(
    system: System, wanted: csr_array, *, width: Array, withheld: Iterable[int], implied: Mapping[int, tuple[int, ...]]
) -> frozenset[int]:
    """The items to withhold so that each wanted sum could lie anywhere in a range of at least its width.

    `withheld` are withheld at any rate. `implied` says which items go with an item that is withheld.
    """
    gone = closed(withheld, implied)
    program = _program(system, gone)
    truth = np.asarray(wanted @ system.truth)
    low, high = truth.copy(), truth.copy()
    for place in range(wanted.shape[0]):
        while high[place] - low[place] < width[place] - _TINY:
            culprits: set[int] = set()
            for sign in (1.0, -1.0):
                counts, duals = _extreme(program, wanted[[place]], sign)
                found = np.asarray(wanted @ counts)
                low, high = np.minimum(low, found), np.maximum(high, found)
                culprits |= {int(item) for item in program.items[np.abs(duals) > _TINY]}
                if high[place] - low[place] >= width[place] - _TINY:
                    break
            else:
                if not culprits:
                    break
                cheapest = min(culprits, key=lambda item: (system.costs[item], item))
                gone = closed({*gone, cheapest}, implied)
                program = _program(system, gone)
    return gone


def ranges(system: System, wanted: csr_array, withheld: Iterable[int]) -> tuple[Array, Array]:
    """The least and the most that each wanted sum could be, for all that is published when these items are withheld."""
    program = _program(system, frozenset(withheld))
    ends = [
        [float((wanted[[place]] @ _extreme(program, wanted[[place]], sign)[0])[0]) for sign in (-1.0, 1.0)]
        for place in range(wanted.shape[0])
    ]
    found = np.array(ends).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def closed(items: Iterable[int], implied: Mapping[int, tuple[int, ...]]) -> frozenset[int]:
    """The items with all that go with them."""
    found: set[int] = set()
    rest = list(items)
    while rest:
        item = rest.pop()
        if item not in found:
            found.add(item)
            rest += implied.get(item, ())
    return frozenset(found)


def _program(system: System, gone: frozenset[int]) -> _Program:
    from scipy.sparse import csr_array, vstack  # half a second, and reports seldom need it

    shown = ~np.isin(system.items, np.array(sorted(gone), dtype=np.int64))
    return _Program(
        system=system,
        sums=csr_array(vstack([system.laws, system.pieces[np.flatnonzero(shown)]])),
        values=np.concatenate([np.zeros(system.laws.shape[0]), system.values[shown]]),
        items=system.items[shown],
    )


def _extreme(program: _Program, wanted: csr_array, sign: float) -> tuple[Array, Array]:
    """Counts that make a sum as large (1) or as small (-1) as it can be, and the dual values of what is published."""
    from scipy.optimize import linprog  # as heavy

    system = program.system
    found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse arrays
        -sign * wanted.toarray()[0],
        A_ub=system.facts if system.facts.shape[0] else None,
        b_ub=system.ceilings if system.facts.shape[0] else None,
        A_eq=program.sums,
        b_eq=program.values,
        bounds=(0.0, system.most),
        method="highs",
    )
    if found.x is None:  # the truth satisfies all of it, so only arithmetic can be at fault
        raise ArithmeticError(f"no counts fit what is published: {found.message}")
    return found.x, np.asarray(found.eqlin.marginals)[len(program.values) - len(program.items) :]
