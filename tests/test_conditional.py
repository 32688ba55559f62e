"""Comparisons among those alike: from a table to the sentence, against statsmodels, the rows and brute force."""

import dataclasses
import json
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

import audit
from audit.counts import countfile
from audit.engine import count_table, judge_counts
from audit.result import from_json, to_json
from audit.result.given import DISAGREE, Given
from audit.scanning import layout
from audit.stats.strata import cochran_mantel_haenszel
from audit.words.given_words import coverage, note, uneven, warning
from examples.berkeley.build import ADMISSIONS
from tests.making import policy_of, rule

FACTORS = {"s": {"column": "s", "legitimate": "they chose it"}}
FREE = {"min_count": 1}
ALL = {"min_expected": 0}


def table_of(strata, *, outcome=True):
    """Rows from {stratum: {group: (selected, of)}}."""
    rows = [
        {"g": group, "s": stratum, "y": 1, "d": int(i < hits)}
        for stratum, groups in strata.items()
        for group, (hits, of) in groups.items()
        for i in range(of)
    ]
    found = pd.DataFrame(rows, columns=["g", "s", "y", "d"])
    return found if outcome else found.drop(columns="y")


def law(*rules, **changes):
    return policy_of(*rules, **{"factors": FACTORS, "groups": FREE, "statistics": ALL, **changes})


def only(result):
    """The one finding of a result."""
    (found,) = result.findings
    return found


def within(table, policy=None, **changes):
    """The findings of one rule within strata."""
    found: Any = audit.run(policy or law(rule(given="s", **changes)), table).findings
    return found


BERKELEY = {
    department: {"Male": (men[0], sum(men)), "Female": (women[0], sum(women))}
    for department, (men, women) in ADMISSIONS.items()
}
TO_MEN = {"reference": {"fixed": "Male"}}


def mantel_haenszel(strata, one, other):
    """Both averaged rates, as fractions, from the textbook."""
    both = [(there[one], there[other]) for there in strata.values() if one in there and other in there]
    weight = sum(Fraction(n1 * n2, n1 + n2) for (_, n1), (_, n2) in both)
    first = sum(Fraction(x1 * n2, n1 + n2) for (x1, n1), (_, n2) in both)
    second = sum(Fraction(x2 * n1, n1 + n2) for (_, n1), (x2, n2) in both)
    return first / weight, second / weight


# ---- against other tools -------------------------------------------------------------------------------------------


def test_berkeley_is_what_statsmodels_finds():
    tables = [np.array([[women[0], women[1]], [men[0], men[1]]], dtype=float) for men, women in ADMISSIONS.values()]
    wanted = StratifiedTable(tables)
    (found,) = within(table_of(BERKELEY), test="cochran_mantel_haenszel", **TO_MEN)
    plain = wanted.test_null_odds(correction=False)
    assert found.value == pytest.approx(wanted.riskratio_pooled, rel=1e-12)
    assert (found.test.statistic, found.test.p_value) == pytest.approx((plain.statistic, plain.pvalue), rel=1e-9)
    assert found.given.homogeneity_p == pytest.approx(wanted.test_equal_odds(adjust=True).pvalue, rel=1e-9)
    assert (found.given.strata, found.given.one_sided, found.given.used, found.given.unknown) == (6, 0, 1.0, 0)


def test_berkeley_over_all_is_the_rule_without_factors():
    plain, alike = within(table_of(BERKELEY), law(rule(id="p", **TO_MEN), rule(given="s", **TO_MEN)))
    assert alike.given.pooled == plain.value
    assert alike.given.pooled_interval == plain.unadjusted_interval
    assert (alike.given.pooled_group_value, alike.given.pooled_reference_value) == (557 / 1835, 1198 / 2691)
    assert (plain.verdict, alike.verdict) == ("fail", "pass")


def test_berkeley_s_departments_stand_from_the_worst():
    (found,) = within(table_of(BERKELEY), **TO_MEN)
    assert [row.key["s"] for row in found.given.table] == list("ECDBFA")
    for row in found.given.table:
        (men, m), (women, w) = BERKELEY[row.key["s"]]["Male"], BERKELEY[row.key["s"]]["Female"]
        assert (row.n, row.reference_n) == (w, m)
        assert row.disparity == pytest.approx((women / w) / (men / m))


