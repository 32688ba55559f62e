"""A public rendering tells nobody apart: no small count is in it, and none can be worked out from it."""

import json

import numpy as np
import pandas as pd
import pytest

import audit
from audit.disclosure import rendered
from audit.result import to_json
from tests.attacks import Attacker, small, truth
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


def both(table, policy):
    """The full result and the public one, as JSON content."""
    full = audit.run(policy, table)
    return json.loads(to_json(full)), json.loads(to_json(rendered(full, "public")))


# ---- nothing can be worked out -------------------------------------------------------------------------------------


def attacked(table, policy, *, whole_numbers=True):
    """How wide the range of every small count is, for somebody who has the public rendering."""
    full, public = both(table, policy)
    known = truth(full)
    attacker = Attacker(public)
    judged = [(r["attribute"], r["group"]) for r in full["groups"] if r["status"] == "judged"]
    attacker.highest(judged)
    attacker.passed(judged)
    for whole, parts in _unknown(public, known):
        rest = np.array(known[whole]) - np.sum([known[part] for part in parts], axis=0)
        known["unknown", parts[0][0], whole] = tuple(int(n) for n in rest)
    return {
        (who, names): (attacker.range_of(who, names, whole_numbers=whole_numbers), cells)
        for who, cells in known.items()
        for names in small(cells, 11)
    }


def _unknown(public, known):
    """Every whole with the groups that are parts of it."""
    keys = {(row["attribute"], row["group"]): row["group_key"] for row in public["groups"]}
    for of in dict.fromkeys(of for of, _ in keys):
        yield ("", ""), [who for who in keys if who[0] == of]
        names = set(next(key for who, key in keys.items() if who[0] == of))
        for whole, key in keys.items():
            if set(key) < names:
                yield whole, [who for who, inner in keys.items() if who[0] == of and key.items() <= inner.items()]


SEEDS = [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 80))]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_can_be_worked_out(seed):
    found = attacked(people(seed), law())
    narrow = {who: ends for who, (ends, _) in found.items() if ends[1] - ends[0] < 10}
    assert not narrow
