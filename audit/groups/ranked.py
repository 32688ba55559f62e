"""Metrics of ranked lists: their values, and their contrasts with lists as clusters, a line of table each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audit.counts.rankgroup import Divergence, RankGroup
from audit.stats.contrasts import Contrast
from audit.stats.divergence import p_by_chance
from audit.stats.listed import FEWEST, ListContrast, Listed, Logarithms, enough_lists
from audit.wording import counted

#: Exposures that random order gives are noted if they differ by more than this part.
_UNEVEN = 0.02


@dataclass(frozen=True)
class _Quotient:
    """What is added up over the items, and what that is divided by: their number, or what is expected."""

    kind: Literal["exposure", "among"]
    base: Literal["items", "expected"]
    logarithm: bool = False


_QUOTIENTS = {
    "exposure": _Quotient("exposure", "items"),
    "relative_exposure": _Quotient("exposure", "expected"),
    "representation_at_k": _Quotient("among", "expected"),
    "skew_at_k": _Quotient("among", "expected", logarithm=True),
}


def rank_value(metric: str, ranks: RankGroup | None) -> tuple[float | None, int, str | None]:
    """A metric of one group's items, the number of these, and why there is no value, if so."""
    if ranks is None:
        return None, 0, "not_counted"
    quotient, items = _QUOTIENTS[metric], round(float(ranks.items.sum()))
    value = float(_listed(quotient, [ranks]).value[0])
    if not np.isfinite(value):
        return None, items, "no_trials"
    if quotient.logarithm:
        return (float(np.log(value)), items, None) if value > 0 else (None, items, "none_at_top")
    return value, items, None


def rank_contrast(
    metric: str, compare: str, first: Sequence[RankGroup], second: Sequence[RankGroup] | None = None
) -> Contrast:
    """The metric of groups, or its differences or ratios to that of others in the same lists."""
    quotient = _QUOTIENTS[metric]
    one, other = _listed(quotient, first), _listed(quotient, second) if second is not None else None
    if quotient.logarithm:  # a difference of logarithms is the logarithm of a ratio
        return Logarithms(of=ListContrast(first=one, second=other, compare="value" if other is None else "ratio"))
    if other is None:
        return ListContrast(first=one)
    return ListContrast(first=one, second=other, compare="ratio" if compare == "ratio" else "difference")


def few_lists(groups: Sequence[RankGroup]) -> dict[str, str]:
    """How many lists of equal size the group that has fewest is worth, and what is needed, if that is more."""
    return _few(float(_listed(_QUOTIENTS["exposure"], groups).lists.min()))


def _few(lists: float) -> dict[str, str]:
    return {} if enough_lists(lists) else {"lists": f"{lists:.1f}", "least": f"{FEWEST:g}"}


def uneven(metric: str, groups: Mapping[str, RankGroup]) -> str | None:
    """What has to be said of exposures where a random order of each list would not give groups the same."""
    if metric != "exposure":
        return None
    given = {name: one.total("exposure", "expected") / n for name, one in groups.items() if (n := one.items.sum())}
    if len(given) < 2 or max(given.values()) <= min(given.values()) * (1 + _UNEVEN):
        return None
    shown = [
        f"{given[name]:.3f} ({name})" for name in (min(given, key=given.__getitem__), max(given, key=given.__getitem__))
    ]
    return (
        "Lists differ in length, and groups in which lists they are: a random order of every list would give exposures "
        f"from {shown[0]} to {shown[1]}. The metric relative_exposure allows for that, and exposure does not."
    )


def divergence_contrast(found: Divergence) -> ListContrast:
    """The mean over lists of NDKL less its mean over all orders."""
    sums = found.sums
    excess = sums["rank_divergence_sum"] - sums["rank_divergence_expected"]
    lists, spread = found.lists[np.newaxis], np.array([found.total("variance")])
    return ListContrast(
        first=Listed(
            top=excess[np.newaxis], base=lists, items=lists, alone=spread, apart=spread, counts=False, signed=True
        )
    )


def divergence_words(attribute: str, found: Divergence | None) -> str | None:
    """The raw NDKL, which nobody should read by itself, beside what chance makes of it; None of no lists."""
    lists = found.lists.sum() if found else 0
    if found is None or not lists:
        return None
    raw, usual = (found.total(part) / lists for part in ("sum", "expected"))
    p = p_by_chance(found.total("sum") - found.total("expected"), found.total("variance"), found.total("third"))
    likely = "" if p is None else f"; random orders give so much or more with p = {p:.3g}"
    return (
        f"NDKL by {attribute} is {raw:.4f} on average over {counted(int(lists), 'list')} with two groups or more, and "
        f"a random order of each would give {usual:.4f}{likely}. What is judged is by how much it is above that."
    )


def few_to_diverge(found: Divergence) -> dict[str, str]:
    """What is to be said where lists with two groups or more are too few for an interval; else nothing."""
    return _few(float(divergence_contrast(found).first.lists[0]))


def expected_at_top(metric: str, groups: Sequence[RankGroup]) -> float:
    """The fewest items of a group that random order would put among the first places; for exposure no such number."""
    quotient = _QUOTIENTS[metric]
    return min(one.total("among", "expected") for one in groups) if quotient.kind == "among" else np.inf


def _listed(quotient: _Quotient, groups: Sequence[RankGroup]) -> Listed:
    def by(part: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.stack([one.sums[f"rank_{quotient.kind}_{part}"] for one in groups])

    items = np.stack([one.items for one in groups])
    return Listed(
        top=by("sum"),
        base=items if quotient.base == "items" else by("expected"),
        items=items,
        alone=by("alone").sum(axis=-1),
        apart=by("apart").sum(axis=-1),
        counts=quotient.kind == "among",
    )
