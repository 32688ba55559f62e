"""How one finding is drawn: a thick interval, its thin extension, arrows where it leaves the axis, and a mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.render.scales import Scale, linear_axis, px, ratio_axis, share_axis
from audit.render.shapes import Area, Fill, Mark, Shape, Sign, Stroke, Tone
from audit.render.terms import RATIOS
from audit.result import Bounds, Finding
from audit.values import Interval, Verdict

#: The tone and the sign of each verdict. What was not judged is drawn small and grey.
TONE: dict[Verdict, Tone] = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_COMPUTABLE: "quiet",
    Verdict.NOT_JUDGED: "quiet",
    Verdict.WITHHELD: "quiet",
}
SIGN: dict[Verdict, Sign] = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_COMPUTABLE: "quiet",
    Verdict.NOT_JUDGED: "quiet",
    Verdict.WITHHELD: "quiet",
}
ARROW = 7


def axis_for(findings: Sequence[Finding], left: float, right: float) -> Scale:
    """An axis on which these findings and their limits can be seen."""
    compare = findings[0].compare
    limits = tuple(end for end in (findings[0].accepts.low, findings[0].accepts.high) if end is not None)
    judged = [f for f in findings if f.verdict is not Verdict.NOT_JUDGED or f.reason == "no_limit"]
    values = [value for f in judged for value in (f.value, *_ends(f.interval), *_ends(f.unadjusted_interval))]
    known = [value for value in values if value is not None]
    if compare in RATIOS:
        positive = [value for value in known if value > 0]
        return ratio_axis(positive, [limit for limit in limits if limit > 0], left, right)
    return (share_axis if compare == "value" else linear_axis)(known, limits, left, right)


def _ends(interval: Interval) -> tuple[float | None, float | None]:
    return interval.low, interval.high


def zones(scale: Scale, accepts: Bounds, top: float, height: float) -> Iterator[Shape]:
    """Hatching over what does not meet the requirement."""
    low = scale.left if accepts.low is None else scale.at(accepts.low)
    high = scale.right if accepts.high is None else scale.at(accepts.high)
    if low > scale.left:
        yield Area(scale.left, top, px(low - scale.left), height, "hatched")
    if high < scale.right:
        yield Area(high, top, px(scale.right - high), height, "hatched")


def accepted(scale: Scale, accepts: Bounds, top: float, height: float) -> Area:
    """The tinted area that meets the requirement."""
    low = scale.left if accepts.low is None else scale.at(accepts.low)
    high = scale.right if accepts.high is None else scale.at(accepts.high)
    return Area(low, top, px(max(0.0, high - low)), height, "accepted")


def drawn(finding: Finding, scale: Scale, y: float, size: float = 5) -> Iterator[Shape]:
    """The shapes of one finding on an axis at the height y."""
    tone = TONE[finding.verdict]
    if finding.value is None:
        return
    yield from bar(finding.interval, scale, y, tone, 1.2)
    yield from bar(finding.unadjusted_interval, scale, y, tone, 2 if tone == "quiet" else 3)
    yield Mark(SIGN[finding.verdict], scale.at(finding.value), y, size)


def bar(interval: Interval, scale: Scale, y: float, tone: Tone, width: float) -> Iterator[Shape]:
    """An interval as a line, with an arrow at an end that lies beyond the axis; none if nothing is known of it."""
    if interval.low is None and interval.high is None:
        return
    low = scale.left if interval.low is None else scale.at(interval.low)
    high = scale.right if interval.high is None else scale.at(interval.high)
    yield Stroke(f"M{low} {y}H{high}", tone, width)
    if scale.beyond(interval.low, end=-1) < 0:
        yield Fill(f"M{px(scale.left - ARROW + 1)} {y}l{ARROW} -4v8Z", tone)
    if scale.beyond(interval.high, end=1) > 0:
        yield Fill(f"M{px(scale.right + ARROW - 1)} {y}l-{ARROW} -4v8Z", tone)
