"""Membership by probabilities, end to end: against rows, against linear programming, and against worlds made up."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import audit
from audit.confirming.rows import confirm
from audit.counts.countfile import load, save
from audit.engine import judge_counts
from audit.errors import DataError, PolicyError
from audit.scanning import scan
from audit.sources.source import open_table
from audit.stats.proxies import Extra, ProxyCells, strata_of
from audit.values import Verdict
from tests.engines import AWAY, HERE, Opened, opened, rows
from tests.making import policy_of, rule

BOTH = {
    "decision": {"column": "d", "favorable": 1, "otherwise": [0]},
    "outcome": {"column": "y", "favorable": 1, "otherwise": [0]},
}
RACE = {"race": {"probabilities": {"White": "w", "Black": "b", "Other": "o"}}}


def people(n=3000, seed=1, towards=0.0):
    """Rows with probabilities in hundredths; `towards` makes real members of Black less likely to be selected."""
    draw = np.random.default_rng(seed)
    parts = np.floor(draw.dirichlet([1.0, 1.0, 0.5], n) * 100) / 100
    parts[:, 0] = np.round(1 - parts[:, 1] - parts[:, 2], 2)
    member = (draw.random(n)[:, None] > parts.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    chance = 0.5 - 0.1 * parts[:, 1] - towards * (member == 1)
    return pd.DataFrame(
        {
            "w": parts[:, 0],
            "b": parts[:, 1],
            "o": parts[:, 2],
            "d": (draw.random(n) < chance).astype(int),
            "y": draw.integers(0, 2, n),
            "v": draw.integers(500, 2000, n) / 1000,
            "member": np.array(["White", "Black", "Other"])[member],
        }
    )


def proxy_policy(*rules, data=None, race=None, **changes):
    return policy_of(*rules, data=data or BOTH, attributes=race or RACE, **changes)


def found_of(table, *rules, **changes):
    return audit.run(proxy_policy(*rules, **changes), table).findings


def weighted(table, name, metric="selection_rate", weights=None):
    q = table[name] * (1 if weights is None else table[weights])
    if metric == "true_positive_rate":
        q = q * table["y"]
    return (q * table["d"]).sum() / q.sum()


# ---- the weighted estimate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["selection_rate", "true_positive_rate"])
@pytest.mark.parametrize("weights", [None, "v"])
def test_values_are_those_of_rows_counted_by_their_probabilities(metric, weights):
    table = people()
    data = {**BOTH, "weight": {"column": "v", "kind": "sampling"}} if weights else BOTH
    findings = found_of(table, rule(metric=metric, compare="value", require=">= 0.01"), data=data)
    for found, column in zip(findings, "wbo", strict=True):
        assert found.value == pytest.approx(weighted(table, column, metric, weights), abs=1e-9)
        assert found.proxy.low < found.value < found.proxy.high
        assert found.interval.low < found.proxy.low < found.proxy.high < found.interval.high


def test_a_row_that_is_repeated_counts_as_often():
    table = people(400).assign(k=np.arange(400) % 3)
    repeated = table.loc[table.index.repeat(table["k"])]
    by_weight = found_of(table, rule(), data={**BOTH, "weight": {"column": "k", "kind": "frequency"}})
    by_row = found_of(repeated, rule())
    for one, other in zip(by_weight, by_row, strict=True):
        assert one.value == pytest.approx(other.value)
        assert (one.interval.low, one.interval.high) == pytest.approx((other.interval.low, other.interval.high))


def test_the_threshold_is_shown_for_comparison():
    table = people()
    found = found_of(table, rule(compare="value", require=">= 0.01"))[1]
    sure = table[(table["b"] >= 0.5) & (table["w"] < 0.5)]
    assert found.proxy.thresholded == pytest.approx(sure["d"].mean())
    assert found.proxy.assigned == pytest.approx((table[["w", "b", "o"]] >= 0.5).any(axis=1).mean())


def test_certain_probabilities_are_membership():
    table = people()
    for column, name in zip("wbo", ("White", "Black", "Other"), strict=True):
        table[column] = (table["member"] == name).astype(float)
    known = audit.run(policy_of(rule(), data=BOTH, attributes={"race": {"column": "member"}}), table)
    for one, other in zip(
        sorted(found_of(table, rule()), key=lambda f: f.group),
        sorted(known.findings, key=lambda f: str(f.group)),
        strict=True,
    ):
        assert (one.group, one.value) == (other.group, pytest.approx(other.value))
        assert (one.proxy.low, one.proxy.high) == pytest.approx((other.value, other.value))
        # the linearised variance has n - 1, so an interval is wider by a thousandth
        assert one.interval.low == pytest.approx(other.interval.low, rel=2e-3)
        assert one.interval.high == pytest.approx(other.interval.high, rel=2e-3)


# ---- bounds --------------------------------------------------------------------------------------------------------


def cells_of(q, kind, stratum):
    """One row a cell."""
    ones = np.ones(len(q))
    return ProxyCells(
        hit=kind == 0,
        miss=kind == 1,
        rows=ones,
        weight=ones,
        weight2=ones,
        total=q,
        square=q**2,
        cross=q,
        stratum=stratum,
    )


def test_bounds_of_selection_rates_are_those_of_frechet():
    draw = np.random.default_rng(5)
    q, kind, stratum = draw.random(400), draw.integers(0, 2, 400), draw.integers(0, 6, 400)
    cells = cells_of(q, kind, stratum)
    hits, n, members = (np.bincount(stratum, weights=v) for v in (kind == 0, np.ones(400), q))
    low, high = np.maximum(0.0, members + hits - n).sum(), np.minimum(members, hits).sum()
    assert cells.lowest(Extra()).share == pytest.approx(low / members.sum())
    assert cells.highest(Extra()).share == pytest.approx(high / members.sum())
    assert cells.weighted().share == pytest.approx(q[kind == 0].sum() / q.sum())


@pytest.mark.parametrize("seed", range(6))
def test_bounds_of_rates_among_some_are_those_of_the_fractional_linear_program(seed):
    draw = np.random.default_rng(seed)
    q, kind, stratum = draw.random(120) ** 2, draw.integers(0, 3, 120), draw.integers(0, 4, 120)
    cells = cells_of(q, kind, stratum)
    # members of each kind in each stratum, scaled so that the denominator is 1 (Charnes and Cooper)
    size = np.array([[np.sum((stratum == s) & (kind == k)) for k in range(3)] for s in range(4)], dtype=float)
    members = np.bincount(stratum, weights=q)
    hits, among = np.tile([1.0, 0.0, 0.0], 4), np.tile([1.0, 1.0, 0.0], 4)
    equal = np.zeros((5, 13))
    for s in range(4):
        equal[s, 3 * s : 3 * s + 3], equal[s, 12] = 1, -members[s]
    equal[4, :12] = among
    most = np.hstack([np.eye(12), -size.reshape(12, 1)])
    for sign, counted in ((1, cells.lowest(Extra())), (-1, cells.highest(Extra()))):
        found = linprog(
            sign * np.append(hits, 0.0),
            A_ub=most,
            b_ub=np.zeros(12),
            A_eq=equal,
            b_eq=[0, 0, 0, 0, 1],
            bounds=(0, None),
        )
        assert counted.share == pytest.approx(sign * found.fun, abs=1e-7)


def test_bounds_of_a_disparity_are_of_both_groups_at_once():
    table = people()
    found = {f.group: f for f in found_of(table, rule(compare="value", require=">= 0.01"))}
    fixed = {"reference": {"fixed": "White"}}
    [black, _] = found_of(table, rule(compare="difference", require="<= 0.9", **fixed))
    assert black.proxy.low == pytest.approx(found["Black"].proxy.low - found["White"].proxy.high)
    assert black.proxy.high == pytest.approx(found["Black"].proxy.high - found["White"].proxy.low)
    [gap] = found_of(table, rule(compare="max_gap", require="<= 0.9"))
    ends = [(f.proxy.low, f.proxy.high) for f in found.values()]
    assert gap.proxy.high == pytest.approx(
        max(h - low for i, (_, h) in enumerate(ends) for j, (low, _) in enumerate(ends) if i != j)
    )


def test_rows_without_probabilities_may_be_anybody():
    table = people()
    blank = people(60, seed=2).assign(w=None, b=None, o=None)
    plain = found_of(table, rule(compare="value", require=">= 0.01"))
    wider = found_of(pd.concat([table, blank]), rule(compare="value", require=">= 0.01"))
    for one, other in zip(plain, wider, strict=True):
        assert one.value == other.value
        assert other.proxy.low < one.proxy.low < one.proxy.high < other.proxy.high


def test_sparse_strata_are_joined():
    steps, rows = np.array([0, 1, 2, 5, 19, 20]), np.array([100.0, 10, 10, 40, 60, 3])
    assert strata_of(steps, rows).tolist() == [0, 1, 1, 1, 2, 2]
    assert strata_of(np.array([3]), np.array([2.0])).tolist() == [0]


def test_the_error_of_a_bound_is_that_of_worlds_drawn_again():
    draw = np.random.default_rng(11)
    ends, said = [], []
    for _ in range(400):
        stratum = draw.integers(0, 4, 2000)
        q = np.array([0.1, 0.4, 0.7, 0.95])[stratum]
        kind = np.where(draw.random(2000) < 0.45, 0, np.where(draw.random(2000) < 0.6, 1, 2))
        high = cells_of(q, kind, stratum).highest(Extra())
        ends.append(high.share)
        said.append(np.sqrt(high.share * (1 - high.share) / high.effective))
    assert np.mean(said) == pytest.approx(np.std(ends), rel=0.15)


@pytest.mark.no_cover
@pytest.mark.parametrize("towards", [0.0, 0.15, -0.15])
def test_the_interval_holds_the_truth_whoever_the_members_are(towards):
    for seed in range(8):
        table = people(2000, seed=seed, towards=towards)
        truth = table.groupby("member")["d"].mean()
        for found in found_of(table, rule(compare="value", require=">= 0.01")):
            assert found.interval.low <= truth[found.group] <= found.interval.high
        biased = weighted(table, "b") - truth["Black"]
        if towards:
            assert np.sign(biased) == np.sign(towards)  # selected less often than alike others: weighted too high


# ---- verdicts and the result ---------------------------------------------------------------------------------------


def test_a_pass_needs_everything_that_the_probabilities_allow():
    table = people()
    [loose] = found_of(table, rule(compare="max_gap", require="<= 0.99"))
    [tight] = found_of(table, rule(compare="max_gap", require="<= 0.3"))
    assert abs(tight.value) < 0.1
    assert (loose.verdict, tight.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert "holds whoever the members are" in tight.because
    assert "for all that the probabilities say" in tight.proxy.words.lower()
    assert tight.power is None


def test_the_result_counts_rows_and_names_its_method():
    table = people(500)
    table.loc[:9, ["w", "b", "o"]] = None
    table.loc[10:14, "b"] = 3.0
    race = {"race": {**RACE["race"], "unusable": "exclude"}}
    result = audit.run(proxy_policy(rule(), race=race), table)
    [accounting] = result.rows.by_attribute
    assert (accounting.analysed, accounting.unknown, accounting.excluded, accounting.unusable) == (485, 10, 5, 0)
    assert any("Kallus, Mao and Zhou 2022" in note for note in result.method.notes)
    rates = {row.group: row.metrics for row in result.groups}
    assert rates["Black"]["selection_rate"].bounds.low < rates["Black"]["selection_rate"].value
    assert rates["Black"]["f1"].reason == "membership by probabilities"
    assert sum(row.n or 0 for row in result.groups) == pytest.approx(485, abs=2)


def test_groups_that_are_known_by_probabilities_are_not_confirmed_and_the_others_are():
    table = people(600)
    law = policy_of(
        rule(id="q", of=["race"]), rule(of=["who"]), data=BOTH, attributes=RACE | {"who": {"column": "member"}}
    )
    result = audit.run(law, table)
    assert {row.attribute for row in result.groups} == {"race", "who"}
    assert confirm(law, table, result).rates == 4 * 15


def test_what_is_no_probability_stops_the_audit():
    table = people(100)
    table.loc[0, "b"] = 1.5
    table.loc[1, "b"] = None
    table.loc[2, "w"] += 0.1
    with pytest.raises(DataError, match=r"no probabilities from 0 to 1 that add up to 1 .* in 3 rows"):
        found_of(table, rule())


def test_probabilities_stand_beside_membership_that_people_stated():
    table = people()
    both = {"sex": {"column": "member"}, **RACE}
    result = audit.run(policy_of(rule(compare="value", require=">= 0.01"), data=BOTH, attributes=both), table)
    assert {row.attribute for row in result.groups} == {"sex", "race"}
    assert [row.attribute for row in result.rows.by_attribute] == ["sex", "race"]
    assert {found.attribute for found in result.findings if found.proxy} == {"race"}


def test_counts_of_parts_add_up_and_survive_a_file(tmp_path):
    table, policy = people(), proxy_policy(rule(compare="value", require=">= 0.01"))
    for name, part in (("a", table[:1000]), ("b", table[1000:])):
        plan = policy.plan()
        with open_table(part, scan.columns(plan)) as source:
            save(scan.count(source, plan), tmp_path / name)
    assert load(tmp_path / "a").proxies[0].usable()["n"].sum() == 1000
    together = judge_counts(policy, [tmp_path / "a", tmp_path / "b"]).findings
    for one, other in zip(together, found_of(table, rule(compare="value", require=">= 0.01")), strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.interval.low == pytest.approx(other.interval.low)


@pytest.mark.parametrize("kind", [*HERE, *AWAY])
def test_probabilities_are_counted_the_same_everywhere(kind, tmp_path):
    table = rows()
    table["w"] = np.floor(np.random.default_rng(3).random(len(table)) * 1000) / 1000
    table["age"] = np.where(table["age"].isna(), np.nan, 1 - table["w"])  # some have no, or half of their probabilities
    race = {"race": {"probabilities": {"A": "age", "B": "w"}, "unusable": "exclude"}}
    flags = {"decision": {"column": "d", "favorable": 1}, "weight": {"column": "k", "kind": "frequency"}}
    plan = proxy_policy(rule(), race=race, data=flags).plan()
    with open_table(table, scan.columns(plan)) as source:
        wanted = scan.count(source, plan).proxies[0].table.cells
    with opened(kind, table, tmp_path) as made:
        place = made if isinstance(made, Opened) else Opened(made)
        with open_table(place.table, scan.columns(plan), engine=place.engine) as source:
            found = scan.count(source, plan).proxies[0].table.cells
    assert set(wanted["state"]) == {"ok", "outside"}
    pd.testing.assert_frame_equal(found, wanted, check_exact=False, rtol=1e-12)


# ---- what a policy may ask -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rules": [rule(metric="f1")]}, "f1 is none"),
        ({"rules": [rule(judge="point")]}, "holds whoever the members are"),
        ({"rules": [rule(test="fisher")]}, "holds whoever the members are"),
        ({"rules": [rule(reference="rest")]}, "its groups are not compared with 'rest'"),
        ({"rules": [rule(of=[["sex", "race"]])]}, "not crossed with others"),
        ({"intersections": [["sex", "race"]]}, "not crossed with others"),
        ({"data": {**BOTH, "unit": "u"}}, "do not allow for rows that belong together"),
        ({"attributes": {"race": {}}}, "the setting 'column' is missing"),
        ({"rules": [rule(reference={"fixed": {"race": "Green"}})]}, "'race' has no group 'Green'"),
        (
            {
                "rules": [rule(given="job")],
                "factors": {"job": {"column": "job", "legitimate": "It is the work that was applied for."}},
            },
            "is not compared within strata",
        ),
    ],
)
def test_what_needs_to_know_who_is_who_is_refused(changes, message):
    content = {"data": BOTH, "attributes": {"sex": {"column": "sex"}, **RACE}, **changes}
    rules = content.pop("rules", [rule()])
    with pytest.raises(PolicyError, match=message):
        policy_of(*rules, **content)


def test_a_policy_with_probabilities_is_read_back_from_what_it_resolves_to():
    law = proxy_policy(rule())
    again = audit.policy.loads(json.dumps(law.effective()))
    assert again.sha256 == law.sha256
    assert "column" not in law.effective()["attributes"]["race"]
