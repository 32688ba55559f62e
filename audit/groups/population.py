"""The people of an audit: every group that a policy names, summed from the counts once and read by all that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from audit.counts.counts import Counts
from audit.counts.group import Group
from audit.counts.rankgroup import Divergence
from audit.counts.readings import read_as
from audit.groups.paired import PairedPeople, paired_everyone, paired_people
from audit.groups.people import everyone, people, unknown_people, unlabelled
from audit.groups.proxied import ProxyPeople, proxy_people
from audit.groups.strata import Strata, strata_of
from audit.policy import Policy
from audit.values import Reading


@dataclass(frozen=True, kw_only=True)
class Population:
    """The groups of every attribute and crossing, and everyone together. `sampled`: rows carry sampling weights.

    `unknown` are those who could be of a group for all that is known, `unlabelled` those of each group who lack an
    outcome and nothing else; neither is among the groups. `proxies` are attributes that are known by probabilities,
    `divergences` say how far groups diverge in ranked lists.
    `paired` are the groups under the decision and the baseline's, and `paired_everyone` all of them; None without one.
    `readings` are the same people by the classes that rules name.
    """

    groups: Mapping[tuple[str, ...], Sequence[Group]]
    strata: Mapping[tuple[tuple[str, ...], tuple[str, ...]], Strata]
    unknown: Mapping[tuple[str, ...], Sequence[Group]]
    unlabelled: Mapping[tuple[str, ...], Mapping[str, Group]]
    proxies: Mapping[tuple[str, ...], ProxyPeople]
    divergences: Mapping[tuple[str, ...], Divergence]
    everyone: Group
    has_outcome: bool
    has_decision: bool
    sampled: bool
    paired: Mapping[tuple[str, ...], PairedPeople] = field(default_factory=dict)
    paired_everyone: Group | None = None
    readings: Mapping[Reading, Population] = field(default_factory=dict)

    def read_as(self, reading: Reading | None) -> Population:
        """The same people by the classes that a rule names; as they are without any."""
        return self if reading is None or reading.denominator is not None else self.readings[reading]


def population(counts: Counts, policy: Policy) -> Population:
    """The groups that the rules of a policy speak of, also by the classes that rules name."""
    readings = {reading: _population(read_as(counts, reading), policy) for reading in policy.readings}
    found = replace(_population(counts, policy), readings=readings)
    return found if policy.data.baseline is None else _paired(found, counts, policy)


def _paired(found: Population, counts: Counts, policy: Policy) -> Population:
    """The same people with what the baseline decided about them."""
    unknown = counts.unknown_name if policy.groups.unknown == "group" else None
    paired = {of: paired_people(counts, of, unknown=unknown) for of in found.groups}
    return replace(found, paired=paired, paired_everyone=paired_everyone(counts))


def _population(counts: Counts, policy: Policy) -> Population:
    """The groups of one reading, with missing membership as a group if the policy says so."""
    unknown = counts.unknown_name if policy.groups.unknown == "group" else None
    bounded = policy.groups.unknown in ("report", "bound")
    crossings = dict.fromkeys(of for rule in policy.rules for of in rule.of if of[0] not in policy.proxies)
    within = dict.fromkeys((of, rule.given) for rule in policy.rules for of in rule.of if rule.given)
    return Population(
        groups={of: people(counts, of, unknown=unknown) for of in crossings},
        strata={pair: _strata(counts, *pair, unknown=unknown) for pair in within},
        unknown={of: unknown_people(counts, of) if bounded else [] for of in crossings},
        unlabelled={of: unlabelled(counts, of, unknown=unknown) for of in crossings},
        proxies={(one.name,): proxy_people(one, counts.weighted) for one in counts.proxies},
        divergences={of: found for of in crossings if counts.ranks and (found := counts.ranks.divergence(of))},
        everyone=everyone(counts),
        has_outcome=counts.has_outcome,
        has_decision=counts.has_decision,
        sampled=counts.weighted == "sampling",
    )


def _strata(counts: Counts, of: tuple[str, ...], given: tuple[str, ...], *, unknown: str | None) -> Strata:
    """The groups within each stratum. Those of whom a factor is not known are in none, even if they make up a group."""
    crossed = people(counts, (*of, *given), unknown=unknown)
    known = [group for group in crossed if unknown is None or unknown not in [group.key[name] for name in given]]
    return strata_of(known, given, sampled=counts.weighted == "sampling")
