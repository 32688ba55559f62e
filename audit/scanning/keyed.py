"""The rows of a table with the keys that a plan counts by, and the numbers that it adds up: expressions only.

Columns whose values are keys themselves stay as they are, and become text when they are counted: of a few cells that is
quicker than of all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw

from audit.counts.celltable import POWERS, SQUARED
from audit.counts.scores import BINS
from audit.scanning.meaning import OUTSIDE
from audit.scanning.projection import in_text, project
from audit.scanning.proxykeys import proxy_expressions, proxy_numbers
from audit.scanning.units import with_bucket
from audit.sources.source import Source
from audit.stats.design_effect import FIRST, PLACES
from audit.values import AttributeColumn, BinaryColumn, Plan, ScoreColumn, ScoreRange, TimeColumn, WeightColumn

#: Numbers are added up as whole numbers of 1/unit, so that sums are exact and independent of the rows' order.
WEIGHT_UNITS = {"sampling": 2.0**64, "frequency": 1.0}
SCORE_UNIT = 2.0**50
_SAMPLED_SCORE_UNIT = 2.0**38
_WEIGHT_RANGE = {"sampling": (1e-6, 1e7), "frequency": (1.0, 1e12)}
_CUTS = {
    "above": lambda score, cutoff: score > cutoff,
    "at_least": lambda score, cutoff: score >= cutoff,
    "below": lambda score, cutoff: score < cutoff,
    "at_most": lambda score, cutoff: score <= cutoff,
}
#: Numbers that are used only where they lie in a range, as those do that are cut into bins.
_RANGED = ("weight", "score", "target")
#: So much of a date's text says in which period it lies, and that it is a date: a year ends where it should.
_DATE_LENGTH = {"year": 5, "month": 8, "quarter": 8, "week": 10, "day": 10}


def columns(plan: Plan) -> list[str]:
    """Every column of the data that the plan reads."""
    named = [plan.decision, plan.outcome, plan.weight, plan.score, plan.time, plan.baseline]
    lists = (plan.ranking.list, plan.ranking.position) if plan.ranking else ()
    others = (plan.score.target if plan.score else None, *lists, plan.unit, plan.version)
    flags = [*(part.column for part in named if part), *(name for name in others if name)]
    flags += [column for proxy in plan.proxies for column in proxy.columns]
    return list(dict.fromkeys([attribute.column for attribute in plan.attributes] + flags))


def keyed(source: Source, plan: Plan) -> nw.LazyFrame[Any]:
    """The rows with their raw keys, and what is to be added up of them in units."""
    numbers = _numbers(plan)
    ranged = {name for name in numbers if name in _RANGED or name in {f"a{i}" for i in range(len(plan.attributes))}}
    frame = project(source.frame, source.inner, texts=_texts(plan), numbers=numbers, raw=_raw(plan), ranged=ranged)
    exact = frame.implementation.is_duckdb()
    keys = [_bin(f"a{i}", a).alias(f"a{i}") for i, a in enumerate(plan.attributes) if a.edges]
    if isinstance(plan.decision, ScoreColumn):
        keys.append(_decided(plan.decision).alias("decision"))
    usable: list[nw.Expr] = []
    if plan.weight:
        keys.append(_weight_state(plan.weight).alias("state"))
        usable.append(_weight().alias("once"))
    if plan.time:
        keys.append(_period(plan.time).alias("period"))
    if plan.score:
        keys.append(_score_state(plan.score).alias("scored"))
        keys += [_side().alias("side")] if plan.score.target else []
        usable.append(_part(plan.score).alias("part"))
    sums = [*(_weights(plan.weight, exact=exact) if plan.weight else ())]
    if plan.score:
        sums += [*_score_keys(), *_powers(plan.score, plan.weight, exact=exact)]
    sums += proxy_expressions(plan, lambda number: _whole(number, exact=exact))
    for step in (keys, usable, sums):  # each of what is there before it, so that nothing is worked out twice
        frame = frame.with_columns(*step) if step else frame
    if plan.unit and plan.score:
        frame = frame.with_columns(_place().alias("score_place"))
    return with_bucket(frame) if plan.unit else frame


def cells_of(frame: nw.LazyFrame[Any], plan: Plan, keys: Sequence[str], sums: Sequence[nw.Expr]) -> nw.LazyFrame[Any]:
    """One row for each combination of raw keys in text, with its sums."""
    return _told(in_text(frame.group_by(*keys).agg(*sums), [key for key in keys if key in _raw(plan)]), keys)


def rows_of(frame: nw.LazyFrame[Any], plan: Plan) -> nw.LazyFrame[Any]:
    """Every row, its raw keys in text."""
    return _told(in_text(frame, list(_raw(plan))), frame.collect_schema().names())


def _told(frame: nw.LazyFrame[Any], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """What was true or false of rows, told: `ok`, or `outside`; NULL stays NULL."""
    told = [_state_told(name).alias(name) for name in ("state", "scored") if name in names]
    return frame.with_columns(*told) if told else frame


def _state_told(name: str) -> nw.Expr:
    state = nw.col(name)
    return nw.when(state).then(nw.lit("ok")).otherwise(nw.when(~state).then(nw.lit(OUTSIDE)))


def read_columns(source: Source, plan: Plan) -> tuple[nw.LazyFrame[Any], list[str]]:
    """All that an audit reads of each row, in text, and the names of these columns."""
    texts, numbers = _raw(plan) | _texts(plan), _numbers(plan)
    frame = project(source.frame, source.inner, texts=texts, numbers=numbers)
    return in_text(frame, list(numbers)), [*texts, *numbers]


def _raw(plan: Plan) -> dict[str, str]:
    """The keys that are columns as they are."""
    raw = {f"a{i}": a.column for i, a in enumerate(plan.attributes) if not a.edges}
    named = {
        "decision": plan.decision.column if isinstance(plan.decision, BinaryColumn) else None,
        "outcome": plan.outcome.column if plan.outcome else None,
        "baseline": plan.baseline.column if plan.baseline else None,
        "version": plan.version,
    }
    return raw | {name: column for name, column in named.items() if column is not None}


def _texts(plan: Plan) -> dict[str, str]:
    """The columns that a key is cut from."""
    named = {"period": plan.time.column if plan.time else None, "unit": plan.unit}
    named["list"] = plan.ranking.list if plan.ranking else None
    return {name: column for name, column in named.items() if column is not None}


def _numbers(plan: Plan) -> dict[str, str]:
    numbers = {f"a{i}": a.column for i, a in enumerate(plan.attributes) if a.edges}
    numbers |= {"decision": plan.decision.column} if isinstance(plan.decision, ScoreColumn) else {}
    numbers |= {"score": plan.score.column} if plan.score else {}
    numbers |= {"target": plan.score.target} if plan.score and plan.score.target else {}
    numbers |= {"position": plan.ranking.position} if plan.ranking else {}
    numbers |= proxy_numbers(plan)
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


def _period(time: TimeColumn) -> nw.Expr:
    """As much of the date as its period needs; the rest of the way to a period's name is made afterwards."""
    return nw.col("period").str.strip_chars().str.slice(0, _DATE_LENGTH[time.period])


