"""Two models on the same rows: rates under both, what changed, and rules that hold a change to a limit."""

import datetime
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from statsmodels.stats.contingency_tables import mcnemar as other_mcnemar

import audit
from audit.confirming.rows import confirm
from audit.counts import countfile
from audit.disclosing.disclosure import rendered
from audit.engine import audited, count_table, judge_counts
from audit.errors import DataError, PolicyError
from audit.groups.paired import paired_people, turn
from audit.metrics import METRICS, PAIRED
from audit.render import FORMATS
from audit.render.options import Options
from audit.result import from_json, to_json
from audit.scanning import layout
from audit.stats.changes import PairedChanges
from audit.stats.composites import above_by_limits
from audit.stats.mover import mover_difference
from audit.stats.paired import clustered_pairs, mcnemar, p_paired, tango, weighted_pairs
from audit.values import Verdict
from tests.making import policy_of, rule

DAY = datetime.date(2026, 11, 21)
DATA = {
    "decision": {"column": "d", "favorable": 1},
    "outcome": {"column": "y", "favorable": 1},
    "baseline": {"column": "old", "favorable": 1},
}
CHANGE = rule(id="no-worse", compare="change", require="<= 0.02")


def applicants(n=3000, seed=1):
    """Three groups under two models, of which the newer one selects fewer of B; with weights, people and months."""
    draw = np.random.default_rng(seed)
    g = draw.choice(["A", "B", "C"], n, p=[0.5, 0.35, 0.15])
    y = (draw.random(n) < 0.5).astype(int)
    old = (draw.random(n) < 0.3 + 0.3 * y - 0.05 * (g == "B")).astype(int)
    again = (draw.random(n) < 0.4 + 0.2 * y - 0.3 * (g == "B")).astype(int)
    return pd.DataFrame(
        {
            "g": g,
            "y": y,
            "old": old,
            "d": np.where(draw.random(n) < 0.2, again, old),
            "w": draw.integers(1, 4, n),
            "s": draw.integers(1, 4, n) / 2,
            "who": draw.integers(0, n // 3, n),
            "t": draw.choice(["2026-01-02", "2026-02-02"], n),
        }
    )


TABLE = applicants()


def law(*rules, data=DATA, **changes):
    return policy_of(*(rules or [CHANGE]), data=data, **changes)


def run(*rules, table=TABLE, **changes):
    return audit.run(law(*rules, **changes), table, as_of=DAY)


def of(result, group):
    (found,) = [found for found in result.findings if found.group == group]
    return found


def refused(*rules, data=DATA, **changes):
    with pytest.raises(PolicyError) as error:
        law(*rules, data=data, **changes)
    return str(error.value)


# ---- the same as other hands -----------------------------------------------------------------------------------------

_AMONG = {"true_positive_rate": 1, "false_positive_rate": 0}


@pytest.mark.parametrize("metric", ["selection_rate", "true_positive_rate", "false_positive_rate"])
def test_both_rates_and_what_changed_are_those_of_the_rows(metric):
    rows = [row for row in run().baseline if row.group_key]
    for row in rows:
        mine = TABLE[TABLE["g"] == row.group]
        mine = mine[mine["y"] == _AMONG[metric]] if metric in _AMONG else mine
        found = row.metrics[metric]
        gained, lost = int(((mine.d == 1) & (mine.old == 0)).sum()), int(((mine.d == 0) & (mine.old == 1)).sum())
        assert (found.n, found.gained, found.lost) == (len(mine), gained, lost)
        assert (found.value, found.baseline) == pytest.approx((mine.d.mean(), mine.old.mean()), abs=1e-15)
        low, high = (end.item() for end in tango(gained, lost, len(mine), 0.025))
        assert (found.change, found.low, found.high) == pytest.approx(((gained - lost) / len(mine), low, high))
        assert found.p_value == pytest.approx(mcnemar(gained, lost).p_mid)
        exact = other_mcnemar([[0, gained], [lost, 0]], exact=True).pvalue
        assert found.p_value <= exact
    assert [row.group for row in rows] == ["A", "B", "C"]


def test_a_change_is_exact_and_has_movers_interval_of_two_of_tangos():
    found = of(run(), "B")
    sides = {}
    for name in ("A", "B"):
        mine = TABLE[TABLE["g"] == name]
        gained, lost = int(((mine.d == 1) & (mine.old == 0)).sum()), int(((mine.d == 0) & (mine.old == 1)).sum())
        sides[name] = (gained - lost, len(mine), tango(gained, lost, len(mine), 0.025))
    change = {name: Fraction(gap, n) for name, (gap, n, _) in sides.items()}
    assert found.value == float(change["A"] - change["B"])
    ends = mover_difference(float(change["A"]), sides["A"][2], float(change["B"]), sides["B"][2])
    alone = found.unadjusted_interval
    assert (alone.low, alone.high) == pytest.approx((ends.low.item(), ends.high.item()))
    assert found.change.difference - found.change.baseline_difference == pytest.approx(-found.value)
    assert eval(found.exact.replace("/", "*1.0/")) == pytest.approx(found.value)
    assert found.reference == "A"


def test_the_change_of_a_rate_that_harms_when_high_points_the_other_way():
    """A miss is a hit that is missing: the change of the one rate is the change of the other, to the same harm."""
    missed = rule(id="fnr", metric="false_negative_rate", compare="change", require="<= 0.02", reference="lowest")
    hit = rule(id="tpr", metric="true_positive_rate", compare="change", require="<= 0.02")
    result = run(hit, missed)
    first, second = ([f for f in result.findings if f.rule == name] for name in ("tpr", "fnr"))
    assert [(f.group, f.reference, f.verdict) for f in first] == [(f.group, f.reference, f.verdict) for f in second]
    assert [f.value for f in first] == pytest.approx([f.value for f in second])
    assert [f.interval.high for f in first] == pytest.approx([f.interval.high for f in second])


def test_with_an_adverse_decision_more_of_it_is_to_the_harm():
    data = {
        "decision": {"column": "d", "adverse": 1},
        "outcome": {"column": "y", "adverse": 1},
        "baseline": {"column": "old", "adverse": 1},
    }
    turned = {**CHANGE, "reference": {"fixed": "A"}}
    assert of(run(turned, data=data), "B").value == pytest.approx(-of(run(turned), "B").value)


@settings(max_examples=12, deadline=None)
@given(kinds=st.lists(st.tuples(st.sampled_from("AB"), *[st.sampled_from([0, 1])] * 3), min_size=1, max_size=40))
def test_every_paired_rate_is_that_of_brute_force(kinds):
    table = pd.DataFrame([*kinds, ("A", 0, 0, 0), ("B", 1, 1, 1)], columns=["g", "y", "d", "old"])
    people = paired_people(count_table(law(), table)[0], ("g",))
    for (name,), group in people.groups.items():
        for metric in sorted(PAIRED):
            found = turn(METRICS[metric], group, sampled=False)
            wanted = [_rate(METRICS[metric], table[table["g"] == name], column) for column in ("d", "old")]
            assert [found.now.value, found.before.value] == wanted
            if found.change is not None:
                assert found.change == wanted[0] - wanted[1] == Fraction(found.gained - found.lost, found.trials)
                assert min(found.gained, found.lost) >= 0


def _rate(metric, rows, column):
    cells = Counter(("t" if y == d else "f") + ("p" if d else "n") for y, d in zip(rows.y, rows[column], strict=True))
    trials = sum(cells[cell] for cell in metric.among)
    return Fraction(sum(cells[cell] for cell in metric.hits), trials) if trials else None


# ---- verdicts --------------------------------------------------------------------------------------------------------


def paired_table(**groups):
    """Rows of groups by kind: both, gained, lost, neither."""
    kinds = {"both": (1, 1), "gained": (1, 0), "lost": (0, 1), "neither": (0, 0)}
    rows = [(g, 1, *kinds[kind]) for g, cells in groups.items() for kind, n in cells.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["g", "y", "d", "old"])


def test_a_change_passes_fails_or_is_left_open():
    same = {"both": 500, "gained": 20, "lost": 20, "neither": 460}
    table = paired_table(
        A={**same, "both": 600, "neither": 360}, level={**same, "gained": 18}, worse={**same, "gained": 5, "lost": 95},
        open={**same, "lost": 35},
    )  # fmt: skip
    result = run({**CHANGE, "require": "<= 0.03"}, table=table)
    verdicts = {found.group: found.verdict for found in result.findings}
    assert verdicts == {"level": Verdict.PASS, "worse": Verdict.FAIL, "open": Verdict.INCONCLUSIVE}
    assert of(result, "worse").because.startswith(
        "Since the baseline, the selection rate of worse moved 9.0 percentage points to its disadvantage against that "
        "of A (now 50.5% against 63.3%, before 61.0% against 63.3%; "
    ) or of(result, "worse").value == pytest.approx(0.09, abs=0.01)


def test_models_that_never_differ_leave_an_interval_with_a_width_and_claim_nothing():
    table = paired_table(A={"both": 60, "neither": 40}, B={"both": 30, "neither": 70})
    result = run({**CHANGE, "require": "<= 0.001"}, table=table)
    found, row = of(result, "B"), result.baseline[1].metrics["selection_rate"]
    assert (found.value, row.p_value) == (0.0, 1.0)
    assert found.interval.low < -0.01 < 0.01 < found.interval.high
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_change_of_few_records_claims_no_failure():
    table = paired_table(A={"both": 300, "neither": 300}, B={"both": 10, "lost": 4, "neither": 26})
    found = of(run({**CHANGE, "require": "<= 0.001"}, table=table), "B")
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "few_events")


