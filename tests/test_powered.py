"""Power in findings: what the data could have shown, and how many more records settle what is open; by simulation."""

from __future__ import annotations

import time

import numpy as np
import pytest

import audit
from audit.groups.population import population
from audit.judging.adjust import decided
from audit.judging.powered import with_power
from audit.judging.weigh import weigh
from audit.result.records import PowerNote
from audit.values import Verdict
from audit.words import power_words
from tests.making import counts_of, policy_of, rule, selected


def found_of(written, groups, **changes):
    return audit.run(policy_of(written, **changes), selected(**groups))


def share_settled(written, rates, sizes, times):
    """How often audits of groups of these sizes and rates reach a verdict about all."""
    policy, draw = policy_of(written), np.random.default_rng(3)
    (law,) = policy.rules
    settled = 0
    for _ in range(times):
        hits = [int(draw.binomial(n, rate)) for n, rate in zip(sizes, rates, strict=True)]
        cells = {f"g{i}": {"tp": x, "fn": n - x} for i, (x, n) in enumerate(zip(hits, sizes, strict=True))}
        people = population(counts_of(cells), policy)
        (block,), _ = decided([weigh(law, law.metrics[0], ("g",), people, policy)], policy.statistics)
        pieces = [block.evidence[place] for place in block.places]
        settled += all(p.deciding.inside(law.region) or p.deciding.outside(law.region) for p in pieces)
    return settled / times


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("written", "groups"),
    [
        pytest.param(
            rule(compare="difference", require="<= 0.1"),
            {"g0": (150, 300), "g1": (141, 300)},
            marks=pytest.mark.slow,
        ),
        (rule(), {"g0": (300, 600), "g1": (220, 600)}),
        (rule(compare="max_gap", require="<= 0.1"), {"g0": (100, 200), "g1": (92, 200), "g2": (97, 200)}),
    ],
)
def test_so_many_more_records_would_settle_it(written, groups):
    result = found_of(written, groups)
    (finding,) = [found for found in result.findings if found.verdict is Verdict.INCONCLUSIVE]
    note = finding.power
    assert note.toward in ("pass", "fail")
    total = sum(n for _, n in groups.values())
    assert note.further == pytest.approx(total * (note.factor - 1), abs=1)
    sizes = [round(n * note.factor) for _, n in groups.values()]
    reached = share_settled(written, [x / n for x, n in groups.values()], sizes, 300)
    assert reached == pytest.approx(note.power, abs=0.05 + 3 * np.sqrt(0.16 / 300))
    more = power_words.records(note.further)
    assert f"About {more} in this mix would likely settle it." in finding.because
    assert any(step.startswith(f"Collect about {more} before relying on r") for step in result.next_steps)


def test_what_could_have_been_shown_is_named_for_every_comparison():
    result = found_of(rule(compare="difference", require="<= 0.05"), {"A": (50, 100), "B": (49, 100), "C": (90, 100)})
    for finding in result.findings:
        assert finding.power.detectable_low < -0.05
        assert finding.power.detectable_high is None or finding.power.detectable_high > 0.05


def test_more_in_the_group_alone_is_named_where_it_is_the_smaller_one():
    result = found_of(rule(reference={"fixed": "A"}), {"A": (500, 1000), "B": (25, 80)})
    (finding,) = result.findings
    note = finding.power
    assert note.further_in_group < note.further
    assert note.further_alone is not None
    assert note.further_in_group <= note.further_alone < note.further


def test_positives_are_told_in_records():
    policy = policy_of(rule(metric="true_positive_rate", compare="difference", require="<= 0.1"))
    one = {name: {"tp": tp, "fn": 100 - tp, "tn": 300} for name, tp in (("A", 50), ("B", 49))}
    few = {name: {**cells, "tn": 0} for name, cells in one.items()}
    notes = []
    for cells in (one, few):
        people = population(counts_of(cells), policy)
        blocks, tails = decided(
            [weigh(policy.rules[0], "true_positive_rate", ("g",), people, policy)], policy.statistics
        )
        (block,) = with_power(blocks, tails, policy.statistics)
        notes.append(block.evidence[0].power)
    assert notes[0].factor == notes[1].factor
    assert notes[0].further == pytest.approx(4 * notes[1].further, abs=4)


