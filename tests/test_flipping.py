"""What one decision would do: the guidelines' own example, and every single decision tried."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit.values import Verdict
from tests.making import policy_of, rule, selected

DECISION = {"decision": {"column": "d", "favorable": 1, "otherwise": [0]}}


def judged(table, *rules, **changes):
    return audit.run(policy_of(*rules, groups={"min_count": 1}, data=changes.pop("data", DECISION), **changes), table)


def test_the_example_of_question_21_reverses_with_one_person():
    [found] = judged(selected(White=(16, 80), Black=(3, 20)), rule(judge="point")).findings
    assert found.value == pytest.approx(0.75)
    assert found.verdict == Verdict.FAIL
    assert (found.flip.by_one_decision, found.flip.reverses) == (True, True)
    assert (found.flip.changes, found.flip.swaps) == (1, 1)  # 4 of 20 is four fifths of 16 of 80 and more
    assert found.flip.words in found.because
    assert "1 more selection of Black would meet the limit." in found.because


def test_the_example_of_question_12_needs_eight_more_and_no_one_person_helps():
    # 48 of 80 against 12 of 40: the pooled shortfall is 8; to reach four fifths of the reference's rate, 7.2 are short
    [found] = judged(selected(White=(48, 80), Black=(12, 40)), rule()).findings
    assert found.flip.changes == 8
    assert (12 + 7) / 40 < 0.8 * 48 / 80 <= (12 + 8) / 40
    assert found.flip.by_one_decision is False
    assert found.verdict == Verdict.FAIL
    assert found.flip.equalises == 12
    assert "8 more selections of Black would meet the limit. 12 more would equal the rate of White." in found.because


counts = st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=25)
@given(counts, counts, st.sampled_from(["ratio", "difference"]))
def test_every_single_decision_was_tried_and_the_fewest_changes_are_found(first, second, compare):
    require, low = (">= 4/5", None) if compare == "ratio" else ("<= 0.2", -0.2)
    found = judged(
        selected(A=first, B=second), rule(compare=compare, require=require, reference={"fixed": "B"})
    ).findings[0]

    def meets(x1, x2):
        if compare == "difference":
            return -20 * first[1] * second[1] <= 100 * (x1 * second[1] - x2 * first[1]) <= 20 * first[1] * second[1]
        return x1 * 5 * second[1] >= 4 * x2 * first[1] if x2 or x1 else None

    if found.value is None:
        assert found.flip is None
        return
    assert low is None or low < 0
    now = meets(first[0], second[0])
    tried = [(first[0] + 1, second[0]), (first[0] - 1, second[0]), (first[0], second[0] + 1), (first[0], second[0] - 1)]
    possible = [(x1, x2) for x1, x2 in tried if 0 <= x1 <= first[1] and 0 <= x2 <= second[1]]
    assert found.flip.by_one_decision is any(meets(*pair) is (not now) for pair in possible)
    reachable = [x - first[0] for x in range(first[1] + 1) if meets(x, second[0])]
    assert found.flip.changes == (min(reachable, key=abs) if reachable else None)
    own = first[0] * second[1] - second[0] * first[1]
    left = own + found.flip.equalises * second[1]
    assert abs(left) < second[1]
    assert own * left <= 0


def test_a_value_that_one_decision_would_undo_says_so_where_the_value_decides():
    [found] = judged(selected(A=(40, 100), B=(50, 100)), rule(judge="point")).findings
    assert found.verdict == Verdict.PASS
    assert "One decision the other way would put it beyond the limit." in found.because
    [firm] = judged(selected(A=(48, 100), B=(50, 100)), rule(judge="point")).findings
    assert firm.flip.words == "No single decision would put it beyond the limit."
    assert firm.flip.words not in firm.because


def test_flips_are_of_selection_rates_of_whole_people_against_others():
    table = selected(A=(40, 100), B=(50, 100))
    outcome = {**DECISION, "outcome": {"column": "y", "favorable": 1}}
    rules = [
        rule(id="tpr", metric="true_positive_rate"),
        rule(id="value", compare="value", require=">= 0.2"),
        rule(id="overall", reference="overall"),
        rule(id="upper", compare="ratio", require="<= 1.5", reference={"fixed": "B"}),
    ]
    assert all(found.flip is None for found in judged(table, *rules, data=outcome).findings)
    weighted = {**DECISION, "weight": {"column": "w", "kind": "sampling"}}
    assert judged(table.assign(w=1.5), rule(), data=weighted).findings[0].flip is None
    [first, *_] = judged(table, rule(reference="rest")).findings
    assert first.flip.changes == 0


def test_a_limit_that_no_number_reaches_and_a_group_that_has_too_many():
    [found] = judged(selected(A=(1, 2), B=(50, 50)), rule(require=">= 6/5", reference={"fixed": "B"})).findings
    assert found.flip.changes is None
    assert found.flip.words == "No number of decisions for A alone would meet the limit."
    high = rule(compare="difference", require="<= 0.1", reference={"fixed": "B"})
    [found] = judged(selected(A=(60, 100), B=(40, 100)), high).findings
    assert found.flip.changes == -10
    assert found.flip.words == "10 fewer selections of A would meet the limit. 20 fewer would equal the rate of B."
