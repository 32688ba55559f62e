"""The scan of the rows: lay out the tables, group, and read meaning into the few cells that come back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from audit.celltable import POWERS, SQUARED, SUMS, CellTable, summed
from audit.counts import MOST_CELLS, Counts
from audit.errors import DataError
from audit.keyed import SCORE_UNIT, WEIGHT_UNITS, columns, keyed
from audit.layout import Grouping, Layout, lay_out, too_many
from audit.meaning import Found, declared, labels, levels, places
from audit.projection import collected
from audit.scores import BINS, ScoreCounts
from audit.slices import buckets, periods, versions
from audit.source import Source
from audit.values import Plan, ScoreRange

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["columns", "count", "digest", "keyed_rows", "prepare"]


def digest(plan: Plan) -> str:
    """The sha256 of what a plan counts, and how; which crossings are asked for is not a part of it."""
    plain = json.dumps(asdict(replace(plan, crossings=(), scored=())), default=str, sort_keys=True)
    return hashlib.sha256(f"{type(plan.decision).__name__} {plain}".encode()).hexdigest()


def prepare(source: Source, plan: Plan, *, most_cells: int = MOST_CELLS) -> Layout:
    """Which tables a scan would count, from a look at the first rows; DataError if no memory would hold them."""
    return lay_out(keyed(source, plan), source.name, plan, most_cells)


def count(source: Source, plan: Plan, layout: Layout | None = None, *, most_cells: int = MOST_CELLS) -> Counts:
    """Count the rows of a source, once for each table of the layout: for nearly all policies that is once.

    Raises DataError if a value is impossible where the policy allows none, if the attributes cross into too many cells,
    or if the data changed between two tables.
    """
    layout = layout or prepare(source, plan, most_cells=most_cells)
    frame, found = keyed(source, plan), Found()
    grouped = {g: _grouped(frame, source, plan, g, most_cells) for g in layout.groupings}
    _same_rows(source, list(grouped.values()))
    tables = tuple(_cells(cells, plan, g, found) for g, cells in grouped.items() if g.family == "cells")
    scored = {g: _scores(cells, plan, g, found) for g, cells in grouped.items() if g.family == "scores"}
    if found.problems:
        raise DataError([f"{source.name}: {problem}" for problem in dict.fromkeys(found.problems)])
    return Counts(
        attributes=tuple(a.name for a in plan.attributes),
        declared={a.name: declared(a) for a in plan.attributes},
        plan=digest(plan),
        weighted=plan.weight.kind if plan.weight else None,
        has_outcome=plan.outcome is not None,
        has_decision=plan.decision is not None,
        tables=tables,
        scores=_score_counts(frame, source, plan, scored, found) if scored else None,
        notes=tuple(dict.fromkeys(found.notes)),
    )


def keyed_rows(source: Source, plan: Plan) -> pd.DataFrame:
    """Every row with its raw keys, as if each were a cell of its own: for metrics that need rows."""
    frame = keyed(source, plan)
    names = frame.collect_schema().names()
    wanted = [f"a{i}" for i in range(len(plan.attributes))] + ["decision", "outcome", "state", "w1", "w2"]
    rows = collected(frame.select(*(name for name in wanted if name in names)))
    return _in_units(rows.assign(n=1), plan)


# ---- grouping ------------------------------------------------------------------------------------------------------


def _grouped(frame: nw.LazyFrame[Any], source: Source, plan: Plan, grouping: Grouping, most_cells: int) -> pd.DataFrame:
    """One row for each combination of raw keys, with its sums."""
    names = ["w1", "w2"] if plan.weight else []
    if grouping.family == "scores" and "score_value" not in grouping.keys:
        sampled = plan.weight is not None and plan.weight.kind == "sampling"
        names += [*POWERS, *(SQUARED if sampled else ())]
    sums = [nw.len().alias("n"), *(nw.col(name).sum() for name in names)]
    cells = collected(frame.group_by(*grouping.keys).agg(*sums).head(most_cells + 1))
    if cells.empty:
        raise DataError(f"{source.name}: there are no rows; nothing was audited")
    if len(cells) > most_cells:
        raise DataError(too_many(cells, source.name, plan, grouping, f"more than {most_cells:,} cells"))
    return _in_units(cells, plan)


def _in_units(cells: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The sums in their own units; without weights, every row weighs 1."""
    powers = {name: cells[name].astype(float) / SCORE_UNIT for name in (*POWERS, *SQUARED) if name in cells}
    if plan.weight is None:
        return cells.assign(weight=cells["n"].astype(float), weight2=cells["n"].astype(float), **powers)
    unit = WEIGHT_UNITS[plan.weight.kind]
    return cells.assign(weight=cells["w1"].astype(float) / unit, weight2=cells["w2"].astype(float) / unit, **powers)


