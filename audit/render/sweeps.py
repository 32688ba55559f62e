"""The pictures of other cutoffs: whom would each select, and how far apart would the groups be?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from audit.numbers import RATIO, count, show, span
from audit.render.clean import short_name
from audit.render.labels import width
from audit.render.multiples import Axis, Picture, Point, axis, backdrop, height, pictures, says, shares
from audit.render.scales import Scale, px, ticks
from audit.render.scoreview import SHARE, Cell, ScoreFigure, ScoreTable, ScoreView, plainly
from audit.render.shapes import Area, Chart, Mark, Shape, Stroke, Text
from audit.result.records import ScoreRow, SweepPoint, SweepRatio

_AXES = "Across: cutoff. Up: selection rate."
_WHO = {
    "above": "everybody above the cutoff",
    "at_least": "everybody at or above the cutoff",
    "below": "everybody below the cutoff",
    "at_most": "everybody at or below the cutoff",
}


def figure(view: ScoreView, number: int) -> ScoreFigure | None:
    """Selection rates at other cutoffs, by group; None where no group has two points."""
    rows = tuple(row for row in view.drawn if len(_points(row)) > 1)
    if not rows:
        return None
    note = view.note
    cut = f" Dashed: the cutoff {plainly(note.cutoff)}." if note.cutoff is not None else ""
    off = max((point.error for row in rows for point in _points(row)), default=0.0)
    error = f" Between two bins a rate may be off by up to {show(off, SHARE)}." if note.width else ""
    errors = " The table adds true and false positive rates." if view.has_outcome else ""
    apart = "1 record of a group lies" if note.min_count == 1 else f"{count(note.min_count)} records of a group lie"
    return ScoreFigure(
        number=number,
        question=f"Whom would other cutoffs select ({view.attribute})?",
        caption=f"Thick: the share of a group that is selected, at each cutoff, if {_WHO[note.side]} is; "
        f"thin: the others.{cut}{errors}{error} At least {apart} between two of its "
        "points.",
        chart=_chart(view, rows),
        table=_table(view, rows),
    )


def _points(row: ScoreRow) -> tuple[SweepPoint, ...]:
    return row.curves.sweep if row.curves else ()


def _line(row: ScoreRow) -> list[Point]:
    return [(point.threshold, point.selection_rate) for point in _points(row)]


def _chart(view: ScoreView, rows: tuple[ScoreRow, ...]) -> Chart:
    places = [point.threshold for row in rows for point in _points(row)]
    across = axis(min(places), max(places))
    found = pictures([_title(view, row) for row in rows], across, shares())
    shapes: list[Shape] = [Text(0, 12, _AXES, tone="muted", size=11)]
    for row, picture in zip(rows, found, strict=True):
        shapes += _drawn(view, row, rows, picture, across)
    said = [f"{short_name(row.group)}: {_ends(row)}" for row in rows]
    title = f"Selection rates at other cutoffs by {view.attribute}. " + "; ".join(said) + "."
    return Chart(
        id=f"{view.id}-sweep", name="multiples", width=700, height=height(found), title=title, shapes=tuple(shapes),
        says=says(_AXES),
    )  # fmt: skip


def _title(view: ScoreView, row: ScoreRow) -> tuple[str, str]:
    own = _own(view, row)
    return short_name(row.group), f"selected now {show(own.selection_rate, SHARE)}" if own else f"n {count(row.n)}"


def _own(view: ScoreView, row: ScoreRow) -> SweepPoint | None:
    return next((point for point in _points(row) if point.threshold == view.note.cutoff), None)


def _ends(row: ScoreRow) -> str:
    first, last = _points(row)[0], _points(row)[-1]
    rates = (f"{show(one.selection_rate, SHARE)} at {plainly(one.threshold)}" for one in (first, last))
    return ", ".join(rates)


def _drawn(
    view: ScoreView, row: ScoreRow, rows: tuple[ScoreRow, ...], picture: Picture, across: Axis
) -> Iterator[Shape]:
    yield from backdrop(picture, across)
    for other in rows:
        if other is not row:
            yield from picture.line(_line(other), "others", 1)
    yield from picture.line(_line(row), "accent", 2.2)
    if view.note.cutoff is not None:
        yield from picture.upright(view.note.cutoff)
    own = _own(view, row)
    if own:
        yield Mark("rate", *picture.at((own.threshold, own.selection_rate)), 4.5)


def _table(view: ScoreView, rows: tuple[ScoreRow, ...]) -> ScoreTable:
    at = sorted({point.threshold for row in rows for point in _points(row)})
    return ScoreTable(
        heads=("Cutoff", *(short_name(row.group) for row in rows)),
        rows=tuple((Cell(text=_named(view, value)), tuple(_cell(row, value) for row in rows)) for value in at),
    )


def _named(view: ScoreView, value: float) -> str:
    return f"{plainly(value)} (in force)" if value == view.note.cutoff else plainly(value)


def _cell(row: ScoreRow, at: float) -> Cell:
    point = next((point for point in _points(row) if point.threshold == at), None)
    if point is None:
        return Cell(text="–")
    rates = {"TPR": point.true_positive_rate, "FPR": point.false_positive_rate}
    note = ", ".join(f"{name} {show(rate, SHARE)}" for name, rate in rates.items() if rate is not None)
    return Cell(text=show(point.selection_rate, SHARE), note=note)


# ---- the ratio at each cutoff --------------------------------------------------------------------------------------

_WIDTH, _LEFT, _TOP, _TALL, _FOOT = 700, 44, 30, 150, 26
#: Lower ratios are drawn at the foot of the picture.
_LEAST = 0.02
_RATIO_AXES = "Across: cutoff. Up: lowest selection rate over the highest."
_NAMED = (0.8, 0.5, 0.2, 0.1, 0.05, 0.02, 0.9, 0.7, 0.6, 0.4, 0.3)


def ratio_figure(view: ScoreView, number: int) -> ScoreFigure | None:
    """The lowest selection rate over the highest at each cutoff; None for fewer than two of either."""
    points = tuple(point for point in view.note.ratios.get(view.attribute, ()) if point.ratio is not None)
    if len(points) < 2:
        return None
    note = view.note
    cut = f" Dashed: the cutoff {plainly(note.cutoff)}." if note.cutoff is not None else ""
    limit = " Hatched: what a rule does not accept of a group against its reference." if view.limit else ""
    foot = f" Ratios below {_LEAST} are drawn at the foot." if min(p.ratio or 0.0 for p in points) < _LEAST else ""
    return ScoreFigure(
        number=number,
        question=f"How far apart would the groups be at other cutoffs ({view.attribute})?",
        caption="The lowest selection rate of the judged groups, divided by the highest, at each cutoff: 1 is "
        f"equal.{cut}{limit}{foot}{_sure(view, points)} No verdict depends on it. A cutoff that is chosen because it "
        "looks best here has to be audited on other data.",
        chart=_ratio_chart(view, points),
        table=_ratio_table(view, points),
    )


def _sure(view: ScoreView, points: Sequence[SweepRatio]) -> str:
    """What the intervals say, and what they do not."""
    if all(point.low is None for point in points):
        return " Each ratio stands by itself, without an interval."
    level = f"{view.confidence * 100:g}%"
    return (
        f" Upright lines: the {level} interval of each ratio by itself, with the cutoff taken as it is; they are "
        f"pointwise, so that all of them together hold with less than {level}."
    )


def _ratio_chart(view: ScoreView, points: Sequence[SweepRatio]) -> Chart:
    values = [max(value, _LEAST) for point in points for value in (point.ratio or 0.0, point.low or 1.0)]
    limit = view.limit.low if view.limit else None
    low = min([*values, limit or 1.0, 0.7]) * 0.92
    up = Scale(low=low, high=1.04, left=0, right=_TALL, log=True)
    places = [point.threshold for point in points]
    across = axis(places[0], places[-1], 8)
    x = Scale(low=across.low, high=across.high, left=_LEFT, right=_WIDTH - 14)
    shapes = [*_grid(x, up, across, limit), *_ratio_line(view, points, x, up)]
    first, last, lowest = points[0], points[-1], min(points, key=lambda point: point.ratio or 0.0)
    title = (
        f"Lowest selection rate over the highest, by {view.attribute}: {show(first.ratio, RATIO)} at a cutoff of "
        f"{plainly(first.threshold)}, {show(last.ratio, RATIO)} at {plainly(last.threshold)}, lowest "
        f"{show(lowest.ratio, RATIO)} at {plainly(lowest.threshold)}."
    )
    return Chart(
        id=f"{view.id}-ratio", name="ratio", width=_WIDTH, height=_TOP + _TALL + _FOOT, title=title,
        shapes=tuple(shapes), says=f"{_RATIO_AXES} The line is read at the cutoff in force where there is one.",
    )  # fmt: skip


def _y(up: Scale, value: float) -> float:
    return px(_TOP + _TALL - up.at(value))


def _grid(x: Scale, up: Scale, across: Axis, limit: float | None) -> Iterator[Shape]:
    yield Text(0, 12, _RATIO_AXES, tone="muted", size=11)
    if limit is not None:
        y = _y(up, limit)
        yield Area(x.left, y, px(x.right - x.left), px(_TOP + _TALL - y), "hatched")
    for value in ticks(up, _NAMED, first=(*([limit] if limit is not None else []), 1.0), apart=16):
        yield Stroke(f"M{x.left} {_y(up, value)}H{x.right}", "grid")
        yield Text(x.left - 6, _y(up, value) + 4, show(value, RATIO, (value,)), "end", "muted", 11)
    if limit is not None:
        yield Stroke(f"M{x.left} {_y(up, limit)}H{x.right}", "ink", 1.6)
    for value in across.named:
        text = across.written(value)
        left = min(x.at(value) - width(text, 11) / 2, x.right - width(text, 11))
        yield Text(px(left), _TOP + _TALL + 17, text, tone="muted", size=11)


def _ratio_line(view: ScoreView, points: Sequence[SweepRatio], x: Scale, up: Scale) -> Iterator[Shape]:
    cutoff = view.note.cutoff
    if cutoff is not None and x.low <= cutoff <= x.high:
        yield Stroke(f"M{x.at(cutoff)} {_TOP - 6}V{_TOP + _TALL}", "ink", 1.2, dashed=True)
    places = [(x.at(point.threshold), _y(up, point.ratio or 0.0)) for point in points]
    for point, (a, _) in zip(points, places, strict=True):
        if point.low is not None and point.high is not None:
            yield Stroke(f"M{a} {_y(up, point.high)}V{_y(up, max(point.low, _LEAST))}", "others", 1.4)
    yield Stroke("M" + "L".join(f"{a} {b}" for a, b in places), "accent", 2.2)
    for point, (a, b) in zip(points, places, strict=True):
        if point.threshold != cutoff:
            yield Mark("rate", a, b, 2.2)
            continue
        yield Mark("rate", a, b, 5)
        text = f"{show(point.ratio, RATIO)} now"
        right = a + 10 + width(text, 12, bold=True) < x.right
        if right:
            yield Text(px(a + 9), px(b - 8), text, bold=True)
        else:
            yield Text(px(a - 9), px(b - 8), text, "end", bold=True)


def _ratio_table(view: ScoreView, points: Sequence[SweepRatio]) -> ScoreTable:
    return ScoreTable(
        heads=("Cutoff", "Selected of all", "Ratio", "Lowest rate", "Highest rate"),
        rows=tuple(
            (
                Cell(text=_named(view, point.threshold)),
                (
                    Cell(text=show(point.selected, SHARE)),
                    Cell(text=show(point.ratio, RATIO, _fence(view)), note=_limits(view, point)),
                    Cell(text=short_name(point.lowest) if point.lowest != point.highest else "all alike"),
                    Cell(text=short_name(point.highest) if point.lowest != point.highest else "all alike"),
                ),
            )
            for point in points
        ),
    )


def _limits(view: ScoreView, point: SweepRatio) -> str:
    """The interval of one ratio by itself."""
    return "" if point.low is None else span(point.low, point.high, RATIO, _fence(view))


def _fence(view: ScoreView) -> tuple[float, ...]:
    """A ratio is never rounded onto its limit."""
    return (view.limit.low,) if view.limit and view.limit.low is not None and math.isfinite(view.limit.low) else ()
