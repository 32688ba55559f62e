"""Checks that look at several parts of a policy at once, and those parts: its attributes, its references."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from audit.policy.columns import Attribute, Factor, Grouped, Label, Score
from audit.policy.faults import Path, Said
from audit.policy.models import Groups
from audit.policy.prediction import Prediction
from audit.policy.ranking import Ranking
from audit.policy.reference import Reference
from audit.policy.requirement import errors_of
from audit.policy.rules import Crossings, Rule, Waiver
from audit.policy.words import suggest

_M = TypeVar("_M", bound=BaseModel)
_CROSSINGS: TypeAdapter[tuple[tuple[str, ...], ...]] = TypeAdapter(Crossings)


#: Every rule is checked against every attribute and intersection, so their numbers have to have a limit.
MOST_OF: Final = {"attributes": 100, "factors": 100, "intersections": 200, "rules": 2000, "waivers": 2000}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Those parts of a policy that can be read on their own, so that one mistake does not hide another.

    `data` holds the settings that are written there, each with the column it names, if that can be read; None where the
    data are no map at all.
    """

    names: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    factor_names: tuple[str, ...]
    factors: Mapping[str, Factor]
    data: Mapping[str, str | None] | None
    labels: Mapping[str, Label]
    score: Score | None
    prediction: Prediction | None
    ranking: Ranking | None
    crossings: tuple[tuple[str, ...], ...]
    groups: Groups | None
    rules: Mapping[int, Rule]
    ids: tuple[str, ...]
    named: Mapping[int, tuple[tuple[str, ...], ...]]
    waived: Mapping[int, str]
    waivers: Mapping[int, Waiver]

    @property
    def has_data(self) -> bool:
        """May there be a decision or a score? Data that cannot be read are a mistake of their own."""
        return self.data is None or not {"decision", "score", "prediction", "ranking"}.isdisjoint(self.data)

    @property
    def has_decision(self) -> bool:
        """May something decide: a decision column, or the cutoff of a score?"""
        if self.data is None or "decision" in self.data:
            return True
        return "score" in self.data and (self.score is None or self.score.cutoff is not None)

    @property
    def ends(self) -> tuple[Fraction, Fraction] | None:
        """The least and the most that the score can be, as written; None without a score or a sound range."""
        low, high = (0.0, 1.0) if self.score is None else self.score.ends()
        sound = self.score is not None and len(self.score.range) in (0, 2) and -math.inf < low < high < math.inf
        return (Fraction(repr(low)), Fraction(repr(high))) if sound else None

    def error_ends(self, metric: str) -> tuple[Fraction, Fraction] | None:
        """The least and the most that a metric of predictions can be; None without a prediction or a sound range."""
        if self.prediction is None or not self.prediction.sound:
            return None
        low, high = (Fraction(repr(end)) for end in self.prediction.range)
        return errors_of(metric, high - low)


