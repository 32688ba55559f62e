"""Unknown membership and missing outcomes, end to end: bounds against every way of filling in what is not known."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit.result import from_json, to_json
from audit.values import Verdict
from tests.making import policy_of, rule

DECISION = {"decision": {"column": "d", "favorable": 1, "otherwise": [0]}}


def rows(**groups):
    """Rows of groups given as (selected, of); `None_` are those of unknown group."""
    table = []
    for name, (hits, of) in groups.items():
        group = None if name == "None_" else name
        table += [{"g": group, "d": 1}] * hits + [{"g": group, "d": 0}] * (of - hits)
    return pd.DataFrame(table)


def judged(table, *rules, unknown="report", data=None, **changes):
    groups = {"min_count": 1, "unknown": unknown}
    return audit.run(policy_of(*rules, data=data or DECISION, groups=groups, **changes), table)


def disparities(compare, shares, reference=None):
    """What a comparison is of these shares of A, B (and C), of A where it is about one group."""
    first, *others = shares
    if compare == "value":
        return first
    if compare == "max_gap":
        return max(shares) - min(shares)
    if compare == "min_ratio":
        return min(shares) / max(shares)
    other = max(others) if reference == "highest" else others[0]
    return first - other if compare == "difference" else first / other


def ways(groups, hits, misses):
    """The groups' shares in every way of giving everybody of unknown group to one of them."""

    def spread(rows):
        return [w for w in itertools.product(range(rows + 1), repeat=len(groups)) if sum(w) == rows]

    for up, down in itertools.product(spread(hits), spread(misses)):
        yield [Fraction(x + u, n + u + d) for (x, n), u, d in zip(groups, up, down, strict=True)]


pair = st.tuples(st.integers(1, 8), st.integers(1, 8)).map(lambda xm: (xm[0], sum(xm)))


@settings(deadline=None, max_examples=12)
@given(st.lists(pair, min_size=2, max_size=3), st.integers(0, 3), st.integers(1, 3))
def test_bounds_hold_in_every_way_of_filling_in_and_pairs_reach_them(groups, hits, misses):
    table = rows(**dict(zip("ABC", groups, strict=False)), None_=(hits, hits + misses))
    fixed = {"reference": {"fixed": "B"}}
    result = judged(
        table,
        rule(id="value", compare="value", require=">= 0.1"),
        rule(id="difference", compare="difference", require="<= 0.5", **fixed),
        rule(id="ratio", compare="ratio", require=">= 0.5", **fixed),
        rule(id="max_gap", compare="max_gap", require="<= 0.5"),
        rule(id="min_ratio", compare="min_ratio", require=">= 0.5"),
    )
    filled = list(ways(groups, hits, misses))
    for found in result.findings:
        if found.rule in ("value", "difference", "ratio") and found.group != "A":
            continue
        values = [float(disparities(found.rule, shares)) for shares in filled]
        note = found.unknown
        assert note.rows == hits + misses
        assert note.low <= min(values) + 1e-12
        assert note.high >= max(values) - 1e-12
        if found.rule in ("value", "difference", "ratio"):
            assert (note.low, note.high) == pytest.approx((min(values), max(values)))
        if found.rule == "max_gap":
            assert note.high == pytest.approx(max(values))
        if found.rule == "min_ratio":
            assert note.low == pytest.approx(min(values))
        assert note.interval.low is None or note.interval.low <= note.low + 1e-9
        assert note.interval.high is None or note.interval.high >= note.high - 1e-9


