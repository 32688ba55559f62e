"""Compare within strata: each group against its reference among people who are alike in what the policy calls
legitimate, such as the department that they applied to.

The strata are weighed after Mantel and Haenszel by their records, so that a difference or a ratio of counts is an exact
fraction. Nothing here says why groups differ, within strata or over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audit.counts.group import pooled
from audit.groups.measure import measures
from audit.groups.strata import NOBODY, Key, Pair, Strata, columns_of, share_of, weighted_alike
from audit.judging.compare import Compared, interval, tail_of
from audit.judging.evidence import Candidate, Evidence
from audit.numbers import percent
from audit.policy import Policy
from audit.result.given import Given, Stratum
from audit.stats.contrasts import Contrast
from audit.stats.equivalence import p_outside_and_inside
from audit.stats.homogeneity import tarone
from audit.stats.simpson import Simpson, simpson
from audit.stats.strata import cochran_mantel_haenszel
from audit.stats.stratified import LEAST_USED, StratifiedDifferences, StratifiedRatios
from audit.stats.two_by_two import Equality
from audit.values import Number
from audit.wording import listed

Array = NDArray[np.float64]
#: How many strata a finding lists.
MOST_STRATA: Final = 100
_CONTRASTS: Final[dict[str, type[StratifiedDifferences | StratifiedRatios]]] = {
    "difference": StratifiedDifferences,
    "ratio": StratifiedRatios,
}
_PARITY: Final = {"difference": 0.0, "ratio": 1.0}


def compare_within(
    bare: Evidence, fit: Sequence[Candidate], against: Sequence[Compared], strata: Strata, policy: Policy
) -> tuple[list[Evidence], Contrast | None, tuple[int, ...]]:
    """Evidence for each group against its reference within strata, and the contrast of those that can be computed."""
    weighed = [_weighed(bare, one, reference, strata) for one, reference in zip(fit, against, strict=True)]
    evidence = [one.evidence for one in weighed]
    places = tuple(i for i, piece in enumerate(evidence) if piece.missing is None)
    if not places:
        return evidence, None, ()
    chosen = [weighed[i] for i in places]
    contrast = _contrast(bare.rule.compare, chosen, strata)
    region = bare.rule.region
    beyond, within = p_outside_and_inside(contrast, *region.ends)
    found = _given(chosen, contrast, strata, policy)
    for i, place in enumerate(places):
        evidence[place] = _finished(chosen[i], found[i], (beyond[i], within[i]), policy)
    return evidence, contrast, places


# ---- one group and its reference -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Weighed:
    """A group and its reference within strata, and the evidence so far."""

    pair: Pair
    evidence: Evidence


def _weighed(bare: Evidence, candidate: Candidate, reference: Compared, strata: Strata) -> _Weighed:
    pair = _pair(bare, candidate, reference, strata)
    piece = replace(
        bare,
        group=candidate,
        reference=reference.name,
        reference_n=reference.n,
        reference_value=reference.rest.value,
        records=candidate.n + reference.n,
        details={"factors": listed(strata.factors)},
    )
    return _Weighed(pair=pair, evidence=_valued(piece, pair, candidate, reference))


def _pair(bare: Evidence, candidate: Candidate, reference: Compared, strata: Strata) -> Pair:
    key, metric, sampled = tuple(candidate.key.values()), bare.metric, strata.sampled
    groups = strata.of(key), strata.rest(key) if reference.key is None else strata.of(tuple(reference.key.values()))
    first, second = ({s: share_of(metric, g, sampled=sampled) for s, g in there.items()} for there in groups)
    whole = measures(metric, [pooled(list(there.values())) for there in groups], sampled=sampled)
    rows = candidate.measure.trials + reference.rest.trials
    return Pair(first=first, second=second, whole=(whole[0], whole[1]), rows=rows)


def _valued(piece: Evidence, pair: Pair, candidate: Candidate, reference: Compared) -> Evidence:
    """The value within strata, or why there is none."""
    if candidate.measure.value is None:
        return replace(piece, missing=candidate.measure.reason)
    if reference.rest.value is None:
        return replace(piece, missing="reference_undefined")
    if not pair.both:
        return replace(piece, missing="no_strata")
    first, second = weighted_alike(pair)
    if piece.rule.compare == "ratio" and second == 0:
        return replace(piece, missing="reference_zero")
    return replace(piece, value=first / second if piece.rule.compare == "ratio" else first - second)


# ---- all groups together -------------------------------------------------------------------------------------------


def _contrast(compare: str, found: Sequence[_Weighed], strata: Strata) -> StratifiedDifferences | StratifiedRatios:
    """The groups' quantities within strata, of shape (strata, k); weights are those of the records."""
    keys = list(strata.groups)
    x1, n1, t1 = columns_of([[one.pair.first.get(key, NOBODY) for one in found] for key in keys])
    x2, n2, t2 = columns_of([[one.pair.second.get(key, NOBODY) for one in found] for key in keys])
    total = t1 + t2
    weights = np.divide(t1 * t2, total, out=np.zeros_like(total), where=total > 0)
    return _CONTRASTS[compare](x1=x1, n1=n1, x2=x2, n2=n2, weights=weights)


