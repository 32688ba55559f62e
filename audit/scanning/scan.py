"""The scan of the rows: lay out the tables, group, and read meaning into the few cells that come back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from audit.counts.celltable import POWERS, SQUARED, SUMS, CellTable, table_of
from audit.counts.coded import Coded, coded
from audit.counts.counts import MOST_CELLS, Counts
from audit.counts.scores import BINS, ScoreCounts
from audit.errors import DataError
from audit.scanning.keyed import SCORE_UNIT, WEIGHT_UNITS, cells_of, columns, keyed, rows_of, score_unit
from audit.scanning.layout import Grouping, Layout, coarser, lay_out, too_many
from audit.scanning.meaning import Found, before, classes, declared, labels, levels, places
from audit.scanning.projection import collected
from audit.scanning.proxyscan import count_proxies
from audit.scanning.rankscan import count_ranks
from audit.scanning.slices import buckets, periods, versions
from audit.sources.source import Source
from audit.values import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["columns", "count", "digest", "keyed_rows", "prepare"]


def digest(plan: Plan) -> str:
    """The sha256 of what a plan counts, and how; which crossings are asked for, and which fractions of the best scores,
    is not a part of it.
    """
    content = asdict(replace(plan, crossings=(), scored=()))
    if not plan.ranking:  # counts that were made before there were any stay good
        del content["ranking"]
    if not plan.proxies:
        del content["proxies"]
    if not plan.classes:
        del content["classes"]
    if plan.score:
        del content["score"]["tops"]
    if plan.score and plan.score.target is None:
        del content["score"]["target"]
    if plan.baseline is None:
        del content["baseline"]
    plain = json.dumps(content, default=str, sort_keys=True)
    return hashlib.sha256(f"{type(plan.decision).__name__} {plain}".encode()).hexdigest()


def prepare(source: Source, plan: Plan, *, most_cells: int = MOST_CELLS) -> Layout:
    """Which tables a scan would count, from a look at the first rows; DataError if no memory would hold them."""
    return lay_out(keyed(source, plan), source, plan, most_cells)


def count(source: Source, plan: Plan, layout: Layout | None = None, *, most_cells: int = MOST_CELLS) -> Counts:
    """Count the rows of a source, once for each table of the layout: for nearly all policies that is once.

    Where the first rows misled the layout, there is a coarser one. Raises DataError if a value is impossible where the
    policy allows none, if the attributes cross into too many cells, or if the data changed between two tables.
    """
    frame, found = keyed(source, plan), Found()
    layout = layout or lay_out(frame, source, plan, most_cells)
    grouped = _all_grouped(frame, source, plan, layout, most_cells)
    _same_rows(source, {int(cells["n"].sum()) for cells in grouped.values()})
    tables = tuple(_cells(cells, plan, g, found) for g, cells in grouped.items() if g.family == "cells")
    scored = {g: _scores(cells, plan, g, found) for g, cells in grouped.items() if _is_of_scores(g)}
    units = [_units(cells, plan, g, found) for g, cells in grouped.items() if {"scored", "bucket"} <= {*g.keys}]
    proxies = count_proxies(frame, source, plan, found, most_cells)
    _same_rows(source, {int(table.cells["n"].sum()) for table in (*tables[:1], *(proxy.table for proxy in proxies))})
    ranks = count_ranks(frame, source, plan, found) if plan.ranking else None
    _same_rows(source, {int(table.cells["n"].sum()) for table in tables[:1]} | ({ranks.read} if ranks else set()))
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
        proxies=proxies,
        ranks=ranks,
        scores=_score_counts(frame, source, plan, scored, tuple(units)) if scored else None,
        notes=tuple(dict.fromkeys(found.notes)),
    )


def keyed_rows(source: Source, plan: Plan) -> pd.DataFrame:
    """Every row with its raw keys, as if each were a cell of its own: for metrics that need rows."""
    frame = keyed(source, plan)
    names = frame.collect_schema().names()
    wanted = [f"a{i}" for i in range(len(plan.attributes))] + [
        "decision",
        "outcome",
        "baseline",
        "state",
        "w1",
        "w2",
        "score_value",
        "target",
        "list",
        "position",
        "period",
        "version",
    ]
    rows = collected(rows_of(frame, plan).select(*(name for name in wanted if name in names)))
    return _in_units(rows.assign(n=1), plan)


# ---- grouping ------------------------------------------------------------------------------------------------------


def _all_grouped(
    frame: nw.LazyFrame[Any], source: Source, plan: Plan, layout: Layout, most_cells: int
) -> dict[Grouping, pd.DataFrame]:
    """The tables of a layout, or of a coarser one if one of them grows too large."""
    found = {}
    for grouping in layout.groupings:
        cells = _grouped(frame, plan, grouping, most_cells)
        if cells.empty:
            raise DataError(f"{source.name}: there are no rows; nothing was audited")
        if len(cells) > most_cells:
            instead = coarser(layout, grouping, plan)
            if instead is None:
                raise DataError(too_many(cells, source.name, plan, grouping, f"more than {most_cells:,} cells"))
            return _all_grouped(frame, source, plan, instead, most_cells)
        found[grouping] = cells
    return found


def _grouped(frame: nw.LazyFrame[Any], plan: Plan, grouping: Grouping, most_cells: int) -> pd.DataFrame:
    """One row for each combination of raw keys, with its sums; no more than one beyond the most."""
    names = ["w1", "w2"] if plan.weight else []
    names += _grouped_powers(plan, grouping)
    sums = [nw.len().alias("n"), *(nw.col(name).sum() for name in names)]
    return _in_units(collected(cells_of(frame, plan, grouping.keys, sums).head(most_cells + 1)), plan)


def _is_of_scores(grouping: Grouping) -> bool:
    """Does a table tell of scores, whether or not it tells of units too? That of units alone tells too little."""
    return "scored" in grouping.keys and grouping.family != "units"


def _grouped_powers(plan: Plan, grouping: Grouping) -> list[str]:
    """The sums of the score's powers that a table has to bring: none where very scores tell them."""
    if "scored" not in grouping.keys or "score_value" in grouping.keys:
        return []
    return [*POWERS[:2]] if grouping.family == "units" else _powers(plan)


