"""The picture of calibration: does the same score mean the same in each group?"""

from __future__ import annotations

from collections.abc import Iterator

from audit.numbers import STEP, count, percent, show, span
from audit.render.clean import short_name
from audit.render.multiples import Axis, Picture, Point, axis, backdrop, height, pictures, says, shares
from audit.render.scales import px
from audit.render.scoreview import SHARE, Cell, ScoreFigure, ScoreTable, ScoreView, small
from audit.render.shapes import Chart, Mark, Shape, Stroke, Text
from audit.result.records import ReliabilityBin, ScoreRow


def figure(view: ScoreView, number: int) -> ScoreFigure | None:
    """Calibration by group; None where no group has enough records with an outcome."""
    rows = tuple(row for row in view.drawn if _bins(row))
    if not rows:
        return None
    note = view.note
    line = "; dashed: where scores and outcomes agree" if note.probability else ""
    off = f" A mean score may be off by {small(note.width / 2)}." if note.width else ""
    return ScoreFigure(
        number=number,
        question=f"Does the same score mean the same in each group ({view.attribute})?",
        caption=f"Each dot: a tenth of a group’s records, or nearly; their mean score and share of {view.spoken_for} "
        f"with its {percent(view.confidence, digits=0)} interval. Thin: the others{line}. Where a group’s dots lie "
        f"higher than the others’, it has more {view.spoken_for} at the same score.{off} Every dot stands for at "
        f"least {note.min_count} records.",
        chart=_chart(view, rows),
        table=_table(view, rows),
    )


def _bins(row: ScoreRow) -> tuple[ReliabilityBin, ...]:
    return row.curves.reliability if row.curves else ()


def _chart(view: ScoreView, rows: tuple[ScoreRow, ...]) -> Chart:
    bins = [one for row in rows for one in _bins(row)]
    ends = [(one.observed_low, one.observed_high, one.observed) for one in bins]
    top = max(value for end in ends for value in end if value is not None)
    lowest, highest = min(one.mean_score for one in bins), max(one.mean_score for one in bins)
    if view.note.probability:
        most = min(1.0, max(top, highest) * 1.05)
        across, up = shares(most), shares(most)
    else:
        room = (highest - lowest or 1.0) * 0.05
        across, up = axis(lowest - room, highest + room), shares(min(1.0, top * 1.05))
    found = pictures([_title(view, row) for row in rows], across, up, square=view.note.probability)
    words = f"Across: mean score. Up: share of {view.spoken_for}."
    shapes: list[Shape] = [Text(0, 12, words, tone="muted", size=11)]
    for row, picture in zip(rows, found, strict=True):
        shapes += _drawn(view, row, rows, picture, across)
    title = f"Calibration of scores by {view.attribute}. " + "; ".join(_said(row) for row in rows) + "."
    return Chart(
        id=f"{view.id}-calibration", name="multiples", width=700, height=height(found), title=title,
        shapes=tuple(shapes), says=says(words),
    )  # fmt: skip


def _title(view: ScoreView, row: ScoreRow) -> tuple[str, str]:
    large = row.calibration_in_the_large
    if view.note.probability and large.value is not None:
        return short_name(row.group), f"in the large {show(large.value, STEP)}"
    return short_name(row.group), f"n {count(row.outcomes)} with outcome"


def _said(row: ScoreRow) -> str:
    bins = _bins(row)
    ends = f"{show(bins[0].observed, SHARE)} in the lowest bin, {show(bins[-1].observed, SHARE)} in the highest"
    return f"{short_name(row.group)}: {ends}"


def _drawn(
    view: ScoreView, row: ScoreRow, rows: tuple[ScoreRow, ...], picture: Picture, across: Axis
) -> Iterator[Shape]:
    bins = _bins(row)
    sides = [
        [(one.mean_score, end) for one in bins if (end := getattr(one, name)) is not None]
        for name in ("observed_low", "observed_high")
    ]
    yield from picture.area([*sides[0], *reversed(sides[1])], "band")
    yield from backdrop(picture, across)
    if view.note.probability:
        yield from picture.line([(0.0, 0.0), (picture.up.high, picture.up.high)], "axis", 1, dashed=True)
    for other in rows:
        if other is not row:
            yield from picture.line(_line(other), "others", 1)
    yield from picture.line(_line(row), "accent", 1.6)
    for one in bins:
        yield from _dot(one, picture)


def _dot(one: ReliabilityBin, picture: Picture) -> Iterator[Shape]:
    x, y = picture.at((one.mean_score, one.observed))
    if one.observed_low is not None and one.observed_high is not None:
        low, high = (picture.at((one.mean_score, end))[1] for end in (one.observed_low, one.observed_high))
        yield Stroke(f"M{x} {px(low)}V{px(high)}", "accent", 1)
    yield Mark("rate", x, y, 2.6)


def _line(row: ScoreRow) -> list[Point]:
    return [(one.mean_score, one.observed) for one in _bins(row)]


def _table(view: ScoreView, rows: tuple[ScoreRow, ...]) -> ScoreTable:
    most = max(len(_bins(row)) for row in rows)
    return ScoreTable(
        heads=("Bin", *(short_name(row.group) for row in rows)),
        rows=tuple((Cell(text=str(i + 1)), tuple(_cell(view, row, i) for row in rows)) for i in range(most)),
    )


def _score(view: ScoreView, one: ReliabilityBin) -> str:
    """The mean score of a bin; the score itself where it holds a single one."""
    return view.written(one.mean_score) if one.low == one.high else show(one.mean_score, view.score)


def _cell(view: ScoreView, row: ScoreRow, place: int) -> Cell:
    bins = _bins(row)
    if place >= len(bins):
        return Cell(text="–")
    one = bins[place]
    interval = f" ({span(one.observed_low, one.observed_high, SHARE)})" if one.observed_low is not None else ""
    n = int(one.n) if one.n == int(one.n) else one.n
    return Cell(
        text=f"{_score(view, one)} → {show(one.observed, SHARE)}",
        note=f"{interval.strip()} n {count(n)}",
    )
