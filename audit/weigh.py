"""Weigh: for one rule, one metric and one attribute, the evidence about every group.

The reference is chosen after groups that are too small to be judged are set aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from audit.compare import Compared, compare_all, compare_each
from audit.counts import Counts, joined, sum_cells
from audit.errors import DataError
from audit.evidence import Candidate, Evidence
from audit.measure import Measure, computable, measure
from audit.metrics import METRICS, Metric
from audit.numbers import count, percent
from audit.policy import Policy, Reference, Rule
from audit.stats.contrasts import Contrast
from audit.values import Group, Number, Sums
from audit.wording import known_names

UNKNOWN = "(unknown)"
_WHOLE = ("overall", "rest")


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """The evidence of one rule, metric and attribute; `contrast` holds the quantities of the evidence at `places`."""

    evidence: tuple[Evidence, ...]
    contrast: Contrast | None = None
    places: tuple[int, ...] = ()


def groups_of(counts: Counts, attributes: Sequence[str], policy: Policy) -> list[Group]:
    """The groups of an attribute or a crossing, with unknown membership as a group if the policy wants that."""
    return counts.groups(attributes, unknown=UNKNOWN if policy.groups.unknown == "group" else None)


def weigh(rule: Rule, metric: str, attributes: tuple[str, ...], counts: Counts, policy: Policy) -> Weighed:
    """All evidence about the groups of these attributes under one rule and metric."""
    found = METRICS[metric]
    bare = Evidence(rule=rule, metric=found, attribute=joined(attributes))
    if not computable(metric, has_outcome=counts.has_outcome):
        return Weighed(evidence=(replace(bare, missing="no_outcome"),))
    groups = groups_of(counts, attributes, policy)
    sampled = counts.weighted == "sampling"
    candidates = _candidates(groups, found, policy, sampled=sampled)
    fit = [candidate for candidate in candidates if candidate.set_aside is None]
    aside = [_set_aside(bare, candidate, policy) for candidate in candidates if candidate.set_aside]
    if rule.compare == "value":
        return _each(bare, fit, None, aside, policy)
    if rule.compare in ("max_gap", "min_ratio"):
        return _extremes(bare, fit, aside, policy)
    reference = policy.reference_for(attributes, rule)
    if reference.kind in _WHOLE:
        return _against_whole(bare, fit, groups, aside, reference, policy, sampled=sampled)
    return _against_group(bare, candidates, fit, aside, reference, policy)


def _candidates(groups: Sequence[Group], metric: Metric, policy: Policy, *, sampled: bool) -> list[Candidate]:
    total = sum(group.n for group in groups)
    found = []
    for group in groups:
        measured = measure(metric, group.cells, sampled=sampled)
        candidate = Candidate(
            name=group.name, key=group.key, n=group.n, share=group.n / total, measure=measured
        )
        found.append(replace(candidate, set_aside=_why_set_aside(candidate, total, policy)))
    return found


def _why_set_aside(candidate: Candidate, total: int, policy: Policy) -> str | None:
    """Too few records, too small a share of them, or too few in the denominator that matters (none is undefined)."""
    limits = policy.groups
    if candidate.n < limits.min_count:
        return "few_records"
    if Fraction(candidate.n, total) < limits.min_share:
        return "small_share"
    if 0 < candidate.measure.trials < limits.min_count:
        return "few_trials"
    return None


def _set_aside(bare: Evidence, candidate: Candidate, policy: Policy) -> Evidence:
    return replace(
        bare,
        group=candidate,
        missing=candidate.set_aside,
        judged=False,
        details={
            "n": count(candidate.n),
            "trials": count(candidate.measure.trials),
            "min_count": count(policy.groups.min_count),
            "share": percent(candidate.share, float(policy.groups.min_share)),
            "min_share": percent(float(policy.groups.min_share)),
        },
    )


# ---- against one group ---------------------------------------------------------------------------------------------


def _against_group(
    bare: Evidence,
    candidates: Sequence[Candidate],
    fit: list[Candidate],
    aside: list[Evidence],
    reference: Reference,
    policy: Policy,
) -> Weighed:
    """Every fit group against one of them."""
    if reference.kind == "fixed":
        chosen = _fixed(bare.attribute, candidates, reference)
        if chosen.set_aside:
            return Weighed(evidence=(replace(bare, reference=chosen.name, missing="reference_set_aside"), *aside))
    else:
        defined = [candidate for candidate in fit if candidate.measure.value is not None]
        if len(fit) < 2 or not defined:
            return Weighed(evidence=(replace(bare, missing="one_group"), *aside))
        chosen = _chosen(defined, reference.kind)
        bare = replace(bare, chosen_from=len(defined) if reference.kind in ("highest", "lowest") else 0)
    others = [candidate for candidate in fit if candidate is not chosen]
    if not others:
        return Weighed(evidence=(replace(bare, reference=chosen.name, missing="one_group"), *aside))
    against = [Compared(name=chosen.name, n=chosen.n, measure=chosen.measure, rest=chosen.measure)] * len(others)
    return _each(bare, others, against, aside, policy)


def _chosen(defined: Sequence[Candidate], kind: str) -> Candidate:
    """The first in declared order among those with the highest or lowest value, or the most records."""
    if kind == "largest":
        return max(defined, key=lambda candidate: candidate.n)
    values: list[Number] = [candidate.measure.value for candidate in defined if candidate.measure.value is not None]
    wanted = max(values) if kind == "highest" else min(values)
    return next(candidate for candidate in defined if candidate.measure.value == wanted)


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


def _against_whole(
    bare: Evidence,
    fit: list[Candidate],
    groups: Sequence[Group],
    aside: list[Evidence],
    reference: Reference,
    policy: Policy,
    *,
    sampled: bool,
) -> Weighed:
    """Every fit group against the whole population that holds it, or against the rest of it."""
    if not fit or len(groups) < 2:
        return Weighed(evidence=(replace(bare, missing="one_group" if fit else "no_group"), *aside))
    cells = {group.name: group.cells for group in groups}
    total = sum_cells(groups)
    whole = measure(bare.metric, total, sampled=sampled)
    everyone = sum(group.n for group in groups)
    against = []
    for candidate in fit:
        rest = measure(bare.metric, _without(total, cells[candidate.name]), sampled=sampled)
        if reference.kind == "rest":
            against.append(Compared(name="everyone else", n=everyone - candidate.n, measure=rest, rest=rest))
        else:
            within = _within(candidate.measure, whole)
            against.append(Compared(name="everyone", n=everyone, measure=whole, rest=rest, within=within))
    return _each(bare, fit, against, aside, policy)


def _without(total: Mapping[str, Sums], part: Mapping[str, Sums]) -> dict[str, Sums]:
    none = Sums()
    return {
        cell: Sums(
            n=sums.n - part.get(cell, none).n,
            weight=sums.weight - part.get(cell, none).weight,
            weight2=sums.weight2 - part.get(cell, none).weight2,
        )
        for cell, sums in total.items()
    }


def _within(part: Measure, whole: Measure) -> float:
    """Which share of the whole's denominator the group holds."""
    if part.share is None or whole.share is None or not whole.share.trials:
        return 0.0
    return float(part.share.trials) / float(whole.share.trials)


