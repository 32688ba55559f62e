"""The chart of two attributes together: a cell for each combination, with its number, interval, records and verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.numbers import count, show, span
from audit.render.clean import short_name
from audit.render.forest import in_words
from audit.render.intervals import SIGN
from audit.render.labels import fitted, two_lines
from audit.render.lines import Line
from audit.render.panels import Panel, is_whole
from audit.render.scales import px
from audit.render.shapes import Area, Chart, Look, Mark, Shape, Text
from audit.render.terms import VERDICT
from audit.result import Finding
from audit.tongue import _
from audit.values import Verdict

WIDTH, NAMES, TOP, CELL = 700, 172, 26, 44
MOST_COLUMNS, MOST_ROWS = 8, 20
#: With more columns it is as wide as a sheet of paper is high, and has a sheet across for itself.
ACROSS, MOST_ACROSS = 1096, 14
#: With more columns than this a cell has no room for its interval, which is in the table.
ROOMY = 4
GAP = 2


def fits(panel: Panel) -> bool:
    """Can this panel be drawn as a matrix: two attributes, one finding a group, and room for all of it?

    It shows every combination, also those that its table leaves out.
    """
    if len(panel.columns) != 2 or is_whole(panel):
        return False
    rows, columns = _sides(panel)
    most = MOST_ROWS if len(columns) <= MOST_COLUMNS else MOST_ACROSS
    return 1 < len(columns) <= MOST_ACROSS and 1 < len(rows) <= most


def matrix(panel: Panel) -> Chart:
    """The matrix of a panel; the attribute with fewer values lies across."""
    rows, columns = _sides(panel)
    height = TOP + CELL * len(rows) + 4
    width = WIDTH if len(columns) <= MOST_COLUMNS else ACROSS
    wide = (width - NAMES) / len(columns)
    shapes = (*_heads(columns, wide), *_cells(panel, rows, columns, wide))
    name = "matrix" if len(columns) <= ROOMY else "compact" if len(columns) <= MOST_COLUMNS else "across"
    return Chart(id=panel.id, name=name, width=width, height=height, title=in_words(panel), shapes=shapes, says=_SAYS)


_SAYS = (
    "A cell for each combination of two groups, with its value, its number of records and the sign of its verdict. "
    "Filled circle: pass; open circle: inconclusive; diamond and edge: fail; black edge: reference; grey edge: not "
    "judged. The table below has the same numbers."
)


def _down(panel: Panel) -> int:
    """Which of the two attributes lies down the side: the one with more values."""
    first, second = (len({line.key[i] for line in _placed(panel)}) for i in (0, 1))
    return 0 if first > second else 1


def _placed(panel: Panel) -> list[Line]:
    return [line for line in panel.every if len(line.key) == 2]


def _sides(panel: Panel) -> tuple[list[str], list[str]]:
    """The names down the side, the largest groups first or as their bins are, and the names across."""
    placed = _placed(panel)
    if not placed:
        return [], []
    down = _down(panel)
    by_size = sorted(placed, key=lambda line: -(line.n or 0))
    return _names(panel, by_size, down), _names(panel, by_size, 1 - down)


def _names(panel: Panel, lines: Sequence[Line], side: int) -> list[str]:
    names = list(dict.fromkeys(line.key[side] for line in lines))
    bins = panel.bins.get(panel.columns[side], ())
    return sorted(names, key=bins.index) if set(names) <= set(bins) else names


def _heads(columns: Sequence[str], wide: float) -> Iterator[Shape]:
    for i, name in enumerate(columns):
        yield Text(px(NAMES + wide * (i + 0.5)), 16, fitted(short_name(name), wide - 8, bold=True), "middle", bold=True)


def _cells(panel: Panel, rows: Sequence[str], columns: Sequence[str], wide: float) -> Iterator[Shape]:
    down = _down(panel)
    by_place = {(line.key[down], line.key[1 - down]): line for line in _placed(panel)}
    for i, row in enumerate(rows):
        y = TOP + CELL * i
        yield from _name(row, y)
        for j, column in enumerate(columns):
            yield from _cell(panel, by_place.get((row, column)), px(NAMES + wide * j), y, wide)


def _name(name: str, y: float) -> Iterator[Shape]:
    lines = two_lines(short_name(name), NAMES - 8)
    first = y + CELL / 2 + (4 if len(lines) == 1 else -4)
    for i, text in enumerate(lines):
        yield Text(0, first + 15 * i, text)


def _cell(panel: Panel, line: Line | None, x: float, y: float, wide: float) -> Iterator[Shape]:
    middle, half = px(x + wide / 2), y + CELL / 2
    box = (px(x + GAP), y + GAP, px(wide - 2 * GAP), CELL - 2 * GAP)
    if line is not None and line.reference:
        yield Area(*box, "cell-reference", 3)
        yield Text(middle, half - 2, fitted(_("reference"), wide - 2 * GAP, bold=True), "middle", bold=True)
        yield Text(middle, half + 13, f"n {count(line.n)}", "middle", "muted", 11)
        return
    if line is None or line.finding is None or line.finding.value is None or line.finding.verdict in _QUIET:
        yield Area(*box, "cell-quiet", 3)
        yield Text(middle, half - 2, fitted(_why_quiet(line), wide - 2 * GAP, 11), "middle", "muted", 11)
        if line is None or line.n is not None:
            yield Text(middle, half + 13, f"n {count(line.n if line else 0)}", "middle", "muted", 11)
        return
    yield Area(*box, _LOOK[line.finding.verdict], 3)
    numbers = _numbers if wide >= (WIDTH - NAMES) / ROOMY else _few_numbers
    yield from numbers(panel, line.finding, line.n, px(x), half)


_LOOK: dict[Verdict, Look] = {
    Verdict.PASS: "cell-pass",
    Verdict.FAIL: "cell-fail",
    Verdict.INCONCLUSIVE: "cell-inconclusive",
}
_QUIET = (Verdict.NOT_JUDGED, Verdict.NOT_COMPUTABLE, Verdict.WITHHELD)


def _why_quiet(line: Line | None) -> str:
    if line is None or line.finding is None:
        return _("no records")
    return VERDICT[line.finding.verdict].lower()


def _numbers(panel: Panel, finding: Finding, n: int | None, x: float, half: float) -> Iterator[Shape]:
    interval = span(finding.interval.low, finding.interval.high, panel.unit, panel.limits)
    yield Mark(SIGN[finding.verdict], px(x + 18), half, 5)
    yield Text(px(x + 34), half - 2, show(finding.value, panel.unit, panel.limits), bold=True)
    yield Text(px(x + 84), half - 2, f"n {count(n)}", tone="muted", size=11)
    yield Text(px(x + 34), half + 13, interval, tone="muted", size=11)


def _few_numbers(panel: Panel, finding: Finding, n: int | None, x: float, half: float) -> Iterator[Shape]:
    """What a narrow cell has room for."""
    yield Mark(SIGN[finding.verdict], px(x + 12), half - 6, 4)
    yield Text(px(x + 22), half - 2, show(finding.value, panel.unit, panel.limits), bold=True)
    yield Text(px(x + 22), half + 13, count(n), tone="muted", size=11)
