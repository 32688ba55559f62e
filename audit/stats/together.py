"""Limits of many contrasts at once: score limits are found by bisection, whose cost lies in calls and not in items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios, Shares
from audit.stats.numerics import Array, Limits

_JOINABLE = (Shares, ShareDifferences, ShareRatios)


def limits_together(contrasts: Sequence[Contrast], tails: Sequence[Array]) -> list[Limits]:
    """The limits of each contrast at its own tails: the same as one by one, in as few calls as there are kinds."""
    found: list[Limits | None] = [None] * len(contrasts)
    kinds: dict[tuple[type, bool], list[int]] = {}
    for place, contrast in enumerate(contrasts):
        if isinstance(contrast, _JOINABLE):
            kinds.setdefault((type(contrast), getattr(contrast, "within", None) is None), []).append(place)
        else:
            found[place] = contrast.limits(tails[place])
    for places in kinds.values():
        low, high = _joined([contrasts[place] for place in places]).limits(np.concatenate([tails[p] for p in places]))
        ends = np.cumsum([tails[place].size for place in places])[:-1]
        for place, one, other in zip(places, np.split(low, ends), np.split(high, ends), strict=True):
            found[place] = Limits(one, other)
    return [limits for limits in found if limits is not None]


def _joined(contrasts: Sequence[Contrast]) -> Contrast:
    """Contrasts of one kind as one."""
    first = contrasts[0]
    names = [field.name for field in fields(first) if getattr(first, field.name) is not None]  # type: ignore[arg-type]
    columns = {name: np.concatenate([getattr(contrast, name) for contrast in contrasts]) for name in names}
    return type(first)(**columns)
