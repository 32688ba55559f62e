"""Comparisons as they were decided, restated as settings whose power can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios, Shares
from audit.stats.numerics import Array, divide
from audit.stats.power import ARRAYS, Compare, Setting

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Comparisons of one requirement, [low, high] or open at None, as they were decided.

    `tail` is the plain one, `fail_tails` hold the one for each comparison at which a failure is claimed, which allows
    for all comparisons; `least` is the policy's `min_expected`.
    """

    contrast: Contrast
    low: float | None
    high: float | None
    tail: float
    fail_tails: Array
    least: float = 5.0


_COMPARES: dict[type, Compare] = {Shares: "rate", ShareDifferences: "difference", ShareRatios: "ratio"}


def setting_of(asked: Asked) -> Setting | None:
    """The present estimates as the truth; None if the contrast is not one of counted shares.

    Where the reference contains the group, the requirement is restated against the rest of the reference.
    """
    contrast = asked.contrast
    if not isinstance(contrast, Shares | ShareDifferences | ShareRatios):
        return None
    if isinstance(contrast, Shares):
        x1, n1, x2, n2 = contrast.x, contrast.n, np.zeros_like(contrast.x), np.ones_like(contrast.n)
    else:
        x1, n1, x2, n2 = contrast.x1, contrast.n1, contrast.x2, contrast.n2
    low, high = (_against_rest(contrast, bound) for bound in _bounds(asked))
    common = (divide(x1, n1), n1, divide(x2, n2), n2, low, high, asked.tail, asked.fail_tails, asked.least)
    shape = np.asarray(x1, dtype=np.float64).shape
    arrays = (np.broadcast_to(np.asarray(value, dtype=np.float64), shape) for value in common)
    return Setting(compare=_COMPARES[type(contrast)], **dict(zip(ARRAYS, arrays, strict=True)))


def _bounds(asked: Asked) -> tuple[float, float]:
    return -np.inf if asked.low is None else asked.low, np.inf if asked.high is None else asked.high


def _against_rest(contrast: Shares | ShareDifferences | ShareRatios, bound: float) -> Array:
    """The bound on the scale of the rest of a reference that contains the group."""
    if isinstance(contrast, Shares) or contrast.within is None:
        return np.asarray(bound)
    if isinstance(contrast, ShareDifferences):
        return np.asarray(bound / (1 - contrast.within))
    room = 1 - bound * contrast.within if np.isfinite(bound) else np.full_like(contrast.within, -1.0)
    inside = divide((1 - contrast.within) * bound, np.where(room > 0, room, 1.0))
    return np.where(room > 0, inside, np.sign(bound) * np.inf)


def against_whole(contrast: Contrast, place: int, value: float) -> float:
    """The value on the contrast's own scale again."""
    within = None if isinstance(contrast, Shares) else getattr(contrast, "within", None)
    if within is None:
        return value
    if isinstance(contrast, ShareDifferences):
        return float((1 - within[place]) * value)
    return float(value / (within[place] * value + 1 - within[place]))


def together(
    asked: Sequence[Asked], of_setting: Callable[[Setting], list[Answer]], otherwise: Callable[[Asked], list[Answer]]
) -> list[tuple[Answer, ...]]:
    """An answer for each comparison, in one call for each way of comparing."""
    settings = [setting_of(one) for one in asked]
    found = [() if setting else tuple(otherwise(one)) for one, setting in zip(asked, settings, strict=True)]
    for compare in _COMPARES.values():
        chosen = {i: setting for i, setting in enumerate(settings) if setting and setting.compare == compare}
        if not chosen:
            continue
        columns = {name: np.concatenate([getattr(one, name) for one in chosen.values()]) for name in ARRAYS}
        answers = iter(of_setting(Setting(compare=compare, **columns)))
        for place, one in chosen.items():
            found[place] = tuple(islice(answers, one.p1.size))
    return found