def test_the_interval_holds_parity_exactly_if_the_test_does_not_reject():
    for scale in (1, 2, 3, 4):
        strata = {s: {g: (x * scale, n * scale) for g, (x, n) in there.items()} for s, there in BERKELEY.items()}
        (found,) = within(table_of(strata), test="cochran_mantel_haenszel", compare="difference", require="<= 0.5")
        low, high = found.unadjusted_interval.low, found.unadjusted_interval.high
        assert (low <= 0 <= high) == (found.test.p_value >= 0.05)


# ---- exactness -----------------------------------------------------------------------------------------------------

shares = st.tuples(st.integers(0, 12), st.integers(1, 12)).map(lambda pair: (min(pair), pair[1]))
strata_of_two = st.dictionaries(
    st.sampled_from("pqrst"), st.fixed_dictionaries({"A": shares, "B": shares}), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=12)
@given(strata_of_two)
def test_values_are_the_textbook_s_fractions(strata):
    first, second = mantel_haenszel(strata, "A", "B")
    ratio, difference = audit.run(
        law(
            rule(id="ratio", given="s", reference={"fixed": "B"}),
            rule(id="difference", given="s", reference={"fixed": "B"}, compare="difference", require="<= 0.1"),
        ),
        table_of(strata),
    ).findings
    assert difference.value == float(first - second)
    assert ratio.value == (float(first / second) if second else None)
    assert ratio.reason == "reference_zero" or second


@settings(deadline=None, max_examples=10)
@given(st.fixed_dictionaries({"A": shares, "B": shares, "C": shares}), st.sampled_from(["highest", "lowest", "rest"]))
def test_one_stratum_says_what_no_stratum_says(groups, reference):
    table = table_of({"one": groups})
    for compare, require in (("ratio", ">= 4/5" if reference != "lowest" else "<= 5/4"), ("difference", "<= 0.1")):
        asked = {"compare": compare, "require": require, "reference": reference}
        plain = within(table, law(rule(**asked)))
        alike = within(table, **asked)
        assert [(f.group, f.reference, f.value, f.n) for f in alike] == [
            (f.group, f.reference, f.value, f.n) for f in plain
        ]
        for one, other in zip(alike, plain, strict=True):
            if one.value is None:
                continue
            a, b = one.unadjusted_interval, other.unadjusted_interval
            if compare == "difference":
                assert (a.low, a.high) == pytest.approx((b.low, b.high), abs=1e-9)
            else:  # Miettinen and Nurminen's factor makes it a little wider than Koopman's
                assert a.low <= b.low + 1e-9
                assert a.high is None or b.high is None or a.high >= b.high - 1e-9


def test_a_value_at_the_limit_is_accepted():
    strata = {"p": {"A": (40, 100), "B": (50, 100)}, "q": {"A": (24, 300), "B": (3, 30)}}
    (found,) = within(table_of(strata), judge="point", reference={"fixed": "B"})
    assert (found.value, found.verdict) == (0.8, "pass")


def test_many_uneven_strata_are_added_exactly_and_soon():
    rng = np.random.default_rng(5)
    strata = {
        f"s{i}": {g: (int(rng.integers(0, n + 1)), int(n)) for g, n in zip("AB", rng.integers(1, 60, 2), strict=True)}
        for i in range(150)
    }
    (found,) = within(table_of(strata), reference={"fixed": "B"})
    first, second = mantel_haenszel(strata, "A", "B")
    assert found.value == float(first / second)
    assert len(found.given.table) == 100
    assert found.given.not_listed == 50


# ---- whom a group is compared with ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=12)
@given(strata_of_two)
def test_of_two_groups_the_highest_is_the_one_with_the_higher_averaged_rate(strata):
    first, second = mantel_haenszel(strata, "A", "B")
    (found,) = within(table_of(strata), compare="difference", require="<= 0.1", reference="highest")
    assert found.value <= 0
    if first != second:
        assert found.reference == ("A" if first > second else "B")


