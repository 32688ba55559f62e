"""Policies and tables for tests, made from as little as a test has to say."""

import json

import pandas as pd

from audit import policy
from audit.counts.celltable import CellTable, summed
from audit.counts.counts import Counts

CELL_FLAGS = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}


def rule(**changes):
    """A rule: the ratio of selection rates, at least four fifths, unless told otherwise."""
    return {"id": "r", "metric": "selection_rate", "compare": "ratio", "require": ">= 4/5", **changes}


def policy_of(*rules, **changes):
    """A policy over the column `g`, with a decision `d` and an outcome `y` unless told otherwise."""
    content = {
        "evenhand": 1,
        "title": "A test",
        "subject": {"name": "thing"},
        "data": {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}},
        "attributes": {"g": {"column": "g"}},
        "rules": list(rules) or [rule()],
        **changes,
    }
    return policy.loads(json.dumps(content))


def table_of(**groups):
    """Rows of groups given by their cells: table_of(A={"tp": 3, "fn": 1}) has four rows."""
    rows = [
        {"g": name, "y": CELL_FLAGS[cell][0], "d": CELL_FLAGS[cell][1]}
        for name, cells in groups.items()
        for cell, n in cells.items()
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["g", "y", "d"])


def selected(**groups):
    """Rows of groups given as (selected, of): all with a positive outcome."""
    return table_of(**{name: {"tp": hits, "fn": of - hits} for name, (hits, of) in groups.items()})


def counts_of(cells, **changes):
    """Counts of groups of one attribute `g`, in order, given by their cells: counts_of({"A": {"tp": 3, "fn": 1}})."""
    rows = [(name, cell, None, n, float(n), float(n)) for name, of in cells.items() for cell, n in of.items()]
    columns = ["@g", "cell", "unusable", "n", "weight", "weight2"]
    table = CellTable(attributes=("g",), cells=summed(pd.DataFrame(rows, columns=columns)))
    has_outcome = not any(cell in ("up", "un") for of in cells.values() for cell in of)
    known = {"attributes": ("g",), "declared": {"g": tuple(cells)}, "plan": "test", "weighted": None}
    return Counts(**{**known, "has_outcome": has_outcome, "has_decision": True, "tables": (table,), **changes})