def test_a_group_without_the_records_that_a_rate_is_of_has_no_change():
    table = pd.concat([TABLE, TABLE[TABLE["g"] == "A"].assign(g="D", y=0)])
    hit = rule(metric="true_positive_rate", compare="change", require="<= 0.02")
    result = run(hit, table=table)
    assert (of(result, "D").verdict, of(result, "D").reason) == (Verdict.NOT_COMPUTABLE, "no_trials")
    assert next(row for row in result.baseline if row.group == "D").metrics["true_positive_rate"].reason
    against = run({**hit, "reference": {"fixed": "D"}}, table=table)
    assert {found.reason for found in against.findings} == {"reference_undefined"}


def test_against_all_others_the_rest_is_pooled():
    found = of(run({**CHANGE, "reference": "rest"}), "B")
    others = of(
        run({**CHANGE, "reference": {"fixed": "A"}}, table=TABLE.assign(g=np.where(TABLE.g == "B", "B", "A"))), "B"
    )
    assert (found.value, found.unadjusted_interval) == (others.value, others.unadjusted_interval)
    assert found.reference == "everyone else"


def test_p_values_and_limits_tell_the_same():
    found = of(run(), "B")
    lost = [(TABLE[TABLE.g == g].old > TABLE[TABLE.g == g].d).sum() for g in "AB"]
    gained = [(TABLE[TABLE.g == g].old < TABLE[TABLE.g == g].d).sum() for g in "AB"]
    n = [(TABLE.g == g).sum() for g in "AB"]
    change = [(one - other) / of for one, other, of in zip(gained, lost, n, strict=True)]

    def limits(tails):
        ends = [tango(gained[i], lost[i], n[i], tails) for i in (0, 1)]
        return mover_difference(change[0], ends[0], change[1], ends[1])

    p = above_by_limits(np.array([change[0] - change[1]]), limits, 0.02)
    assert found.p_beyond == pytest.approx(p.item(), rel=1e-6)