def test_the_reference_is_the_group_that_strata_favour_and_not_the_one_that_chose_them_well():
    strata = {"easy": {"A": (85, 100), "B": (9, 10), "C": (2, 3)}, "hard": {"A": (1, 10), "B": (20, 100), "C": (9, 60)}}
    expected: dict[str, Fraction] = defaultdict(Fraction)
    for there in strata.values():
        rate = Fraction(sum(x for x, _ in there.values()), sum(n for _, n in there.values()))
        for group, (_, n) in there.items():
            expected[group] += rate * n
    standing = {g: Fraction(sum(there[g][0] for there in strata.values())) / expected[g] for g in "ABC"}
    *_, best = worst, *_ = sorted("ABC", key=lambda group: standing[group])
    plain = audit.run(law(rule()), table_of(strata)).findings
    assert {f.reference for f in plain} == {"A"}
    assert {f.reference for f in within(table_of(strata))} == {best} != {"A"}
    lowest = within(table_of(strata), reference="lowest", require="<= 5/4")
    assert {f.reference for f in lowest} == {worst}
    assert {f.reference for f in within(table_of(strata), reference="largest")} == {"A"}


def test_the_rest_are_everybody_else_of_the_same_stratum():
    strata = {"p": {"A": (5, 20), "B": (9, 20), "C": (4, 10)}, "q": {"A": (6, 9), "B": (1, 2)}, "r": {"C": (3, 5)}}
    merged = {
        s: {"A": there["A"], "rest": tuple(map(sum, zip(*(v for g, v in there.items() if g != "A"), strict=True)))}
        for s, there in strata.items()
        if "A" in there
    }
    first, second = mantel_haenszel(merged, "A", "rest")
    found = {f.group: f for f in within(table_of(strata), reference="rest")}
    assert found["A"].value == float(first / second)
    assert found["A"].reference == "everyone else"
    assert found["A"].given.one_sided == 1


def test_a_set_aside_reference_closes_the_comparison():
    strata = {"p": {"A": (5, 20), "B": (2, 4)}}
    (found, aside) = audit.run(
        law(rule(given="s", reference={"fixed": "B"}), groups={"min_count": 10}), table_of(strata)
    ).findings
    assert (found.reason, found.given) == ("reference_set_aside", None)
    assert (aside.group, aside.verdict, aside.given) == ("B", "not judged", None)


# ---- who has a counterpart -----------------------------------------------------------------------------------------


def test_groups_that_share_no_stratum_are_not_computable():
    (found,) = within(table_of({"p": {"A": (5, 9)}, "q": {"B": (3, 9)}}), reference={"fixed": "B"})
    assert (found.verdict, found.reason, found.value, found.given) == ("not computable", "no_strata", None, None)
    assert found.because == "No stratum of s holds both A and B, so nobody is alike in it."


def test_a_rate_among_nobody_is_compared_with_nothing():
    table = table_of({"p": {"A": (5, 9), "B": (5, 9), "C": (1, 9)}})
    table.loc[table.g == "B", "y"] = 0
    found = {f.group: f for f in within(table, metric="true_positive_rate", reference={"fixed": "A"})}
    assert (found["B"].reason, found["B"].value) == ("no_trials", None)
    assert found["C"].value is not None
    (other, _) = within(table, metric="true_positive_rate", reference={"fixed": "B"})
    assert (other.reason, other.value, other.given) == ("reference_undefined", None, None)


@pytest.mark.parametrize(("alone", "verdict"), [(40, "pass"), (45, "inconclusive")])
@pytest.mark.parametrize("judge", ["interval", "point"])
def test_nine_tenths_need_a_counterpart(alone, verdict, judge):
    strata = {"p": {"A": (90, 180), "B": (90, 180)}, "q": {"A": (alone, alone)}}
    (found,) = within(table_of(strata), judge=judge, require=">= 1/2", reference={"fixed": "B"})
    assert found.verdict == verdict
    assert found.given.used == 360 / (360 + alone)
    if verdict == "inconclusive":
        assert found.reason == "not_alike"
        assert "88.9% lie in strata of s that hold both, and a verdict needs 90%" in found.because
        assert (found.p_beyond, found.p_adjusted) == (None, None)
        assert found.power is None or found.power.further is None


