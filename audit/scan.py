"""The one pass over the rows: plan the keys and sums, group once, read meaning into the few cells that come back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import narwhals as nw

from audit.counts import MOST_CELLS, Counts, cell_table
from audit.errors import DataError
from audit.meaning import OUTSIDE, Found, declared, levels, places
from audit.projection import collected, project
from audit.source import Source
from audit.values import AttributeColumn, Plan, ScoreColumn, WeightColumn
from audit.wording import listed

if TYPE_CHECKING:
    import pandas as pd

#: Weights are added up as whole numbers of 1/unit, so that sums are exact and independent of the rows' order.
_UNITS = {"sampling": 2.0**64, "frequency": 1.0}
_WEIGHT_RANGE = {"sampling": (1e-6, 1e7), "frequency": (1.0, 1e12)}
_CUTS = {
    "above": lambda score, cutoff: score > cutoff,
    "at_least": lambda score, cutoff: score >= cutoff,
    "below": lambda score, cutoff: score < cutoff,
    "at_most": lambda score, cutoff: score <= cutoff,
}


def columns(plan: Plan) -> list[str]:
    """Every column of the data that the plan reads."""
    flags = [flag.column for flag in (plan.decision, plan.outcome, plan.weight) if flag]
    return list(dict.fromkeys([attribute.column for attribute in plan.attributes] + flags))


def digest(plan: Plan) -> str:
    """The sha256 of what a plan counts, and how."""
    plain = json.dumps(asdict(plan), default=str, sort_keys=True)
    return hashlib.sha256(f"{type(plan.decision).__name__} {plain}".encode()).hexdigest()


def count(source: Source, plan: Plan, *, most_cells: int = MOST_CELLS) -> Counts:
    """Count the rows of a source in one pass.

    Raises DataError if a value is impossible where the policy allows none, or the attributes cross into too many cells.
    """
    cells = _grouped(source, plan, most_cells)
    if cells.empty:
        raise DataError(f"{source.name}: there are no rows; nothing was audited")
    found = Found()
    groups = {a.name: levels(cells, f"a{place}", a, found) for place, a in enumerate(plan.attributes)}
    kinds, reasons = places(cells, plan, found)
    if found.problems:
        raise DataError([f"{source.name}: {problem}" for problem in found.problems])
    return Counts(
        attributes=tuple(groups),
        declared={a.name: declared(a) for a in plan.attributes},
        plan=digest(plan),
        weighted=plan.weight.kind if plan.weight else None,
        has_outcome=plan.outcome is not None,
        table=cell_table(cells, groups, kinds, reasons),
        notes=tuple(found.notes),
    )


# ---- the pass ------------------------------------------------------------------------------------------------------


def _grouped(source: Source, plan: Plan, most_cells: int) -> pd.DataFrame:
    """One row for each combination of raw keys, with its sums."""
    sums = [nw.len().alias("n"), *([nw.col("w1").sum(), nw.col("w2").sum()] if plan.weight else [])]
    grouped = _keyed(source, plan).group_by(*_key_names(plan)).agg(*sums)
    cells = collected(grouped.head(most_cells + 1))
    if len(cells) > most_cells:
        raise DataError(_too_many(source, plan, cells))
    return _with_weights(cells, plan.weight)


def keyed_rows(source: Source, plan: Plan) -> pd.DataFrame:
    """Every row with its raw keys, as if each were a cell of its own: for metrics that need rows."""
    sums = ["w1", "w2"] if plan.weight else []
    rows = collected(_keyed(source, plan).select(*_key_names(plan), *sums))
    return _with_weights(rows.assign(n=1), plan.weight)


def _keyed(source: Source, plan: Plan) -> nw.LazyFrame[Any]:
    """The rows with their raw keys, and their weights in units."""
    frame = project(source.frame, source.inner, texts=_text_columns(plan), numbers=_number_columns(plan))
    keys = [_bin(f"a{i}", a).alias(f"a{i}") for i, a in enumerate(plan.attributes) if a.edges]
    if isinstance(plan.decision, ScoreColumn):
        keys.append(_decided(plan.decision).alias("decision"))
    if plan.weight:
        exact = frame.implementation.is_duckdb()
        keys += [_weight_state(plan.weight).alias("state"), *_scaled_weights(plan.weight, exact=exact)]
    return frame.with_columns(*keys) if keys else frame


def _key_names(plan: Plan) -> list[str]:
    attributes = [f"a{i}" for i in range(len(plan.attributes))]
    return [*attributes, "decision", *["outcome"] * bool(plan.outcome), *["state"] * bool(plan.weight)]


def _text_columns(plan: Plan) -> dict[str, str]:
    texts = {f"a{i}": a.column for i, a in enumerate(plan.attributes) if not a.edges}
    texts |= {} if isinstance(plan.decision, ScoreColumn) else {"decision": plan.decision.column}
    return texts | ({"outcome": plan.outcome.column} if plan.outcome else {})


def _number_columns(plan: Plan) -> dict[str, str]:
    numbers = {f"a{i}": a.column for i, a in enumerate(plan.attributes) if a.edges}
    numbers |= {"decision": plan.decision.column} if isinstance(plan.decision, ScoreColumn) else {}
    return numbers | ({"weight": plan.weight.column} if plan.weight else {})


def _bin(name: str, attribute: AttributeColumn) -> nw.Expr:
    """The place of a number among the bins [edge, next edge), the last one closed; `outside` where it has none."""
    number, edges = nw.col(name), attribute.edges
    inside = nw.lit(str(len(edges) - 2))
    for place in reversed(range(len(edges) - 2)):
        inside = nw.when(number < edges[place + 1]).then(nw.lit(str(place))).otherwise(inside)
    within = (number >= edges[0]) & (number <= edges[-1])
    return nw.when(nw.col(f"{name}_present")).then(nw.when(within).then(inside).otherwise(nw.lit(OUTSIDE)))


def _decided(score: ScoreColumn) -> nw.Expr:
    """The decision that a score and its cutoff make: 1, 0, `outside` where it is no number, or NULL."""
    number = nw.col("decision")
    decided = nw.when(_CUTS[score.positive](number, float(score.cutoff))).then(nw.lit("1")).otherwise(nw.lit("0"))
    known = nw.when(number.is_null()).then(nw.lit(OUTSIDE)).otherwise(decided)
    return nw.when(nw.col("decision_present")).then(known)


def _weight_state(weight: WeightColumn) -> nw.Expr:
    """`ok`, `outside` (not a number, negative, or beyond what can be added up exactly), or NULL for missing."""
    number = nw.col("weight")
    low, high = _WEIGHT_RANGE[weight.kind]
    fine = (number == 0) | ((number >= low) & (number <= high))
    if weight.kind == "frequency":
        fine = fine & (number == number.round(0))
    return nw.when(nw.col("weight_present")).then(nw.when(fine).then(nw.lit("ok")).otherwise(nw.lit(OUTSIDE)))


def _scaled_weights(weight: WeightColumn, *, exact: bool) -> tuple[nw.Expr, nw.Expr]:
    """Weight and squared weight as whole numbers of units; 0 where the weight is not usable.

    Not every engine has whole numbers that are large enough for sampling weights; the others add up floats.
    """
    number = nw.when(_weight_state(weight) == "ok").then(nw.col("weight")).otherwise(nw.lit(0.0))
    if weight.kind == "frequency":  # a repeated row needs no squares
        repeats = number.round(0).cast(nw.Int64)
        return repeats.alias("w1"), repeats.alias("w2")
    scaled = [number * _UNITS[weight.kind], number * number * _UNITS[weight.kind]]
    if exact:
        scaled = [one.round(0).cast(nw.Int128) for one in scaled]
    return scaled[0].alias("w1"), scaled[1].alias("w2")


def _with_weights(cells: pd.DataFrame, weight: WeightColumn | None) -> pd.DataFrame:
    """The sums in their own units; without weights, every row weighs 1."""
    if weight is None:
        return cells.assign(weight=cells["n"].astype(float), weight2=cells["n"].astype(float))
    unit = _UNITS[weight.kind]
    return cells.assign(weight=cells["w1"].astype(float) / unit, weight2=cells["w2"].astype(float) / unit)


def _too_many(source: Source, plan: Plan, cells: pd.DataFrame) -> str:
    """Which columns make the crossing too fine, widest first."""
    names = {f"a{i}": a.column for i, a in enumerate(plan.attributes)} | {"decision": plan.decision.column}
    if plan.outcome:
        names["outcome"] = plan.outcome.column
    distinct = sorted(((cells[key].nunique(), column) for key, column in names.items()), reverse=True)
    widest = listed(f"{column!r} has at least {n:,} values" for n, column in distinct[:3])
    return (
        f"{source.name}: the columns cross into more than {len(cells) - 1:,} cells ({widest}); give the widest one "
        "bins or merges, or audit fewer attributes at a time"
    )