def _pooled(compare: str, found: Sequence[_Weighed]) -> Contrast:
    """The same comparison with all strata taken as one."""
    sides = [columns_of([[one.pair.whole[side].share or NOBODY for one in found]]) for side in (0, 1)]
    (x1, n1, _), (x2, n2, _) = sides
    return _CONTRASTS[compare](x1=x1, n1=n1, x2=x2, n2=n2).pooled


def _given(
    found: Sequence[_Weighed], contrast: StratifiedDifferences | StratifiedRatios, strata: Strata, policy: Policy
) -> list[Given]:
    """What each comparison within strata found, beside the pooled one."""
    rule, tail = found[0].evidence.rule, tail_of(policy.statistics)
    whole = _pooled(rule.compare, found)
    low, high = whole.limits(np.full(len(found), tail))
    relations = simpson(whole, contrast, parity=_PARITY[rule.compare], tail=tail)
    alike = np.atleast_1d(tarone(contrast.x1, contrast.n1, contrast.x2, contrast.n2).p)
    return [
        replace(
            _record(one.pair, relations[i]),
            factors=strata.factors,
            pooled_interval=interval(low[i], high[i]),
            homogeneity_p=_or_none(alike[i]),
            table=tuple(table[:MOST_STRATA]),
            not_listed=max(0, len(table) - MOST_STRATA),
        )
        for i, one in enumerate(found)
        for table in [_table(one, strata, policy)]
    ]


def _record(pair: Pair, relation: Simpson) -> Given:
    first, second = weighted_alike(pair)
    rows, there = pair.rows_in(pair.both), pair.rows_in({**pair.first, **pair.second})
    occurring = {key for side in (pair.first, pair.second) for key, share in side.items() if share.trials}
    return Given(
        n=rows[0],
        reference_n=rows[1],
        strata=len(pair.both),
        one_sided=len(occurring) - len(pair.both),
        used=float(pair.used),
        unknown=pair.rows - sum(there),
        group_value=float(first),
        reference_value=float(second),
        pooled=relation.pooled,
        pooled_n=there[0],
        pooled_reference_n=there[1],
        pooled_group_value=_float(pair.whole[0].value),
        pooled_reference_value=_float(pair.whole[1].value),
        relation=relation.relation.value,
        signs_differ=relation.signs_differ,
    )


def _table(found: _Weighed, strata: Strata, policy: Policy) -> list[Stratum]:
    """The strata that hold both, from the worst for the group; those with too few records for a rate come last."""
    rule, metric = found.evidence.rule, found.evidence.metric.name
    sign = 1 if policy.harm_of(metric, rule) == "low" else -1
    rows = [_stratum(found, key, strata.factors, policy.groups.min_count) for key in found.pair.both]
    return sorted(rows, key=lambda row: (row.disparity is None, sign * (row.disparity or 0.0)))


def _stratum(found: _Weighed, key: Key, factors: Key, min_count: int) -> Stratum:
    one, other = found.pair.first[key], found.pair.second[key]
    row = Stratum(key=dict(zip(factors, key, strict=True)), n=one.rows, reference_n=other.rows)
    if min(one.rows, other.rows) < min_count or one.value is None or other.value is None:
        return row
    known = replace(row, value=float(one.value), reference_value=float(other.value))
    if found.evidence.rule.compare == "difference":
        return replace(known, disparity=float(one.value - other.value))
    return known if other.value == 0 else replace(known, disparity=float(one.value / other.value))


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


# ---- what a verdict needs ------------------------------------------------------------------------------------------


def _finished(weighed: _Weighed, given: Given, p_values: tuple[float, float], policy: Policy) -> Evidence:
    """The evidence with all that a verdict needs; without p-values where too few have a counterpart for any claim."""
    piece, counts = weighed.evidence, _counts(weighed.pair)
    alike = weighed.pair.used >= Fraction(repr(LEAST_USED))
    details = {"used": percent(given.used, LEAST_USED), "least": percent(LEAST_USED, digits=0)}
    return replace(
        piece,
        given=given,
        alike=alike,
        p_beyond=_or_none(p_values[0]) if alike else None,
        p_within=_or_none(p_values[1]) if alike else None,
        enough=_expected(*counts) >= policy.statistics.min_expected,
        test=_test(piece.rule.test, counts),
        details={**piece.details, **details},
    )


def _counts(pair: Pair) -> tuple[Array, Array, Array, Array]:
    """Hits and trials in the strata that hold both."""
    sides = [columns_of([[side[key]] for key in pair.both]) for side in (pair.first, pair.second)]
    (x1, n1, _), (x2, n2, _) = sides
    return x1[:, 0], n1[:, 0], x2[:, 0], n2[:, 0]


def _expected(x1: Array, n1: Array, x2: Array, n2: Array) -> float:
    """The fewest events or non-events expected of either group, if both were equal within every stratum."""
    rate = (x1 + x2) / (n1 + n2)
    return float(min((n * p).sum() for n in (n1, n2) for p in (rate, 1 - rate)))


def _test(name: str | None, counts: tuple[Array, Array, Array, Array]) -> Equality | None:
    """Cochran, Mantel and Haenszel's test, the only one of those that a policy can name that looks within strata."""
    if name is None:
        return None
    z, p = (float(value) for value in cochran_mantel_haenszel(*counts))
    return Equality(method=name, p_value=p, statistic=z**2)
