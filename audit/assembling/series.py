"""The rates that rules are about, period by period and version by version, each slice counted and shown by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from audit.assembling.tables import metric_values
from audit.counts.counts import SLICES, Counts, Slice, joined
from audit.counts.group import Group
from audit.counts.readings import read_as
from audit.groups.people import people
from audit.groups.population import Population
from audit.metrics import DIVERGENT
from audit.policy import Policy
from audit.result import MetricValue, Series
from audit.values import Reading
from audit.words.sentences import UNDEFINED

#: More slices than this make no table that anybody reads.
MOST_SLICES: Final = 60


def series(counts: Counts, people_of: Population, policy: Policy) -> tuple[tuple[Series, ...], list[str]]:
    """A line for each group and metric that a rule is about; and what has to be said of too many slices."""
    found: list[Series] = []
    notes: list[str] = []
    for by in SLICES:
        slices = counts.slices(by)
        if len(slices) > MOST_SLICES:
            notes.append(
                f"There are {len(slices)} {by}s, too many to show each; judge one alone with --only {by}=NAME."
            )
        elif len(slices) > 1:
            found += _by(counts, by, slices, people_of, policy)
    return tuple(found), notes


def _by(counts: Counts, by: Slice, slices: Sequence[str], people_of: Population, policy: Policy) -> Iterator[Series]:
    unknown = counts.unknown_name if policy.groups.unknown == "group" else None
    parts = [counts.only(by, name) for name in slices]
    read = {reading: [read_as(part, reading) for part in parts] for reading in policy.readings}
    for (attributes, reading), metrics in _asked(policy).items():
        mine = read[reading] if reading else parts
        sliced = [{group.name: group for group in people(part, attributes, unknown=unknown)} for part in mine]
        names = [group.name for group in people_of.groups[attributes]]
        for metric in metrics:
            lines = [_line(metric, names, there, people_of, policy) for there in sliced]
            shown = reading.named(metric) if reading else metric
            for place, name in enumerate(names):
                values = tuple(line[place] for line in lines)
                yield Series(
                    by=by, slices=tuple(slices), attribute=joined(attributes), group=name, metric=shown, values=values
                )


def _asked(policy: Policy) -> dict[tuple[tuple[str, ...], Reading | None], list[str]]:
    """The metrics that rules ask for, by what they are asked of, and of which classes."""
    found: dict[tuple[tuple[str, ...], Reading | None], list[str]] = {}
    for rule in policy.rules:
        for attributes in rule.of:
            if attributes[0] in policy.proxies:  # who is in a group of probabilities is not known slice by slice
                continue
            reading = policy.reading(rule)
            metrics = found.setdefault((attributes, reading if reading in policy.readings else None), [])
            metrics += [name for name in rule.metrics if name not in metrics and name not in DIVERGENT]
    return found


def _line(
    metric: str, names: Sequence[str], there: Mapping[str, Group], people_of: Population, policy: Policy
) -> list[MetricValue]:
    """One slice: the metric of each named group, or that the slice has nobody of it."""
    occurring = [name for name in names if name in there]
    values = dict(
        zip(occurring, metric_values(metric, [there[name] for name in occurring], people_of, policy), strict=True)
    )
    nobody = MetricValue(value=None, low=None, high=None, n=0, reason=UNDEFINED["no_records"])
    return [values.get(name, nobody) for name in names]
