"""The scan of ranked lists: the rows are read once into memory, and what is kept of them is sums by bucket of lists.

What a random order of a list would give depends on the whole list and on how many of a group are in it, which no sum
over single rows tells. No list is named in what is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from audit.counts.celltable import table_of
from audit.counts.coded import Coded, coded
from audit.counts.rankgroup import FIELDS
from audit.counts.ranks import RankCounts
from audit.errors import DataError
from audit.scanning.diverging import divergences
from audit.scanning.keyed import rows_of
from audit.scanning.meaning import Found, levels
from audit.scanning.projection import collected
from audit.scanning.slices import periods, versions
from audit.scanning.units import md5
from audit.sources.source import Source
from audit.values import Plan, RankingColumns
from audit.wording import counted

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Places = NDArray[np.int64]
#: More rows than this are not read into memory.
MOST_ROWS = 20_000_000
_LARGEST = 2.0**53
#: Variances below this part of the mean square are rounding.
_GRAIN = 1e-12
_REASONS = (
    "list missing",
    "position missing",
    "position not a whole number from 1",
    "position taken twice in its list",
)


def count_ranks(frame: nw.LazyFrame[Any], source: Source, plan: Plan, found: Found) -> RankCounts | None:
    """The sums of each group over its items in ranked lists; None if the plan has no lists.

    Raises DataError if there are more rows than can be read into memory.
    """
    if plan.ranking is None:
        return None
    rows = _rows(frame, source, plan)
    slices = {"period": periods(rows, plan.time, Found())} if plan.time else {}
    slices |= {"version": versions(rows, plan.version, Found())} if plan.version else {}
    lists, position = coded(rows["list"]), rows["position"].to_numpy(dtype=np.float64, na_value=np.nan)
    places = _within(lists, slices)
    reasons = _reasons(rows, position, lists, places)
    _checked(reasons, plan.ranking, found)
    usable = np.flatnonzero(~reasons.known)
    usable = usable[np.lexsort((position[usable], places[usable]))]  # sums depend on no other order
    items = _items(np.unique(places[usable], return_inverse=True)[1], position[usable], plan.ranking)
    found.notes.append(_note(items, plan.ranking))
    keys = {**slices, "bucket": _buckets(lists), "unusable": reasons}
    groups = {a.name: levels(rows, f"a{i}", a, Found()) for i, a in enumerate(plan.attributes)}
    away = np.flatnonzero(reasons.known)
    tables, of_lists = [], []
    for names in dict.fromkeys([(), *plan.crossings]):
        mine = {f"@{name}": groups[name] for name in names}
        members = {name: key.at(usable) for name, key in mine.items()}
        member = _within(None, members, len(usable))
        firsts, sums = _sums(items, member)
        at = np.concatenate([usable[firsts], away])
        none = np.zeros(len(away))
        columns = {name: np.concatenate([values, none]) for name, values in sums.items()}
        columns["n"] = np.concatenate([sums["n"], none + 1])
        keyed = {name: key.at(at) for name, key in {**mine, **keys}.items()}
        tables.append(table_of(names, keyed, columns))
        if names and plan.ranking.divergence:
            known = np.flatnonzero(np.all([key.known for key in members.values()], axis=0))
            firsts, sums = divergences(items["list"].astype(np.int64)[known], member[known])
            keyed = {name: key.at(usable[known][firsts]) for name, key in keys.items()}
            of_lists.append(table_of(names, keyed, sums))
    return RankCounts(tables=tuple(tables), k=plan.ranking.k, divergences=tuple(of_lists))


def _rows(frame: nw.LazyFrame[Any], source: Source, plan: Plan) -> pd.DataFrame:
    """The keys of every row, its list and its position; a blank list is none."""
    names = [f"a{i}" for i in range(len(plan.attributes))] + ["list", "position", "position_present"]
    names += (["period"] if plan.time else []) + (["version"] if plan.version else [])
    rows = collected(rows_of(frame, plan).select(*names).head(MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise DataError(
            f"{source.name}: ranked lists are read into memory, and these have more than {MOST_ROWS:,} rows; audit a "
            "random sample of whole lists"
        )
    blank = rows["list"].astype("string").str.strip().fillna("") == ""
    return rows.assign(n=1, list=rows["list"].astype(object).mask(blank))


def _within(first: Coded | None, others: dict[str, Coded], rows: int = 0) -> Places:
    """Each row's place among all combinations of some keys."""
    places = np.zeros(rows, dtype=np.int64) if first is None else first.places
    for key in others.values():
        places = np.unique(places * len(key.values) + key.places, return_inverse=True)[1].astype(np.int64)
    return places


