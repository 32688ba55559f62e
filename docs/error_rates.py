"""How often an audit claims a failure where there is none: simulated audits of groups that are truly equal.

`make simulate` draws them, judges them by the engine from their counts, and writes the table of `docs/error-rates.md`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit import policy as policies
from audit.counts.celltable import CellTable, summed
from audit.counts.counts import Counts
from audit.engine import _weigh_all
from audit.groups.population import population
from audit.judging.adjust import decided
from audit.judging.evidence import Evidence
from audit.policy import Policy

PAGE = Path(__file__).parent / "error-rates.md"
AUDITS, SEED = 1000, 20261121
GROUPS = (2, 5, 10, 20)
_THREE = ["selection_rate", "true_positive_rate", "false_positive_rate"]
#: The chance of each cell in every group.
_CELLS = {"tp": 0.2, "fp": 0.1, "fn": 0.2, "tn": 0.5}
RULES: Mapping[str, Mapping[str, object]] = {
    "the largest gap": {"metric": "selection_rate", "compare": "max_gap", "require": "<= 0.0001"},
    "the smallest ratio": {"metric": "selection_rate", "compare": "min_ratio", "require": ">= 0.9999"},
    "against the highest": {"metric": "selection_rate", "compare": "difference", "require": ">= -0.0001"},
    "against the highest, three metrics": {"metric": _THREE, "compare": "difference", "require": ">= -0.0001"},
    "against the rest, three metrics": {
        "metric": _THREE,
        "compare": "difference",
        "require": ">= -0.0001",
        "reference": "rest",
    },
}


def sizes(k: int, *, equal: bool) -> NDArray[np.int_]:
    """The records of each group: 500, or from 100 to 10,000 by equal factors."""
    return np.full(k, 500) if equal else np.round(np.geomspace(100, 10_000, k)).astype(int)


def policy_of(*rules: Mapping[str, object], **statistics: object) -> Policy:
    """A policy of rules about the groups of one attribute."""
    return policies.loads(
        json.dumps(
            {
                "evenhand": 1,
                "title": "Equal groups",
                "subject": {"name": "simulated"},
                "data": {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}},
                "attributes": {"g": {"column": "g"}},
                "statistics": statistics,
                "rules": [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)],
            }
        )
    )


def drawn(n: NDArray[np.int_], draw: np.random.Generator) -> Counts:
    """The counts of one audit of groups of these sizes, all with the same chances."""
    rows = [
        (f"g{place}", cell, None, int(hits), float(hits), float(hits))
        for place, size in enumerate(n)
        for cell, hits in zip(_CELLS, draw.multinomial(size, list(_CELLS.values())), strict=True)
    ]
    columns = ["@g", "cell", "unusable", "n", "weight", "weight2"]
    table = CellTable(attributes=("g",), cells=summed(pd.DataFrame(rows, columns=columns)))
    names = tuple(f"g{place}" for place in range(n.size))
    return Counts(
        attributes=("g",), declared={"g": names}, plan="simulated", weighted=None, has_outcome=True,
        has_decision=True, tables=(table,),
    )  # fmt: skip


def judged(policy: Policy, counts: Counts) -> list[Evidence]:
    """The evidence of an audit."""
    weighed = _weigh_all(population(counts, policy), policy)
    return [piece for block in decided(weighed, policy.statistics)[0] for piece in block.evidence]


def any_failure(evidence: Sequence[Evidence]) -> bool:
    """Does the audit claim a failure?"""
    return any(piece.missing is None and piece.deciding.outside(piece.rule.region) for piece in evidence)


def failures(rule: str, k: int, *, equal: bool, audits: int, **statistics: object) -> float:
    """The share of audits that claim any failure."""
    policy = policy_of(RULES[rule], **statistics)
    draw = np.random.default_rng([SEED, k, equal, list(RULES).index(rule)])
    n = sizes(k, equal=equal)
    return float(np.mean([any_failure(judged(policy, drawn(n, draw))) for _ in range(audits)]))


def table(audits: int = AUDITS) -> str:
    """The measured table, as Markdown."""
    head = ["groups", "records of each", *RULES]
    lines = [head, ["---", "---", *["---:"] * len(RULES)]]
    for k in GROUPS:
        for equal in (True, False):
            found = [failures(rule, k, equal=equal, audits=audits) for rule in RULES]
            size = "500" if equal else "100 to 10,000"
            lines.append([str(k), size, *(f"{share:.1%}" for share in found)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(audits: int = AUDITS) -> None:
    """Put the table into its page."""
    said = f"The share of {audits:,} audits that claim any failure:"
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition("<!-- made by make simulate -->\n")
    _, end, after = rest.partition("<!-- end -->")
    PAGE.write_text(f"{before}{mark}\n{said}\n\n{table(audits)}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    write(int(sys.argv[1]) if len(sys.argv) > 1 else AUDITS)
