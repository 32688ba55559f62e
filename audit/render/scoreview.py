"""The scores of a result, arranged for reading: for each attribute its groups, the largest first, and those drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from audit.numbers import Unit, show
from audit.render.multiples import MOST_PICTURES
from audit.render.shapes import Chart
from audit.render.terms import limits_of
from audit.result import AuditResult, Bounds
from audit.result.records import ScoreNote, ScoreRow

#: Shares in pictures' tables; AUCs and the like; and how far something is off.
SHARE = Unit(scale=100, digits=1, suffix="%")


@dataclass(frozen=True, kw_only=True)
class ScoreView:
    """The scores by one attribute. `rows` are those shown, of `drawn` there are pictures, `everyone` is the whole.

    `limit` is what a rule of the policy requires of the ratio of selection rates, for drawing. `crossed`: its groups
    are those of several attributes together.
    """

    id: str
    attribute: str
    rows: tuple[ScoreRow, ...]
    left_out: int
    drawn: tuple[ScoreRow, ...]
    everyone: ScoreRow
    note: ScoreNote
    limit: Bounds | None
    crossed: bool
    confidence: float

    @property
    def score(self) -> Unit:
        """How scores are written: a thousandth of their range can be told."""
        return score_unit(self.note)

    def written(self, value: float | None) -> str:
        """A score that rows have; without needless zeros where every distinct score was counted."""
        text = show(value, self.score)
        return text.rstrip("0").rstrip(".") if not self.note.width and "." in text else text

    def between(self, low: float | None, high: float | None) -> str:
        """From one score to another."""
        return f"{self.written(low)} to {self.written(high)}"

    @property
    def has_outcome(self) -> bool:
        """Is the outcome of any record known?"""
        return self.everyone.outcomes > 0

    @property
    def spoken_for(self) -> str:
        """The outcomes that a high score speaks for."""
        return "negative outcomes" if self.note.falling else "positive outcomes"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table: a text, and a smaller one below it."""

    text: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """The table behind a picture: the heads of its columns, and its rows by their own heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, tuple[Cell, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class ScoreFigure:
    """A picture with the question that it answers, what it shows, and its table."""

    number: int
    question: str
    caption: str
    chart: Chart
    table: ScoreTable


def score_unit(note: ScoreNote) -> Unit:
    """How scores of this range are written."""
    size = math.floor(math.log10(note.high - note.low) + 1e-9)
    return Unit(digits=min(max(3 - size, 0), 6))


def small(value: float) -> str:
    """How far something is off: two digits that count, 0.00005."""
    return format(Decimal(f"{value:.2g}"), "f")


def plainly(value: float) -> str:
    """A number as it was given, such as a cutoff: 0.5, 620."""
    return show(value, Unit(digits=0 if value == round(value) else min(len(f"{value:.10g}".partition(".")[2]), 6)))


def views(result: AuditResult, most: int) -> tuple[ScoreView, ...]:
    """Every attribute whose scores were counted, with at most so many groups each."""
    note = result.score_note
    if note is None or not result.scores:
        return ()
    others = result.scores[1:]
    names = dict.fromkeys(row.attribute for row in others)
    return tuple(
        _view(result, note, [row for row in others if row.attribute == name], f"scores-{i}", most)
        for i, name in enumerate(names, 1)
    )


def _view(result: AuditResult, note: ScoreNote, rows: list[ScoreRow], id: str, most: int) -> ScoreView:
    ranked = sorted(rows, key=lambda row: -row.n)
    return ScoreView(
        id=id,
        attribute=rows[0].attribute,
        rows=tuple(ranked[:most]),
        left_out=max(0, len(ranked) - most),
        drawn=tuple(row for row in ranked if row.curves)[:MOST_PICTURES],
        everyone=result.scores[0],
        note=note,
        limit=_limit(result, rows[0].attribute),
        crossed=len(rows[0].group_key) > 1,
        confidence=result.method.confidence,
    )


def _limit(result: AuditResult, attribute: str) -> Bounds | None:
    """What is required of the ratio of selection rates, as the lowest over the highest."""
    for finding in result.findings:
        ratio = finding.compare in ("ratio", "min_ratio") and finding.metric == "selection_rate"
        if ratio and finding.attribute == attribute and limits_of(finding):
            low, high = finding.accepts.low, finding.accepts.high
            return Bounds(low=low if low is not None else 1 / high if high else None)
    return None
