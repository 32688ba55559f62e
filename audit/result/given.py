"""What a comparison within strata found: the record that a finding carries, and results hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit.values import Interval

#: Relations of pooled and stratified after which neither number may be read without the other.
DISAGREE = ("reversed", "only pooled", "only within")
_NOTHING = Interval()


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """A group and its reference among people who are alike: `key` says in what.

    `n` and `reference_n` are their records that the rate is a share of. No rates where one of the two has fewer of them
    than the policy judges.
    """

    key: Mapping[str, str]
    n: int
    reference_n: int
    value: float | None = None
    reference_value: float | None = None
    disparity: float | None = None


@dataclass(frozen=True, kw_only=True)
class Given:
    """How a group compares with its reference among people who are alike in the factors, beside everybody as one.

    `n` and `reference_n` are their records in strata that hold both, `pooled_n` and `pooled_reference_n` those in any.
    `used` is the share of the records of both that lie in strata with both, `strata` of them; `one_sided` strata hold
    one of the two only, and `unknown` records of both have no known factor. `group_value` and `reference_value` are
    their rates with the strata weighted alike: their difference, or ratio, is the finding's value. `pooled` is the
    disparity over the same strata taken as one, and `relation` says how the two relate: agrees, reversed, only pooled,
    only within, shows nothing or unknown. `homogeneity_p` is small where the strata differ more than by chance. `table`
    has the strata from the worst; `not_listed` more were left out of it.
    """

    n: int
    reference_n: int
    strata: int
    one_sided: int
    used: float
    unknown: int
    group_value: float
    reference_value: float
    pooled: float | None
    pooled_n: int
    pooled_reference_n: int
    pooled_group_value: float | None
    pooled_reference_value: float | None
    relation: str
    signs_differ: bool
    factors: tuple[str, ...] = ()
    pooled_interval: Interval = _NOTHING
    homogeneity_p: float | None = None
    table: tuple[Stratum, ...] = ()
    not_listed: int = 0

    @property
    def disagrees(self) -> bool:
        """Do the pooled number and the one within strata say different things?"""
        return self.relation in DISAGREE
