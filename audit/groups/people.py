"""The groups of counts with all that is known of them: their cells, their units' buckets, their scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.counts.celltable import BUCKETS, CellTable
from audit.counts.counts import Counts
from audit.counts.group import Group
from audit.counts.rankgroup import RankGroup
from audit.counts.scoregroup import ScoreGroup, nothing_like
from audit.groups.scoring import score_groups
from audit.scanning.meaning import UNLABELLED

Array = NDArray[np.float64]
_Buckets = dict[tuple[str, ...], dict[str, Array]]


def people(counts: Counts, attributes: Sequence[str], *, unknown: str | None = None) -> list[Group]:
    """The groups of some attributes, in order. `unknown` names missing membership as a group."""
    groups = counts.groups(attributes, unknown=unknown)
    if not (counts.clustered or counts.scores or counts.ranks):
        return groups
    known = _known(counts, attributes, unknown)
    return [known(group) for group in groups]


def everyone(counts: Counts) -> Group:
    """All usable rows as one group, whatever their membership."""
    return _known(counts, (), None)(counts.everyone())


def unknown_people(counts: Counts, attributes: Sequence[str]) -> list[Group]:
    """Those who lack membership in some of the attributes, by what is known of them: the keys hold only that.

    Without their scores and lists, of which no bounds are known.
    """
    if not counts.unknown(attributes):
        return []
    name = counts.unknown_name
    cells = replace(counts, scores=None, ranks=None)
    there = [group for group in people(cells, attributes, unknown=name) if name in group.key.values()]
    return [replace(group, key={a: level for a, level in group.key.items() if level != name}) for group in there]


def unlabelled(counts: Counts, attributes: Sequence[str], *, unknown: str | None = None) -> dict[str, Group]:
    """The rows of each group, by its name, that were excluded for nothing but a missing outcome, as decided."""
    if UNLABELLED not in counts.table(attributes).code("unusable").values:
        return {}
    tables = tuple(_unlabelled(table) for table in counts.tables)
    lacking = replace(counts, tables=tables, scores=None, ranks=None)
    return {group.name: group for group in people(lacking, attributes, unknown=unknown)}


def _unlabelled(table: CellTable) -> CellTable:
    """The cells of rows that lack nothing but an outcome, as if they were usable."""
    cells = table.cells[(table.cells["unusable"] == UNLABELLED) & table.cells["cell"].notna()]
    return replace(table, cells=cells.assign(unusable=None))


def _known(counts: Counts, attributes: Sequence[str], unknown: str | None) -> Callable[[Group], Group]:
    """What gives each of these groups all that is known of it beside its cells."""
    buckets = _buckets(counts, attributes, unknown) if counts.clustered else None
    scores = _scores(counts, attributes, unknown)
    nothing = nothing_like(next(iter(scores.values()))) if scores else None
    ranks = counts.ranks.groups(attributes, unknown=unknown) if counts.ranks else {}

    def with_all(group: Group) -> Group:
        key = tuple(group.key.values())
        mine = None if buckets is None else buckets.get(key, {})
        return replace(group, buckets=mine, scores=scores.get(key, nothing), ranks=_ranks(ranks, key))

    return with_all


def _ranks(ranks: Mapping[tuple[str, ...], RankGroup], key: tuple[str, ...]) -> RankGroup | None:
    """A group's items in ranked lists; one that has none is not the same as lists that were not counted."""
    return ranks.get(key, next(iter(ranks.values())).nothing()) if ranks else None


def _scores(counts: Counts, attributes: Sequence[str], unknown: str | None) -> dict[tuple[str, ...], ScoreGroup]:
    """The scores of these groups; none where no rule asks for them."""
    scores = counts.scores
    if scores is None or not any(set(attributes) <= set(table.attributes) for table in scores.tables):
        return {}
    return score_groups(scores, attributes, weighted=counts.weighted, unknown=unknown)


def _buckets(counts: Counts, attributes: Sequence[str], unknown: str | None) -> _Buckets:
    """The weight of each group's cells in each bucket of units."""
    import pandas as pd

    table = counts.table(attributes)
    found, kinds, hashed = table.by(attributes, unknown), table.code("cell"), table.code("bucket")
    numbers = np.array([BUCKETS if digits is None else int(digits, 16) for digits in hashed.values])
    shape = (len(found.keys), len(kinds.values), BUCKETS + 1)
    places = np.ravel_multi_index((found.places, found.of(kinds.places), numbers[found.of(hashed.places)]), shape)
    # Unlike numpy's, the sums of pandas do not lose what is small beside what was added before.
    sums = pd.Series(found.of(table.cells["weight"].to_numpy(dtype=np.float64))).groupby(places).sum()
    weights = np.zeros(shape)
    weights.flat[sums.index.to_numpy()] = sums.to_numpy()
    there = np.zeros(shape[:2], dtype=np.bool_)
    there.flat[sums.index.to_numpy() // shape[2]] = True
    return {
        key: {kind: weights[group, place, :-1] for place, kind in enumerate(kinds.values[:-1]) if there[group, place]}
        for group, key in enumerate(found.keys)
    }
