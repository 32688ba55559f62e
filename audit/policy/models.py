"""A whole policy, read and checked: what the engine works from."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from audit.metrics import DIVERGENT, LISTED, METRICS, PREDICTED, SCORED, ScoreMetric
from audit.policy.classes import ROLES, deviation_words, reading_of, top_words
from audit.policy.columns import Attribute, Data, Factor
from audit.policy.disclosure import Disclosure
from audit.policy.pack import Pack
from audit.policy.part import Part
from audit.policy.reference import Reference, WrittenReference, resolve
from audit.policy.rules import Crossings, Rule, Waiver
from audit.policy.scalars import Share, Text, TextList, listed, mapped, what, whole, whole_schema
from audit.policy.signoff import Signoff
from audit.policy.statements import BY_SUBJECT
from audit.policy.statistics import Statistics
from audit.values import Plan, RankingColumns, Reading, ScoreRange
from audit.wording import without_classes

LANGUAGE: Final = 1
_TURNS_WITH_POLARITY: Final = ("selection_rate", "base_rate")
#: A low score is bad for a person where a high one is good.
_TURNS_WITH_SCORE: Final = (
    "mean_score",
    "standardized_mean_score",
    "median_score",
    "scoring_rate",
    "calibration_in_the_large",
    "calibration_intercept",
)

_OTHER: Final[dict[str, Literal["low", "high"]]] = {"low": "high", "high": "low"}


def _language(value: Any) -> int:
    if str(value) != str(LANGUAGE):
        hint = "this version of Evenhand reads language 1; write 'evenhand: 1', or use the version that reads yours"
        raise ValueError(f"the policy language {what(value)} is not known; {hint}")
    return LANGUAGE


class Subject(Part):
    """What is being audited, in its owner's words; printed on the report's cover."""

    name: Text
    """The model's or system's name."""
    version: Text | None = None
    """Its version."""
    owner: Text | None = None
    """Who answers for it."""
    purpose: Text | None = None
    """What it is for."""
    out_of_scope: TextList = ()
    """What it must not be used for, or this audit does not cover."""


class Groups(Part):
    """What holds for the groups of all attributes."""

    reference: WrittenReference = Reference(kind="highest")
    """Whom groups are compared with."""
    min_count: Annotated[int, PlainValidator(whole(1)), whole_schema(1, 2**53 - 1)] = 30
    """Groups with fewer records are shown and never judged, nor are they the reference."""
    min_share: Share = Fraction(0)
    """Groups with a smaller share of the records are shown and never judged, nor are they the reference."""
    unknown: Literal["report", "bound", "group", "exclude"] = "report"
    """Records of unknown group. report: counted, in no group, with what they could change; bound: that is also what the
    deciding interval reaches over; group: their own group; exclude: excluded, counted."""


class Report(Part):
    """What the report is like."""

    language: Literal["en", "de", "fr"] = "en"
    """The language that HTML and PDF are written in, unless the command line names one."""


@dataclass(frozen=True, kw_only=True)
class PackNote:
    """A bundled pack: what it says of itself, and where it is. `id` is its folder and its name."""

    id: str
    tier: str
    pack: Pack
    path: Path

    @property
    def title(self) -> str:
        """The pack in one line."""
        return self.pack.title or self.id


class Written(Part):
    """A policy as it may be written in one file. Its schema is the published one."""

    evenhand: Annotated[int, PlainValidator(_language), WithJsonSchema({"const": 1})]
    """The version of this language: 1."""
    title: Text
    """The policy in one line."""
    pack: Pack | None = None
    """For packs: what the pack follows, and what it asks for."""
    packs: Annotated[dict[str, Pack], BeforeValidator(mapped)] = Field(default={})
    """The packs in force, by id. A resolved policy holds them; a policy that is written names them under `extends`."""
    subject: Subject
    """What is being audited."""
    data: Data
    """Which columns hold what."""
    attributes: Annotated[dict[str, Attribute], BeforeValidator(mapped)]
    """The protected attributes, by the name that reports use."""
    factors: Annotated[dict[str, Factor], BeforeValidator(mapped)] = Field(default={})
    """What people may rightly differ by, by the name that rules and reports use."""
    intersections: Crossings = ()
    """Lists of attributes whose combinations are groups too."""
    groups: Groups = Groups()
    """What holds for the groups of all attributes."""
    statistics: Statistics = Statistics()
    """How sure a verdict has to be."""
    disclosure: Disclosure | None = None
    """What the public rendering withholds."""
    rules: Annotated[tuple[Rule, ...], BeforeValidator(listed)]
    """What is demanded."""
    waivers: Annotated[tuple[Waiver, ...], BeforeValidator(listed)] = ()
    """Accepted exceptions."""
    signoff: Signoff = Signoff()
    """Who has to sign."""
    report: Report | None = None
    """What the report is like."""
    statements: Annotated[dict[str, Text], BeforeValidator(mapped)] = Field(default={})
    """What the report states and no data can tell, by the names that the packs in force ask for."""


class Policy(Written):
    """A policy that was read and checked, with all that it extends; nothing in it can change."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    origins: dict[str, str] = Field(default={}, exclude=True)
    """Where each rule is written, by its id."""
    sources: dict[str, str] = Field(default={}, exclude=True)
    """Where each setting is written, by its path."""
    notes: tuple[str, ...] = Field(default=(), exclude=True)
    """What a report has to say about the policy itself."""
    sha256: str = Field(default="", exclude=True)
    """The SHA-256 of the RFC 8785 form of `effective()`."""

    @property
    def adverse(self) -> bool:
        """Is the positive class of every rate the one that is bad for the person?"""
        return self.data.polarity == "adverse"

    def effective(self) -> dict[str, Any]:
        """The resolved policy as plain JSON content: defaults included, exact numbers as text, empty parts left out."""
        content: dict[str, Any] = _filled(self.model_dump(mode="json", by_alias=True, exclude_none=True))
        return content

    def reference_for(self, attributes: tuple[str, ...], rule: Rule | None = None) -> Reference:
        """Whom groups of these attributes are compared with: the rule says, else the attribute, else `groups`.

        A fixed reference comes back with its value of each attribute, in the attributes' order.
        """
        found = reference_of(attributes, rule, self.attributes, self.groups)
        if found is None:  # refused when the policy was read
            raise LookupError(f"the policy names no reference for {' x '.join(attributes)}")
        return found

    def harm_of(self, metric: str, rule: Rule | None = None) -> Literal["low", "high"]:
        """Which way is bad for a group: as the rule says, else as the metric does under this policy's polarity."""
        if rule is not None and rule.harm is not None:
            return rule.harm
        metric = without_classes(metric)
        turned = metric in _TURNS_WITH_POLARITY and self.adverse != self._is_of_others(metric, rule)
        if self.data.score is not None and metric in _TURNS_WITH_SCORE:
            turned = self.data.score.bad_if_high
        if self.data.score is not None and metric == "top_fraction_rate":  # the best scores are on the positive side
            turned = self.data.score.polarity == "adverse"
        if self.data.prediction is not None and metric == "mean_error":
            turned = self.data.prediction.favorable == "low"
        return _OTHER[METRICS[metric].harm] if turned else METRICS[metric].harm

    def _is_of_others(self, metric: str, rule: Rule | None) -> bool:
        """Is it the rate of a class that the data part does not count as positive?"""
        reading = self.reading(rule) if rule else None
        role = "decision" if metric == "selection_rate" else "outcome"
        values, label = getattr(reading, role, None), getattr(self.data, role)
        return values is not None and label is not None and not set(values) & set(label.positive)

    def reading(self, rule: Rule) -> Reading | None:
        """What the rule says of its metrics beside their names, if anything."""
        if rule.top is not None:
            return Reading(top=rule.top, words=top_words(rule.top))
        if rule.denominator not in (None, "all"):
            return Reading(denominator=rule.denominator, words=deviation_words(str(rule.denominator)))
        return reading_of(
            {"decision": rule.decision, "outcome": rule.outcome},
            {"decision": self.data.decision, "outcome": self.data.outcome},
        )

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All ways in which rules read the data beside what the data part says. A deviation is not one: it is of two
        groups, read as they are.
        """
        found = [reading for rule in self.rules if (reading := self.reading(rule)) and reading.denominator is None]
        return tuple(dict.fromkeys(found))

    def plan(self) -> Plan:
        """What one pass over the rows has to count."""
        data = self.data
        decision = data.decision.binary("decision") if data.decision else None
        asked = {name for rule in self.rules for name in rule.metrics}
        scored = [one for rule in self.rules if (SCORED | PREDICTED) & set(rule.metrics) for one in rule.crossings]
        given = {name for rule in self.rules for name in rule.given}
        return Plan(
            attributes=(
                *(one.counted(name) for name, one in self.attributes.items() if not one.probabilities),
                *(factor.counted(name) for name, factor in self.factors.items() if name in given),
            ),
            decision=decision or (data.score.cut() if data.score else None),
            outcome=data.outcome.binary("outcome") if data.outcome else None,
            weight=data.weight.weighting() if data.weight else None,
            score=self._counted(asked),
            ranking=self._listed(asked),
            unit=data.unit,
            time=data.time.counted() if data.time else None,
            version=data.model_version,
            baseline=data.baseline.binary("baseline") if data.baseline else None,
            proxies=tuple(one.proxy(name) for name, one in self.attributes.items() if one.probabilities),
            classes=tuple(role for role in ROLES if any(getattr(rule, role) for rule in self.rules)),
            crossings=tuple(dict.fromkeys(self.counted_crossings())),
            scored=tuple(dict.fromkeys(scored)),
        )

    def _counted(self, asked: Collection[str]) -> ScoreRange | None:
        """The score, or by how much predictions miss; none if no rule is about it."""
        data = self.data
        needs = {m.needs for name in (SCORED | PREDICTED) & set(asked) if isinstance(m := METRICS[name], ScoreMetric)}
        if data.prediction and "errors" in needs:
            return data.prediction.counted()
        squared = {"squares"} if any(self.reading(rule) and rule.denominator for rule in self.rules) else set()
        tops = sorted({rule.top for rule in self.rules if rule.top is not None})
        # How far a deviation varies follows from fourth powers.
        return data.score.counted({*needs, *squared}, tops) if data.score and needs else None

    def _listed(self, asked: Collection[str]) -> RankingColumns | None:
        """The ranked lists; none if no rule is about them."""
        ranking = self.data.ranking
        return ranking.counted(divergence=bool(DIVERGENT & set(asked))) if ranking and LISTED & set(asked) else None

    def counted_crossings(self) -> list[tuple[str, ...]]:
        """What rules ask for of attributes that are known, in the order in which they ask."""
        asked = [one for rule in self.rules for one in rule.crossings]
        return [one for one in asked if not any(name in self.proxies for name in one)]

    @property
    def proxies(self) -> tuple[str, ...]:
        """The attributes that are known by probabilities alone."""
        return tuple(name for name, attribute in self.attributes.items() if attribute.probabilities)

    @property
    def in_force(self) -> dict[str, Pack]:
        """The packs whose rules and demands hold, by id: those extended, and the policy itself if it is one."""
        return self.packs | ({self.pack.id: self.pack} if self.pack else {})

    def warnings(self, as_of: datetime.date) -> tuple[str, ...]:
        """What a reader has to be told of the packs in force: unsettled sources, and those looked at long ago."""
        return tuple(said for name, pack in self.in_force.items() for said in pack.status.warnings(name, as_of))

    def answers(self) -> dict[str, str]:
        """What the policy states that no data can tell; four statements are those of its subject."""
        said = self.subject
        of_subject = (said.version, said.owner, said.purpose, "; ".join(said.out_of_scope))
        return {name: text for name, text in zip(BY_SUBJECT, of_subject, strict=True) if text} | self.statements


def _filled(value: Any) -> Any:
    """Without empty lists and maps, which say nothing."""
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    filled = {key: _filled(one) for key, one in value.items()}
    return {key: one for key, one in filled.items() if one not in ([], {}, "")}


def reference_of(
    attributes: tuple[str, ...], rule: Rule | None, known: Mapping[str, Attribute], groups: Groups
) -> Reference | None:
    """The reference for groups of these attributes; None if the policy names none."""
    own = {name: known[name].reference for name in attributes if name in known}
    return resolve(attributes, (rule.reference if rule else None, groups.reference), own)
