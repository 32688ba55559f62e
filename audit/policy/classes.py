"""What a rule may say of its metrics beside their names, and how reports put it.

Classes: one value of a column against all others, or a tier and those above it. Or how many of the best scores; or
whose standard deviation.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from audit.policy.columns import Label
from audit.policy.part import Part
from audit.policy.scalars import Text, Texts, terse
from audit.values import Reading
from audit.wording import DEVIATIONS

Role = Literal["decision", "outcome"]
ROLES: Final[tuple[Role, ...]] = ("decision", "outcome")
_ONE_WAY: dict[str, Any] = {"oneOf": [{"required": ["is"]}, {"required": ["at_least"]}]}


class Chosen(Part):
    """Which values are the positive ones of one rule. Give `is` or `at_least`, never both."""

    model_config = ConfigDict(json_schema_extra=_ONE_WAY)

    is_: Texts = Field(default=(), alias="is")
    """The value, or the values, against all others."""
    at_least: Text | None = None
    """This value and those behind it in the column's `order`."""

    def values(self, label: Label) -> tuple[str, ...]:
        """The column's values that are meant; none if `at_least` is not in its order."""
        if self.at_least is None:
            return self.is_
        return label.order[label.order.index(self.at_least) :] if self.at_least in label.order else ()

    @property
    def words(self) -> str:
        """As reports name it: `offer`, or `at least interview`."""
        return " or ".join(self.is_) if self.at_least is None else f"at least {self.at_least}"


def top_words(top: Fraction) -> str:
    """As reports name the best-scored fraction of all: `top 20%`, or `top 1/3` where the decimals do not end."""
    percent = terse(top * 100)
    return f"top {terse(top)}" if "/" in percent else f"top {percent}%"


def deviation_words(denominator: str) -> str:
    """As reports name a standard deviation of two groups: `pooled deviation`."""
    return dict(DEVIATIONS.items())[denominator]


def reading_of(chosen: Mapping[Role, Chosen | None], labels: Mapping[Role, Label | None]) -> Reading | None:
    """What a rule takes for positive, by what it chooses of each column; None if that is what the data part names.

    The outcome's class is not named beside the decision's where it is the same class of the same values.
    """
    values: dict[Role, tuple[str, ...]] = {}
    words: list[str] = []
    alike = len({frozenset(label.declared) for label in labels.values() if label}) == 1
    for role in ROLES:
        one, label = chosen.get(role), labels.get(role)
        if one is None or label is None:
            continue
        values[role] = one.values(label)
        said = one.words if role == "decision" else f"{label.column}: {one.words}"
        words += [] if alike and one.words in words else [said]
    if not values:
        return None
    return Reading(decision=values.get("decision"), outcome=values.get("outcome"), words=", ".join(words))
