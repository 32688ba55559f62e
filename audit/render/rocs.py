"""The picture of ROC curves: how well do scores tell outcomes apart in each group?"""

from __future__ import annotations

from collections.abc import Iterator

from audit.numbers import PLAIN, count, percent, show, span
from audit.render.clean import short_name
from audit.render.multiples import Axis, Picture, Point, backdrop, height, pictures, says, shares
from audit.render.scoreview import SHARE, Cell, ScoreFigure, ScoreTable, ScoreView, plainly, small
from audit.render.shapes import Chart, Mark, Shape, Text
from audit.result.records import ScoreRow

_AXES = "Across: false positive rate. Up: true positive rate."
#: The table gives the true positive rate at these false positive rates.
RATES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def figure(view: ScoreView, number: int) -> ScoreFigure | None:
    """ROC curves by group; None where no group has enough records of either outcome."""
    rows = tuple(row for row in view.drawn if row.curves and row.curves.roc)
    if not rows:
        return None
    note, off = view.note, max(row.curves.roc.deviation for row in rows if row.curves and row.curves.roc)
    dotted = note.cutoff is not None and any(_dot(view, row) for row in rows)
    banded = any(_band(row) for row in rows)
    band = f" Band: where all of the group’s curve lies, at {percent(view.confidence, digits=0)}." if banded else ""
    dot = f" The dot: the cutoff {plainly(note.cutoff)}." if dotted and note.cutoff is not None else ""
    return ScoreFigure(
        number=number,
        question=f"Do scores tell outcomes apart equally well in each group ({view.attribute})?",
        caption="Thick: the group; thin: the others; dashed: what chance would do. The farther a line lies above that, "
        f"the better.{band}{dot} Lines are thinned to few corners: none is off by more than {small(off)}, and "
        f"{note.min_count} records or more lie between any two corners.",
        chart=_chart(view, rows),
        table=_table(rows),
    )


def _chart(view: ScoreView, rows: tuple[ScoreRow, ...]) -> Chart:
    across = shares()
    found = pictures([_title(row) for row in rows], across, shares(), square=True)
    shapes: list[Shape] = [
        Text(0, 12, _AXES, tone="muted", size=11),
    ]
    for row, picture in zip(rows, found, strict=True):
        shapes += _drawn(view, row, rows, picture, across)
    said = [f"{short_name(row.group)}: AUC {_auc(row)}" for row in rows]
    title = f"ROC curves by {view.attribute}. " + "; ".join(said) + "."
    return Chart(
        id=f"{view.id}-roc", name="multiples", width=700, height=height(found), title=title, shapes=tuple(shapes),
        says=says(_AXES),
    )  # fmt: skip


def _title(row: ScoreRow) -> tuple[str, str]:
    return short_name(row.group), f"n {count(row.outcomes)} with outcome"


def _auc_label(row: ScoreRow, picture: Picture) -> Iterator[Shape]:
    """The AUC and its interval, where no curve that is better than chance comes."""
    found = row.roc_auc
    right = picture.x.right - 5
    yield Text(right, picture.bottom - 25, f"AUC {show(found.value, PLAIN)}", "end", bold=True)
    yield Text(right, picture.bottom - 10, span(found.low, found.high, PLAIN), "end", "muted", 11)


def _auc(row: ScoreRow) -> str:
    found = row.roc_auc
    return f"{show(found.value, PLAIN)} ({span(found.low, found.high, PLAIN)})"


def _drawn(
    view: ScoreView, row: ScoreRow, rows: tuple[ScoreRow, ...], picture: Picture, across: Axis
) -> Iterator[Shape]:
    yield from picture.area(_band(row), "band")
    yield from backdrop(picture, across)
    yield from picture.line([(0.0, 0.0), (1.0, 1.0)], "axis", 1, dashed=True)
    for other in rows:
        if other is not row:
            yield from picture.line(_points(other), "others", 1)
    yield from picture.line(_points(row), "accent", 2.2)
    yield from _auc_label(row, picture)
    dot = _dot(view, row)
    if dot:
        yield Mark("rate", *picture.at(dot), 4.5)


def _points(row: ScoreRow) -> list[Point]:
    roc = row.curves.roc if row.curves else None
    return list(zip(roc.false_positive_rate, roc.true_positive_rate, strict=True)) if roc else []


def _sides(row: ScoreRow) -> tuple[list[Point], list[Point]]:
    """The upper and the lower side of a curve's band, from left to right; empty without one."""
    roc = row.curves.roc if row.curves else None
    if roc is None or roc.band_across is None or roc.band_up is None:
        return [], []
    across, up = roc.band_across, roc.band_up
    upper = [(max(0.0, x - across), min(1.0, y + up)) for x, y in _points(row)]
    lower = [(min(1.0, x + across), max(0.0, y - up)) for x, y in _points(row)]
    return [*upper, (1.0, 1.0)], [(0.0, 0.0), *lower]


def _band(row: ScoreRow) -> list[Point]:
    """What the two sides enclose."""
    upper, lower = _sides(row)
    return [*upper, *reversed(lower)]


def _dot(view: ScoreView, row: ScoreRow) -> Point | None:
    """Where the cutoff lies on a group's curve."""
    points = row.curves.sweep if row.curves else ()
    for point in points:
        x, y = point.false_positive_rate, point.true_positive_rate
        if point.threshold == view.note.cutoff and x is not None and y is not None:
            return x, y
    return None


def _table(rows: tuple[ScoreRow, ...]) -> ScoreTable:
    return ScoreTable(
        heads=("TPR at an FPR of", *(short_name(row.group) for row in rows)),
        rows=tuple((Cell(text=f"{rate:.0%}"), tuple(_cell(row, rate) for row in rows)) for rate in RATES),
    )


def _cell(row: ScoreRow, rate: float) -> Cell:
    """A curve's height at a rate, and that of its band."""
    upper, lower = _sides(row)
    band = span(_height(lower, rate), _height(upper, rate), SHARE) if upper else ""
    return Cell(text=show(_height(_points(row), rate), SHARE), note=band)


def _height(points: list[Point], at: float) -> float:
    """How high a curve is; the top of an upright piece."""
    below = [(x, y) for x, y in points if x <= at]
    after = next(((x, y) for x, y in points if x > at), None)
    x, y = below[-1]
    if after is None or x == at:
        return y
    return y + (at - x) / (after[0] - x) * (after[1] - y)
