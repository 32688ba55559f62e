"""The chart of a rule: on the left each group's rate with its interval, on the right its disparity and the limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from audit.numbers import PERCENT, WITHHELD, Unit, bounds, count, show, span
from audit.render.clean import short_name
from audit.render.intervals import ARROW, axis_for, drawn, zones
from audit.render.labels import fitted, two_lines
from audit.render.lines import Line
from audit.render.panels import Panel
from audit.render.scales import Scale, px, ratio_ticks, share_axis, steps, ticks
from audit.render.shapes import Chart, Mark, Shape, Stroke, Text
from audit.render.terms import RATIOS, VERDICT, unit_note
from audit.result import Finding
from audit.tongue import _
from audit.values import Verdict
from audit.words.sentences import rate_unit

WIDTH, ROW, TOP, FOOT = 700, 29, 50, 24
NAMES, COUNTS = 164, 218
RATES = (236.0, 374.0)
DISPARITIES = (424.0, 590.0)
#: More lines than this are left to the table.
MOST_DRAWN = 40
#: Where there is no rate beside the disparity, it has the room of both.
ALONE = (236.0, 590.0)


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """The axes of one chart, and where its rows end."""

    rates: Scale | None
    disparities: Scale
    bottom: float


def forest(panel: Panel) -> Chart:
    """The forest plot of a panel."""
    frame = _frame(panel)
    shapes = (*_heads(panel, frame), *_backdrop(panel, frame), *_rows(panel, frame))
    height = int(frame.bottom + FOOT)
    return Chart(
        id=panel.id, name="forest", width=WIDTH, height=height, title=in_words(panel), shapes=shapes, says=_says(panel)
    )


_TABLE = "The table below has the same numbers."
#: What stands beside the intervals of a rule with a limit, and of one without.
_JUDGED = (
    "the limit as an upright line, and hatching over all that does not meet the requirement. Filled circle: pass; open "
    f"circle: inconclusive; diamond: fail; small open square: not judged; black square: reference. {_TABLE}"
)
_UNJUDGED = f"Small open square: not judged, for no limit is set; black square: reference. {_TABLE}"


def _says(panel: Panel) -> str:
    """How the chart is to be read."""
    left = (
        "" if panel.rule.compare == "value" else f"On the left: {panel.rates_head}, with its interval. On the right: "
    )
    drawn = f"A line for each group. {left}{panel.head}, with its interval"
    if not panel.limits:
        return f"{drawn}. {_UNJUDGED}"
    return f"{drawn}, {_JUDGED}"


def in_words(panel: Panel) -> str:
    """What the chart shows, for those who hear it: the lead first, then each group."""
    unit = panel.unit
    lines = panel.lines[:MOST_DRAWN]
    said = [_said(line.name, line.finding, unit, panel.limits) for line in lines if line.finding]
    reference = [_("reference: {name}").format(name=short_name(panel.reference))] if panel.reference else []
    bound = bounds(panel.accepts.low, panel.accepts.high, unit) + unit_note(unit)
    limit = _("meets the requirement if {limit}").format(limit=bound) if panel.limits else _("no limit is set")
    about = _("{label} by {attribute}").format(label=panel.metric.label, attribute=panel.attribute)
    return f"{about}; {limit}. " + "; ".join([*said, *reference]) + "."


def _said(name: str, finding: Finding, unit: Unit, limits: tuple[float, ...]) -> str:
    verdict = VERDICT[finding.verdict].lower()
    if finding.value is None:
        return f"{short_name(name)}: {verdict}"
    value = show(finding.value, unit, limits)
    interval = span(finding.interval.low, finding.interval.high, unit, limits)
    return f"{short_name(name)} {value} ({interval}), {verdict}"


def _frame(panel: Panel) -> _Frame:
    alone = panel.rule.compare == "value"
    rates = None if alone else _rate_axis(panel)
    disparities = axis_for(panel.findings, *(ALONE if alone else DISPARITIES))
    return _Frame(rates=rates, disparities=disparities, bottom=TOP + ROW * len(panel.lines[:MOST_DRAWN]))


def _rate_axis(panel: Panel) -> Scale:
    ends = [(line.rate.value, line.rate.high, line.rate.low) for line in panel.lines if line.rate]
    return share_axis([value for end in ends for value in end if value is not None], (), *RATES)


def _heads(panel: Panel, frame: _Frame) -> Iterator[Shape]:
    yield Text(0, 12, _("Group"), bold=True)
    yield Text(COUNTS, 12, fitted(panel.metric.counted.capitalize(), 150, bold=True), "end", bold=True)
    if frame.rates:
        yield Text(RATES[0], 12, fitted(panel.rates_head, 180, bold=True), bold=True)
    left = frame.disparities.left
    yield Text(left, 12, fitted(panel.head, WIDTH - left, bold=True), bold=True)


def _backdrop(panel: Panel, frame: _Frame) -> Iterator[Shape]:
    scale, height = frame.disparities, frame.bottom - TOP + 8
    yield from zones(scale, panel.accepts, TOP - 8, height)
    if frame.rates:
        yield from _grid(frame.rates, steps(frame.rates.low, frame.rates.high, 4), rate_unit(panel.metric.name), frame)
    yield from _grid(scale, _ticks(panel, scale), panel.unit, frame)
    if panel.rule.compare != "value":
        null = 1 if panel.rule.compare in RATIOS else 0
        yield Stroke(f"M{scale.at(null)} {TOP - 8}V{frame.bottom}", "axis", 1.2)
    for limit in panel.limits:
        yield Stroke(f"M{scale.at(limit)} {TOP - 14}V{frame.bottom + 3}", "ink", 1.6)
    yield _limit_label(panel, scale)


def _limit_label(panel: Panel, scale: Scale) -> Text:
    """What the lines stand for, above them."""
    places = [scale.at(limit) for limit in panel.limits] or [scale.left]
    if not panel.limits:
        return Text(px(scale.left), TOP - 19, _("no limit"), size=11)
    limit = bounds(panel.accepts.low, panel.accepts.high, panel.unit) + unit_note(panel.unit)
    text = _("limit {limit}").format(limit=limit)
    return Text(px(sum(places) / len(places)), TOP - 19, text, "middle", size=11)


def _ticks(panel: Panel, scale: Scale) -> list[float]:
    if panel.rule.compare in RATIOS:
        return ratio_ticks(scale, panel.limits)
    return ticks(scale, steps(scale.low, scale.high, 5), first=(*panel.limits, 0), apart=32)


def _grid(scale: Scale, values: list[float], unit: Unit, frame: _Frame) -> Iterator[Shape]:
    axis = replace(unit, digits=0 if unit.scale == PERCENT.scale else 2)
    for value in values:
        yield Stroke(f"M{scale.at(value)} {TOP - 8}V{frame.bottom}", "grid")
        yield Text(scale.at(value), frame.bottom + 15, show(value, axis, (value,)), "middle", "muted", 11)


def _rows(panel: Panel, frame: _Frame) -> Iterator[Shape]:
    for i, line in enumerate(panel.lines[:MOST_DRAWN]):
        y = TOP + ROW * i + ROW / 2
        if i:
            yield Stroke(f"M0 {px(y - ROW / 2)}H{WIDTH}", "grid")
        yield from _name(line, y)
        if frame.rates:
            yield from _rate(line, frame.rates, y)
        yield from _disparity(panel, line, frame.disparities, y)


def _name(line: Line, y: float) -> Iterator[Shape]:
    lines = two_lines(short_name(line.name), NAMES)
    first = y + 4 if len(lines) == 1 else y - 3
    for i, text in enumerate(lines):
        yield Text(0, first + 14 * i, text)
    yield Text(COUNTS, y + 4, count(line.n), "end", "muted")


def _rate(line: Line, scale: Scale, y: float) -> Iterator[Shape]:
    rate = line.rate
    if rate is None or rate.value is None:
        said = WITHHELD if rate is not None and rate.n is None else _("no rate")
        yield Text(RATES[0] + 4, y + 4, said, tone="muted", size=11)
        return
    if rate.low is not None and rate.high is not None:
        yield Stroke(f"M{scale.at(rate.low)} {y}H{scale.at(rate.high)}", "ink", 2)
    yield Mark("rate", scale.at(rate.value), y, 4)


def _disparity(panel: Panel, line: Line, scale: Scale, y: float) -> Iterator[Shape]:
    if line.reference:
        yield Mark("reference", scale.at(1 if panel.rule.compare in RATIOS else 0), y)
        yield Text(WIDTH, y + 4, _("reference"), "end", "muted")
        return
    finding = line.finding
    if finding is None:
        return
    if finding.value is None or finding.verdict is Verdict.NOT_COMPUTABLE:
        words = VERDICT[finding.verdict].lower()
        yield Text(WIDTH, y + 4, words, "end", "muted", 11)
        return
    yield from drawn(finding, scale, y, 5.5)
    interval = span(finding.interval.low, finding.interval.high, panel.unit, panel.limits)
    quiet = finding.verdict is Verdict.NOT_JUDGED
    value = show(finding.value, panel.unit, panel.limits)
    yield Text(WIDTH, y - 3, value, "end", "muted" if quiet else "ink", bold=not quiet)
    below = VERDICT[Verdict.NOT_JUDGED].lower() if quiet else fitted(interval, WIDTH - scale.right - ARROW, 11)
    yield Text(WIDTH, y + 9, below, "end", "muted", 11)
