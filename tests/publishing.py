"""Policies and people for tests of what a public rendering withholds."""

import numpy as np
import pandas as pd

from tests.making import policy_of, rule

DISCLOSURE = {"min_cell": 11}
COLUMNS = {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}}


def law(**changes):
    """A policy over sex, race and both, that withholds counts below 11."""
    known = {
        "data": COLUMNS,
        "attributes": {"sex": {"column": "sex"}, "race": {"column": "race"}},
        "intersections": [["sex", "race"]],
        "groups": {"min_count": 20},
        "disclosure": DISCLOSURE,
    }
    rules = [rule(), rule(id="errors", metric="true_positive_rate", compare="difference", require="<= 0.2")]
    return policy_of(*changes.pop("rules", rules), **{**known, **changes})


def people(seed, n=None, *, unknown=None, outcome=True):
    """Random people: some groups small, some rates extreme, some of unknown race."""
    random = np.random.default_rng(seed)
    n = n or int(random.integers(120, 1500))
    shares = random.dirichlet(np.full(4, 0.7))
    table = pd.DataFrame(
        {"sex": random.choice(["F", "M"], n, p=[0.4, 0.6]), "race": random.choice([*"ABCD"], n, p=shares)}
    )
    likely = {race: random.choice([0.03, 0.3, 0.6, 0.97]) for race in "ABCD"}
    table["d"] = (random.random(n) < table["race"].map(likely)).astype(int)
    table["y"] = (random.random(n) < 0.3 + 0.4 * table["d"]).astype(int) if outcome else 1
    share = random.choice([0, 0.005, 0.05]) if unknown is None else unknown
    return table.assign(race=table["race"].where(random.random(n) >= share, None))
