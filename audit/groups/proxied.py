"""Groups that are known by probabilities alone: what they measure, and how far the data leave that open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import Group
from audit.counts.proxycounts import ProxyCounts
from audit.groups.measure import Measure
from audit.metrics import Metric, Rate
from audit.scanning.proxykeys import STEPS
from audit.stats.proxies import Counted, Extra, ProxyCells, by_threshold, strata_of
from audit.values import Share

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ProxyEnds:
    """A rate of one group: weighted by the probabilities, and at the least and the most that it could be.

    `thresholded` is the rate of those who are of the group as likely as not or more, None of nobody.
    """

    weighted: Measure
    least: Measure
    most: Measure
    thresholded: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class ProxyPeople:
    """The cells of an attribute of probabilities, in arrays; those of groups have a column for each group."""

    counts: ProxyCounts
    kind: NDArray[np.object_]
    rows: Array
    weight: Array
    weight2: Array
    steps: NDArray[np.intp]
    total: Array
    square: Array
    cross: Array
    unknown: dict[str, tuple[float, float]]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups by name."""
        return self.counts.groups

    def size(self, place: int) -> int:
        """How many members a group has by its probabilities, to the nearest one; weights aside."""
        return round(float(self._members()[place]))

    def sized(self, metric: Metric) -> list[tuple[Group, int, Measure]]:
        """Every group that anybody may belong to, with how many members it has and a rate of theirs."""
        if not isinstance(metric, Rate):
            return []
        measures = [self.ends(metric, place).weighted for place in range(len(self.groups))]
        return [(one.group, self.size(place), one) for place, one in enumerate(measures) if self.size(place)]

    @property
    def known(self) -> int:
        """How many rows have probabilities."""
        return round(float(self.rows.sum()))

    @property
    def assigned(self) -> float:
        """The share of rows with some group that is as likely as not or more."""
        sure = (self.steps >= STEPS // 2).any(axis=1)
        return float(self.rows[sure].sum() / self.rows.sum()) if len(self.rows) else 0.0

    def ends(self, rate: Rate, place: int) -> ProxyEnds:
        """A rate of one group."""
        hit, miss = (np.isin(self.kind, names) for names in (rate.hits, tuple(set(rate.among) - set(rate.hits))))
        cells = ProxyCells(
            hit=hit,
            miss=miss,
            rows=self.rows,
            weight=self.weight,
            weight2=self.weight2,
            total=self.total[:, place],
            square=self.square[:, place],
            cross=self.cross[:, place],
            stratum=strata_of(self.steps[:, place], self.rows),
        )
        extra = self._extra(rate)
        share = by_threshold(self._probable(place), self.weight, hit, miss)
        trials = cells.total[hit | miss].sum()
        return ProxyEnds(
            weighted=self._measured(place, cells.weighted(), trials),
            least=self._measured(place, cells.lowest(extra), trials),
            most=self._measured(place, cells.highest(extra), trials),
            thresholded=None if np.isnan(share) else share,
        )

    def _members(self) -> Array:
        """Expected members by group, by rows and not by weights."""
        part = np.divide(self.rows, self.weight, out=np.zeros_like(self.rows), where=self.weight > 0)
        return np.asarray((self.total * part[:, np.newaxis]).sum(axis=0))

    def _probable(self, place: int) -> NDArray[np.bool_]:
        """Who is of the group as likely as not, or more; the first such group, on ties."""
        likely = self.steps >= STEPS // 2
        return np.asarray(likely[:, place] & ~likely[:, :place].any(axis=1))

    def _extra(self, rate: Rate) -> Extra:
        """The rows without probabilities in the rate's cells."""
        hits = [sums for cell, sums in self.unknown.items() if cell in rate.hits]
        misses = [sums for cell, sums in self.unknown.items() if cell in rate.among and cell not in rate.hits]
        (weight, weight2), (others, others2) = (
            (sum(pair[0] for pair in found), sum(pair[1] for pair in found)) for found in (hits, misses)
        )
        return Extra(hits=weight, misses=others, hits2=weight2, misses2=others2)

    def _measured(self, place: int, counted: Counted, trials: float) -> Measure:
        name = self.groups[place]
        group = Group(attribute=self.counts.name, name=name, key={self.counts.name: name}, cells={})
        rows = round(float(trials))
        there = counted.trials > 0
        return Measure(
            value=counted.share if there else None,
            trials=rows,
            hits=None,
            reason=None if there else "no_trials",
            share=Share(hits=counted.hits, trials=counted.trials, effective=counted.effective, rows=rows),
            effective={},
            group=group,
        )


def proxy_people(counts: ProxyCounts, weighted: str | None) -> ProxyPeople:
    """The people of an attribute of probabilities. Rows that a frequency weight repeats are as many records."""
    cells, unknown = counts.usable(), counts.unknown()
    rows = cells["weight"] if weighted == "frequency" else cells["n"]
    found = unknown.groupby("cell", sort=True)[["weight", "weight2"]].sum()
    return ProxyPeople(
        counts=counts,
        kind=cells["cell"].to_numpy(dtype=object),
        rows=rows.to_numpy(dtype=np.float64),
        weight=cells["weight"].to_numpy(dtype=np.float64),
        weight2=cells["weight2"].to_numpy(dtype=np.float64),
        steps=_columns(cells, "step_", counts.groups).astype(np.intp),
        total=_columns(cells, "sum_", counts.groups),
        square=_columns(cells, "square_", counts.groups),
        cross=_columns(cells, "cross_" if weighted == "sampling" else "sum_", counts.groups),
        unknown={str(cell): (float(one), float(other)) for cell, one, other in found.itertuples(name=None)},
    )


def _columns(cells: object, prefix: str, groups: Sequence[str]) -> Array:
    columns = [cells[f"{prefix}{place}"].to_numpy(dtype=np.float64) for place in range(len(groups))]  # type: ignore[index]
    return np.stack(columns, axis=1)