def test_more_records_are_not_asked_for_where_counterparts_are_wanting():
    strata = {"p": {"A": (9, 18), "B": (9, 18)}, "q": {"A": (10, 20)}}
    result = audit.run(law(rule(given="s", reference={"fixed": "B"})), table_of(strata))
    assert only(result).reason == "not_alike"
    assert "more records" not in only(result).because
    assert result.next_steps[0].startswith("Merge strata so that more have a counterpart, or do without r: A (")
    wide = audit.run(law(rule(given="s", reference={"fixed": "B"})), table_of({"p": strata["p"]}))
    assert wide.next_steps[0].startswith("Collect about ")


def test_what_has_no_verdict_for_want_of_counterparts_is_not_among_the_comparisons():
    strata = {"p": {"A": (50, 100), "B": (50, 100), "C": (5, 10)}, "q": {"C": (50, 90)}}
    result = audit.run(law(rule(given="s", reference={"fixed": "B"})), table_of(strata))
    assert [(f.group, f.reason == "not_alike") for f in result.findings] == [("A", False), ("C", True)]
    assert result.method.family == 1


def test_records_without_a_factor_are_counted_and_in_no_stratum():
    table = table_of({"p": {"A": (30, 60), "B": (30, 60)}, "?": {"A": (1, 4), "B": (2, 6)}})
    table.loc[table.s == "?", "s"] = None
    result = audit.run(law(rule(given="s", reference={"fixed": "B"})), table)
    found = only(result)
    assert (found.value, found.given.unknown, found.given.strata) == (1.0, 10, 1)
    assert (found.given.n, found.given.reference_n, found.given.used) == (60, 60, 120 / 130)
    (plain, strata) = result.rows.by_attribute
    assert (plain.attribute, plain.analysed, plain.unknown) == ("g", 130, 0)
    assert (strata.attribute, strata.analysed, strata.unknown) == ("g given s", 120, 10)
    assert found.given.pooled == 1.0  # over the same records, so that the two numbers are of the same people


@pytest.mark.parametrize(("unknown", "known"), [("report", 8), ("exclude", 8), ("group", 11)])
def test_strata_add_up_to_the_rows_read(unknown, known):
    rows = [("A", "p", 1)] * 5 + [("B", "p", 0)] * 3 + [(None, "p", 1)] * 3 + [("A", None, 1)] * 2 + [(None, None, 0)]
    table = pd.DataFrame(rows, columns=["g", "s", "d"]).assign(y=1)
    result = audit.run(law(rule(given="s", reference="rest"), groups={"min_count": 1, "unknown": unknown}), table)
    _, strata = result.rows.by_attribute
    assert strata.analysed == known
    assert strata.analysed + strata.unknown + strata.excluded + strata.unusable == result.rows.read == len(table)
    assert {row.key["s"] for f in result.findings if f.given for row in f.given.table} == {"p"}
    groups = {f.group for f in result.findings}
    assert ("(unknown)" in groups) == (unknown == "group")


def test_a_stratum_may_be_called_unknown():
    table = table_of({"(unknown)": {"A": (5, 9), "B": (4, 9)}, "q": {"A": (5, 9), "B": (4, 9)}})
    table.loc[0, "g"] = None
    policy = law(rule(given="s", reference="rest"), groups={"min_count": 1, "unknown": "group"})
    found = within(table, policy)
    assert {row.key["s"] for f in found for row in f.given.table} == {"(unknown)", "q"}
    assert {f.group for f in found} == {"A", "B", "((unknown))"}


def test_few_records_have_no_rates_of_their_own():
    strata = {"p": {"A": (30, 60), "B": (30, 60)}, "q": {"A": (5, 9), "B": (10, 20)}}
    policy = law(rule(given="s", reference={"fixed": "B"}), groups={"min_count": 10})
    found = only(audit.run(policy, table_of(strata)))
    shown, hidden = found.given.table
    assert (shown.key, shown.value) == ({"s": "p"}, 0.5)
    assert (hidden.key, hidden.n, hidden.reference_n) == ({"s": "q"}, 9, 20)
    assert (hidden.value, hidden.reference_value, hidden.disparity) == (None, None, None)