def _same_rows(source: Source, tables: list[pd.DataFrame]) -> None:
    """Every table counts all rows."""
    totals = {int(table["n"].sum()) for table in tables}
    if len(totals) > 1:
        shown = " and ".join(f"{total:,}" for total in sorted(totals))
        raise DataError(f"{source.name}: the data changed while they were read ({shown} rows); audit a copy at rest")


# ---- meaning -------------------------------------------------------------------------------------------------------


def _groups(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> dict[str, Any]:
    """The group of each attribute, as columns of a table."""
    known = {a.name: (f"a{i}", a) for i, a in enumerate(plan.attributes)}
    return {f"@{name}": levels(cells, *known[name], found) for name in grouping.attributes}


def _slices(cells: pd.DataFrame, plan: Plan, found: Found) -> dict[str, Any]:
    """Period and version, as columns of a table."""
    slices = {"period": periods(cells, plan.time, found)} if plan.time else {}
    return slices | ({"version": versions(cells, plan.version, found)} if plan.version else {})


def _cells(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> CellTable:
    """A table of confusion cells."""
    kinds, reasons = places(cells, plan, found)
    columns_of = {**_groups(cells, plan, grouping, found), "cell": kinds, "unusable": reasons}
    columns_of |= _slices(cells, plan, found)
    columns_of |= {"bucket": buckets(cells, plan.unit, found)} if plan.unit else {}
    return _table(grouping, columns_of, cells, SUMS)


def _scores(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> CellTable:
    """A table of scores by outcome."""
    kinds, reasons = labels(cells, plan, found)
    columns_of = {**_groups(cells, plan, grouping, found), "label": kinds, "unusable": reasons}
    columns_of |= _slices(cells, plan, found)
    for key in ("score_value", "score_bin"):
        columns_of |= {"score": cells[key].astype("float64")} if key in cells else {}
    if "score_value" in cells and plan.score:
        cells = cells.assign(**_powers_of(cells, plan.score, sampled=_is_sampled(plan)))
    return _table(grouping, columns_of, cells, (*SUMS, *POWERS, *(SQUARED if _is_sampled(plan) else ())))


def _table(grouping: Grouping, keys: dict[str, Any], cells: pd.DataFrame, sums: tuple[str, ...]) -> CellTable:
    import pandas as pd

    named = {
        name: pd.Series(list(column), dtype="float64" if name == "score" else object) for name, column in keys.items()
    }
    added = {name: cells[name].to_numpy() for name in sums}
    return CellTable(attributes=grouping.attributes, cells=summed(pd.DataFrame({**named, **added})))


def _is_sampled(plan: Plan) -> bool:
    return plan.weight is not None and plan.weight.kind == "sampling"


def _powers_of(cells: pd.DataFrame, score: ScoreRange, *, sampled: bool) -> dict[str, Any]:
    """Weight times powers of the score, where the score itself is the key."""
    part = ((cells["score_value"].astype(float) - score.low) / (score.high - score.low)).fillna(0.0)
    weights = {POWERS: "weight"} | ({SQUARED: "weight2"} if sampled else {})
    return {name: cells[by] * part ** (i + 1) for names, by in weights.items() for i, name in enumerate(names)}


def _score_counts(
    frame: nw.LazyFrame[Any], source: Source, plan: Plan, tables: dict[Grouping, CellTable], found: Found
) -> ScoreCounts | None:
    """All tables of the score; with the very scores around the median of all, if bins hide it and it is asked for."""
    if plan.score is None:
        return None
    counted = ScoreCounts(
        low=plan.score.low,
        high=plan.score.high,
        bins=BINS if any("score_bin" in grouping.keys for grouping in tables) else 0,
        distribution=plan.score.distribution,
        tables=tuple(tables.values()),
        falling=plan.score.falling,
    )
    middle = counted.middle() if plan.score.median and counted.bins else None
    if middle is not None:
        around = frame.filter(nw.col("score_bin").is_in(sorted(set(middle))))
        fine = [replace(g, keys=(*g.keys[:-1], "score_value")) for g in tables]
        near = [_scores(_grouped(around, source, plan, g, MOST_CELLS), plan, g, found) for g in fine]
        counted = replace(counted, near=tuple(near))
    return counted.settled()
