"""Weigh: for one rule, one metric and one attribute, the evidence about every group.

The reference is chosen after groups that are too small to be judged are set aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from audit.counts.counts import joined
from audit.counts.group import Group, pooled
from audit.counts.rankgroup import Divergence
from audit.errors import DataError
from audit.groups.measure import Measure, measure, measures, uncomputable
from audit.groups.paired import PairedPeople
from audit.groups.population import Population
from audit.groups.ranked import divergence_contrast, few_to_diverge
from audit.groups.strata import Strata, standings
from audit.judging.change import compare_change
from audit.judging.compare import Compared, compare_all, compare_each, with_p_values
from audit.judging.conditional import compare_within
from audit.judging.evidence import Candidate, Evidence
from audit.metrics import DIVERGENT, METRICS
from audit.numbers import count, percent
from audit.policy import Policy, Reference, Rule
from audit.stats.contrasts import Contrast
from audit.values import Number
from audit.wording import known_names

_WHOLE = ("overall", "rest")


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """The evidence of one rule, metric and attribute; `contrast` holds the quantities of the evidence at `places`.

    `bounded` holds the same with what is not known of the records filled in, in all ways, by what that is.
    """

    evidence: tuple[Evidence, ...]
    contrast: Contrast | None = None
    places: tuple[int, ...] = ()
    bounded: Mapping[str, Contrast] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """One rule, metric and attribute with its groups: those that are fit to be judged, and those set aside."""

    bare: Evidence
    policy: Policy
    groups: Sequence[Group]
    candidates: Sequence[Candidate]
    sampled: bool
    strata: Strata | None = None
    paired: PairedPeople | None = None

    @property
    def fit(self) -> list[Candidate]:
        """The candidates that are judged."""
        return [candidate for candidate in self.candidates if candidate.set_aside is None]

    def closed(self, **why: Any) -> Weighed:
        """No group can be judged, and why."""
        return Weighed(evidence=(replace(self.bare, **why), *self._aside()))

    def weighed(self, evidence: Sequence[Evidence], contrast: Contrast | None, places: tuple[int, ...]) -> Weighed:
        """Evidence about the groups that are judged, and behind it those set aside."""
        return Weighed(evidence=(*evidence, *self._aside()), contrast=contrast, places=places)

    def compared(self, bare: Evidence, fit: Sequence[Candidate], against: Sequence[Compared]) -> Weighed:
        """Groups against their references: as a whole, among those alike in its factors, or since the baseline."""
        if self.paired is not None:
            return self.weighed(*compare_change(bare, fit, against, self.paired, self.policy))
        if self.strata is None:
            return self.weighed(*compare_each(bare, fit, against, self.policy))
        return self.weighed(*compare_within(bare, fit, against, self.strata, self.policy))

    def standing(self) -> Mapping[tuple[str, ...], Number]:
        """What a reference is chosen by, for groups that are judged: their rates, or how they stand within strata."""
        if self.strata is not None:
            return standings(self.strata, self.bare.metric)
        values = {tuple(candidate.key.values()): candidate.measure.value for candidate in self.fit}
        return {key: value for key, value in values.items() if value is not None}

    def _aside(self) -> list[Evidence]:
        return [_set_aside(self.bare, candidate, self.policy) for candidate in self.candidates if candidate.set_aside]


def weigh(rule: Rule, metric: str, attributes: tuple[str, ...], people: Population, policy: Policy) -> Weighed:
    """All evidence about the groups of these attributes under one rule and metric."""
    found = METRICS[metric]
    bare = Evidence(rule=rule, metric=found, attribute=joined(attributes), reading=policy.reading(rule))
    if lacking := uncomputable(metric, has_outcome=people.has_outcome, has_decision=people.has_decision):
        return Weighed(evidence=(replace(bare, missing=lacking),))
    if metric in DIVERGENT:
        return _of_lists(bare, people.divergences.get(attributes))
    proxy = people.proxies.get(attributes)
    groups = people.groups[attributes] if proxy is None else ()
    measured = measures(found, groups, sampled=people.sampled)
    sized = [(group, group.n, one) for group, one in zip(groups, measured, strict=True)]
    candidates = _candidates(sized if proxy is None else proxy.sized(found), policy)
    panel = _Panel(
        bare=bare,
        policy=policy,
        groups=groups,
        candidates=candidates,
        sampled=people.sampled,
        strata=people.strata[attributes, rule.given] if rule.given else None,
        paired=people.paired[attributes] if rule.compare == "change" else None,
    )
    if rule.compare == "value":
        return _by_itself(panel)
    if rule.compare in ("max_gap", "min_ratio"):
        return _extremes(panel)
    reference = policy.reference_for(attributes, rule)
    return _against_whole(panel, reference) if reference.kind in _WHOLE else _against_group(panel, reference)


def _candidates(sized: Sequence[tuple[Group, int, Measure]], policy: Policy) -> list[Candidate]:
    """The groups, each with how many records it has."""
    total = sum(n for _, n, _ in sized)
    return [
        Candidate(
            name=group.name,
            key=group.key,
            n=n,
            share=n / total if total else 0.0,
            measure=measured,
            set_aside=_why_set_aside(n, total, measured.trials, policy),
        )
        for group, n, measured in sized
    ]


def _why_set_aside(n: int, total: int, trials: int, policy: Policy) -> str | None:
    """Too few records, too small a share of them, or too few in the denominator that matters (none is undefined)."""
    limits = policy.groups
    if n < limits.min_count:
        return "few_records"
    if n < limits.min_share * total:
        return "small_share"
    if 0 < trials < limits.min_count:
        return "few_trials"
    return None


def _set_aside(bare: Evidence, candidate: Candidate, policy: Policy) -> Evidence:
    details = {
        "n": count(candidate.n),
        "trials": count(candidate.measure.trials),
        "min_count": count(policy.groups.min_count),
        "share": percent(candidate.share, float(policy.groups.min_share)),
        "min_share": percent(float(policy.groups.min_share)),
    }
    return replace(bare, group=candidate, missing=candidate.set_aside, judged=False, details=details)


def _by_itself(panel: _Panel) -> Weighed:
    """Every fit group's own value."""
    if not panel.fit:
        return panel.closed(missing="no_group")
    return panel.weighed(*compare_each(panel.bare, panel.fit, None, panel.policy))