# ---- every way of counting -------------------------------------------------------------------------------------------


def test_counts_carry_the_baseline_and_can_be_added(tmp_path):
    whole = law()
    for place, part in enumerate((TABLE[:1000], TABLE[1000:])):
        countfile.save(count_table(whole, part)[0], tmp_path / f"{place}.json")
    judged = judge_counts(whole, [tmp_path / "0.json", tmp_path / "1.json"], as_of=DAY)
    once = run()
    assert (judged.findings, judged.baseline) == (once.findings, once.baseline)
    assert from_json(to_json(judged)) == judged


@pytest.mark.parametrize("kind", ["polars", "arrow", "csv", "sqlite", "spark"])
def test_every_engine_counts_the_same(kind, tmp_path):
    from tests import engines

    few = TABLE[["g", "y", "d", "old"]]
    wanted = run(table=few).baseline
    if kind == "spark":
        table = engines.session().createDataFrame(engines.plain(few), "g string, y int, d int, old int")
        assert run(table=table).baseline == wanted
        return
    place = engines.sqlite(few, tmp_path) if kind == "sqlite" else engines.here(few, tmp_path, kind)
    with place as table:
        assert run(table=table).baseline == wanted


def test_a_repeated_row_counts_as_often_as_its_weight_says():
    weighted = {**DATA, "weight": {"column": "w", "kind": "frequency"}}
    repeated = TABLE.loc[TABLE.index.repeat(TABLE.w)]
    one, other = run(data=weighted), run(table=repeated)
    assert one.baseline == other.baseline
    assert [(f.value, f.interval) for f in one.findings] == [(f.value, f.interval) for f in other.findings]