def _powers(plan: Plan) -> list[str]:
    """The sums of the score's powers that a plan needs."""
    powers = plan.score.powers if plan.score else 0
    return [*POWERS[:powers], *(SQUARED[:powers] if _is_sampled(plan) else ())]


def _in_units(cells: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The sums in their own units; without weights, every row weighs 1."""
    units = dict.fromkeys(POWERS, score_unit(plan.weight)) | dict.fromkeys(SQUARED, SCORE_UNIT)
    powers = {name: cells[name].astype(float) / unit for name, unit in units.items() if name in cells}
    if plan.weight is None:
        return cells.assign(weight=cells["n"].astype(float), weight2=cells["n"].astype(float), **powers)
    unit = WEIGHT_UNITS[plan.weight.kind]
    return cells.assign(weight=cells["w1"].astype(float) / unit, weight2=cells["w2"].astype(float) / unit, **powers)


def _same_rows(source: Source, totals: set[int]) -> None:
    """Every table counts all rows."""
    if len(totals) > 1:
        shown = " and ".join(f"{total:,}" for total in sorted(totals))
        raise DataError(f"{source.name}: the data changed while they were read ({shown} rows); audit a copy at rest")


# ---- meaning -------------------------------------------------------------------------------------------------------


def _groups(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> dict[str, Coded]:
    """The group of each attribute, as columns of a table."""
    known = {a.name: (f"a{i}", a) for i, a in enumerate(plan.attributes)}
    return {f"@{name}": levels(cells, *known[name], found) for name in grouping.attributes}


def _slices(cells: pd.DataFrame, plan: Plan, found: Found) -> dict[str, Coded]:
    """Period and version, as columns of a table."""
    slices = {"period": periods(cells, plan.time, found)} if plan.time else {}
    return slices | ({"version": versions(cells, plan.version, found)} if plan.version else {})


def _cells(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> CellTable:
    """A table of confusion cells."""
    kinds, reasons = places(cells, plan, found)
    columns_of = {**_groups(cells, plan, grouping, found), "cell": kinds, "unusable": reasons}
    columns_of |= {role: classes(cells, role, flag) for role, flag in plan.kept}
    columns_of |= {"baseline": before(cells, plan.baseline)} if plan.baseline else {}
    columns_of |= _slices(cells, plan, found)
    columns_of |= {"bucket": buckets(cells, plan.unit, found)} if plan.unit else {}
    return _table(grouping, columns_of, cells, SUMS)


def _scores(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> CellTable:
    """A table of scores by outcome."""
    kinds, reasons = labels(cells, plan, found)
    columns_of = {**_groups(cells, plan, grouping, found), "label": kinds, "unusable": reasons}
    columns_of |= _slices(cells, plan, found)
    for key in ("score_value", "score_bin"):
        columns_of |= {"score": coded(cells[key].astype("float64"))} if key in cells else {}
    return _table(grouping, columns_of, cells, (*SUMS, *(name for name in _powers(plan) if name in cells)))


def _units(cells: pd.DataFrame, plan: Plan, grouping: Grouping, found: Found) -> CellTable:
    """A table of scores by outcome and by bucket of units."""
    kinds, reasons = labels(cells, plan, found)
    columns_of = {**_groups(cells, plan, grouping, found), "label": kinds, "unusable": reasons}
    columns_of |= _slices(cells, plan, found)
    columns_of |= {"bucket": buckets(cells, plan.unit or "", found)}
    columns_of |= {"score": coded(cells["score_place"].astype("float64"))} if "score_place" in cells else {}
    return _table(grouping, columns_of, cells, (*SUMS, *POWERS[:2]))


def _table(grouping: Grouping, keys: dict[str, Coded], cells: pd.DataFrame, sums: tuple[str, ...]) -> CellTable:
    added = {name: cells[name].to_numpy(dtype="float64") for name in sums}
    return table_of(grouping.attributes, keys, added)


def _is_sampled(plan: Plan) -> bool:
    return plan.weight is not None and plan.weight.kind == "sampling"


def _score_counts(
    frame: nw.LazyFrame[Any],
    source: Source,
    plan: Plan,
    tables: dict[Grouping, CellTable],
    units: tuple[CellTable, ...],
) -> ScoreCounts | None:
    """All tables of the score; with the very scores at the median and at ends of fractions that rules ask for, if bins
    hide them.
    """
    if plan.score is None:
        return None
    errors = plan.score.target is not None
    counted = ScoreCounts(
        low=0.0 if errors else plan.score.low,
        high=plan.score.high - plan.score.low if errors else plan.score.high,
        bins=BINS if any("score_bin" in grouping.keys for grouping in tables) else 0,
        distribution=plan.score.distribution,
        tables=tuple(tables.values()),
        falling=plan.score.falling,
        powers=plan.score.powers,
        sampled=_is_sampled(plan),
        errors=errors,
        tops=plan.score.tops,
        units=units,
    )
    ends = counted.ends(median=plan.score.median) if counted.bins else ()
    return replace(counted, near=_near(frame, source, plan, tables, sorted(ends))) if ends else counted.settled()


def _near(
    frame: nw.LazyFrame[Any], source: Source, plan: Plan, tables: dict[Grouping, CellTable], bins: list[float]
) -> tuple[CellTable, ...]:
    """The very scores in some bins, which have to hold as many rows as they did; none if they are too many to keep."""
    around = frame.filter(nw.col("score_bin").is_in([int(place) for place in bins]))
    near = []
    for grouping, table in tables.items():
        fine = replace(grouping, keys=(*grouping.keys[:-1], "score_value"))
        cells = _grouped(around, plan, fine, MOST_CELLS)
        if len(cells) > MOST_CELLS:
            return ()
        held = table.cells.loc[table.cells["score"].isin(bins), "n"].sum()
        _same_rows(source, {int(cells["n"].sum()), int(held)})
        near.append(_scores(cells, plan, fine, Found()))  # what there is to note was noted of all rows
    return tuple(near)
