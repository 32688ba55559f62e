"""Compare with a baseline: by how much farther each group is behind its reference than under another model.

Both models decided about the same rows, so of each group only the rows on which they differ tell anything. The change
of a group's rate has Tango's interval (1998), and that of a difference between two groups the method of variance
estimates recovery from both (Zou and Donner 2008): groups share no rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import Group
from audit.groups.paired import PairedPeople, Turn, exactly, turn
from audit.judging.compare import Compared, tail_of
from audit.judging.evidence import Candidate, Evidence
from audit.metrics import Rate
from audit.policy import Policy
from audit.result.changes import ChangeNote, RateChange
from audit.stats.changes import PairedChanges
from audit.stats.contrasts import Contrast
from audit.stats.equivalence import p_outside_and_inside
from audit.stats.paired import mcnemar, p_paired, tango

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pair:
    """A group and its reference under both models, and the evidence so far."""

    evidence: Evidence
    group: Turn
    reference: Turn


def compare_change(
    bare: Evidence, fit: Sequence[Candidate], against: Sequence[Compared], people: PairedPeople, policy: Policy
) -> tuple[list[Evidence], Contrast | None, tuple[int, ...]]:
    """Evidence for each group against its reference since the baseline, and the contrast of those with any value."""
    worse = 1 if policy.harm_of(bare.metric.name, bare.rule) == "high" else -1
    pairs = [_pair(bare, one, other, people, worse) for one, other in zip(fit, against, strict=True)]
    evidence = [pair.evidence for pair in pairs]
    places = tuple(i for i, piece in enumerate(evidence) if piece.missing is None)
    if not places:
        return evidence, None, ()
    chosen = [pairs[place] for place in places]
    groups, references = [pair.group for pair in chosen], [pair.reference for pair in chosen]
    contrast = _contrast(groups, references) if worse > 0 else _contrast(references, groups)
    region = bare.rule.region
    beyond, within = p_outside_and_inside(contrast, *region.ends)
    notes = _notes(chosen, tail_of(policy.statistics))
    for i, place in enumerate(places):
        evidence[place] = replace(
            evidence[place],
            change=notes[i],
            p_beyond=_known(beyond[i]),
            p_within=_known(within[i]),
            enough=_expected(chosen[i]) >= policy.statistics.min_expected,
        )
    return evidence, contrast, places


def _pair(bare: Evidence, one: Candidate, other: Compared, people: PairedPeople, worse: int) -> _Pair:
    key = tuple(one.key.values())
    second = people.rest(key) if other.key is None else people.of(tuple(other.key.values()))
    group, reference = (_turn(bare, side, people) for side in (people.of(key), second))
    piece = replace(
        bare,
        group=one,
        reference=other.name,
        reference_n=other.n,
        reference_value=other.rest.value,
        records=one.n + other.n,
    )
    return _Pair(evidence=_valued(piece, group, reference, worse), group=group, reference=reference)


def _turn(bare: Evidence, group: Group, people: PairedPeople) -> Turn:
    assert isinstance(bare.metric, Rate)  # noqa: S101 - the policy's door lets no other in
    return turn(bare.metric, group, sampled=people.sampled)


def _valued(piece: Evidence, group: Turn, reference: Turn, worse: int) -> Evidence:
    """How much farther the group is behind, or why that is not known."""
    if group.change is None:
        return replace(piece, missing="no_trials")
    if reference.change is None:
        return replace(piece, missing="reference_undefined")
    value = worse * (group.change - reference.change)
    first, second = (exactly(side) for side in ((group, reference) if worse > 0 else (reference, group)))
    return replace(piece, value=value, exact=f"{first} - {second}" if first and second else None)


# ---- all groups together -------------------------------------------------------------------------------------------


def _contrast(firsts: Sequence[Turn], seconds: Sequence[Turn]) -> PairedChanges:
    """How much farther the second are behind the first than before."""
    gained1, lost1, n1 = _effective(firsts)
    gained2, lost2, n2 = _effective(seconds)
    return PairedChanges(gained1=gained1, lost1=lost1, n1=n1, gained2=gained2, lost2=lost2, n2=n2)


def _effective(turns: Sequence[Turn]) -> tuple[Array, Array, Array]:
    """Records that are hits by one of the models alone, now and before, and all, as intervals may count them."""
    b, c, n = (np.array([getattr(one, name) for one in turns]) for name in ("only_now", "only_before", "worth"))
    return b, c, n


def rate_changes(turns: Sequence[Turn], tail: float) -> list[RateChange]:
    """The changes of rates with their intervals and their p-values; all at once, for speed."""
    low, high = tango(*_effective(turns), np.full(len(turns), tail))
    return [_rate_change(one, *ends) for one, *ends in zip(turns, low.tolist(), high.tolist(), strict=True)]


def _rate_change(one: Turn, low: float, high: float) -> RateChange:
    known: dict[str, Any] = {"n": one.trials, "gained": one.gained, "lost": one.lost}
    if one.change is None:
        known |= dict.fromkeys(("value", "baseline", "change", "low", "high", "p_value"))
        return RateChange(**known, reason="no_trials")
    return RateChange(
        value=float(one.now.value or 0),
        baseline=float(one.before.value or 0),
        change=float(one.change),
        low=low,
        high=high,
        p_value=_p_value(one),
        **known,
    )


def _p_value(one: Turn) -> float:
    """The two-sided p-value of no change."""
    if one.plain:
        return mcnemar(one.gained, one.lost).p_mid
    return float(p_paired(one.only_now, one.only_before, one.worth))


def _notes(pairs: Sequence[_Pair], tail: float) -> list[ChangeNote]:
    groups = rate_changes([pair.group for pair in pairs], tail)
    references = rate_changes([pair.reference for pair in pairs], tail)
    return [
        ChangeNote(
            group=group,
            reference=reference,
            difference=(group.value or 0.0) - (reference.value or 0.0),
            baseline_difference=(group.baseline or 0.0) - (reference.baseline or 0.0),
        )
        for group, reference in zip(groups, references, strict=True)
    ]


def _expected(pair: _Pair) -> float:
    """The fewest records expected in either group on which the models differ, if they did so equally often in both."""
    sides = (pair.group, pair.reference)
    differ = sum(one.only_now + one.only_before for one in sides) / sum(one.worth for one in sides)
    return min(one.worth for one in sides) * differ


def _known(p_value: float) -> float | None:
    return None if np.isnan(p_value) else float(p_value)