def test_equal_sampling_weights_change_nothing_and_unequal_ones_widen():
    plain = of(run(), "B")
    same = of(run(data={**DATA, "weight": {"column": "s", "kind": "sampling"}}, table=TABLE.assign(s=2.0)), "B")
    assert same.value == pytest.approx(plain.value)
    width = [found.unadjusted_interval.high - found.unadjusted_interval.low for found in (plain, same)]
    assert width[1] == pytest.approx(width[0], rel=1e-3)
    uneven = run(data={**DATA, "weight": {"column": "s", "kind": "sampling"}})
    row, weight = next(r for r in uneven.baseline if r.group == "B"), TABLE[TABLE.g == "B"]
    assert row.metrics["selection_rate"].baseline == pytest.approx(np.average(weight.old, weights=weight.s))
    found = of(uneven, "B").unadjusted_interval
    assert found.high - found.low > width[0]


def test_rows_of_one_person_repeated_are_worth_no_more_than_once():
    data = {**DATA, "unit": "who"}
    once = TABLE.drop_duplicates("who")
    thrice = pd.concat([once] * 3)
    one, other = (run(table=table, data=data).baseline for table in (once, thrice))
    for first, second in zip(one, other, strict=True):
        a, b = first.metrics["selection_rate"], second.metrics["selection_rate"]
        assert (b.high - b.low) == pytest.approx(a.high - a.low, rel=0.15)  # three times as many rows: 0.58 of it
        assert b.gained == 3 * a.gained


def test_a_bucketed_or_weighted_pair_of_equal_rows_is_worth_one():
    draw = np.random.default_rng(2)
    b, c = draw.integers(0, 2, 200).astype(float), np.zeros(200)
    c = np.where(b, 0.0, draw.integers(0, 2, 200))
    n = np.ones(200)
    sums = np.array([b.sum(), c.sum(), 200.0])
    assert weighted_pairs(sums, sums, 200) == pytest.approx(199.0)
    assert clustered_pairs(b, c, n, 200) == pytest.approx(199.0, rel=0.02)
    assert weighted_pairs(np.array([0, 0, 200.0]), np.array([0, 0, 400.0]), 200) == pytest.approx(100.0)
    assert (weighted_pairs(np.zeros(3), np.zeros(3), 0), clustered_pairs(b * 0, c * 0, n * 0, 0)) == (0.0, 0.0)
    assert p_paired(3, 3, 10) == 1.0
    assert p_paired(12, 3, 100) == pytest.approx(mcnemar(12, 3).p_asymptotic)


def test_rows_that_the_baseline_did_not_decide_stop_the_audit_or_are_counted():
    table = TABLE.assign(old=TABLE.old.astype(object).where(TABLE.index % 10 > 0, None))
    with pytest.raises(DataError, match=r"baseline missing in 300 rows; .* data\.baseline\.unusable: exclude"):
        run(table=table)
    data = {**DATA, "baseline": {"column": "old", "favorable": 1, "unusable": "exclude"}}
    result = run(table=table, data=data)
    assert result.rows.unusable_because == {"baseline missing": 300}
    assert result.findings == run(table=TABLE[TABLE.index % 10 > 0]).findings


def test_periods_scores_and_probabilities_are_counted_beside_a_baseline(monkeypatch):
    draw = np.random.default_rng(4)
    table = TABLE[:400].assign(score=draw.random(400).round(1), p=draw.random(400).round(0))
    table["q"] = 1 - table.p
    table["old"] = table.old.astype(object).where(table.index % 10 > 0, None)
    data = {
        **DATA, "baseline": {"column": "old", "favorable": 1, "unusable": "exclude"}, "time": "t", "model_version": "w",
        "score": {"column": "score", "favorable": "above"},
    }  # fmt: skip
    attributes = {"g": {"column": "g"}, "h": {"probabilities": {"p": "p", "q": "q"}}}
    rules = [
        {**CHANGE, "of": ["g"]},
        rule(),
        rule(id="auc", metric="roc_auc", compare="value", require=">= 0.1", of=["g"]),
    ]
    policy = law(*rules, data=data, attributes=attributes)
    result = audit.run(policy, table, as_of=DAY)
    known = law(*rules[::2], data=data)
    assert confirm(known, table, audit.run(known, table, as_of=DAY)).largest < 1e-12
    assert result.rows.analysed == 360
    assert {row.n for row in result.scores if row.group == "A"} == {row.n for row in result.groups if row.group == "A"}
    alone = run(
        {**CHANGE, "of": ["g"]}, table=table[table.t == "2026-01-02"], data={**DATA, "baseline": data["baseline"]}
    )
    january = audit.run(policy, table, as_of=DAY, only={"period": "2026-01"})
    assert (
        of(replace(january, findings=tuple(f for f in january.findings if f.rule == "no-worse")), "B").value
        == of(alone, "B").value
    )
    monkeypatch.setattr(layout, "MOST_TOGETHER", 5)
    assert audit.run(policy, table, as_of=DAY).baseline == result.baseline