def test_few_expected_events_within_strata_claim_no_failure():
    strata = {"p": {"A": (0, 300), "B": (5, 300)}, "q": {"A": (0, 300), "B": (4, 300)}}
    (strict,) = within(table_of(strata), law(rule(given="s", reference={"fixed": "B"}), statistics={"min_expected": 5}))
    (loose,) = within(table_of(strata), reference={"fixed": "B"})
    assert (strict.verdict, strict.reason) == ("inconclusive", "few_events")
    assert loose.verdict == "fail"


# ---- weights, units, metrics ---------------------------------------------------------------------------------------


def test_frequency_weights_are_repeated_rows():
    table = table_of(BERKELEY).groupby(["g", "s", "y", "d"], as_index=False).size().rename(columns={"size": "w"})
    weighted = {"data": {"decision": {"column": "d", "favorable": 1}, "weight": {"column": "w", "kind": "frequency"}}}
    (found,) = within(table, law(rule(given="s", **TO_MEN), **weighted))
    (wanted,) = within(table_of(BERKELEY), **TO_MEN)
    assert (found.value, found.interval) == (wanted.value, wanted.interval)
    assert found.given == dataclasses.replace(wanted.given, table=found.given.table)


def test_sampling_weights_average_by_the_people_they_stand_for():
    rng = np.random.default_rng(3)
    table = table_of({s: {g: (x // 4, n // 4) for g, (x, n) in there.items()} for s, there in BERKELEY.items()})
    table["w"] = rng.uniform(0.5, 3, len(table)).round(3)
    weighted = {"data": {"decision": {"column": "d", "favorable": 1}, "weight": {"column": "w", "kind": "sampling"}}}
    (found,) = within(table, law(rule(given="s", compare="difference", require="<= 0.05", **TO_MEN), **weighted))
    sums = table.assign(h=table.w * table.d).groupby(["s", "g"])[["h", "w"]].sum()
    strata = sums.h.unstack(), sums.w.unstack()
    weight = strata[1].Female * strata[1].Male / strata[1].sum(axis=1)
    gap = strata[0].Female / strata[1].Female - strata[0].Male / strata[1].Male
    assert found.value == pytest.approx((weight * gap).sum() / weight.sum(), rel=1e-12)
    assert found.interval.low < found.value < found.interval.high
    (plain,) = within(table.drop(columns="w"), compare="difference", require="<= 0.05", **TO_MEN)
    assert found.interval.high - found.interval.low > plain.interval.high - plain.interval.low


def test_rows_that_belong_together_widen_the_interval_and_keep_the_value():
    table = pd.concat([table_of(BERKELEY).assign(person=lambda t: t.index.astype(str))] * 3)
    data = {"decision": {"column": "d", "favorable": 1}}
    asked = rule(given="s", **TO_MEN)
    (apart,) = within(table, law(asked, data=data))
    (together,) = within(table, law(asked, data={**data, "unit": "person"}))
    assert together.value == apart.value
    widths = [f.interval.high - f.interval.low for f in (together, apart)]
    assert widths[0] > 1.5 * widths[1]


def test_rates_among_those_who_qualify_have_their_own_strata():
    table = pd.concat([table_of(BERKELEY), table_of({"z": {"Male": (3, 9), "Female": (1, 9)}}).assign(y=0)])
    (found,) = within(table, metric="true_positive_rate", **TO_MEN)
    (wanted,) = within(table_of(BERKELEY), **TO_MEN)
    assert (found.value, found.given.strata) == (wanted.value, 6)


def test_the_share_above_the_median_of_all_is_compared_within_strata():
    rng = np.random.default_rng(9)
    table = pd.DataFrame({"g": rng.choice(["A", "B"], 400), "s": rng.choice(["p", "q"], 400), "v": rng.random(400)})
    policy = law(
        rule(metric="scoring_rate", given="s", reference={"fixed": "B"}),
        data={"score": {"column": "v", "favorable": "above"}},
    )
    (found,) = within(table, policy)
    above = table.assign(d=table.v > table.v.median()).groupby(["s", "g"]).d.agg(["sum", "count"])
    strata = {s: {g: (int(above["sum"][s, g]), int(above["count"][s, g])) for g in "AB"} for s in "pq"}
    first, second = mantel_haenszel(strata, "A", "B")
    assert found.value == float(first / second)


def test_several_factors_make_strata_of_their_combinations():
    table = table_of(BERKELEY).assign(t=lambda frame: np.where(frame.index % 2, "odd", "even"))
    factors = {**FACTORS, "t": {"column": "t", "legitimate": "why"}}
    (found,) = within(table, law(rule(given=["s", "t"], **TO_MEN), factors=factors))
    assert found.given.factors == ("s", "t")
    assert found.given.strata == 12
    assert sum(row.n + row.reference_n for row in found.given.table) == len(table)


def test_intersections_are_compared_within_strata():
    table = table_of(BERKELEY).assign(h=lambda frame: np.where(frame.index % 3, "x", "y"))
    policy = law(
        rule(given="s", of=[["g", "h"]], reference="rest"),
        attributes={"g": {"column": "g"}, "h": {"column": "h"}},
        intersections=[["g", "h"]],
    )
    result = audit.run(policy, table)
    assert {f.group for f in result.findings} == {f"{g} & {h}" for g in ("Male", "Female") for h in "xy"}
    assert result.rows.by_attribute[-1].attribute == "g & h given s"


def test_bins_make_strata():
    table = table_of(BERKELEY).assign(n=lambda frame: frame.s.map(ord))
    factors = {"s": {"column": "n", "bins": [65, 68, 71], "labels": ["A to C", "D to F"], "legitimate": "why"}}
    (found,) = within(table, law(rule(given="s", **TO_MEN), factors=factors))
    assert {row.key["s"] for row in found.given.table} == {"A to C", "D to F"}


def test_a_point_and_its_test():
    strata = {s: {"A": (20, 50), "B": (40, 50)} for s in "pq"}
    (found,) = within(
        table_of(strata), judge="point_and_test", test="cochran_mantel_haenszel", reference={"fixed": "B"}
    )
    _, p = cochran_mantel_haenszel([20, 20], [50, 50], [40, 40], [50, 50])
    assert (found.verdict, found.reason) == ("fail", "point_fails_significant")
    assert found.test.p_value == pytest.approx(float(p))
    assert "Cochran-Mantel-Haenszel test" in found.because


# ---- where it is counted -------------------------------------------------------------------------------------------


def test_tables_for_each_crossing_say_the_same(monkeypatch):
    policy = law(rule(given="s", **TO_MEN), rule(id="p", **TO_MEN))
    together = audit.run(policy, table_of(BERKELEY))
    monkeypatch.setattr(layout, "MOST_TOGETHER", 1)
    counts, _ = count_table(policy, table_of(BERKELEY))
    assert audit.run(policy, table_of(BERKELEY)).findings == together.findings
    assert any(set(table.attributes) == {"g", "s"} for table in counts.tables)


def test_counts_that_were_saved_are_judged_alike(tmp_path):
    policy = law(rule(given="s", **TO_MEN))
    for name, part in (("a", list("ABC")), ("b", list("DEF"))):
        counts, _ = count_table(policy, table_of({s: BERKELEY[s] for s in part}))
        countfile.save(counts, tmp_path / name)
    judged = judge_counts(policy, [tmp_path / "a", tmp_path / "b"])
    assert judged.findings == audit.run(policy, table_of(BERKELEY)).findings


def test_a_factor_that_no_rule_names_is_not_read():
    policy = law(rule(**TO_MEN), factors={"s": {"column": "not there", "legitimate": "why"}})
    assert audit.run(policy, table_of(BERKELEY)).findings
    assert any("no rule is 'given' it" in note_ for note_ in policy.notes)


# ---- what is said --------------------------------------------------------------------------------------------------


def test_the_sentence_says_among_whom():
    (found,) = within(table_of(BERKELEY), **TO_MEN)
    assert found.because.startswith(
        "Among records alike in s, the selection rate of Female is 1.06 times that of Male (33.4% against 31.6%, "
        "averaged alike over 6 strata; 95% interval 0.97 to 1.16)"
    )


def test_one_stratum_is_not_averaged():
    (found,) = within(table_of({"p": {"A": (5, 10), "B": (5, 10)}}))
    assert "averaged" not in found.because


#: Pooled, and within: the women's ratio to the men.
RELATIONS = {
    "reversed": {"p": {"A": (90, 100), "B": (640, 800)}, "q": {"A": (240, 800), "B": (16, 100)}},
    "only pooled": BERKELEY,
    "only within": {"p": {"A": (480, 600), "B": (405, 450)}, "q": {"A": (60, 300), "B": (135, 450)}},
    "agrees": {"p": {"A": (90, 100), "B": (50, 100)}},
    "shows nothing": {"p": {"A": (50, 100), "B": (50, 100)}},
}


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize(("compare", "require"), [("ratio", ">= 4/5"), ("difference", "<= 0.1")])
def test_disagreements_are_warned_of_and_agreement_is_not(relation, compare, require):
    strata = RELATIONS[relation]
    reference = {"fixed": "Male" if strata is BERKELEY else "B"}
    result = audit.run(law(rule(given="s", compare=compare, require=require, reference=reference)), table_of(strata))
    found = only(result)
    assert found.given.relation == relation
    assert found.given.disagrees == (relation in DISAGREE)
    said = warning(found, 0.95)
    assert (said is not None) == (note(found) in result.notes) == (relation in DISAGREE)
    if said:
        assert said.endswith("Neither may be read without the other, and neither says why the groups differ.")
        assert "over all records" in said


def test_strata_that_differ_are_to_be_read_one_by_one():
    (found,) = within(table_of(BERKELEY), **TO_MEN)
    assert "(Tarone's test of equal odds ratios, p = 0.002)" in str(uneven(found.given, 0.95))
    assert uneven(found.given, 0.999) is None
    assert "p below 0.001" in str(uneven(dataclasses.replace(found.given, homogeneity_p=1e-9), 0.95))
    assert uneven(dataclasses.replace(found.given, homogeneity_p=None), 0.95) is None


def test_coverage_in_words():
    (found,) = within(table_of(BERKELEY), **TO_MEN)
    assert coverage(found.given) == "6 strata of s, with all records of both."
    part = dataclasses.replace(found.given, strata=1, used=0.95, one_sided=2, unknown=7)
    assert coverage(part) == (
        "1 stratum of s, with 95.0% of the records of both; 2 more hold one of the two only; "
        "7 records without a known s."
    )


def test_nothing_claims_a_cause():
    result = audit.run(law(rule(given="s", **TO_MEN)), table_of(BERKELEY))
    said = " ".join([*result.notes, *(f.because for f in result.findings), *result.method.notes]).lower()
    for word in ("due to", "caused", "explains", "effect of", "discriminat"):
        assert word not in said


def test_the_method_is_told_only_where_it_was_used():
    told = [
        any("Tarone" in paragraph for paragraph in audit.run(policy, table_of(BERKELEY)).method.notes)
        for policy in (law(rule(given="s")), law(rule()))
    ]
    assert told == [True, False]


def test_the_result_keeps_the_strata_and_older_results_have_none():
    result = audit.run(law(rule(given="s", **TO_MEN)), table_of(BERKELEY))
    assert from_json(to_json(result)).findings == result.findings
    assert result.rules[0].given == {"s": "they chose it"}
    plain = json.loads(to_json(result))
    for part in (*plain["findings"], *plain["rules"]):
        del part["given"]
    older = from_json(json.dumps(plain))
    assert older.findings[0].given is None
    assert older.rules[0].given == {}


def test_names_may_be_anything():
    odd = ["<b>x</b> & y", 'q"', "{metric}", "a & b", "\u202e|", "=1+1", " "]
    strata = {name: {"A & B": (5, 9), "{group}": (6, 9)} for name in odd}
    name = "<i>{0} & given"
    policy = law(
        rule(given=name, reference={"fixed": "A & B"}), factors={name: {"column": "s", "legitimate": "<script>{x}"}}
    )
    result = audit.run(policy, table_of(strata))
    found = only(result)
    assert found.given.strata == len(odd) - 1  # a blank is not known
    assert f"alike in {name}" in found.because
    assert isinstance(found.given, Given)
