"""How often fifty rules about truly equal groups claim any failure, under each correction, for `docs/coverage.md`.

Counts are drawn, weighed once by the engine, and adjusted under each of the settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from audit.engine import _weigh_all
from audit.groups.population import population
from audit.judging.adjust import _corrected
from audit.judging.compare import tail_of
from audit.judging.weigh import Weighed
from audit.policy import Policy
from audit.policy.statistics import Statistics
from docs.coverage import SEED, markdown
from docs.error_rates import drawn, policy_of, sizes

AUDITS, GROUPS = 400, 5
METRICS = (
    "selection_rate", "base_rate", "true_positive_rate", "false_negative_rate", "false_positive_rate",
    "true_negative_rate", "precision", "false_discovery_rate", "accuracy", "error_rate",
)  # fmt: skip
#: Requirements so tight that truth lies at the limit, but for a ten thousandth.
COMPARISONS: tuple[Mapping[str, str], ...] = (
    {"compare": "max_gap", "require": "<= 0.0001"},
    {"compare": "min_ratio", "require": ">= 0.9999"},
    {"compare": "difference", "require": ">= -0.0001", "reference": "highest"},
    {"compare": "difference", "require": ">= -0.0001", "reference": "rest"},
    {"compare": "ratio", "require": ">= 0.9999", "reference": "largest"},
)
SETTINGS = (
    Statistics(correction="none"),
    Statistics(correction="holm", family="rule"),
    Statistics(correction="bh"),
    Statistics(correction="by"),
    Statistics(correction="hommel"),
    Statistics(correction="bonferroni"),
    Statistics(correction="holm"),
)


def fifty() -> Policy:
    """A policy of every comparison of every metric, each a rule."""
    return policy_of(*({"metric": metric, **comparison} for metric, comparison in product(METRICS, COMPARISONS)))


def claims(weighed: Sequence[Weighed]) -> list[bool]:
    """Under each setting: does the audit claim any failure? By p-values, which say the same as the intervals."""
    pieces = [block.evidence[place] for block in weighed for place in block.places]
    blocks = np.repeat(np.arange(len(weighed)), [len(block.places) for block in weighed])
    enough = np.array([piece.enough for piece in pieces])
    return [bool((_corrected(pieces, blocks, setting)[0][enough] <= tail_of(setting)).any()) for setting in SETTINGS]


def measured(*, equal: bool, audits: int = AUDITS) -> NDArray[np.float64]:
    """The share of audits that claim any failure, under each setting."""
    policy, draw = fifty(), np.random.default_rng([SEED, equal])
    n = sizes(GROUPS, equal=equal)
    found = [claims(_weigh_all(population(drawn(n, draw), policy), policy)) for _ in range(audits)]
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def table() -> str:
    """The measured table, as Markdown."""
    found = [measured(equal=equal) for equal in (True, False)]
    names = [f"`correction: {one.correction}`, `family: {one.family}`" for one in SETTINGS]
    rows = [[name, *(f"{share:.1%}" for share in each)] for name, each in zip(names, np.transpose(found), strict=True)]
    return markdown(["allowance", "500 records each", "100 to 10,000 records"], rows)
