"""Scores are counted the same everywhere, add up, and give what scikit-learn and numpy make of the rows."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from audit.counts import countfile, scores
from audit.counts.celltable import POWERS, SUMS, CellTable, summed
from audit.counts.counts import MOST_CELLS
from audit.counts.scores import BINS, MOST_DISTINCT, ScoreCounts
from audit.errors import DataError
from audit.groups import scoring
from audit.groups.measure import measure
from audit.groups.people import everyone, people
from audit.groups.scoring import score_groups
from audit.metrics import METRICS
from audit.scanning import scan
from audit.sources.source import open_table
from audit.stats.auc import auc
from audit.values import AttributeColumn, BinaryColumn, Plan, ScoreRange, WeightColumn
from tests.engines import HERE, SQLITE, Opened, opened, plain

PLACES = (*HERE, SQLITE, "postgres", "spark parquet")
G, H = (AttributeColumn(name=name, column=name) for name in "gh")
OUTCOME = BinaryColumn(role="outcome", column="y", positive=("yes",), unusable="exclude")
DECISION = BinaryColumn(role="decision", column="d", positive=("1",))


def plan_of(column="s", **changes):
    """A plan that counts a score by `g`, with all that may be known of it, excluding what is no score."""
    score = ScoreRange(column=column, median=True, unusable="exclude")
    of = ("low", "high", "falling", "distribution", "median")
    score = replace(score, **{name: changes.pop(name) for name in of if name in changes})
    known = {"attributes": (G,), "decision": DECISION, "outcome": OUTCOME, "scored": (("g",),), "crossings": (("g",),)}
    return Plan(**{**known, "score": score, **changes})


def counted(table, plan):
    place = table if isinstance(table, Opened) else Opened(table)
    with open_table(place.table, scan.columns(plan), engine=place.engine) as source:
        return scan.count(source, plan)


def odd_rows():
    """Few scores and many, with everything that engines read differently."""
    draw, n = np.random.default_rng(7), 6_500
    age = draw.choice([-0.0, 0.0, 0.1, 0.30000000000000004, 0.3, 1.0, 1.0000000000000002, -1e-300, np.nan, np.inf], n)
    texts = [" 1e-1 ", "0.1", "x", "", None, "nan", "1", "1.0", "-0", "+.5", "1,5", "inf"]
    return pd.DataFrame(
        {
            "g": draw.choice(np.array(["A", "B", None], dtype=object), n),
            "h": draw.integers(-2, 103, n),
            "age": age,
            "d": draw.integers(0, 2, n),
            "w": np.round(draw.random(n) * 1.2, 9),
            "k": draw.integers(0, 4, n),
            "y": draw.choice(np.array(["yes", "no", None], dtype=object), n, p=[0.5, 0.45, 0.05]),
            "s": draw.choice(np.array(texts, dtype=object), n),
        }
    )


TABLE = odd_rows()


@pytest.fixture(scope="module", params=PLACES)
def table(request, tmp_path_factory):
    """The table in each of the places where it can be counted."""
    with opened(request.param, TABLE, tmp_path_factory.mktemp("place")) as found:
        yield found


# ---- the same everywhere -------------------------------------------------------------------------------------------


def brute(column, low, high):
    """Rows by group, outcome and score, straight from Python; None for a score that is none."""
    found: dict[tuple[str | None, str | None, float | None], int] = {}
    for g, y, raw in plain(TABLE[["g", "y", column]]):
        try:
            score = float(raw) if raw is not None else np.nan
        except ValueError:
            score = np.nan
        key = (g, {"yes": "positive", "no": "negative"}.get(y), score if low <= score <= high else None)
        found[key] = found.get(key, 0) + 1
    return {key: n for key, n in found.items() if key[1] is not None and key[2] is not None}


@pytest.mark.parametrize(("column", "low", "high"), [("age", 0, 1), ("h", 0, 100), ("s", 0, 1)])
def test_few_scores_are_counted_the_same_everywhere(table, column, low, high):
    plan = plan_of(column, low=float(low), high=float(high))
    found = counted(table, plan)
    assert countfile.to_json(found) == countfile.to_json(counted(TABLE, plan))
    assert found.scores.bins == 0
    cells = found.scores.tables[0].usable()
    assert {tuple(row) for row in cells[["@g", "label", "score", "n"]].itertuples(index=False)} == {
        (g, label, score, n) for (g, label, score), n in brute(column, low, high).items()
    }
    assert not np.signbit(cells["score"]).any()
    assert sum(found.scores.tables[0].unusable().values()) + cells["n"].sum() == len(TABLE)


def test_many_scores_are_in_the_same_bins_everywhere(table):
    found, wanted = counted(table, plan_of("w")).scores, counted(TABLE, plan_of("w")).scores
    assert found.bins == wanted.bins == BINS
    for one, other in zip((*found.tables, *found.near), (*wanted.tables, *wanted.near), strict=True):
        sums = [name for name in POWERS if name in other.cells]
        assert one.cells.drop(columns=sums).equals(other.cells.drop(columns=sums))
        assert one.cells[sums].to_numpy() == pytest.approx(other.cells[sums].to_numpy(), rel=1e-12, abs=1e-14)
    known = TABLE[TABLE["y"].notna() & (TABLE["w"] <= 1)]
    assert found.median() == np.median(known["w"])


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "parquet"])
def test_singles_keep_the_score_that_was_written(kind, tmp_path):
    rows = pd.DataFrame({"g": "A", "d": 1, "y": "yes", "s": np.array([0.62, 0.1, 1e-8, 1, -0.0], dtype="float32")})
    if kind in ("polars", "arrow"):
        pl = pytest.importorskip("polars")
        frame = pl.DataFrame({name: rows[name].to_numpy() for name in rows})
        assert frame["s"].dtype == pl.Float32
        found = counted(frame if kind == "polars" else frame.to_arrow(), plan_of())
    else:
        with opened(kind, rows, tmp_path) as place:
            found = counted(place, plan_of())
    assert found.scores.tables[0].cells["score"].tolist() == [0.0, 1e-8, 0.1, 0.62, 1.0]


@pytest.mark.parametrize(("distinct", "bins"), [(MOST_DISTINCT, 0), (MOST_DISTINCT + 1, BINS)])
@pytest.mark.parametrize("missing", [0, 3])
def test_up_to_five_thousand_distinct_scores_are_exact(distinct, bins, missing):
    values = np.r_[np.arange(distinct) / 10_000, np.full(missing, np.nan)]
    found = counted(pd.DataFrame({"g": "A", "d": 1, "y": "yes", "s": values}), plan_of())
    assert found.scores.bins == bins


def test_many_scores_after_a_constant_beginning_are_binned_all_the_same():
    values = np.r_[np.full(25_000, 0.5), np.random.default_rng(3).random(30_000)]
    rows = duckdb.from_df(pd.DataFrame({"g": "A", "d": 1, "y": "yes", "s": values}))
    with open_table(rows, scan.columns(plan_of())) as source:
        layout = scan.prepare(source, plan_of())
        assert "score_value" in layout.groupings[1].keys  # misled
        for most_cells in (MOST_CELLS, 20_000):  # put into bins afterwards, or by the engine
            found = scan.count(source, plan_of(), layout, most_cells=most_cells).scores
            assert (found.bins, found.median()) == (BINS, np.median(values))
            assert found.tables[0].cells["n"].sum() == len(values)


def test_sums_of_powers_do_not_depend_on_the_order_of_the_rows():
    plan = plan_of("w", attributes=(replace(G, merge=dict.fromkeys("ABCDEF", "all")),))
    rows = TABLE.assign(g=np.random.default_rng(5).choice(list("ABCDEF"), len(TABLE)))
    found = counted(rows, plan)
    assert set(POWERS) <= set(found.scores.tables[0].cells)
    for seed in range(3):
        assert countfile.to_json(counted(rows.sample(frac=1, random_state=seed), plan)) == countfile.to_json(found)


def test_notes_speak_of_all_rows_and_not_of_those_around_the_median():
    values = np.random.default_rng(1).random(12_001)
    rows = pd.DataFrame({"g": "A", "d": 1, "y": np.where(values > 0.9, "yes", "no"), "s": values})
    assert counted(rows, plan_of()).notes == ()


# ---- parts and wholes ----------------------------------------------------------------------------------------------

FINE, COARSE = np.random.default_rng(11).random(14_000), np.random.default_rng(12).integers(0, 40, 14_000) / 40


def part(values, seed):
    draw, n = np.random.default_rng(seed), len(values)
    columns = {"g": draw.choice(["A", "B"], n), "d": 1, "y": draw.choice(["yes", "no"], n), "s": values}
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("first", "second", "bins"),
    [
        (COARSE[:900], COARSE[900:2000], 0),
        (COARSE[:2000], FINE[:7000], BINS),
        (FINE[:7000], FINE[7000:], BINS),
        (FINE[:4000], FINE[4000:8000], BINS),
    ],
    ids=["exact and exact", "exact and binned", "binned and binned", "exact and exact beyond the limit"],
)
def test_parts_add_to_the_whole(first, second, bins, tmp_path):
    tables = part(first, 1), part(second, 2)
    one, other = (counted(table, plan_of()) for table in tables)
    whole, rows = counted(pd.concat(tables), plan_of()), pd.concat(tables)
    both = one + other
    assert both.scores.bins == whole.scores.bins == bins
    found, wanted = both.scores.tables[0].cells, whole.scores.tables[0].cells
    exact = [name for name in wanted if name not in POWERS]
    assert found[exact].equals(wanted[exact])
    powers = [name for name in POWERS if name in wanted]
    assert found[powers].to_numpy() == pytest.approx(wanted[powers].to_numpy(), rel=1e-12, abs=1e-13)
    assert whole.scores.median() == np.median(rows["s"])
    assert both.scores.median() in (None, np.median(rows["s"]))
    assert countfile.to_json(other + one) == countfile.to_json(both)
    for counts in (whole, both):
        countfile.save(counts, tmp_path / "a.counts")
        assert countfile.to_json(countfile.load(tmp_path / "a.counts")) == countfile.to_json(counts)


def test_the_sum_of_exact_and_binned_counts_knows_its_median_where_the_bins_tell():
    even = np.r_[np.full(5, 0.1), np.full(5, 0.9)]
    one, other = counted(part(even, 1), plan_of()), counted(part(FINE, 2), plan_of())
    assert (one + other).scores.median() == np.median(np.r_[even, FINE])


# ---- metrics -------------------------------------------------------------------------------------------------------


def rows_of(values, seed=4):
    draw, n = np.random.default_rng(seed), len(values)
    return pd.DataFrame(
        {
            "g": draw.choice(["A", "B", "C"], n),
            "h": draw.choice(["x", "z"], n),
            "d": draw.integers(0, 2, n),
            "y": np.where(draw.random(n) < values, "yes", "no"),
            "s": values,
            "k": draw.integers(0, 5, n),
            "w": draw.uniform(0.2, 30, n),
        }
    )


WEIGHTS = {
    None: None,
    "frequency": WeightColumn(column="k", kind="frequency"),
    "sampling": WeightColumn(column="w", kind="sampling"),
}


def repeated(rows, kind):
    """Rows and their weights, for libraries that know weights or do not."""
    if kind == "frequency":
        return rows.loc[rows.index.repeat(rows["k"])], None
    return rows, rows["w"].to_numpy() if kind == "sampling" else None


def weighted_median(values, weights):
    """The smallest value that half of the weight does not exceed."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return values[order][np.searchsorted(reached, reached[-1] / 2)]


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("values", [COARSE[:3000], FINE[:9000]], ids=["exact", "binned"])
@pytest.mark.parametrize("names", [("g",), ("g", "h")])
def test_metrics_of_scores_are_those_of_the_rows(values, kind, names):
    rows, plan = rows_of(values), plan_of(attributes=(G, H), scored=(("g", "h"),), weight=WEIGHTS[kind])
    counts = counted(rows, plan)
    every, weights = repeated(rows, kind)
    median = np.median(every["s"]) if weights is None else weighted_median(every["s"].to_numpy(), weights)
    assert counts.scores.median() == median
    for group in [*people(counts, names), everyone(counts)]:
        chosen = np.logical_and.reduce([every[name] == value for name, value in group.key.items()])
        mine = every[chosen] if group.key else every
        weight = None if weights is None else weights[chosen if group.key else slice(None)]
        positive, score = (mine["y"] == "yes").to_numpy(), mine["s"].to_numpy()

        def value(name, group=group):
            return measure(METRICS[name], group, sampled=kind == "sampling").value

        wanted = roc_auc_score(positive, score, sample_weight=weight)
        found = auc(group.scores.histogram)
        assert abs(float(found.value[0]) - wanted) <= float(found.error[0]) + 1e-12
        assert (found.error[0] > 0) == (counts.scores.bins > 0)
        assert value("mean_score") == pytest.approx(np.average(score, weights=weight), rel=1e-12)
        assert value("brier_score") == pytest.approx(brier_score_loss(positive, score, sample_weight=weight), rel=1e-11)
        error = np.average(positive - score, weights=weight)
        assert value("calibration_in_the_large") == pytest.approx(error, abs=1e-12)
        assert float(value("scoring_rate")) == pytest.approx(np.average(score > median, weights=weight), rel=1e-12)
        own = np.median(score) if weight is None else weighted_median(score, weight)
        assert abs(value("median_score") - own) <= counts.scores.width / 2 + 1e-15
        assert group.scores.rows == len(mine)


