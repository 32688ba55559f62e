"""The layout of a scan, made before it: which keys are counted together, from a look at the first rows.

All attributes crossed are one table, if that stays small: every crossing is then a sum of it. Otherwise each crossing
that was asked for is counted by itself. What nobody could hold in memory is refused before the scan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw

from audit.counts.scores import MOST_DISTINCT
from audit.errors import DataError
from audit.scanning.projection import collected
from audit.sources.source import Source
from audit.values import Plan, ScoreColumn
from audit.wording import counted, listed

if TYPE_CHECKING:
    import pandas as pd

#: How many of the first rows are looked at.
LOOK = 8_192
#: And how many before a table is refused.
LONG_LOOK = 2_000_000
#: Up to so many cells, all attributes are crossed in one table.
MOST_TOGETHER = 200_000


Family = Literal["cells", "scores", "units"]


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """One table of cells: whose keys, and what is counted by them. `expected` is how many cells there may be.

    Those of `units` are the scores once more, at few places of their range and by bucket of units.
    """

    family: Family
    attributes: tuple[str, ...]
    keys: tuple[str, ...]
    expected: int = 0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The tables of a scan."""

    groupings: tuple[Grouping, ...]


def lay_out(frame: nw.LazyFrame[Any], source: Source, plan: Plan, most_cells: int) -> Layout:
    """Choose the tables of a scan. Raises DataError if some crossing has too many cells, and says which columns do it.

    How many cells there are is judged by the first rows (Chao 1984): a lower bound, and exact if these are all.
    """
    few = _few_rows(frame, source)
    score_key = _score_key(frame, plan, few)
    if few is not None and few <= min(MOST_TOGETHER, most_cells):
        return Layout(groupings=tuple(_together(plan, family, score_key) for family in _families(plan)))
    if _families(plan) == ("cells",) and (alone := _seen_to_be_small(frame, plan, most_cells)):
        return Layout(groupings=(alone,))
    first = _first_cells(frame, _all_keys(plan, score_key))
    groupings = [one for family in _families(plan) for one in _family(first, plan, family, score_key)]
    tall = [grouping for grouping in groupings if _is_tall(frame, grouping, most_cells)]
    if tall:
        raise DataError([_too_many(first, source.name, plan, grouping, most_cells) for grouping in tall])
    return Layout(groupings=tuple(groupings))


def coarser(layout: Layout, grouping: Grouping, plan: Plan) -> Layout | None:
    """What to do where the first rows did not tell how large a table grows: bins for the scores, or a table for each
    crossing. None if there is nothing to be done.
    """
    if "score_value" in grouping.keys:
        binned = [replace(g, keys=tuple(_BINNED.get(key, key) for key in g.keys)) for g in layout.groupings]
        return Layout(groupings=tuple(binned))
    score = "score_bin" if "score_bin" in grouping.keys else None
    apart = _apart(plan, grouping.family, score)
    if not apart or grouping.attributes in {one.attributes for one in apart}:
        return None
    kept = [g for g in layout.groupings if g.family != grouping.family]
    return Layout(groupings=(*kept, *apart))


_BINNED = {"score_value": "score_bin"}


def _family(first: pd.DataFrame, plan: Plan, family: Family, score: str | None) -> list[Grouping]:
    """All of a family's attributes in one table if that stays small, else a table for each crossing."""
    together = _sized(first, _together(plan, family, score))
    apart = _apart(plan, family, score)
    return [together] if together.expected <= MOST_TOGETHER or not apart else [_sized(first, one) for one in apart]


def _together(plan: Plan, family: Family, score: str | None) -> Grouping:
    """All of a family's attributes in one table."""
    names = (attribute.name for attribute in plan.attributes)
    return _grouping(plan, family, [name for name in names if family == "cells" or _is_scored(plan, name)], score)


def _apart(plan: Plan, family: Family, score: str | None) -> list[Grouping]:
    """A table for each crossing that was asked for, and for each attribute that is in none; none if nothing was."""
    asked = plan.crossings if family == "cells" else plan.scored
    every = _together(plan, family, score).attributes
    wanted = dict.fromkeys([*asked, *((name,) for name in every)]) if asked else {}
    widest = [one for one in wanted if not any(set(one) < set(other) for other in wanted)]
    return [_grouping(plan, family, one, score) for one in widest]


def _is_scored(plan: Plan, name: str) -> bool:
    return any(name in crossing for crossing in plan.scored)


def _families(plan: Plan) -> tuple[Family, ...]:
    """Scores whose sums are enough are counted with the cells, in the same pass."""
    if plan.score is None or not plan.score.distribution:
        return ("cells",)
    return ("cells", "scores", "units") if plan.unit else ("cells", "scores")


def _grouping(plan: Plan, family: Family, attributes: Sequence[str], score: str | None) -> Grouping:
    places = {attribute.name: f"a{i}" for i, attribute in enumerate(plan.attributes)}
    ordered = tuple(name for name in places if name in attributes)
    return Grouping(
        family=family,
        attributes=ordered,
        keys=(*(places[name] for name in ordered), *_other_keys(plan, family, score)),
    )


def _sized(first: pd.DataFrame, grouping: Grouping) -> Grouping:
    return replace(grouping, expected=_expected(first, grouping.keys))


