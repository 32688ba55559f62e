"""Does what all rows together say hold within the strata? The warning against Simpson's paradox, as a value.

In Berkeley's admissions of 1973 men were admitted more often than women over all departments, and not within them:
women had applied to the departments that admit few (Bickel, Hammel & O'Connell 1975, Science 187:398).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from audit.stats.contrasts import Contrast


class Aggregation(StrEnum):
    """How a comparison within strata relates to the one that ignores them."""

    AGREES = "agrees"
    REVERSED = "reversed"
    ONLY_POOLED = "only pooled"
    ONLY_WITHIN = "only within"
    SHOWS_NOTHING = "shows nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Simpson:
    """One group's comparison with the strata ignored and within them. Only intervals speak, not estimates.

    AGREES: both intervals lie on one side of parity. REVERSED: on opposite sides. ONLY_POOLED: the pooled one excludes
    parity and the other does not; ONLY_WITHIN the other way round. SHOWS_NOTHING: both hold parity. UNKNOWN: one of
    the two could not be computed. `signs_differ` is the softer sign, of the estimates alone.
    """

    relation: Aggregation
    signs_differ: bool
    pooled: float | None
    within: float | None

    @property
    def warns(self) -> bool:
        """Whether the pooled number must not be shown without the strata."""
        return self.relation in (Aggregation.REVERSED, Aggregation.ONLY_POOLED, Aggregation.ONLY_WITHIN)


_RELATIONS = {
    (1, 1): Aggregation.AGREES,
    (-1, -1): Aggregation.AGREES,
    (1, -1): Aggregation.REVERSED,
    (-1, 1): Aggregation.REVERSED,
    (1, 0): Aggregation.ONLY_POOLED,
    (-1, 0): Aggregation.ONLY_POOLED,
    (0, 1): Aggregation.ONLY_WITHIN,
    (0, -1): Aggregation.ONLY_WITHIN,
    (0, 0): Aggregation.SHOWS_NOTHING,
}


def simpson(pooled: Contrast, within: Contrast, *, parity: float, tail: float = 0.025) -> tuple[Simpson, ...]:
    """Each group's pooled comparison against the one within strata; parity is 0 for differences and 1 for ratios.

    The parity may be a policy's limit instead: then the relation says whether the two lie on different sides of it,
    and so whether the verdict depends on the strata.
    """
    sides = zip(_side(pooled, parity, tail), _side(within, parity, tail), strict=True)
    values = zip(pooled.estimate, within.estimate, strict=True)
    return tuple(_one(side, value, parity) for side, value in zip(sides, values, strict=True))


def _one(sides: tuple[int, int], values: tuple[float, float], parity: float) -> Simpson:
    pooled, within = (float(value) if np.isfinite(value) else None for value in values)
    known = pooled is not None and within is not None
    return Simpson(
        relation=_RELATIONS[sides] if known else Aggregation.UNKNOWN,
        signs_differ=pooled is not None and within is not None and (pooled - parity) * (within - parity) < 0,
        pooled=pooled,
        within=within,
    )


def _side(contrast: Contrast, parity: float, tail: float) -> list[int]:
    """1 if the interval lies above parity, -1 if below, 0 if it holds parity."""
    low, high = contrast.limits(tail)
    return [int(above) - int(below) for above, below in zip(low > parity, high < parity, strict=True)]