def test_only_sums_are_counted_where_nothing_else_is_asked_for():
    rows = rows_of(FINE[:9000])
    counts = counted(rows, plan_of(distribution=False, median=False))
    assert len(counts.scores.tables[0].cells) == 6  # three groups, two outcomes
    for group in people(counts, ["g"]):
        mine = rows[rows["g"] == group.name]
        found = measure(METRICS["mean_score"], group, sampled=False)
        assert found.value == pytest.approx(mine["s"].mean(), rel=1e-13)
        assert measure(METRICS["roc_auc"], group, sampled=False).reason == "not_counted"
    assert (counts + counts).scores.tables[0].cells["s1"].sum() == pytest.approx(2 * rows["s"].sum())


def test_too_many_groups_by_scores_are_refused_before_memory_is_full(monkeypatch):
    counts = counted(rows_of(COARSE[:3000]), plan_of())
    monkeypatch.setattr(scoring, "MOST_NUMBERS", 100)
    with pytest.raises(DataError, match=r"3 groups by 40 scores would not fit into memory"):
        people(counts, ["g"])


# ---- the median of all, whatever the bins --------------------------------------------------------------------------


def scores_of(values, groups=None, *, weights=None):
    """Exact counts of scores, made without an engine."""
    n = len(values)
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    cells = pd.DataFrame(
        {
            "@g": pd.Series(groups if groups is not None else ["A"] * n, dtype=object),
            "label": pd.Series([None] * n, dtype=object),
            "unusable": pd.Series([None] * n, dtype=object),
            "score": np.asarray(values, dtype=float),
            **dict(zip(SUMS, (np.ones(n), weight, weight), strict=True)),
        }
    )
    table = CellTable(attributes=("g",), cells=summed(cells))
    return ScoreCounts(low=0.0, high=1.0, bins=0, distribution=True, tables=(table,))


