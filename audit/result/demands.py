"""What the packs in force say of themselves and ask of a report, as a result records it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source of a pack, what it is cited for, and how well it was looked at: source, secondary, memory, uncertain."""

    ref: str
    supports: str | None
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Regime:
    """A pack in force on the day of the audit: what it follows, how far it can be relied on, what it cannot show.

    `age` is how many days ago its sources were last looked at; `missing` the tables that it asks for and are not there.
    """

    id: str
    title: str
    kind: str
    jurisdiction: str
    scope: str
    state: str
    since: str | None
    checked_on: str
    recheck_after_days: int
    age: int
    stale: bool
    limits: tuple[str, ...]
    cites: tuple[Source, ...]
    watch: tuple[str, ...] = ()
    superseded_by: str | None = None
    note: str | None = None
    characteristics: tuple[str, ...] = ()
    retention: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Something that a report has to state and that no data can tell. `answer`: None where it is not stated yet.

    `asked_by` are the ids of the packs that ask, `mandatory` those of them whose source demands it; an audit is
    incomplete while such a statement is missing.
    """

    id: str
    ask: str
    answer: str | None
    asked_by: tuple[str, ...] = ()
    mandatory: tuple[str, ...] = ()
    cites: tuple[str, ...] = field(default=())

    @property
    def open(self) -> bool:
        """Is it asked for and not stated?"""
        return self.answer is None and bool(self.asked_by)


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """A point of what most reviewers together want in one report.

    `state`: met, partly, open, or not applicable. `where` is the section of the report that has it, or would; `lacks`
    are the statements that people owe it.
    """

    number: int
    part: str
    text: str
    state: str
    where: str
    lacks: tuple[str, ...] = ()
