"""The picture of distributions: what scores do the groups receive?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from audit.numbers import count, show
from audit.render.clean import short_name
from audit.render.multiples import Axis, Picture, Point, axis, backdrop, height, pictures, says
from audit.render.scales import px
from audit.render.scoreview import SHARE, Cell, ScoreFigure, ScoreTable, ScoreView, plainly, small
from audit.render.shapes import Chart, Mark, Shape, Stroke, Text
from audit.result.records import ScoreRow
from audit.wording import counted

_AXES = "Across: score. Area: share of the group’s records."


def figure(view: ScoreView, number: int) -> ScoreFigure:
    """Distributions by group, everyone's behind each."""
    note = view.note
    cut = f" Dashed: the cutoff {plainly(note.cutoff)}." if note.cutoff is not None else ""
    exact = "Every distinct score was counted" if not note.width else "Scores were counted in bins"
    error = f", so a median may be off by {small(note.width / 2)}" if note.width else ""
    return ScoreFigure(
        number=number,
        question=f"Do groups receive different scores ({view.attribute})?",
        caption="Filled: how the scores of a group are spread; thin outline: everyone. Below: the middle half and "
        f"the median.{cut} {exact}{error}; every bar holds at least {counted(note.min_count, 'record')}, and the "
        "outermost also hold the few beyond.",
        chart=_chart(view),
        table=_table(view),
    )


def _chart(view: ScoreView) -> Chart:
    rows = [*view.drawn, view.everyone]
    bars = [bar for row in rows if row.curves for bar in row.curves.distribution]
    across = axis(min(bar.low for bar in bars), max(bar.high for bar in bars))
    up = Axis(low=0.0, high=1.06 * max(bar.share / (bar.high - bar.low) for bar in bars), named=())
    found = pictures([_title(row) for row in view.drawn], across, up)
    shapes = [shape for row, one in zip(view.drawn, found, strict=True) for shape in _drawn(view, row, one, across)]
    shapes.insert(0, Text(0, 12, _AXES, tone="muted", size=11))
    return Chart(
        id=f"{view.id}-distribution", name="multiples", width=700, height=height(found) + 8, title=in_words(view),
        shapes=tuple(shapes), says=says(_AXES),
    )  # fmt: skip


def _title(row: ScoreRow) -> tuple[str, str]:
    return short_name(row.group), f"n {count(row.n)}"


def in_words(view: ScoreView) -> str:
    """What the chart shows, for those who hear it."""
    said = [f"{short_name(row.group)}: {_quartiles(view, row)}" for row in view.drawn]
    return f"Distribution of scores by {view.attribute}. " + "; ".join(said) + "."


def _quartiles(view: ScoreView, row: ScoreRow) -> str:
    median = view.written(row.quantiles["0.5"].value)
    return f"median {median}, middle half {view.between(row.quantiles['0.25'].value, row.quantiles['0.75'].value)}"


def _drawn(view: ScoreView, row: ScoreRow, picture: Picture, across: Axis) -> Iterator[Shape]:
    own, whole = _steps(row), _steps(view.everyone)
    yield from picture.area(own, "band")
    yield from backdrop(picture, across)
    yield from picture.line(whole, "others", 1.4)
    yield from picture.line(own, "accent", 2)
    if view.note.cutoff is not None:
        yield from picture.upright(view.note.cutoff)
    yield from _box(row, picture)


def _box(row: ScoreRow, picture: Picture) -> Iterator[Shape]:
    """The middle half and the median, below the axis."""
    low, middle, high = (row.quantiles[name].value for name in ("0.25", "0.5", "0.75"))
    if low is None or middle is None or high is None:
        return
    y = px(picture.bottom + 23)
    yield Stroke(f"M{picture.x.at(low)} {y}H{picture.x.at(high)}", "accent", 3)
    yield Mark("rate", picture.x.at(middle), y, 4)


def _steps(row: ScoreRow) -> list[Point]:
    """The outline of the bars, from the ground to the ground."""
    bars = row.curves.distribution if row.curves else ()
    points: list[Point] = []
    for i, bar in enumerate(bars):
        if not i or bars[i - 1].high < bar.low:
            points += [(bars[i - 1].high, 0.0)] if i else []
            points.append((bar.low, 0.0))
        density = bar.share / (bar.high - bar.low)
        points += [(bar.low, density), (bar.high, density)]
    return [*points, (bars[-1].high, 0.0)] if bars else []


def _table(view: ScoreView) -> ScoreTable:
    rows = [*view.drawn, view.everyone]
    edges = sorted({edge for row in rows if row.curves for b in row.curves.distribution for edge in (b.low, b.high)})
    heads = ("Scores", *(short_name(row.group) for row in view.drawn), "Everyone")
    names = _names(rows)
    return ScoreTable(
        heads=heads,
        rows=tuple(
            (Cell(text=names.get(low) or view.between(low, high)), tuple(_cell(view, row, low, high) for row in rows))
            for low, high in pairwise(edges)
        ),
    )


def _names(rows: Sequence[ScoreRow]) -> dict[float, str]:
    """The names of bars that hold a single score each."""
    return {
        bar.low: plainly(bar.values[0])
        for row in rows
        if row.curves
        for bar in row.curves.distribution
        if len(bar.values) == 1
    }


def _cell(view: ScoreView, row: ScoreRow, low: float, high: float) -> Cell:
    """The share of the bar that begins here; one that goes on says how far."""
    bars = row.curves.distribution if row.curves else ()
    bar = next((bar for bar in bars if bar.low <= low and bar.high >= high), None)
    if bar is None:
        return Cell(text="–")
    if bar.low < low:
        return Cell(text="", note="in the row above")
    share = show(bar.share, SHARE)
    if bar.high == high:
        return Cell(text=share)
    end = plainly(bar.values[-1]) if bar.values else view.written(bar.high)
    return Cell(text=share, note=f"up to {end}")
