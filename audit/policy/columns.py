"""The parts of a policy that speak of columns: decision, outcome, score, weight and the protected attributes."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from audit.policy.part import TWO_NUMBERS, Part, Unusable
from audit.policy.prediction import Prediction
from audit.policy.ranking import Ranking
from audit.policy.reference import WrittenReference
from audit.policy.scalars import Edge, Exact, Text, TextList, Texts, listed, mapped, terse
from audit.values import AttributeColumn, BinaryColumn, ProxyColumns, ScoreColumn, ScoreRange, TimeColumn, WeightColumn

Polarity = Literal["favorable", "adverse"]
Side = Literal["above", "at_least", "below", "at_most"]
_ONE_OF_TWO: dict[str, Any] = {"oneOf": [{"required": ["favorable"]}, {"required": ["adverse"]}]}


class Label(Part):
    """A column of two kinds of value: the decision, or the outcome. Give `favorable` or `adverse`, never both."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_TWO)

    column: Text
    """The column's name in the data."""
    favorable: Texts = ()
    """The value or values that are good for the person. They become the positive class of every rate."""
    adverse: Texts = ()
    """The value or values that are bad for the person, such as being flagged. They become the positive class."""
    otherwise: Texts = ()
    """All other values that may occur. Left out: the column may hold one other value only."""
    order: TextList = ()
    """All values of a column of tiers, from the worst to the best for the person; with `adverse` from the best to the
    worst. Rules may then say `at_least`, and `otherwise` is not needed."""
    unusable: Unusable = "error"
    """What becomes of rows whose value is empty or not declared: error stops the audit, exclude counts them."""

    @property
    def polarity(self) -> Polarity:
        """Is the positive class good or bad for the person?"""
        return "favorable" if self.favorable else "adverse"

    def binary(self, role: Literal["decision", "outcome", "baseline"]) -> BinaryColumn:
        """What the counting has to know of it."""
        return BinaryColumn(
            role=role, column=self.column, positive=self.positive, negative=self.negative, unusable=self.unusable
        )

    @property
    def positive(self) -> tuple[str, ...]:
        """The values that are the positive class of every rate, unless a rule says otherwise."""
        return self.favorable or self.adverse

    @property
    def negative(self) -> tuple[str, ...]:
        """All other values that may occur, as far as the policy names them."""
        return self.otherwise or tuple(value for value in self.order if value not in self.positive)

    @property
    def declared(self) -> tuple[str, ...]:
        """All values that may occur, as the policy writes them; only the positive ones if it does not name others."""
        return self.order or self.positive + self.otherwise


class Score(Part):
    """A score: what rules about scores measure, and with a cutoff the decision, where no decision column is named."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_TWO)

    column: Text
    """The column's name in the data."""
    cutoff: Exact | None = None
    """The score at which the decision changes, compared exactly. Left out: the score makes no decision."""
    range: Annotated[tuple[Edge, ...], BeforeValidator(listed), WithJsonSchema(TWO_NUMBERS)] = ()
    """The least and the most that the score can be, for rules about the score itself. Left out: 0 to 1."""
    favorable: Side | None = None
    """Which side of the cutoff is good for the person: above and below are strict, at_least and at_most are not."""
    adverse: Side | None = None
    """Which side of the cutoff is bad for the person. Without a cutoff: whether high scores are, or low ones."""
    unusable: Unusable = "error"
    """What becomes of rows without a finite score, or with one outside the range: error stops the audit."""

    @property
    def polarity(self) -> Polarity:
        """Is the positive class good or bad for the person?"""
        return "favorable" if self.favorable else "adverse"

    @property
    def side(self) -> Side:
        """Which side of the cutoff is the positive one."""
        return self.favorable or self.adverse or "above"

    @property
    def bad_if_high(self) -> bool:
        """Is a high score bad for the person?"""
        high = self.side in ("above", "at_least")
        return high == (self.polarity == "adverse")

    def cut(self) -> ScoreColumn | None:
        """What the counting has to know of the decision that it makes; None if it makes none."""
        if self.cutoff is None:
            return None
        return ScoreColumn(column=self.column, cutoff=self.cutoff, positive=self.side, unusable=self.unusable)

    def ends(self) -> tuple[float, float]:
        """The least and the most that it can be."""
        return (self.range[0], self.range[-1]) if self.range else (0.0, 1.0)

    def counted(self, needs: Collection[str], tops: Collection[Fraction] = ()) -> ScoreRange:
        """What the counting has to know of its values, given what the rules' metrics need of them, and the fractions of
        the best scores that rules name.
        """
        low, high = self.ends()
        return ScoreRange(
            column=self.column,
            low=low,
            high=high,
            distribution=bool({"distribution", "logit", "median", "top"} & set(needs)),
            median="median" in needs,
            tops=tuple(tops),
            powers=4 if "squares" in needs else 2,
            falling=self.side in ("below", "at_most"),
            unusable=self.unusable,
        )


class Weight(Part):
    """A weight of each row. Its kind has to be said, because the two kinds give different intervals."""

    column: Text
    """The column's name in the data."""
    kind: Literal["frequency", "sampling"]
    """frequency: the row stands for so many identical rows. sampling: a sampled row stands for so many people."""
    unusable: Unusable = "error"
    """What becomes of rows whose weight is missing, negative or not finite: error stops the audit, exclude counts."""

    def weighting(self) -> WeightColumn:
        """What the counting has to know of it."""
        return WeightColumn(column=self.column, kind=self.kind, unusable=self.unusable)