# ---- weights -------------------------------------------------------------------------------------------------------


def _weight_state(weight: WeightColumn) -> nw.Expr:
    """Is the weight a number, neither negative nor beyond what can be added up exactly? NULL where it is missing."""
    number = nw.col("weight")
    low, high = _WEIGHT_RANGE[weight.kind]
    fine = (number == 0) | ((number >= low) & (number <= high))
    fine = fine & (number == number.round(0)) if weight.kind == "frequency" else fine
    return nw.when(nw.col("weight_present")).then(_or_false(fine))


def _or_false(known: nw.Expr) -> nw.Expr:
    """False where it is not known, as of what is no number."""
    return nw.when(known).then(nw.lit(value=True)).otherwise(nw.lit(value=False))


def _weight() -> nw.Expr:
    """The weight, 0 where it is not usable."""
    return nw.when(nw.col("state")).then(nw.col("weight")).otherwise(nw.lit(0.0))


def _weights(weight: WeightColumn, *, exact: bool) -> tuple[nw.Expr, nw.Expr]:
    """Weight and squared weight as whole numbers of units.

    Not every engine has whole numbers that are large enough for sampling weights; the others add up floats.
    """
    number = nw.col("once")
    if weight.kind == "frequency":  # a repeated row needs no squares
        repeats = number.round(0).cast(nw.Int64)
        return repeats.alias("w1"), repeats.alias("w2")
    unit = WEIGHT_UNITS[weight.kind]
    return _whole(number * unit, exact=exact).alias("w1"), _whole(number * number * unit, exact=exact).alias("w2")


