"""Nobody can be told apart in a public rendering: no small count can be worked out from all that it says."""

import json

import numpy as np
import pandas as pd
import pytest

import audit
from audit.disclosing.disclosure import rendered
from audit.result import to_json
from tests.attacks import Attacker, small, truth
from tests.making import policy_of, rule
from tests.publishing import COLUMNS, DISCLOSURE, law, people


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


SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 80))]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_can_be_worked_out(seed):
    found = attacked(people(seed), law())
    narrow = {who: ends for who, (ends, _) in found.items() if ends[1] - ends[0] < 10}
    assert not narrow


@pytest.mark.parametrize("seed", [3, 4])
def test_withholding_the_small_counts_alone_does_not_hide_them(seed):
    found = attacked(people(seed), law(disclosure={"min_cell": 11, "complementary": False}))
    exact = [who for who, (ends, _) in found.items() if ends[1] - ends[0] < 10]
    assert exact


def test_everyone_is_withheld_before_a_large_group_is():
    table = pd.DataFrame(
        {"race": ["A"] * 400 + ["B"] * 300 + [None] * 5, "d": [0, 1, 1] * 235, "y": [1, 1, 0, 0, 1] * 141}
    )
    policy = policy_of(rule(), data=COLUMNS, attributes={"race": {"column": "race"}}, disclosure=DISCLOSURE)
    public = rendered(audit.run(policy, table))
    assert [row.n for row in public.groups] == [400, 300]
    assert (public.overall.n, public.rows.analysed, public.rows.read) == (None, None, None)
    assert "records were analysed" not in public.summary


def test_the_attack_finds_what_is_published():
    full, _ = both(people(1), law())
    attacker, known = Attacker(full), truth(full)
    who = ("race", "A")
    assert attacker.range_of(who, "tp fp up") == (known[who][0] + known[who][1],) * 2


def test_a_small_group_takes_the_next_small_one_with_it():
    sizes = {"A": (200, 400), "B": (150, 300), "C": (20, 40), "D": (3, 6)}
    table = pd.DataFrame(
        [{"race": race, "d": int(i < hits), "y": i % 2} for race, (hits, n) in sizes.items() for i in range(n)]
    )
    policy = policy_of(rule(), data=COLUMNS, attributes={"race": {"column": "race"}}, disclosure=DISCLOSURE)
    public = rendered(audit.run(policy, table))
    assert [row.group for row in public.groups if row.n is None] == ["C", "D"]
    assert (public.overall.n, public.rows.read) == (746, 746)
    assert [row.share for row in public.groups][2:] == [None, None]


def test_zero_is_no_small_count():
    table = pd.DataFrame({"race": ["A"] * 100 + ["B"] * 100, "d": [1] * 50 + [0] * 150, "y": [0, 1] * 100})
    columns = {"decision": {"column": "d", "favorable": 1}}
    plain = {"data": columns, "attributes": {"race": {"column": "race"}}}
    shown = rendered(audit.run(policy_of(rule(), **plain, disclosure=DISCLOSURE), table))
    hidden = rendered(audit.run(policy_of(rule(), **plain, disclosure={"extremes": "withhold"}), table))
    assert shown.groups[1].metrics["selection_rate"].hits == 0
    assert hidden.groups[1].metrics["selection_rate"].hits is None
    assert "nothing" not in shown.disclosure.words
    assert "there were none" in shown.disclosure.words