VALUES = st.lists(st.integers(0, 16).map(lambda x: x / 16), min_size=1, max_size=30)


@settings(max_examples=25)
@given(values=VALUES, bins=st.sampled_from([1, 2, 3, 5, 8]), data=st.data())
def test_the_median_and_who_lies_above_it_are_exact_in_bins(values, bins, data):
    groups = data.draw(st.lists(st.sampled_from("AB"), min_size=len(values), max_size=len(values)))
    found = scores_of(values, groups).binned(bins)
    assert found.median() == np.median(values)
    for (name,), group in score_groups(found, ["g"], weighted=None).items():
        mine = [value for value, g in zip(values, groups, strict=True) if g == name]
        assert group.above[0] == sum(value > np.median(values) for value in mine)


@settings(max_examples=25)
@given(parts=st.lists(st.tuples(VALUES, st.booleans()), min_size=2, max_size=3), bins=st.sampled_from([2, 3, 5]))
def test_the_median_of_merged_counts_is_exact_or_hidden(parts, bins):
    assume(any(binned for _, binned in parts))
    made = [scores_of(values).binned(bins) if binned else scores_of(values) for values, binned in parts]
    found, every = sum(made[1:], made[0]), np.concatenate([values for values, _ in parts])
    assert found.median() in (None, np.median(every))
    [group] = score_groups(found, ["g"], weighted=None).values()
    assert (group.above is None) == (found.median() is None)
    if group.above is not None:
        assert group.above[0] == (every > np.median(every)).sum()