@pytest.mark.parametrize("reference", ["overall", "rest", "highest"])
@pytest.mark.parametrize("compare", ["difference", "ratio"])
def test_bounds_against_everybody_and_against_the_best_are_reached(reference, compare):
    groups = [(3, 9), (5, 10), (4, 9)]
    table = rows(A=groups[0], B=groups[1], C=groups[2], None_=(2, 4))
    require = "<= 0.9" if compare == "difference" else ">= 0.1"
    [found] = [
        f for f in judged(table, rule(compare=compare, require=require, reference=reference)).findings if f.group == "A"
    ]
    values = []
    for x, n in _filled_counts(groups, 2, 2):
        if reference == "highest":
            values.append(disparities(compare, [Fraction(a, b) for a, b in zip(x, n, strict=True)], "highest"))
            continue
        whole = (sum(x), sum(n)) if reference == "overall" else (sum(x[1:]), sum(n[1:]))
        first, other = Fraction(x[0], n[0]), Fraction(*whole)
        values.append(first - other if compare == "difference" else first / other)
    assert found.unknown.low == pytest.approx(float(min(values)))
    assert found.unknown.high >= float(max(values)) - 1e-12
    if reference != "highest":
        assert found.unknown.high == pytest.approx(float(max(values)))


def _filled_counts(groups, hits, misses):
    """As `ways`, in counts."""
    for up in itertools.product(range(hits + 1), repeat=len(groups)):
        for down in itertools.product(range(misses + 1), repeat=len(groups)):
            if sum(up) == hits and sum(down) == misses:
                x = [a + u for (a, _), u in zip(groups, up, strict=True)]
                n = [b + u + d for (_, b), u, d in zip(groups, up, down, strict=True)]
                yield x, n


def test_who_is_half_known_is_given_only_to_groups_that_she_could_be_of():
    table = pd.DataFrame(
        [("F", "X", 1)] * 4 + [("F", "Y", 0)] * 4 + [("M", "X", 1)] * 4 + [("M", "Y", 1)] * 4 + [("F", None, 0)] * 2,
        columns=["s", "g", "d"],
    )
    attributes = {"s": {"column": "s"}, "g": {"column": "g"}}
    found = judged(
        table,
        rule(compare="value", require=">= 0.1", of=[["s", "g"]]),
        attributes=attributes,
        intersections=[["s", "g"]],
    ).findings
    bounds = {f.group: f.unknown and (f.unknown.low, f.unknown.high) for f in found}
    assert bounds["F & X"] == pytest.approx((4 / 6, 1))
    assert bounds["M & X"] is None  # those of unknown race are no men


def test_a_pass_that_the_unknown_could_overturn_stays_a_pass_and_says_so():
    table = rows(A=(400, 1000), B=(450, 1000), None_=(30, 70))
    [found] = judged(table, rule()).findings
    assert found.verdict == Verdict.PASS
    assert found.unknown.stands is False
    assert "The 70 records of unknown g could move this to anywhere from 0.83 to 0.96" in found.because
    assert "across the limit" in found.because
    [few] = judged(rows(A=(420, 1000), B=(450, 1000), None_=(2, 3)), rule()).findings
    assert few.unknown.stands is True
    assert "unknown" not in few.because