class Time(Part):
    """When each decision was made, and the periods that reports show."""

    column: Text
    """The column's name in the data: dates, or texts that begin like 2026-11-21."""
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    """How long a period is. Weeks are those of ISO 8601, and begin on Monday."""

    def counted(self) -> TimeColumn:
        """What the counting has to know of it."""
        return TimeColumn(column=self.column, period=self.period)


def _time(value: Any) -> Any:
    """A column's name alone stands for that column by months."""
    return {"column": value} if isinstance(value, str) else value


def _or_text(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [{"type": ["string", "number", "boolean"]}, *schema["anyOf"]]


class Data(Part):
    """Which columns hold what. A decision, a score, a prediction or a ranking is needed; an outcome for error rates."""

    decision: Label | None = None
    """What the system decided."""
    outcome: Label | None = None
    """What turned out to be true. Without it, rules about errors are not computable."""
    baseline: Label | None = None
    """What another model decided about the same rows, such as the one in production: for `compare: change`."""
    score: Score | None = None
    """A score, for rules about scores, and its cutoff. If a decision is named too, the decision decides."""
    prediction: Prediction | None = None
    """A predicted number and its target, for rules about errors. Not with a score."""
    ranking: Ranking | None = None
    """Ranked lists: the list of each row and its position there, for rules about exposure and the first k."""
    weight: Weight | None = None
    """A weight of each row."""
    unit: Text | None = None
    """The column that says whose row it is, where people have several: intervals allow for that."""
    time: Annotated[Time | None, BeforeValidator(_time), Field(json_schema_extra=_or_text)] = None
    """When each decision was made: a column, or {column: decided_at, period: month}. Counted by period."""
    model_version: Text | None = None
    """The column that says which version of the model decided. Counted by version."""

    @property
    def polarity(self) -> Polarity:
        """Is the positive class good or bad for the person?"""
        return (self.decision or self.score or Label(column="decision", favorable=("1",))).polarity


class Grouped(Part):
    """A column and how its values, or its numbers, are put into groups."""

    column: Text
    """The column's name in the data."""
    merge: Annotated[dict[str, TextList], BeforeValidator(mapped)] = Field(default={})
    """Values to be put together, as {New name: [old value, ...]}."""
    bins: Annotated[tuple[Edge, ...], BeforeValidator(listed)] = ()
    """Edges that cut a number into groups; each group has its lower edge and not its upper one. inf is allowed."""
    labels: TextList = ()
    """Names of the groups that the bins make, one fewer than there are edges. Left out: names like '0 to 40'."""
    missing: TextList = ()
    """Texts that mean "not known", beside an empty cell."""
    values: TextList = ()
    """All values that the column may hold, before merging. Any other is an error. Left out: any value may occur."""

    def counted(self, name: str) -> AttributeColumn:
        """What the counting has to know of it; `merge` as old value -> new name."""
        return AttributeColumn(
            name=name,
            column=self.column,
            missing=self.missing,
            merge={old: new for new, olds in self.merge.items() for old in olds},
            edges=self.bins,
            labels=self.group_names() if self.bins else (),
            values=self.values,
        )

    def group_names(self) -> tuple[str, ...]:
        """The groups that there can be, as far as the policy says; none if any value may occur."""
        if self.bins:
            return self.labels or tuple(_label(*pair) for pair in zip(self.bins, self.bins[1:], strict=False))
        merged = {old for olds in self.merge.values() for old in olds}
        kept = tuple(value for value in self.values if value not in merged)
        return tuple(dict.fromkeys(kept + tuple(self.merge))) if self.values else ()


class Attribute(Grouped):
    """A protected attribute and how its groups are made: from one column, or from a probability of each group."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["column"]}, {"required": ["probabilities"]}]})

    column: Text = ""
    """The column's name in the data. Not with probabilities."""
    probabilities: Annotated[dict[str, Text], BeforeValidator(mapped)] = Field(default={})
    """The column of each group's probability, where membership itself is not known: {Black: p_black, ...}."""
    unusable: Unusable | None = None
    """With probabilities: what becomes of rows whose numbers are none, or do not add up to 1. Left out: error, which
    stops the audit; exclude counts them and leaves them out of this attribute."""
    reference: WrittenReference | None = None
    """Whom this attribute's groups are compared with, if it is not what `groups` says."""
    title: Text | None = None
    """What the page to publish calls it. Left out: as the pack does, or else its name."""

    def group_names(self) -> tuple[str, ...]:
        """The groups that there can be, as far as the policy says; none if any value may occur."""
        return tuple(self.probabilities) or super().group_names()

    def proxy(self, name: str) -> ProxyColumns:
        """What the counting has to know of its probabilities."""
        groups, columns = tuple(self.probabilities), tuple(self.probabilities.values())
        return ProxyColumns(name=name, groups=groups, columns=columns, unusable=self.unusable or "error")


class Factor(Grouped):
    """What people may rightly differ by, such as the department they applied to: rules compare those alike in it."""

    legitimate: Text
    """Why this factor may explain a difference between groups. Printed wherever it is used."""


def _label(low: float, high: float) -> str:
    if low == float("-inf"):
        return f"under {_short(high)}" if high != float("inf") else "any"
    return f"{_short(low)} and over" if high == float("inf") else f"{_short(low)} to {_short(high)}"


def _short(edge: float) -> str:
    return terse(Fraction(repr(edge)))  # the decimal that was written, not the binary number that holds it