# ---- against one group ---------------------------------------------------------------------------------------------


def _against_group(panel: _Panel, reference: Reference) -> Weighed:
    """Every fit group against one of them."""
    standing = panel.standing()
    defined = [candidate for candidate in panel.fit if tuple(candidate.key.values()) in standing]
    bare = panel.bare
    if reference.kind == "fixed":
        chosen = _fixed(bare.attribute, panel.candidates, reference)
        if chosen.set_aside:
            return panel.closed(reference=chosen.name, missing="reference_set_aside")
    elif len(panel.fit) < 2 or not defined:
        return panel.closed(missing="one_group")
    else:
        chosen = _chosen(defined, reference.kind, standing)
        if reference.kind in ("highest", "lowest"):
            bare = replace(bare, chosen_from=len(defined), chosen_for=reference.kind)
    others = [candidate for candidate in panel.fit if candidate is not chosen]
    if not others:
        return panel.closed(reference=chosen.name, missing="one_group")
    measured = chosen.measure
    against = Compared(name=chosen.name, n=chosen.n, measure=measured, rest=measured, key=chosen.key)
    return panel.compared(bare, others, [against] * len(others))


def _chosen(defined: Sequence[Candidate], kind: str, standing: Mapping[tuple[str, ...], Number]) -> Candidate:
    """The first in declared order among those who stand highest or lowest, or have the most records."""
    if kind == "largest":
        return max(defined, key=lambda candidate: candidate.n)
    best = max if kind == "highest" else min
    return best(defined, key=lambda candidate: standing[tuple(candidate.key.values())])


def _fixed(attribute: str, candidates: Sequence[Candidate], reference: Reference) -> Candidate:
    """The group that the policy names; raises DataError if the data have no such group."""
    wanted = dict(reference.fixed) if isinstance(reference.fixed, Mapping) else {}
    for candidate in candidates:
        if dict(candidate.key) == wanted:
            return candidate
    name = joined(tuple(wanted.values()))
    there = [candidate.name for candidate in candidates]
    raise DataError(f"the reference of {attribute}: {known_names('group', name, there)}")


# ---- against everybody, or everybody else --------------------------------------------------------------------------


def _against_whole(panel: _Panel, reference: Reference) -> Weighed:
    """Every fit group against the whole population that holds it, or against the rest of it."""
    if not panel.fit or len(panel.groups) < 2:
        return panel.closed(missing="one_group" if panel.fit else "no_group")
    parts = {tuple(group.key.items()): group for group in panel.groups}
    total = pooled(panel.groups)
    whole = measure(panel.bare.metric, total, sampled=panel.sampled)
    everyone = sum(group.n for group in panel.groups)
    against = []
    for candidate in panel.fit:
        rest = measure(panel.bare.metric, total.without(parts[tuple(candidate.key.items())]), sampled=panel.sampled)
        if reference.kind == "rest":
            against.append(Compared(name="everyone else", n=everyone - candidate.n, measure=rest, rest=rest))
        else:
            within = _within(candidate.measure, whole)
            against.append(Compared(name="everyone", n=everyone, measure=whole, rest=rest, within=within))
    return panel.compared(panel.bare, panel.fit, against)


def _within(part: Measure, whole: Measure) -> float:
    """Which share of the whole's denominator the group holds."""
    if part.share is None or whole.share is None or not whole.share.trials:
        return 0.0
    return float(part.share.trials) / float(whole.share.trials)


# ---- all groups at once --------------------------------------------------------------------------------------------


def _extremes(panel: _Panel) -> Weighed:
    """One piece of evidence for the attribute: its largest gap, or its smallest ratio, between any two groups."""
    fit = panel.fit
    undefined = [candidate for candidate in fit if candidate.measure.value is None]
    if undefined:
        return panel.closed(group=undefined[0], missing="no_trials")
    if len(fit) < 2:
        return panel.closed(missing="one_group")
    evidence, contrast = compare_all(panel.bare, fit, panel.policy)
    return panel.weighed([evidence], contrast, (0,) if contrast else ())


def _of_lists(bare: Evidence, found: Divergence | None) -> Weighed:
    """One piece of evidence for the attribute: how far its groups diverge in ranked lists, beyond chance."""
    if found is None:
        return Weighed(evidence=(replace(bare, missing="not_counted"),))
    if not found.lists.any():
        return Weighed(evidence=(replace(bare, missing="no_lists"),))
    contrast = divergence_contrast(found)
    piece = replace(bare, value=float(contrast.estimate[0]), records=round(found.total("items")))
    if bare.rule.judge != "point" and (few := few_to_diverge(found)):
        return Weighed(evidence=(replace(piece, missing="few_lists", details=few),))
    return Weighed(evidence=(with_p_values(piece, contrast),), contrast=contrast, places=(0,))