def parts_of(content: Mapping[str, Any]) -> Parts:
    """Read each part alone; what cannot be read is left out, and reported elsewhere."""
    data, attributes = _map(content.get("data")), _map(content.get("attributes"))
    factors = _map(content.get("factors"))
    rules, waivers = _list(content.get("rules")), _list(content.get("waivers"))
    labels = {role: _read(Label, data.get(role)) for role in ("decision", "outcome", "baseline")}
    return Parts(
        names=tuple(attributes),
        attributes={name: attribute for name, raw in attributes.items() if (attribute := _read(Attribute, raw))},
        factor_names=tuple(factors),
        factors={name: factor for name, raw in factors.items() if (factor := _read(Factor, raw))},
        data={key: _column(raw) for key, raw in data.items()} if isinstance(content.get("data"), dict) else None,
        labels={role: label for role, label in labels.items() if label},
        score=_read(Score, data.get("score")),
        prediction=_read(Prediction, data.get("prediction")),
        ranking=_read(Ranking, data.get("ranking")),
        crossings=_read_crossings(content.get("intersections")),
        groups=_read(Groups, content.get("groups", {})),
        rules={number: rule for number, raw in enumerate(rules) if (rule := _read(Rule, raw))},
        ids=tuple(str(_map(raw).get("id")) for raw in rules if "id" in _map(raw)),
        named={number: _read_crossings(_map(raw).get("of")) for number, raw in enumerate(rules)},
        waived={number: name for number, raw in enumerate(waivers) if isinstance(name := _map(raw).get("rule"), str)},
        waivers={number: one for number, raw in enumerate(waivers) if (one := _read(Waiver, raw))},
    )


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _column(raw: Any) -> str | None:
    """The column that a setting names: by itself, or as one of its own settings."""
    name = raw.get("column") if isinstance(raw, dict) else raw
    return name if isinstance(name, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _read(model: type[_M], raw: Any) -> _M | None:
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None


def _read_crossings(raw: Any) -> tuple[tuple[str, ...], ...]:
    try:
        return _CROSSINGS.validate_python(raw)
    except ValidationError:
        return ()


def size_checks(content: Mapping[str, Any]) -> Iterator[Said]:
    """A policy that nobody could read is not checked any further."""
    for key, most in MOST_OF.items():
        found = content.get(key)
        if isinstance(found, dict | list) and len(found) > most:
            yield Said((key,), f"expected at most {most:,} {key}, found {len(found):,}", "split the policy", key=True)


def attribute_checks(parts: Parts) -> Iterator[Said]:
    """Groups are made in one way only, from bins that rise and merges that do not chain."""
    for part, columns in (("attributes", parts.attributes), ("factors", parts.factors)):
        for name, grouped in columns.items():
            yield from _groups((part, name), grouped)
    for number, crossing in enumerate(parts.crossings):
        yield from unknown_names(("intersections", number), crossing, parts.names)
        if len(crossing) == 1:
            yield Said(("intersections", number), "an intersection has two attributes or more")


def _groups(at: Path, grouped: Grouped) -> Iterator[Said]:
    yield from _bins(at, grouped)
    yield from _merges(at, grouped)
    for value in grouped.missing:
        if value in grouped.values:
            yield Said((*at, "missing"), f"{value!r} is also among the values; a text is one of the two")


def _bins(at: Path, attribute: Grouped) -> Iterator[Said]:
    edges, labels = attribute.bins, attribute.labels
    if not edges:
        if labels:
            yield Said((*at, "labels"), "labels name the groups that bins make, and there are no bins", key=True)
        return
    for key in ("merge", "values"):
        if getattr(attribute, key):
            yield Said((*at, key), f"{key!r} and 'bins' cannot be combined: bins already make the groups", key=True)
    if len(edges) < 2:
        yield Said((*at, "bins"), "one edge makes no group", "give two edges or more, like [0, 40, inf]")
    elif any(low >= high or math.isnan(low) for low, high in pairwise(edges)):
        yield Said((*at, "bins"), "the edges have to rise, each above the one before")
    elif labels and len(labels) != len(edges) - 1:
        made = f"{len(edges)} edges make {len(edges) - 1} groups, and there are {len(labels)} labels"
        yield Said((*at, "labels"), made, "give one label fewer than there are edges")


def _merges(at: Path, attribute: Grouped) -> Iterator[Said]:
    into: dict[str, str] = {}
    for new, olds in attribute.merge.items():
        for old in olds:
            if old in into:
                yield Said((*at, "merge", new), f"{old!r} is already merged into {into[old]!r}")
            into[old] = new
            if old != new and old in attribute.merge:
                yield Said((*at, "merge", new), f"{old!r} is itself a merged group", "list its old values here")
            if attribute.values and old not in attribute.values:
                hint = suggest(old, attribute.values)
                yield Said((*at, "merge", new), f"{old!r} is not among the values of the {str(at[0])[:-1]}", hint)


def unknown_names(path: Path, names: tuple[str, ...], known: tuple[str, ...]) -> Iterator[Said]:
    """Attributes that the policy does not have."""
    if not known:
        return
    for name in names:
        if name not in known:
            yield Said(path, f"there is no attribute {name!r}", suggest(name, known))


def reference_checks(parts: Parts) -> Iterator[Said]:
    """Fixed references name attributes and groups that there are."""
    if parts.groups:
        yield from fixed_checks(("groups", "reference"), parts.groups.reference, parts.names, parts)
    for name, attribute in parts.attributes.items():
        if attribute.reference:
            path: Path = ("attributes", name, "reference")
            yield from fixed_checks(path, attribute.reference, (name,), parts)
            if isinstance(attribute.reference.fixed, Mapping) and name not in attribute.reference.fixed:
                yield Said(
                    path, f"the reference of {name!r} names no group of {name!r}", f"write {{fixed: <group of {name}>}}"
                )


def fixed_checks(path: Path, reference: Reference, names: tuple[str, ...], parts: Parts) -> Iterator[Said]:
    """A fixed reference that a reader could take in two ways, or that names what there is not."""
    if isinstance(reference.fixed, str):
        if len(names) > 1:
            hint = f"say of which attribute: {{fixed: {{{names[0]}: {reference.fixed}}}}}"
            yield Said(path, f"'fixed: {reference.fixed}' could be a group of any of {', '.join(names)}", hint)
        elif names:
            yield from unknown_group(path, names[0], reference.fixed, parts)
    elif reference.fixed:
        yield from unknown_names(path, tuple(reference.fixed), parts.names)
        for name, value in reference.fixed.items():
            yield from unknown_group(path, name, value, parts)


def unknown_group(path: Path, name: str, value: str, parts: Parts) -> Iterator[Said]:
    """A group that an attribute cannot have, where the policy declares which it can have."""
    attribute = parts.attributes.get(name)
    known = attribute.group_names() if attribute else ()
    if known and value not in known:
        yield Said(path, f"{name!r} has no group {value!r}", suggest(value, known))
    elif (
        attribute
        and not known
        and value in {old for olds in attribute.merge.values() for old in olds} - set(attribute.merge)
    ):
        yield Said(path, f"the value {value!r} of {name!r} is merged away", suggest(value, attribute.merge))
