"""The picture of two errors: in which groups is it more often the one, and in which the other?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.numbers import PERCENT, count, show, span
from audit.render.clean import short_name, slug
from audit.render.labels import fitted
from audit.render.multiples import shares
from audit.render.scales import Scale, px
from audit.render.scoreview import Cell, ScoreFigure, ScoreTable
from audit.render.shapes import Chart, Mark, Shape, Stroke, Text
from audit.result import AuditResult, GroupRow
from audit.result.records import MetricNote, MetricValue

#: The two errors, that across first.
ERRORS = ("false_positive_rate", "false_negative_rate")
#: So many of the largest groups are drawn; all that a page shows are in the table.
MOST_DRAWN = 12
WIDTH, LEFT, RIGHT, TOP, TALL, FOOT = 700, 52.0, 412.0, 34, 270.0, 40
#: Points have numbers, and names a column of their own, so that none hides another however close their points lie.
NAMES, LINE = 462.0, 22.0


@dataclass(frozen=True, kw_only=True)
class _Point:
    """A group with both its error rates."""

    name: str
    n: int | None
    across: MetricValue
    up: MetricValue


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """The axes of the picture; `y` rises from its foot."""

    x: Scale
    y: Scale

    def at(self, across: float | None, up: float | None) -> tuple[float, float]:
        """Where two rates are on the page."""
        return self.x.at(across or 0.0), px(TOP + TALL - self.y.at(up or 0.0))


def figure(result: AuditResult, rows: Sequence[GroupRow], number: int) -> ScoreFigure | None:
    """The error rates of the groups of one attribute against each other; None for fewer than two that have both."""
    points = [point for point in map(_point, rows) if point]
    if len(points) < 2:
        return None
    attribute, drawn = rows[0].attribute, points[:MOST_DRAWN]
    level = f"{result.method.confidence * 100:g}%"
    cut = f" The {MOST_DRAWN} largest groups are drawn." if len(points) > len(drawn) else ""
    across, up = (result.metrics[name] for name in ERRORS)
    return ScoreFigure(
        number=number,
        question=f"Which errors does each group bear ({attribute})?",
        caption=f"{across.label}: {across.words}. {up.label}: {up.words}. Lines: {level} intervals; open square: all "
        f"records. A cutoff moved for one group trades its one error for the other; a group farther from the corner of "
        f"no errors bears more of both.{cut} Nothing here is judged.",
        chart=_chart(attribute, drawn, result),
        table=_table(points, (across, up)),
    )


def _point(row: GroupRow) -> _Point | None:
    across, up = (row.metrics.get(name) for name in ERRORS)
    if across is None or up is None or across.value is None or up.value is None:
        return None
    return _Point(name=row.group, n=row.n, across=across, up=up)


def _chart(attribute: str, drawn: Sequence[_Point], result: AuditResult) -> Chart:
    everyone = _point(result.overall)
    frame = _frame([*drawn, *([everyone] if everyone else [])])
    across, up = (result.metrics[name].label for name in ERRORS)
    shapes = (*_backdrop(frame, across, up), *_crosses(drawn, frame), *_whole(everyone, frame), *_named(drawn, frame))
    said = [f"{short_name(point.name)} {_share(point.across)} and {_share(point.up)}" for point in drawn]
    height = max(TOP + TALL + FOOT, TOP + LINE * len(drawn) + FOOT)
    return Chart(
        id=slug(attribute, "errors-"), name="tradeoff", width=WIDTH, height=int(height), shapes=shapes,
        title=f"{across} and {up[:1].lower()}{up[1:]} by {attribute}. " + "; ".join(said) + ".",
        says=f"Across: {across}. Up: {up}. A point for each group with an interval in each direction and a number, "
        "which stands before its name on the right. The table below has the same numbers.",
    )  # fmt: skip


def _share(rate: MetricValue) -> str:
    return show(rate.value, PERCENT, (0.0, 1.0))


def _frame(points: Sequence[_Point]) -> _Frame:
    ends = [_highest([getattr(point, side) for point in points]) for side in ("across", "up")]
    return _Frame(
        x=Scale(low=0.0, high=ends[0], left=LEFT, right=RIGHT), y=Scale(low=0.0, high=ends[1], left=0.0, right=TALL)
    )


def _highest(rates: Sequence[MetricValue]) -> float:
    """The end of an axis: beyond all values, and beyond intervals that are not much longer than that."""
    top = max(rate.value or 0.0 for rate in rates)
    reach = max(rate.high or rate.value or 0.0 for rate in rates)
    return min(1.0, max(0.1, top * 1.06, min(reach, top * 1.6) * 1.03))


def _backdrop(frame: _Frame, across: str, up: str) -> Iterator[Shape]:
    yield Text(0, 12, fitted(f"Up: {up}", RIGHT, 12, bold=True), bold=True)
    yield Text(RIGHT, TOP + TALL + 34, fitted(f"Across: {across}", RIGHT, 12, bold=True), "end", bold=True)
    x, y = shares(frame.x.high), shares(frame.y.high)
    for value in x.named:
        place = frame.x.at(value)
        yield Stroke(f"M{place} {TOP}V{TOP + TALL}", "grid")
        yield Text(place, TOP + TALL + 16, x.written(value), "middle", "muted", 11)
    for value in y.named:
        _, place = frame.at(0.0, value)
        yield Stroke(f"M{LEFT} {place}H{RIGHT}", "grid")
        yield Text(LEFT - 7, px(place + 4), y.written(value), "end", "muted", 11)
    yield Stroke(f"M{LEFT} {TOP}V{TOP + TALL}H{RIGHT}", "axis")


def _crosses(drawn: Sequence[_Point], frame: _Frame) -> Iterator[Shape]:
    """The intervals of every point in both directions."""
    for point in drawn:
        x, y = frame.at(point.across.value, point.up.value)
        if point.across.low is not None and point.across.high is not None:
            yield Stroke(f"M{frame.x.at(point.across.low)} {y}H{frame.x.at(point.across.high)}", "quiet", 1.4)
        if point.up.low is not None and point.up.high is not None:
            low, high = frame.at(0.0, point.up.low)[1], frame.at(0.0, point.up.high)[1]
            yield Stroke(f"M{x} {low}V{high}", "quiet", 1.4)


def _named(drawn: Sequence[_Point], frame: _Frame) -> Iterator[Shape]:
    """The points with their numbers, and the names that these stand for."""
    yield Text(NAMES, 12, "Group", bold=True)
    yield Text(WIDTH, 12, "Records", "end", bold=True)
    places = [frame.at(point.across.value, point.up.value) for point in drawn]
    taken = list(places)
    for number, (point, place) in enumerate(zip(drawn, places, strict=True), 1):
        yield Mark("rate", *place, 4.5)
        beside = _beside(place, taken)
        taken.append(beside)
        yield Text(px(beside[0]), px(beside[1] + 4), str(number), "middle", size=11, bold=True)
        y = TOP + LINE * number - 4
        yield Text(NAMES, y, str(number), "end", bold=True)
        yield Text(NAMES + 10, y, fitted(short_name(point.name), WIDTH - NAMES - 72))
        yield Text(WIDTH, y, count(point.n), "end", "muted", 11)


def _beside(place: tuple[float, float], taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Where the number of a point stands: of four places near it, the one with the most room."""
    near = [(place[0] + x, place[1] + y) for x, y in ((11, -9), (-11, -9), (11, 9), (-11, 9))]
    return max(near, key=lambda one: min((math.dist(one, other) for other in taken if other != place), default=0.0))


def _whole(everyone: _Point | None, frame: _Frame) -> Iterator[Shape]:
    """All records together."""
    if everyone:
        yield Mark("quiet", *frame.at(everyone.across.value, everyone.up.value), 7)


def _table(points: Sequence[_Point], metrics: tuple[MetricNote, MetricNote]) -> ScoreTable:
    return ScoreTable(
        heads=("Group", "Records", *(metric.label for metric in metrics)),
        rows=tuple(
            (Cell(text=point.name), (Cell(text=count(point.n)), _cell(point.across), _cell(point.up)))
            for point in points
        ),
    )


def _cell(rate: MetricValue) -> Cell:
    interval = span(rate.low, rate.high, PERCENT) if rate.low is not None or rate.high is not None else ""
    return Cell(text=f"{_share(rate)} of {count(rate.n)}", note=interval)
