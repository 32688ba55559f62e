"""Strata: the groups of an attribute among people who are alike in some factors, and two of them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import Group, pooled
from audit.groups.measure import Measure, measure
from audit.metrics import Metric
from audit.values import Number, Share

Array = NDArray[np.float64]
#: A group by its value of each attribute, or a stratum by that of each factor.
Key = tuple[str, ...]
NOBODY: Final = Share(hits=0, trials=0, effective=0.0, rows=0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Strata:
    """The groups of some attributes within each stratum: each combination of the factors that occurs.

    `sampled`: rows carry sampling weights.
    """

    factors: tuple[str, ...]
    sampled: bool
    groups: Mapping[Key, Mapping[Key, Group]]

    def of(self, key: Key) -> dict[Key, Group]:
        """One group in every stratum that holds it."""
        return {stratum: there[key] for stratum, there in self.groups.items() if key in there}

    def rest(self, key: Key) -> dict[Key, Group]:
        """Everybody but one group, in every stratum that holds anybody else."""
        others = {s: [group for who, group in there.items() if who != key] for s, there in self.groups.items()}
        return {stratum: pooled(found) for stratum, found in others.items() if found}


def strata_of(groups: Sequence[Group], factors: tuple[str, ...], *, sampled: bool) -> Strata:
    """Groups of attributes and factors crossed, as the groups of the attributes in each stratum."""
    found: dict[Key, dict[Key, Group]] = {}
    for group in groups:
        stratum = tuple(group.key[name] for name in factors)
        who = tuple(value for name, value in group.key.items() if name not in factors)
        found.setdefault(stratum, {})[who] = group
    return Strata(factors=factors, sampled=sampled, groups=found)


def standings(strata: Strata, metric: Metric) -> dict[Key, Number]:
    """How each group stands among those alike: its hits, over those expected if all in a stratum were treated alike.

    What a reference is chosen by: with one stratum it ranks groups as their rates do, and of two groups the one with
    the higher standing has the higher rate within strata after Mantel and Haenszel. Groups without trials have none.
    """
    hits: dict[Key, list[Number]] = {}
    expected: dict[Key, list[Number]] = {}
    for there in strata.groups.values():
        shares = {who: share_of(metric, group, sampled=strata.sampled) for who, group in there.items()}
        total = sum(share.trials for share in shares.values())
        rate = _divided(sum(share.hits for share in shares.values()), total) if total else 0
        for who, share in shares.items():
            if share.trials:
                hits.setdefault(who, []).append(_number(share.hits))
                expected.setdefault(who, []).append(_number(share.trials) * rate)
    sums = {who: (_sum(hits[who]), _sum(expected[who])) for who in hits}
    return {who: observed / wanted if wanted else Fraction(1) for who, (observed, wanted) in sums.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """A group and its reference: their shares in each stratum, and in all strata taken as one."""

    first: Mapping[Key, Share]
    second: Mapping[Key, Share]
    whole: tuple[Measure, Measure]
    rows: int

    @property
    def both(self) -> list[Key]:
        """The strata that hold both."""
        return [key for key, share in self.first.items() if share.trials and self.second.get(key, NOBODY).trials]

    @property
    def used(self) -> Fraction:
        """The share of the rows of both, those without a known factor included, that lie in strata with both."""
        return Fraction(sum(self.rows_in(self.both)), self.rows) if self.rows else Fraction(0)

    def rows_in(self, strata: Iterable[Key]) -> tuple[int, int]:
        """How many rows of the group, and of its reference, lie in some strata."""
        kept = list(strata)
        first, second = (sum(side.get(key, NOBODY).rows for key in kept) for side in (self.first, self.second))
        return first, second


def weighted_alike(pair: Pair) -> tuple[Number, Number]:
    """Both rates, each the mean over the strata by the weights n1 n2 / (n1 + n2): exact where they are counts."""
    weights, parts = [], []
    for key in pair.both:
        one, other = pair.first[key], pair.second[key]
        total = one.trials + other.trials
        weights.append(_divided(one.trials * other.trials, total))
        parts.append((_divided(one.hits * other.trials, total), _divided(other.hits * one.trials, total)))
    weight = _sum(weights)
    return _sum([part[0] for part in parts]) / weight, _sum([part[1] for part in parts]) / weight


def share_of(metric: Metric, group: Group, *, sampled: bool) -> Share:
    """A group's share under a metric that is one."""
    found = measure(metric, group, sampled=sampled).share
    return found if found is not None else NOBODY


def _number(value: float) -> Number:
    return Fraction(value) if isinstance(value, int) else value


def _divided(part: float, whole: float) -> Number:
    return Fraction(part, whole) if isinstance(part, int) and isinstance(whole, int) else part / whole


def _sum(parts: Sequence[Number]) -> Number:
    """A sum in halves: fractions of a thousand different strata grow long denominators, and few of them meet so."""
    if len(parts) <= 2:
        return sum(parts, start=Fraction(0))
    middle = len(parts) // 2
    return _sum(parts[:middle]) + _sum(parts[middle:])


def columns_of(shares: Sequence[Sequence[Share]]) -> tuple[Array, Array, Array]:
    """Hits and trials as intervals may count them, and trials as they are. One record at least where there is any."""
    trials = np.array([[float(share.trials) for share in row] for row in shares])
    worth = np.array([[share.effective for share in row] for row in shares])
    rate = np.array([[float(share.value or 0.0) for share in row] for row in shares])
    hits = np.array([[float(share.hits) for share in row] for row in shares])
    worth = np.where(trials > 0, np.maximum(worth, 1.0), 0.0)
    return np.where(worth == trials, hits, rate * worth), worth, trials
