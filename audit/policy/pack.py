"""What a pack says of itself: which regime it follows, how far it can be relied on, and what a report has to hold."""

from __future__ import annotations

import datetime
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from audit.policy.part import Part
from audit.policy.rules import SLUG, Crossings
from audit.policy.scalars import Date, Text, TextList, Truth, listed, mapped, whole, whole_schema

Kind = Literal["mandated", "convention", "framework", "house"]
State = Literal[
    "in_force", "phased", "enacted", "guidance", "case_law", "convention", "voluntary", "standard", "house",
    "draft", "rescission_pending", "partly_superseded", "superseded", "withdrawn",
]  # fmt: skip
Evidence = Literal["source", "secondary", "memory", "uncertain"]
#: States of a pack that a report has to mention, whatever the day.
SHAKY: Final = ("draft", "rescission_pending", "partly_superseded", "superseded", "withdrawn")


class Status(Part):
    """How far a pack can be relied on: the state of its source, and when somebody last looked."""

    state: State
    """The state of the source."""
    since: Date | None = None
    """Since when."""
    checked_on: Date
    """The day on which the source was last looked at."""
    recheck_after_days: Annotated[int, PlainValidator(whole(1, 3650)), whole_schema(1, 3650)]
    """After so many days the pack is stale."""
    watch: TextList = ()
    """What may change it."""
    superseded_by: Text | None = None
    """What took its place."""
    note: Text | None = None
    """What a reader has to know about its state."""

    def age(self, as_of: datetime.date) -> int:
        """For how many days, on this day, nobody has looked."""
        return (as_of - datetime.date.fromisoformat(self.checked_on)).days

    def stale(self, as_of: datetime.date) -> bool:
        """Is it too long ago, on this day, that somebody looked?"""
        return self.age(as_of) > self.recheck_after_days

    def warnings(self, name: str, as_of: datetime.date) -> tuple[str, ...]:
        """What a reader of a report has to be told of the pack of this name on this day; nothing if all is well."""
        said = []
        if self.state in SHAKY:
            instead = f"; {self.superseded_by} took its place" if self.superseded_by else ""
            state = self.state.replace("_", " ")
            said.append(f"The pack {name} follows a source whose state is: {state}, as of {self.checked_on}{instead}.")
        if self.state == "enacted" and self.since and self.since > as_of.isoformat():
            said.append(f"The pack {name} follows a source that is not yet in force: it holds from {self.since}.")
        if self.stale(as_of):
            after = f"to be looked at again after {self.recheck_after_days} days"
            said.append(f"The pack {name} is stale: its sources were last looked at on {self.checked_on}, {after}.")
        return tuple(said)


class Cite(Part):
    """A source of a pack, and how well it was looked at."""

    ref: Text
    """The source: a section of a rule, a case, a paper."""
    supports: Text | None = Field(default=None, alias="for")
    """What it is cited for."""
    evidence: Evidence
    """source: read there; secondary: read in somebody's account; memory: check before relying on it; uncertain: it may
    no longer hold."""


class Category(Part):
    """An attribute that the regime is about, and the groups that it names."""

    groups: TextList = ()
    """The regime's own groups. A report notes groups of the data that are not among them, and groups not found."""
    required: Truth = False
    """true: a policy that extends the pack has to have the attribute, by this name."""
    title: Text | None = None
    """What the page to publish calls the attribute. Left out: its name."""
    note: Text | None = None
    """What a reader has to know, such as which sources of it count."""


class Demand(Part):
    """Something that a report under the regime has to state and that no data can tell."""

    ask: Text | None = None
    """The question, in one sentence. Left out: that of the known statement of this name."""
    mandatory: Truth = False
    """true: the regime's own text demands it; an audit without an answer is incomplete and does not pass."""
    cite: Text | None = None
    """Where the regime demands it."""


class Pack(Part):
    """A pack of rules that follows a regime or a convention. What it sets, it sets as any policy does."""

    id: Annotated[str, Field(pattern=SLUG)]
    """The name of the pack's file, without its ending."""
    title: Text | None = None
    """The pack in one line. Left out: the file's title."""
    kind: Kind
    """mandated: law or its regulations; convention: a customary number; framework: a standard or principles; house: an
    organisation's own."""
    jurisdiction: Text
    """Where it applies."""
    scope: Text
    """To whom and to which decisions it applies."""
    status: Status
    """How far it can be relied on."""
    cites: Annotated[tuple[Cite, ...], BeforeValidator(listed)]
    """Its sources, each with how well it was looked at."""
    characteristics: TextList = ()
    """The protected characteristics that the regime names, whether or not data hold them."""
    categories: Annotated[dict[str, Category], BeforeValidator(mapped)] = Field(default={})
    """The attributes that the pack calls by name, and the groups of each that the regime has a name for."""
    tables: Crossings = ()
    """The tables that a report has to have: attributes, and lists of attributes for crossed ones."""
    statements: Annotated[dict[str, Demand], BeforeValidator(mapped)] = Field(default={})
    """What a report has to state, by name."""
    retention: Text | None = None
    """How long the regime wants the report, or what it rests on, to be kept."""
    limits: TextList
    """What the pack cannot show, in plain words."""