def test_bound_widens_the_interval_that_decides_and_report_does_not():
    table = rows(A=(400, 1000), B=(450, 1000), None_=(30, 70))
    [plain] = judged(table, rule()).findings
    [wide] = judged(table, rule(), unknown="bound").findings
    assert (plain.verdict, wide.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert wide.interval == plain.unknown.interval == wide.unknown.interval
    assert wide.unknown.widens
    assert wide.value == plain.value
    assert "holds whoever the 70 records of unknown g are" in wide.because
    assert wide.power is None  # more records do not tell who the unknown are
    failing = rows(A=(100, 1000), B=(450, 1000), None_=(3, 6))
    [found] = judged(failing, rule(), unknown="bound").findings
    assert found.verdict == Verdict.FAIL
    assert found.unknown.stands


ASKED = {"interval": "jeffreys", "difference_interval": "newcombe", "ratio_interval": "katz"}


@pytest.mark.parametrize(("compare", "require"), [("min_ratio", ">= 0.8"), ("max_gap", "<= 0.2")])
def test_bounds_of_an_extreme_are_by_the_interval_that_it_has_whatever_pairs_are_given(compare, require):
    table = rows(**{f"g{place}": (40, 40) for place in range(20)}, None_=(1, 2))
    table["w"] = [1.0 + place % 3 / 2 for place in range(len(table))]
    data = {**DECISION, "weight": {"column": "w", "kind": "sampling"}}
    plain, asked = (
        judged(table, rule(compare=compare, require=require), unknown="bound", data=data, statistics=statistics)
        for statistics in ({}, ASKED)
    )
    assert asked.findings[0].interval == plain.findings[0].interval
    assert asked.findings[0].p_within == plain.findings[0].p_within


def test_nothing_unknown_says_nothing():
    for unknown in ("report", "bound"):
        [found] = judged(rows(A=(40, 100), B=(45, 100)), rule(), unknown=unknown).findings
        assert found.unknown is None
    table = rows(A=(40, 100), B=(45, 100), None_=(1, 3))
    for unknown in ("group", "exclude"):
        assert all(f.unknown is None for f in judged(table, rule(), unknown=unknown).findings)


def test_a_rule_judged_by_its_value_stands_if_both_ends_do():
    table = rows(A=(80, 100), B=(99, 100), None_=(1, 2))
    [found] = judged(table, rule(judge="point")).findings
    assert found.verdict == Verdict.PASS
    assert found.unknown.stands is (found.unknown.low >= 0.8)
    [miss] = judged(rows(A=(40, 100), B=(99, 100), None_=(1, 2)), rule(judge="point")).findings
    assert miss.verdict == Verdict.FAIL
    assert miss.unknown.stands


def test_tables_show_what_a_rate_could_be():
    table = rows(A=(4, 10), B=(5, 10), None_=(1, 3))
    by_group = {row.group: row.metrics["selection_rate"].bounds for row in judged(table, rule()).groups}
    assert (by_group["A"].low, by_group["A"].high) == pytest.approx((4 / 12, 5 / 11))


def test_weights_and_units_reach_the_bounds():
    table = rows(A=(40, 100), B=(45, 100), None_=(5, 10)).assign(w=2.0)
    weighted = {**DECISION, "weight": {"column": "w", "kind": "sampling"}}
    [plain], [heavy] = (judged(table, rule(), data=data).findings for data in (DECISION, weighted))
    assert (heavy.unknown.low, heavy.unknown.high) == pytest.approx((plain.unknown.low, plain.unknown.high))
    assert heavy.unknown.interval.low == pytest.approx(plain.unknown.interval.low, abs=0.01)
    twins = pd.concat([table, table]).assign(u=np.tile(np.arange(len(table)), 2))
    [found] = judged(twins, rule(), data={**DECISION, "unit": "u"}).findings
    assert found.unknown.interval.low == pytest.approx(plain.unknown.interval.low, abs=0.1)


# ---- missing outcomes ----------------------------------------------------------------------------------------------

BOTH = {
    "decision": {"column": "d", "favorable": 1, "otherwise": [0]},
    "outcome": {"column": "y", "favorable": 1, "otherwise": [0], "unusable": "exclude"},
}


def outcomes(group, **cells):
    """Rows by decision and outcome; `up` and `un` have none."""
    meaning = {"tp": (1, 1), "fp": (1, 0), "fn": (0, 1), "tn": (0, 0), "up": (1, None), "un": (0, None)}
    return [{"g": group, "d": meaning[c][0], "y": meaning[c][1]} for c, n in cells.items() for _ in range(n)]


@pytest.mark.parametrize(
    "metric",
    ["true_positive_rate", "false_positive_rate", "precision", "false_omission_rate", "accuracy", "base_rate"],
)
def test_missing_outcomes_are_taken_both_ways(metric):
    table = pd.DataFrame(
        outcomes("A", tp=5, fp=3, fn=2, tn=6, up=2, un=3) + outcomes("B", tp=6, fp=2, fn=3, tn=5, up=1, un=0)
    )
    found = {
        f.group: f for f in judged(table, rule(metric=metric, compare="value", require=">= 0.01"), data=BOTH).findings
    }
    values = []
    for positive_up, positive_un in itertools.product(range(3), range(4)):
        tp, fp, fn, tn = 5 + positive_up, 3 + 2 - positive_up, 2 + positive_un, 6 + 3 - positive_un
        values.append(
            {
                "true_positive_rate": tp / (tp + fn),
                "false_positive_rate": fp / (fp + tn),
                "precision": tp / (tp + fp),
                "false_omission_rate": fn / (fn + tn),
                "accuracy": (tp + tn) / 21,
                "base_rate": (tp + fn) / 21,
            }[metric]
        )
    note = found["A"].missing_outcomes
    assert (note.low, note.high) == pytest.approx((min(values), max(values)))
    assert note.rows == 5
    assert found["A"].unknown is None


def test_missing_outcomes_of_the_rest_are_taken_both_ways_too():
    table = pd.DataFrame(
        outcomes("A", tp=5, fp=3, fn=2, tn=6, up=1, un=1)
        + outcomes("B", tp=6, fp=2, fn=3, tn=5, un=2)
        + outcomes("C", tp=4, fp=1, fn=1, tn=2, up=1)
    )
    tpr = rule(metric="true_positive_rate", compare="difference", require="<= 0.9", reference="rest")
    found = judged(table, tpr, data=BOTH).findings[0]
    own = [(5 + up) / (5 + up + 2 + un) for up in (0, 1) for un in (0, 1)]
    rest = [(10 + up) / (10 + up + 4 + un) for up in (0, 1) for un in (0, 1, 2)]
    assert found.missing_outcomes.low == pytest.approx(min(own) - max(rest))
    assert found.missing_outcomes.high == pytest.approx(max(own) - min(rest))
    against_all = judged(table, {**tpr, "reference": "overall"}, data=BOTH).findings
    assert all(one.missing_outcomes is None for one in against_all)


def test_outcomes_of_the_selected_alone_are_named_as_a_limit():
    table = pd.DataFrame(outcomes("A", tp=50, fp=30, tn=2, un=60) + outcomes("B", tp=60, fp=20, fn=3, un=50))
    result = judged(table, rule(metric="precision", compare="value", require=">= 0.1"), data=BOTH)
    assert any("hardly for anybody else" in note for note in result.method.notes)
    fine = pd.DataFrame(outcomes("A", tp=50, fp=30, tn=60, un=2) + outcomes("B", tp=60, fp=20, fn=30))
    result = judged(fine, rule(metric="precision", compare="value", require=">= 0.1"), data=BOTH)
    assert not any("hardly for anybody else" in note for note in result.method.notes)


def test_results_with_bounds_are_read_back_as_they_were_written():
    result = judged(rows(A=(400, 1000), B=(450, 1000), None_=(30, 70)), rule())
    assert from_json(to_json(result)) == result


@pytest.mark.parametrize("reference", ["highest", "rest"])
def test_those_of_unknown_group_may_have_scores_that_nobody_else_has(reference):
    table = rows(A=(40, 100), B=(45, 100), None_=(5, 20))
    table = table.assign(s=np.arange(len(table)) / 1000, q="a list", p=np.arange(len(table)) + 1)
    data = {**DECISION, "score": {"column": "s", "favorable": "above"}, "ranking": {"list": "q", "position": "p"}}
    scored = [rule(id="s", metric="median_score", compare="value"), rule(id="e", metric="exposure", compare="value")]
    plain = rule(reference=reference)
    found = [one for one in judged(table, plain, *scored, data=data).findings if one.rule == "r"]
    wanted = judged(table, plain).findings
    assert [one.unknown for one in found] == [one.unknown for one in wanted]
    assert found[0].unknown.rows == 20
