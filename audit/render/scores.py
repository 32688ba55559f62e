"""The section on scores: for each attribute a table of its groups, and pictures that answer questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audit.numbers import PLAIN, STEP, count, show, span
from audit.render import calibrations, distributions, rocs, sweeps
from audit.render.clean import short_name
from audit.render.scoreview import Cell, ScoreFigure, ScoreTable, ScoreView, small, views
from audit.result import AuditResult
from audit.result.records import ScoreRow, ScoreValue

#: On paper so many attributes have pictures, and crossings of several have none.
MOST_ATTRIBUTES_ON_PAPER = 3
_FIGURES = (distributions.figure, rocs.figure, calibrations.figure, sweeps.figure, sweeps.ratio_figure)


@dataclass(frozen=True, kw_only=True)
class ScorePart:
    """The scores by one attribute: its table, its pictures, and why there are no pictures, if so."""

    view: ScoreView
    table: ScoreTable
    figures: tuple[ScoreFigure, ...]
    undrawn: str | None


def score_parts(result: AuditResult, most: int, *, first: int, paper: bool) -> tuple[ScorePart, ...]:
    """Every attribute's part, with at most so many groups; figures are numbered from `first`."""
    parts: list[ScorePart] = []
    number = first
    for view in views(result, most):
        drawn = sum(bool(part.figures) for part in parts)
        wanted = not paper or (not view.crossed and drawn < MOST_ATTRIBUTES_ON_PAPER)
        figures = tuple(_figures(view, number)) if wanted and view.drawn else ()
        number += len(figures)
        parts.append(ScorePart(view=view, table=_table(view), figures=figures, undrawn=_undrawn(view, wanted=wanted)))
    return tuple(parts)


def _figures(view: ScoreView, first: int) -> Iterator[ScoreFigure]:
    number = first
    for make in _FIGURES:
        found = make(view, number)
        if found is not None:
            number += 1
            yield found


def _undrawn(view: ScoreView, *, wanted: bool) -> str | None:
    if not view.drawn:
        return "No group has curves: " + (view.rows[0].no_curves or "too few records") + "."
    if not wanted:
        return "Its pictures are in the HTML report."
    groups = len(view.rows) + view.left_out
    return f"The {len(view.drawn)} largest groups are drawn." if len(view.drawn) < groups else None


def counted_words(result: AuditResult) -> str:
    """How the scores were counted, and how far that may have moved what is shown."""
    note = result.score_note
    if note is None:
        return ""
    whole = result.scores[0]
    if all(value.value is None for value in whole.quantiles.values()):
        return "Only sums of the scores were counted: means and standard deviations are exact, no more is known."
    if not note.width:
        return "Every distinct score was counted, so nothing here is off for want of detail."
    half = small(note.width / 2)
    auc = f", the AUC of everyone by {small(whole.roc_auc.error)}" if whole.roc_auc.value is not None else ""
    return (
        f"Scores were counted in bins of width {small(note.width)}: a quantile may be off by {half}{auc}, and "
        "intervals are widened by that. Means and standard deviations are exact. Each error is in result.json beside "
        "its number."
    )


# ---- the table of groups -------------------------------------------------------------------------------------------


def _table(view: ScoreView) -> ScoreTable:
    rows = (view.everyone, *view.rows)
    columns: dict[str, Callable[[ScoreRow], Cell]] = {
        "Mean": lambda row: _mean(view, row),
        "Median": lambda row: _median(view, row),
        "Distance from others": lambda row: _distance(view, row),
    }
    if view.has_outcome and any(row.roc_auc.value is not None for row in rows):
        columns["ROC AUC"] = lambda row: _sure(row, row.roc_auc)
    if view.has_outcome and view.note.probability:
        columns["Calibration in the large"] = lambda row: _sure(row, row.calibration_in_the_large, signed=True)
        if any(row.calibration_slope.value is not None for row in rows):
            columns["Calibration slope"] = lambda row: _sure(row, row.calibration_slope)
            columns["Calibration error"] = lambda row: _sure(row, row.calibration_error)
    if all(row.quantiles["0.5"].value is None and row.mean.value is not None for row in rows[:1]):
        del columns["Median"], columns["Distance from others"]
    return ScoreTable(
        heads=("Group", "Records", *columns),
        rows=tuple((_name(row), (Cell(text=count(row.n)), *(make(row) for make in columns.values()))) for row in rows),
    )


def _name(row: ScoreRow) -> Cell:
    """The group's name, and why it has no numbers, said once."""
    name = "Everyone" if not row.group_key else short_name(row.group)
    return Cell(text=name, note=row.mean.reason or "" if row.mean.value is None else "")


def _mean(view: ScoreView, row: ScoreRow) -> Cell:
    if row.mean.value is None:
        return _none(row, row.mean)
    return Cell(text=show(row.mean.value, view.score), note=f"SD {show(row.deviation.value, view.score)}")


def _median(view: ScoreView, row: ScoreRow) -> Cell:
    middle = row.quantiles["0.5"]
    if middle.value is None:
        return _none(row, middle)
    half = view.between(row.quantiles["0.25"].value, row.quantiles["0.75"].value)
    return Cell(text=view.written(middle.value), note=f"half: {half}")


def _distance(view: ScoreView, row: ScoreRow) -> Cell:
    if row.kolmogorov_smirnov.value is None:
        return _none(row, row.kolmogorov_smirnov)
    return Cell(
        text=f"KS {show(row.kolmogorov_smirnov.value, PLAIN)}",
        note=f"moved by {show(row.wasserstein.value, view.score)}",
    )


def _sure(row: ScoreRow, value: ScoreValue, *, signed: bool = False) -> Cell:
    """A value and its interval."""
    if value.value is None:
        return _none(row, value)
    unit = STEP if signed else PLAIN
    interval = "" if value.low is None and value.high is None else span(value.low, value.high, unit)
    return Cell(text=show(value.value, unit), note=interval)


def _none(row: ScoreRow, value: ScoreValue) -> Cell:
    """Nothing, and why, unless that is true of the whole row."""
    return Cell(text="–", note=(value.reason or "") if row.mean.value is not None and row.group_key else "")