# ---- evidence from comparisons -------------------------------------------------------------------------------------


def _each(
    bare: Evidence,
    fit: Sequence[Candidate],
    against: Sequence[Compared] | None,
    aside: list[Evidence],
    policy: Policy,
) -> Weighed:
    """One piece of evidence a group, in order, and those set aside behind them."""
    if not fit:
        return Weighed(evidence=(replace(bare, missing="no_group"), *aside))
    evidence, contrast, places = compare_each(bare, fit, against, policy)
    return Weighed(evidence=(*evidence, *aside), contrast=contrast, places=places)


def _extremes(bare: Evidence, fit: Sequence[Candidate], aside: list[Evidence], policy: Policy) -> Weighed:
    """One piece of evidence for the attribute: its largest gap, or its smallest ratio, between any two groups."""
    undefined = [candidate for candidate in fit if candidate.measure.value is None]
    if undefined:
        evidence = replace(bare, group=undefined[0], missing="no_trials")
        return Weighed(evidence=(evidence, *aside))
    if len(fit) < 2:
        return Weighed(evidence=(replace(bare, missing="one_group"), *aside))
    evidence, contrast = compare_all(bare, fit, policy)
    return Weighed(evidence=(evidence, *aside), contrast=contrast, places=(0,) if contrast else ())