def test_small_cells_of_counts_can_be_withheld():
    counts = count_table(law(), TABLE)[0]
    assert countfile.withheld(counts, 40).read == counts.read


def test_counts_without_a_baseline_are_as_they_were():
    plain = {key: DATA[key] for key in ("decision", "outcome")}
    counts = count_table(law(rule(), data=plain), TABLE)[0]
    assert "baseline" not in counts.tables[0].cells
    assert counts.plan != count_table(law(rule()), TABLE)[0].plan


def test_missing_outcomes_and_unknown_groups_are_accounted_for():
    table = TABLE.assign(
        y=TABLE.y.astype(object).where(TABLE.index % 7 > 0, None), g=TABLE.g.where(TABLE.index % 11 > 0, None)
    )
    data = {**DATA, "outcome": {"column": "y", "favorable": 1, "unusable": "exclude"}}
    result = run(CHANGE, rule(), table=table, data=data)
    assert of(replace(result, findings=result.findings[:2]), "B").unknown is None
    assert result.findings[2].unknown is not None
    known = table.dropna()
    assert {r.group: r.n for r in result.baseline if r.group_key} == known.g.value_counts().to_dict()
    grouped = run(CHANGE, table=table.dropna(subset=["y"]), groups={"unknown": "group"})
    assert "(unknown)" in {found.group for found in grouped.findings}


# ---- refused with a reason -------------------------------------------------------------------------------------------

_REFUSED = [
    ({"metric": "precision"}, "precision is no rate of the same records under both models"),
    ({"metric": "base_rate"}, "base_rate is no rate of the same records under both models"),
    ({"reference": "overall"}, "a change is that of two separate groups"),
    ({"reference": "lowest"}, "the one that is worst off would be the reference"),
    ({"harm": "high"}, "write 'reference: lowest'"),
    ({"metric": ["true_positive_rate", "false_negative_rate"]}, "write 'reference: lowest'"),
    ({"test": "fisher"}, "a named test compares two rates"),
    ({"judge": "point_and_test"}, "a named test compares two rates"),
    ({"require": ">= 0.1"}, "write it as '<= 0.02'"),
    ({"require": "<= 2"}, "could never fail"),
    ({"decision": {"is": 1}}, "the baseline is read as the data part says"),
    ({"of": ["h"]}, "which do not say whose decision changed"),
    ({"given": "f"}, "leave 'given' out"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), _REFUSED)
def test_what_a_change_cannot_be_asked_is_refused_and_said_why(change, words):
    data = {**DATA, "decision": {"column": "d", "favorable": 1, "otherwise": 0}}
    attributes = {"g": {"column": "g"}, "h": {"probabilities": {"p": "p", "q": "q"}}}
    asked = {**CHANGE, "of": ["g"], **change}
    factors = {"f": {"column": "t", "legitimate": "they chose it"}}
    assert words in refused(asked, data=data, attributes=attributes, factors=factors)


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        ({"decision": DATA["decision"]}, {}, "the data part names none"),
        ({**DATA, "baseline": {"column": "d", "favorable": 1}}, {}, "nothing would have changed"),
        ({**DATA, "baseline": {"column": "old", "adverse": 1}}, {}, "name the favorable side of the baseline"),
        (
            {"score": {"column": "s", "favorable": "above"}, "baseline": DATA["baseline"]}, {},
            "a baseline is compared with a decision, and none is named",
        ),
        (DATA, {"groups": {"unknown": "bound"}}, "of changes against a baseline no such bounds are known"),
    ],
)  # fmt: skip
def test_a_baseline_that_cannot_be_is_refused(data, changes, words):
    assert words in refused(data=data, **changes)