@settings(max_examples=15)
@given(values=VALUES, bins=st.sampled_from([0, 2, 3, 5]), data=st.data())
def test_a_weight_repeats_its_row_in_the_median(values, bins, data):
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    found = scores_of(values, weights=weights)
    found = found.binned(bins) if bins else found
    every = np.repeat(values, weights)
    assert found.median() == (np.median(every) if len(every) else None)


def test_the_two_middle_rows_may_lie_in_bins_far_apart():
    found = scores_of([0.1, 0.1, 0.9, 0.9]).binned(10)
    assert found.median() == 0.5
    [group] = score_groups(found, ["g"], weighted=None).values()
    assert group.above[0] == 2


def test_rows_beside_the_middle_bin_are_not_counted_twice():
    first, second = scores_of([0.1, 0.9]).binned(4), scores_of([0.1, 0.9, 0.95]).binned(4)
    both = scores_of([0.1, 0.9]).binned(4) + scores_of([0.1, 0.9]).binned(4)
    assert both.median() == 0.5
    moved = first + second
    assert moved.median() in (None, 0.9)


def test_the_scores_of_one_period_have_their_own_median(monkeypatch):
    rows = pd.concat([rows_of(FINE[:9000]).assign(v="old"), rows_of(FINE[9000:] / 2, 5).assign(v="new")])
    counts = counted(rows, plan_of(version="v"))
    for name, mine in rows.groupby("v"):
        assert counts.only("version", name).scores.median() in (None, np.median(mine["s"]))
    few = counted(rows.assign(s=rows["s"].round(2)), plan_of(version="v"))
    for name, mine in rows.groupby("v"):
        assert few.only("version", name).scores.median() == np.median(mine["s"].round(2))
    monkeypatch.setattr(scores, "MOST_DISTINCT", 50)
    assert few.scores.settled().bins == BINS


def test_falling_scores_are_turned_around():
    rows = rows_of(COARSE[:3000])
    counts = counted(rows.assign(s=1 - rows["s"]), plan_of(falling=True))
    for group in people(counts, ["g"]):
        mine = rows[rows["g"] == group.name]
        found = measure(METRICS["roc_auc"], group, sampled=False).value
        # A low score speaks for the positive outcome, so ranking is that of the score turned around.
        assert found == pytest.approx(roc_auc_score(mine["y"] == "yes", mine["s"]), abs=1e-12)