def _buckets(lists: Coded) -> Coded:
    return lists.mapped({name: md5(str(name))[:2] for name in lists.values if name is not None})


def _reasons(rows: pd.DataFrame, position: Array, lists: Coded, places: Places) -> Coded:
    """Why a row is in no list, if it is in none: the first that holds."""
    import pandas as pd

    present = rows["position_present"].to_numpy(dtype=bool)
    whole = (position >= 1) & (position <= _LARGEST) & (position == np.floor(position))
    fit = whole & lists.known
    twice = fit.copy()
    twice[fit] = pd.DataFrame({"list": places[fit], "position": position[fit]}).duplicated(keep=False)
    why = np.select([~lists.known, ~present, ~whole, twice], range(len(_REASONS)), default=len(_REASONS))
    return Coded(places=why.astype(np.int64), values=np.array([*_REASONS, None], dtype=object))


def _checked(reasons: Coded, ranking: RankingColumns, found: Found) -> None:
    """Rows in no list are a problem, unless the policy says to exclude and count them."""
    for place, reason in enumerate(_REASONS):
        n = int((reasons.places == place).sum())
        if not n:
            continue
        column = ranking.list if place == 0 else ranking.position
        said = f"column {column!r}: {reason} in {counted(n, 'row')}"
        if ranking.unusable == "exclude":
            found.notes.append(f"{said}, which no metric of ranked lists counts")
        else:
            found.problems.append(
                f"{said}; mend the data, or set data.ranking.unusable: exclude to leave such rows out and count them"
            )


def _items(lists: Places, position: Array, ranking: RankingColumns) -> dict[str, Array]:
    """Of every item: the size of its list, and of its exposure and of its being among the first k what it is, what a
    random order of the list would give, and the variance between the items of the list.
    """
    size = np.bincount(lists).astype(np.float64)
    items = {"list": lists.astype(np.float64), "size": size[lists]}
    among = position <= (ranking.k or 0)
    for kind, value in (("exposure", 1 / np.log2(1 + position)), ("among", among.astype(np.float64))):
        mean = np.bincount(lists, weights=value) / size
        square = np.bincount(lists, weights=(value - mean[lists]) ** 2)
        spread = np.where(square > _GRAIN * size * mean**2, square, 0.0) / np.maximum(size - 1, 1)
        items |= {f"{kind}_sum": value, f"{kind}_expected": mean[lists], f"{kind}_apart": spread[lists]}
    return items


def _sums(items: dict[str, Array], groups: Places) -> tuple[Places, dict[str, Array]]:
    """The first item of each group in each list, and the sums over the group's items there."""
    lists = items["list"].astype(np.int64)
    key = lists * (int(groups.max(initial=0)) + 1) + groups
    _, firsts, inverse = np.unique(key, return_index=True, return_inverse=True)
    n: Array = np.bincount(inverse, minlength=len(firsts)).astype(np.float64)
    sums: dict[str, Array] = {"n": n}
    for name in FIELDS:
        kind, part = name.removeprefix("rank_").rsplit("_", 1)
        if part == "alone":  # as a draw of n without replacement varies
            size = items["size"][firsts]
            sums[name] = items[f"{kind}_apart"][firsts] * n * (size - n) / size
        else:
            added = np.bincount(inverse, weights=items[f"{kind}_{part}"], minlength=len(firsts))
            sums[name] = added.astype(np.float64)
    return firsts.astype(np.int64), sums


def _note(items: dict[str, Array], ranking: RankingColumns) -> str:
    """How many lists there are, and how long."""
    if not items["list"].size:
        return f"column {ranking.list!r}: no row is in a ranked list"
    sizes = np.bincount(items["list"].astype(np.int64))
    long = counted(int(sizes.max()), "item")
    if sizes.min() < sizes.max():
        long = f"{sizes.min():,} to {long}, {np.median(sizes):,g} in the middle"
    first = f"; the metrics at k are about the first {ranking.k:,}" if ranking.k else ""
    return f"column {ranking.list!r}: {counted(len(sizes), 'list')} of {long}{first}"