def test_settled_findings_and_rules_judged_by_the_value_ask_for_no_more():
    groups = {"A": (500, 1000), "B": (495, 1000)}
    (passed,) = found_of(rule(), groups).findings
    assert passed.verdict is Verdict.PASS
    assert (passed.power.further, passed.power.toward) == (None, None)
    (point,) = found_of(rule(judge="point"), groups).findings
    assert point.power is None


def test_at_the_limit_and_near_to_it_no_number_is_named():
    (at,) = found_of(rule(), {"A": (500, 1000), "B": (400, 1000)}).findings
    assert at.power.reason == "at_the_limit"
    assert "which no number of records settles" in at.because
    (near,) = found_of(rule(), {"A": (5000, 10000), "B": (4001, 10000)}).findings
    assert (near.power.factor, near.power.further, near.power.further_in_group) == (None, None, None)
    assert (near.power.toward, near.power.reason) == ("pass", "near_the_limit")
    assert "over 1,000 times as many records" in near.because


def test_no_disparity_is_detectable_beyond_a_reference_that_is_the_highest_or_the_lowest():
    compared = {"compare": "difference", "require": "<= 0.05"}
    kinds = ("highest", "lowest", "largest")
    rules = [rule(id=kind, reference=kind, **compared) for kind in kinds]
    result = audit.run(policy_of(*rules), selected(A=(500, 1000), B=(480, 900)))
    found = {one.rule: one.power for one in result.findings}
    assert [(found[kind].detectable_low is None, found[kind].detectable_high is None) for kind in kinds] == [
        (False, True),
        (True, False),
        (False, False),
    ]


def test_scores_have_further_data_and_no_smallest_disparity():
    from tests.making import table_of

    cells = {"A": {"tp": 40, "fp": 10, "fn": 12, "tn": 60}, "B": {"tp": 35, "fp": 14, "fn": 15, "tn": 55}}
    result = audit.run(policy_of(rule(metric="f1", compare="difference", require="<= 0.1")), table_of(**cells))
    (finding,) = result.findings
    assert finding.power.not_detectable == "not_of_pairs"
    assert finding.power.further > 0


@pytest.mark.parametrize(("n", "rounded"), [(0, 0), (7, 7), (99, 99), (101, 110), (1283, 1300), (1300, 1300)])
def test_plans_are_rounded_up_to_two_figures(n, rounded):
    assert power_words.about(n) == rounded


def test_one_more_record_is_one_record():
    assert power_words.records(1) == "1 more record"
    assert power_words.further_words(None) == ""
    assert power_words.further_words(PowerNote(power=0.8, reason="undefined")) == ""


@pytest.mark.no_cover
def test_the_power_of_thousands_of_findings_takes_a_moment():
    draw = np.random.default_rng(1)
    rules = [
        rule(id=f"r{i}", compare=("difference", "ratio")[i % 2], require=("<= 0.05", ">= 4/5")[i % 2])
        for i in range(20)
    ]
    policy = policy_of(*rules)
    cells = {}
    for i in range(122):
        n = int(draw.integers(200, 4000))
        hits = int(draw.binomial(n, 0.45))
        cells[f"g{i}"] = {"tp": hits, "fn": n - hits}
    people = population(counts_of(cells), policy)
    weighed = [weigh(law, "selection_rate", ("g",), people, policy) for law in policy.rules]
    blocks, tails = decided(weighed, policy.statistics)
    start = time.process_time()
    powered = with_power(blocks, tails, policy.statistics)
    assert sum(piece.power is not None for block in powered for piece in block.evidence) == 2420
    assert time.process_time() - start < 1.5  # about 0.25 on a quiet machine
