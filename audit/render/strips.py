"""Charts of one row: the strip that stands beside a rule in a table, and the figure that explains all others."""

from __future__ import annotations

from collections.abc import Iterator

from audit.numbers import show, span
from audit.render.intervals import SIGN, TONE, accepted, axis_for, drawn, zones
from audit.render.scales import Scale
from audit.render.shapes import Area, Chart, Mark, Shape, Stroke, Text
from audit.render.terms import VERDICT, limit_words, limits_of
from audit.result import Bounds, Finding
from audit.values import Verdict
from audit.words import unit as unit_of

WIDTH, HEIGHT, EDGE = 150, 24, 10


def strip(id: str, finding: Finding) -> Chart:
    """One finding against its limit, in the height of a line of text."""
    scale = axis_for([finding], EDGE, WIDTH - EDGE)
    shapes: list[Shape] = [accepted(scale, finding.accepts, 3, HEIGHT - 6)]
    shapes += zones(scale, finding.accepts, 3, HEIGHT - 6)
    shapes += [Stroke(f"M{scale.at(limit)} 1V{HEIGHT - 1}", "ink", 1.3) for limit in limits_of(finding)]
    shapes += drawn(finding, scale, HEIGHT / 2, 4.4)
    return Chart(id=id, name="strip", width=WIDTH, height=HEIGHT, title=in_words(finding), shapes=tuple(shapes))


def in_words(finding: Finding) -> str:
    """The strip's message: value, interval, limit, verdict."""
    unit, limits = unit_of(finding.metric, finding.compare), limits_of(finding)
    value = show(finding.value, unit, limits) if finding.value is not None else "no value"
    interval = span(finding.interval.low, finding.interval.high, unit, limits)
    limit = limit_words(finding)
    return f"{value}, interval {interval}, {limit}: {VERDICT[finding.verdict].lower()}."


#: Three invented intervals, against an invented limit, that show what each verdict means.
_LESSONS = (
    (Verdict.PASS, 0.86, 0.93, 1.01, "all of the interval meets the requirement"),
    (Verdict.INCONCLUSIVE, 0.74, 0.84, 0.95, "the interval crosses the limit"),
    (Verdict.FAIL, 0.62, 0.69, 0.76, "none of the interval meets the requirement"),
)
_KEY = ". ".join(f"{VERDICT[lesson[0]]}: {lesson[4]}" for lesson in _LESSONS) + "."

_KEY_SAYS = (
    "Three invented intervals beside a limit of 0.80, with hatching over what does not meet it. A filled circle is a "
    "pass, an open circle inconclusive, a diamond a fail."
)


def key() -> Chart:
    """The figure that shows how an interval becomes a verdict."""
    scale = Scale(low=0.55, high=1.15, left=130, right=430)
    shapes = tuple(_key_shapes(scale))
    return Chart(id="key", name="key", width=700, height=156, title=_KEY, shapes=shapes, says=_KEY_SAYS)


def _key_shapes(scale: Scale) -> Iterator[Shape]:
    limit = Bounds(low=0.8)
    yield Area(scale.at(0.8), 22, scale.right - scale.at(0.8), 104, "accepted")
    yield from zones(scale, limit, 22, 104)
    yield Stroke(f"M{scale.at(0.8)} 16V132", "ink", 1.6)
    yield Text(scale.at(0.8), 11, "limit 0.80", "middle", size=11, bold=True)
    for i, lesson in enumerate(_LESSONS):
        yield from _lesson(lesson, scale, 40 + 34 * i)
    yield Text(scale.left, 148, "worse for the group", tone="muted", size=11)
    yield Text(scale.right, 148, "better for the group", "end", "muted", 11)


def _lesson(lesson: tuple[Verdict, float, float, float, str], scale: Scale, y: float) -> Iterator[Shape]:
    verdict, low, value, high, words = lesson
    yield Mark(SIGN[verdict], 8, y, 6)
    yield Text(24, y + 4, VERDICT[verdict], bold=True)
    yield Stroke(f"M{scale.at(low)} {y}H{scale.at(high)}", TONE[verdict], 3)
    yield Mark(SIGN[verdict], scale.at(value), y, 6)
    yield Text(448, y + 4, words, tone="muted")