def _other_keys(plan: Plan, family: str, score: str | None) -> list[str]:
    """The keys beside the attributes. A flag whose unusable rows are excluded has to be known to every table."""
    scored = family != "cells"
    flags: Mapping[str, Any] = {"decision": plan.decision, "state": plan.weight, "baseline": plan.baseline}
    kept = [name for name, flag in flags.items() if flag and (not scored or flag.unusable == "exclude")]
    there = {
        "outcome": plan.outcome,
        "period": plan.time,
        "version": plan.version,
        "bucket": None if family == "scores" else plan.unit,
        "scored": scored or (plan.score and not plan.score.distribution),
        "side": plan.score and plan.score.target,
        score: family == "scores",
        "score_place": family == "units",
    }
    return [*kept, *(name for name, wanted in there.items() if wanted and name)]


def _all_keys(plan: Plan, score: str | None) -> list[str]:
    others = [key for family in _families(plan) for key in _other_keys(plan, family, score)]
    return list(dict.fromkeys([f"a{i}" for i in range(len(plan.attributes))] + others))


def _score_key(frame: nw.LazyFrame[Any], plan: Plan, few: int | None) -> str | None:
    """The very scores while there are few of them among the first rows, else their bins."""
    if plan.score is None or not plan.score.distribution:
        return None
    if few is not None and few <= MOST_DISTINCT:
        return "score_value"
    distinct = _first_cells(frame, ["score_value"])["score_value"].nunique()
    return "score_value" if distinct <= MOST_DISTINCT else "score_bin"


def _first_cells(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> pd.DataFrame:
    """The cells of the first rows, with how many rows each has."""
    return collected(_looked_at(frame, keys))


def _looked_at(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> nw.LazyFrame[Any]:
    return frame.head(LOOK).group_by(*keys).agg(nw.len().alias("n"))


def _seen_to_be_small(frame: nw.LazyFrame[Any], plan: Plan, most_cells: int) -> Grouping | None:
    """All attributes in one table, if the first rows let expect few cells; these are counted where they are."""
    together = _together(plan, "cells", None)
    sizes = collected(_looked_at(frame, together.keys).select("n"))["n"]
    together = replace(together, expected=_chao(sizes))
    return together if together.expected <= min(MOST_TOGETHER, most_cells) else None


def _expected(first: pd.DataFrame, keys: Sequence[str]) -> int:
    """How many cells of these keys there may be, by the cells of the first rows."""
    return _chao(first.groupby(list(keys), dropna=False, sort=False)["n"].sum())


def _chao(sizes: pd.Series[int]) -> int:
    """Chao's estimator of how many cells there are, from the rows of each: those seen, and those that so many seen once
    let expect.
    """
    once, twice = int((sizes == 1).sum()), int((sizes == 2).sum())
    return len(sizes) if sizes.sum() < LOOK else len(sizes) + once * (once - 1) // (2 * (twice + 1))


def _few_rows(frame: nw.LazyFrame[Any], source: Source) -> int | None:
    """How many rows there are, where that costs nothing to know: in memory, and in Parquet's own notes."""
    if source.rows is not None:
        return source.rows
    return _rows(frame) if source.engine == "duckdb" and source.kind == "parquet" else None


def _is_tall(frame: nw.LazyFrame[Any], grouping: Grouping, most_cells: int) -> bool:
    """Are there too many cells? A table has no more of them than rows, and than its values can cross into."""
    if grouping.expected <= most_cells or _rows(frame) <= most_cells:
        return False
    return _crossed(frame, grouping.keys) > most_cells


def _crossed(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> int:
    """How many cells the values that occur would cross into: the first rows may all differ and yet soon repeat."""
    distinct = collected(frame.head(LONG_LOOK).select(*(nw.col(key).n_unique().alias(key) for key in keys)))
    return math.prod(int(distinct[key].iloc[0]) for key in keys)


def _rows(frame: nw.LazyFrame[Any]) -> int:
    return int(collected(frame.select(nw.len().alias("n")))["n"].iloc[0])


def _too_many(first: pd.DataFrame, name: str, plan: Plan, grouping: Grouping, most_cells: int) -> str:
    return too_many(first, name, plan, grouping, f"about {grouping.expected:,} cells, and {most_cells:,} can be held")


def too_many(cells: pd.DataFrame, name: str, plan: Plan, grouping: Grouping, how_many: str) -> str:
    """Which columns make a crossing too fine, widest first."""
    names = {f"a{i}": a.column for i, a in enumerate(plan.attributes)}
    named = {"decision": plan.decision, "outcome": plan.outcome, "period": plan.time, "score_value": plan.score}
    named |= {"baseline": plan.baseline}
    names |= {key: part.column for key, part in named.items() if part}
    names |= {"version": plan.version} if plan.version else {}
    binary = {"decision"} if isinstance(plan.decision, ScoreColumn) else set()
    keys = [key for key in grouping.keys if key in names and key not in binary]
    distinct = sorted(((cells[key].nunique(), names[key]) for key in keys), reverse=True)
    widest = listed(f"{column!r} has {counted(n, 'value')} or more" for n, column in distinct[:3])
    crossed = " x ".join(grouping.attributes)
    return (
        f"{name}: {crossed} would be {how_many} ({widest}); give the widest column bins or merges, or audit fewer "
        "attributes at a time"
    )