def _whole(number: nw.Expr, *, exact: bool) -> nw.Expr:
    """The nearest whole number, to which DuckDB casts by itself."""
    return number.cast(nw.Int128) if exact else number


def _small(number: nw.Expr, *, exact: bool) -> nw.Expr:
    """The same for numbers below 2^63, which is quicker; their sum has room for as many rows as there are."""
    return number.cast(nw.Int64) if exact else number


# ---- scores --------------------------------------------------------------------------------------------------------


_IS_SCORED = nw.col("scored")


def _score_state(score: ScoreRange) -> nw.Expr:
    """Is the score a number in its range? NULL where it is missing."""
    present = nw.col("score_present") & nw.col("target_present") if score.target else nw.col("score_present")
    return nw.when(present).then(_or_false(_is_inside(score)))


def _is_inside(score: ScoreRange) -> nw.Expr:
    """Does the score lie in its range, and what it predicts? Not known of one that is none."""
    inside = (nw.col("score") >= score.low) & (nw.col("score") <= score.high)
    if score.target is None:
        return inside
    return inside & (nw.col("target") >= score.low) & (nw.col("target") <= score.high)


def _side() -> nw.Expr:
    """Is a prediction too high? `1` where it is not too low, else `0`."""
    return nw.when(nw.col("score") >= nw.col("target")).then(nw.lit("1")).otherwise(nw.lit("0"))


def _missed(score: ScoreRange) -> nw.Expr:
    """By which part of the range a prediction misses its target, from 0 to 1; 0 where it is not usable."""
    high, low = (nw.when(_IS_SCORED).then(nw.col(name)).otherwise(nw.lit(0.0)) for name in ("score", "target"))
    return nw.when(high >= low).then(high - low).otherwise(low - high) / (score.high - score.low)


def _part(score: ScoreRange) -> nw.Expr:
    """Where in its range the score lies, from 0 to 1; 0 where it is not usable."""
    if score.target:
        return _missed(score)
    inside = nw.when(_IS_SCORED).then(nw.col("score")).otherwise(nw.lit(score.low))
    return (inside - score.low) / (score.high - score.low)


def _score_keys() -> tuple[nw.Expr, nw.Expr]:
    """The score itself, with one zero only, and the place of its bin."""
    place = (nw.col("part") * BINS).floor().cast(nw.Int64)
    return (
        nw.when(_IS_SCORED).then(nw.col("score") + 0.0).alias("score_value"),
        nw.when(_IS_SCORED).then(nw.when(place > BINS - 1).then(nw.lit(BINS - 1)).otherwise(place)).alias("score_bin"),
    )


def _place() -> nw.Expr:
    """The place of the score in its range, as `audit.stats.design_effect.place_of` has it, from its bin."""
    fine = nw.col("score_bin")
    from_end = nw.when(fine < BINS // 2).then(fine).otherwise(BINS - 1 - fine)
    steps = (from_end * (1.0 / FIRST)).sqrt().floor().cast(nw.Int64)
    return nw.when(fine < BINS // 2).then(steps).otherwise(PLACES - 1 - steps)


def _powers(score: ScoreRange, weight: WeightColumn | None, *, exact: bool) -> list[nw.Expr]:
    """Weight times the first powers of the score's part, and for sampling weights the squared weight too."""
    part, unit = nw.col("part"), score_unit(weight)
    whole = _whole if weight and weight.kind == "frequency" else _small
    once = nw.col("once") * unit if weight else nw.lit(unit)
    sums = _times(once, part, POWERS[: score.powers], lambda number: whole(number, exact=exact))
    if weight is None or weight.kind == "frequency":
        return sums
    squared = nw.col("once") * nw.col("once") * SCORE_UNIT
    return sums + _times(squared, part, SQUARED[: score.powers], lambda number: _whole(number, exact=exact))


def score_unit(weight: WeightColumn | None) -> float:
    """In which parts powers of scores are added up: as fine as 64 bits allow for the largest sampling weight."""
    return _SAMPLED_SCORE_UNIT if weight and weight.kind == "sampling" else SCORE_UNIT


def _times(factor: nw.Expr, part: nw.Expr, names: Sequence[str], whole: Callable[[nw.Expr], nw.Expr]) -> list[nw.Expr]:
    """The factor times the first power of the part, the second, and so on, as whole numbers of units."""
    sums = []
    for name in names:
        factor = factor * part
        sums.append(whole(factor).alias(name))
    return sums
