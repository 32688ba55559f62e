"""What else rows are counted by: the period of a decision, the version of the model, the bucket of a unit."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from audit.counts.coded import Coded
from audit.scanning.meaning import Found, read_key
from audit.values import TimeColumn
from audit.wording import counted, listed

if TYPE_CHECKING:
    import pandas as pd


def periods(cells: pd.DataFrame, time: TimeColumn, found: Found) -> Coded:
    """Each cell's period, such as 2026, 2026-Q4, 2026-11, 2026-W47 or 2026-11-21; None without a date."""
    raw, rows = read_key(cells, "period")
    meaning: dict[str | None, str | None] = {}
    odd = []
    for text in rows:
        try:
            meaning[text] = _PERIODS[time.period](text.removesuffix("-")) if text and text.strip() else None
        except ValueError:
            odd.append(str(text))
    if odd:
        n = counted(sum(rows[text] for text in odd), "row")
        found.problems.append(
            f"column {time.column!r}: {n} without a date that begins like "
            f"2026-11-21, but with {listed(repr(text) for text in odd)}; write dates as year-month-day"
        )
    dateless = sum(n for text, n in rows.items() if meaning.get(text) is None and text not in odd)
    _note_missing(found, time.column, dateless)
    return raw.mapped({text: meaning.get(text) for text in rows})


def versions(cells: pd.DataFrame, column: str, found: Found) -> Coded:
    """Each cell's version of the model; None where it is empty."""
    raw, rows = read_key(cells, "version")
    meaning = {text: text if text and text.strip() else None for text in rows}
    _note_missing(found, column, sum(n for text, n in rows.items() if meaning[text] is None))
    return raw.mapped(meaning)


def buckets(cells: pd.DataFrame, column: str, found: Found) -> Coded:
    """Each cell's bucket. A row of nobody would be in none, so every row has to name its unit."""
    raw, rows = read_key(cells, "bucket")
    if missing := rows.get(None):
        found.problems.append(
            f"column {column!r}: {counted(missing, 'row')} without a unit; name whose row it is in each, or leave "
            "data.unit out if rows are independent"
        )
    return raw.mapped({text: text for text in rows})


def _note_missing(found: Found, column: str, rows: int) -> None:
    if rows:
        found.notes.append(f"column {column!r}: empty in {counted(rows, 'row')}, which no slice by it holds")


def _day(text: str) -> str:
    return datetime.date.fromisoformat(text).isoformat()


def _week(text: str) -> str:
    year, week, _ = datetime.date.fromisoformat(text).isocalendar()
    return f"{year}-W{week:02}"


def _month(text: str) -> str:
    return _day(f"{text}-01")[:7]


def _quarter(text: str) -> str:
    month = _month(text)
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def _year(text: str) -> str:
    return _day(f"{text}-01-01")[:4]


_PERIODS: Mapping[str, Callable[[str], str]] = {
    "day": _day,
    "week": _week,
    "month": _month,
    "quarter": _quarter,
    "year": _year,
}