def test_a_change_is_not_planned_and_the_plan_says_why():
    from audit.judging.assumed import Assumed
    from audit.planning import plan

    rates = {("g", "selection_rate"): {"A": 0.5, "B": 0.45}}
    found = plan(
        law(CHANGE, rule()), Assumed(rates=rates, shares={}, base_rates={}, base_rate=None, power=0.8, records=None)
    )
    (note,) = found.notes
    assert note.endswith("it compares with a baseline, and how often two models differ is not known before.")


# ---- reports ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def result():
    return run()


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_reports_tell_all_numbers_of_both_models(result, form):
    text = FORMATS[form].write(result, Options()).decode()
    assert "Against the baseline" in text
    row = next(row for row in result.baseline if row.group == "B").metrics["selection_rate"]
    for number in (f"{row.value:.1%}", f"{row.baseline:.1%}", f"{row.gained}", f"{row.lost}"):
        assert number in text
    assert "to its disadvantage against that of A" in text
    plain = FORMATS[form].write(run(rule(), data={k: DATA[k] for k in ("decision", "outcome")}), Options()).decode()
    assert "Against the baseline" not in plain


def test_the_method_and_the_settings_of_a_change_are_told(result):
    assert any("Tango" in note for note in result.method.notes)
    assert any("McNemar" in note for note in result.method.notes)
    assert result.rules[0].title == (
        "Selection rate, change since the baseline of the distance to the highest group: <= 0.02"
    )


def test_a_sentence_in_german_has_the_same_numbers(result):
    text = FORMATS["html"].write(result, Options(language="de")).decode()
    found = of(result, "B").change.group
    assert f"{found.baseline * 100:.1f}".replace(".", ",") in text


def test_a_public_rendering_keeps_what_changed_and_who(result):
    policy = law(disclosure={"min_cell": 11})
    whole = audited(policy, TABLE, as_of=DAY).result
    public = rendered(whole, "public")
    assert public.baseline == ()
    assert {found.verdict for found in public.findings} == {Verdict.WITHHELD}
    text = to_json(public)
    assert '"gained"' not in text
    assert public.rules[0].verdict == whole.rules[0].verdict


def test_the_pdf_has_the_section(result):
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(FORMATS["pdf"].write(result, Options()))).pages)
    assert "Against the baseline" in text
    assert f"{result.baseline[0].metrics['selection_rate'].baseline:.1%}" in text


# ---- how often it errs -----------------------------------------------------------------------------------------------


def changes_drawn(margin, n, audits, seed):
    """Contrasts of audits in which a group of n has lost `margin` more of its rate than the reference of 2n."""
    draw = np.random.default_rng(seed)
    kinds = {n: (0.04, 0.04 + margin), 2 * n: (0.06, 0.06)}  # gained, and lost
    drawn = [draw.multinomial(size, [b, c, 1 - b - c], audits).T for size, (b, c) in kinds.items()]
    (gained1, lost1, _), (gained2, lost2, _) = (side.astype(float) for side in drawn)
    sizes = [np.full(audits, float(size)) for size in kinds]
    return PairedChanges(gained1=gained2, lost1=lost2, n1=sizes[1], gained2=gained1, lost2=lost1, n2=sizes[0])


def test_at_the_margin_a_change_is_wrongly_failed_or_passed_about_as_often_as_stated():
    low, high = changes_drawn(0.02, 500, 2000, seed=3).limits(0.025)
    assert 0.01 <= (low > 0.02).mean() <= 0.04
    assert 0.01 <= (high < 0.02).mean() <= 0.04


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 300, 3000])
@pytest.mark.parametrize("margin", [0.0, 0.02, 0.1])
def test_the_interval_of_a_change_leaves_out_what_it_says(n, margin):
    low, high = changes_drawn(margin, n, 20_000, seed=5).limits(0.025)
    assert 0.015 <= (low > margin).mean() <= 0.035
    assert 0.015 <= (high < margin).mean() <= 0.035


def test_p_values_of_a_change_are_small_exactly_where_its_limits_exclude_a_bound():
    some = changes_drawn(0.05, 80, 60, seed=7)
    for tail in (0.2, 0.025, 0.001):
        low, high = some.limits(tail)
        for bound in (0.0, 0.03, -0.04):
            assert ((some.p_above(bound) <= tail) == (low > bound)).all()
            assert ((some.p_below(bound) <= tail) == (high < bound)).all()
    nobody = PairedChanges(**{name: np.zeros(1) for name in ("gained1", "lost1", "n1", "gained2", "lost2", "n2")})
    assert nobody.limits(0.025) == (-2.0, 2.0)
    assert np.isnan(nobody.p_above(0.0)).all()
