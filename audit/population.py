"""The people of an audit: every group that a policy names, summed from the counts once and read by all that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.counts import Counts
from audit.group import Group
from audit.people import everyone, people
from audit.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Population:
    """The groups of every attribute and crossing, and everyone together. `sampled`: rows carry sampling weights."""

    groups: Mapping[tuple[str, ...], Sequence[Group]]
    everyone: Group
    has_outcome: bool
    has_decision: bool
    sampled: bool


def population(counts: Counts, policy: Policy) -> Population:
    """The groups that the rules of a policy speak of, with missing membership as a group if it says so."""
    unknown = counts.unknown_name if policy.groups.unknown == "group" else None
    crossings = dict.fromkeys(of for rule in policy.rules for of in rule.of)
    return Population(
        groups={of: people(counts, of, unknown=unknown) for of in crossings},
        everyone=everyone(counts),
        has_outcome=counts.has_outcome,
        has_decision=counts.has_decision,
        sampled=counts.weighted == "sampling",
    )
