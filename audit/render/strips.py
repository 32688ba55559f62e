"""Charts of one row: the strip that stands beside a rule in a table, and the figure that explains all others."""

from __future__ import annotations

from collections.abc import Iterator

from audit.numbers import RATIO, show, span
from audit.render.intervals import SIGN, TONE, accepted, axis_for, drawn, zones
from audit.render.scales import Scale
from audit.render.shapes import Area, Chart, Mark, Shape, Stroke, Text
from audit.render.terms import VERDICT, limit_words, limits_of
from audit.result import Bounds, Finding
from audit.tongue import Spoken, _
from audit.values import Verdict
from audit.words.sentences import unit as unit_of

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
    value = show(finding.value, unit, limits) if finding.value is not None else _("no value")
    interval = span(finding.interval.low, finding.interval.high, unit, limits)
    limit = limit_words(finding)
    said = _("{value}, interval {interval}, {limit}: {verdict}.")
    return said.format(value=value, interval=interval, limit=limit, verdict=VERDICT[finding.verdict].lower())


#: Three invented intervals, against an invented limit, that show what each verdict means.
_LESSONS = (
    (Verdict.PASS, 0.86, 0.93, 1.01),
    (Verdict.INCONCLUSIVE, 0.74, 0.84, 0.95),
    (Verdict.FAIL, 0.62, 0.69, 0.76),
)
TAUGHT = Spoken({
    Verdict.PASS: "all of the interval meets the requirement",
    Verdict.INCONCLUSIVE: "the interval crosses the limit",
    Verdict.FAIL: "none of the interval meets the requirement",
})  # fmt: skip
_KEY_SAYS = (
    "Three invented intervals beside a limit of 0.80, with hatching over what does not meet it. A filled circle is a "
    "pass, an open circle inconclusive, a diamond a fail."
)


def key() -> Chart:
    """The figure that shows how an interval becomes a verdict."""
    scale = Scale(low=0.55, high=1.15, left=130, right=430)
    shapes = tuple(_key_shapes(scale))
    return Chart(id="key", name="key", width=700, height=156, title=_key_title(), shapes=shapes, says=_KEY_SAYS)


def _key_title() -> str:
    return ". ".join(f"{VERDICT[lesson[0]]}: {TAUGHT[lesson[0]]}" for lesson in _LESSONS) + "."


def _key_shapes(scale: Scale) -> Iterator[Shape]:
    limit = Bounds(low=0.8)
    yield Area(scale.at(0.8), 22, scale.right - scale.at(0.8), 104, "accepted")
    yield from zones(scale, limit, 22, 104)
    yield Stroke(f"M{scale.at(0.8)} 16V132", "ink", 1.6)
    yield Text(scale.at(0.8), 11, _("limit {limit}").format(limit=show(0.8, RATIO)), "middle", size=11, bold=True)
    for i, lesson in enumerate(_LESSONS):
        yield from _lesson(lesson, scale, 40 + 34 * i)
    yield Text(scale.left, 148, _("worse for the group"), tone="muted", size=11)
    yield Text(scale.right, 148, _("better for the group"), "end", "muted", 11)


def _lesson(lesson: tuple[Verdict, float, float, float], scale: Scale, y: float) -> Iterator[Shape]:
    verdict, low, value, high = lesson
    yield Mark(SIGN[verdict], 8, y, 6)
    yield Text(24, y + 4, VERDICT[verdict], bold=True)
    yield Stroke(f"M{scale.at(low)} {y}H{scale.at(high)}", TONE[verdict], 3)
    yield Mark(SIGN[verdict], scale.at(value), y, 6)
    yield Text(448, y + 4, TAUGHT[verdict], tone="muted")
