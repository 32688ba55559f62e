"""One mistake after another in a small policy: each is one problem that says what is wrong and what to do."""

from __future__ import annotations

import re

import pytest

#: A pack that is right but for the state of its source.
_PACK = (
    "pack: {id: a, kind: house, jurisdiction: here, scope: all, cites: [{ref: us, evidence: source}], limits: [none], "
    "status: {state: lawful, checked_on: 2026-01-01, recheck_after_days: 3}}"
)

#: What is wrong: a text in the small policy, what takes its place, and what the only problem has to say.
CASES = [
    # the whole file
    ("evenhand: 1\n", "", "the setting 'evenhand' is missing"),
    ("evenhand: 1", "evenhand: 2", "the policy language 2 is not known"),
    ("title: A policy\n", "", "the setting 'title' is missing"),
    ("evenhand: 1", "evenhand: 1\ntitel: x", "did you mean 'title'"),
    ("evenhand: 1", "evenhand: 1\nsha256: x", "there is no setting 'sha256'"),
    ("title: A policy", "title:", "nothing is written here"),
    ("title: A policy", "title: ''", "found an empty one"),
    ("title: A policy", "title: [a]", "expected text, found a list"),
    ("title: A policy", "title: A policy\nsubject: {version: 1}", "the setting 'name' is missing"),
    ("title: A policy", "title: A policy\nsignoff: [a]", "expected a map of 'key: value' lines, found a list"),
    ("title: A policy", "title: A policy\nsignoff: {roles: [a], independent: [b]}", "no role 'b' has to sign"),
    (
        "title: A policy",
        "title: A policy\nsignoff: {roles: [a], keys: {b: %s}}" % ("0" * 64),
        "no role 'b' has to sign",
    ),
    (
        "title: A policy",
        "title: A policy\nsignoff: {roles: [a], keys: {a: [abc]}}",
        "expected the fingerprint of a key",
    ),
    ("title: A policy", "title: A policy\nsignoff: {roles: [a], people: 1}", "expected a whole number from 2 to 20"),
    ("title: A policy", "title: A policy\nsignoff: {people: 2}", "no number of people can"),
    (
        "title: A policy",
        f"title: A policy\n{_PACK}",
        "expected 'in_force'",
    ),
    # disclosure control
    ("title: A policy", "title: A policy\ndisclosure: {min_cell: 1}", "expected a whole number from 2 to 1,000"),
    ("title: A policy", "title: A policy\ndisclosure: {complementary: maybe}", "expected true or false, found 'maybe'"),
    ("title: A policy", "title: A policy\ndisclosure: {mincell: 11}", "did you mean 'min_cell'"),
    (
        "title: A policy",
        "title: A policy\ndisclosure: {override: {reason: the law}}",
        "the setting 'approved_by' is missing",
    ),
    ("  race: {column: race}", "  race: {probabilities: {A: p}}", "one group alone cannot be compared"),
    ("  race: {column: race}", "  race: {probabilities: {A: p, B: p}}", "'p' is the column of two groups"),
    ("  race: {column: race}", "  race: {column: race, unusable: exclude}", "'unusable' speaks of probabilities"),
    (
        "  race: {column: race}",
        "  race: {column: r, probabilities: {A: p, B: q}}",
        "'probabilities' cannot",
    ),
    ("    compare: ratio", "    compare: ratio\n    given: [x]", "there is no factor 'x'"),
    # columns
    ("  decision: {column: approved, favorable: 1}\n", "", "neither a decision nor a score"),
    ("approved, favorable: 1", "approved", "'favorable' is missing"),
    ("approved, favorable: 1", "approved, favorable: 1, adverse: 0", "both 'favorable' and 'adverse' are given"),
    ("repaid, favorable: 1", "repaid, adverse: 0", "the decision says 'favorable' and the outcome 'adverse'"),
    ("approved, favorable: 1", "approved, favorable: 1, otherwise: [0, 1]", "'1' is also favorable"),
    ("approved, favorable: 1", "approved, favorable: [1, 1]", "'1' is here twice"),
    ("approved, favorable: 1", "approved, favorable: []", "found an empty list"),
    ("approved, favorable: 1", "approved, favorable: [[1]]", "expected text, found a list"),
    ("approved, favorable: 1", "approved, favorable: 1, unusable: drop", "expected 'error' or 'exclude'"),
    ("column: repaid", "column: approved", "every error rate would be 0"),
    ("  outcome:", "  weight: {column: w}\n  outcome:", "the setting 'kind' is missing"),
    (
        "  outcome:",
        "  score: {column: s, cutoff: high, favorable: above}\n  outcome:",
        "expected a number, found 'high'",
    ),
    ("  outcome:", "  score: {column: s, cutoff: 1/0, favorable: above}\n  outcome:", "expected a number, found '1/0'"),
    (
        "  outcome:",
        "  score: {column: s, cutoff: 1e999999999, favorable: above}\n  outcome:",
        "expected a number, found 1e999999999",
    ),
    (
        "  outcome:",
        "  score: {column: s, cutoff: 1, adverse: above}\n  outcome:",
        "the decision says 'favorable' and the score 'adverse'",
    ),
    # units, times and versions
    ("  outcome:", "  unit: {column: id}\n  outcome:", "expected text, found a map"),
    ("  outcome:", "  time: {period: week}\n  outcome:", "the setting 'column' is missing"),
    ("  outcome:", "  time: [t]\n  outcome:", "expected a map of 'key: value' lines, found a list"),
    ("  outcome:", "  time: {column: t, period: weekly}\n  outcome:", "did you mean 'week'"),
    ("  outcome:", "  time: {column: t, periods: week}\n  outcome:", "did you mean 'period'"),
    ("  outcome:", "  model_version: [a]\n  outcome:", "expected text, found a list"),
    ("  outcome:", "  unit: sex\n  outcome:", "the unit is the column of the attribute 'sex'"),
    ("  outcome:", "  unit: approved\n  outcome:", "the unit is the decision's column 'approved'"),
    (
        "  outcome:",
        "  time: repaid\n  outcome:",
        "the time is the outcome's column 'repaid'; one column cannot be both",
    ),
    ("  outcome:", "  time: {column: approved}\n  outcome:", "the time is the decision's column 'approved'"),
    ("  outcome:", "  model_version: approved\n  outcome:", "the model version is the decision's column 'approved'"),
    ("  outcome:", "  weight: {column: approved, kind: sampling}\n  outcome:", "the weight is the decision's column"),
    # attributes
    ("race: {column: race}", "race: {}", "the setting 'column' is missing"),
    ("race: {column: race}", "race: {column: race, bins: [0]}", "one edge makes no group"),
    ("race: {column: race}", "race: {column: race, bins: [1, 1]}", "have to rise"),
    ("race: {column: race}", "race: {column: race, bins: [1, b]}", "expected a number, found 'b'"),
    ("race: {column: race}", "race: {column: race, bins: 1}", "expected a list, found 1"),
    (
        "race: {column: race}",
        "race: {column: race, bins: [0, 1], labels: [a, b]}",
        "2 edges make 1 groups, and there are 2 labels",
    ),
    ("race: {column: race}", "race: {column: race, labels: [a]}", "there are no bins"),
    (
        "race: {column: race}",
        "race: {column: race, bins: [0, 1], values: [a]}",
        "'values' and 'bins' cannot be combined",
    ),
    (
        "race: {column: race}",
        "race: {column: race, bins: [0, 1], merge: {b: [a]}}",
        "'merge' and 'bins' cannot be combined",
    ),
    ("race: {column: race}", "race: {column: race, merge: {A: [x], B: [x]}}", "'x' is already merged into 'A'"),
    ("race: {column: race}", "race: {column: race, merge: {A: [B], B: [x]}}", "'B' is itself a merged group"),
    ("race: {column: race}", "race: {column: race, merge: {A: [Whit]}, values: [White]}", "did you mean 'White'"),
    ("race: {column: race}", "race: {column: race, merge: {}}", "found an empty map"),
    ("race: {column: race}", "race: {column: race, merge: [a]}", "expected a map, found a list"),
    ("race: {column: race}", "race: {column: race, missing: [a], values: [a]}", "'a' is also among the values"),
    ("race: {column: race}", "race: {column: race, reference: White}", "expected highest, lowest"),
    ("race: {column: race}", "race: {column: race, reference: {fix: White}}", "found a map of 'fix'"),
    ("race: {column: race}", "race: {column: race, reference: {fixed: {}}}", "expected the fixed group's values"),
    ("race: {column: race}", "race: {column: race, reference: {fixed: {sex: M}}}", "names no group of 'race'"),
    ("race: {column: race}", "race: {column: race, values: [A, B], reference: {fixed: C}}", "'race' has no group 'C'"),
    ("race: {column: race}", "race: {column: race, merge: {O: [C]}, reference: {fixed: C}}", "is merged away"),
    ("rules:", "intersections: [[sex, rce]]\nrules:", "did you mean 'race'"),
    ("rules:", "intersections: [[sex]]\nrules:", "an intersection has two attributes or more"),
    ("rules:", "intersections: [[sex, sex]]\nrules:", "'sex' is here twice"),
    ("rules:", "intersections: [[sex, race], [race, sex]]\nrules:", "race x sex is here twice"),
    ("rules:", "intersections: []\nrules:", "found an empty list"),
    # groups and statistics
    ("rules:", "groups: {reference: {fixed: White}}\nrules:", "could be a group of any of sex, race"),
    ("rules:", "groups: {reference: {fixed: {rce: White}}}\nrules:", "did you mean 'race'"),
    ("rules:", "groups: {reference: {fixed: {race: White}}}\nrules:", "no reference is named for sex"),
    ("rules:", 'groups: {min_count: "thirty"}\nrules:', "expected a"),
    ("rules:", "groups: {min_count: 2.5}\nrules:", "expected a whole number, found 2.5"),
    ("rules:", "groups: {min_count: 0}\nrules:", "from 1 to"),
    ("rules:", "groups: {min_count: true}\nrules:", "expected a number, found true"),
    ("rules:", "groups: {min_share: 2}\nrules:", "expected a number from 0 to 1, found 2"),
    ("rules:", "statistics: {confidence: 95}\nrules:", "more than 0.5 and less than 1"),
    ("rules:", "statistics: {correction: sidak}\nrules:", "'hommel', 'bh' or 'by', found 'sidak'"),
    ("rules:", "statistics: {seed: -1}\nrules:", "from 0 to"),
    ("rules:", "statistics: {seed: " + "9" * 5000 + "}\nrules:", "expected a number"),
    # rules
    ("    metric: selection_rate\n", "", "the setting 'metric' is missing"),
    ("  - id: one\n    metric", "  - metric", "the setting 'id' is missing"),
    ("id: one", "id: two words", "without spaces"),
    ("id: one", "id: [a]", "expected text"),
    ("metric: selection_rate", "metrics: selection_rate", "did you mean 'metric'"),
    ("selection_rate", "[selection_rate, selection_rate]", "is here twice"),
    ("compare: ratio", "compare: ratios", "did you mean 'ratio'"),
    ("compare: ratio", "compare: odds", "expected 'ratio', 'difference', 'change', 'value'"),
    ('">= 4/5"', "0.8", "expected '>= 4/5'"),
    ('">= 4/5"', '"<= 1"', "could never fail"),
    ('">= 4/5"', '">= 80"', "write parts of one and not percent"),
    ('">= 4/5"', '">= 80%"', "write it as a fraction or a decimal: '>= 0.8'"),
    ('">= 4/5"', '"80 % to 125.5 %"', "write it as a fraction or a decimal: '0.8 to 1.255'"),
    ('">= 4/5"', '"about 80%"', "write it as a fraction or a decimal: '>= 4/5', '<= 0.05' or '0.8 to 1.25'"),
    ('">= 4/5"', '">= 1.2"', "could never pass"),
    ("compare: ratio", "compare: ratio\n    of: [sxe]", "did you mean 'sex'"),
    ("compare: ratio", "compare: ratio\n    of: [zzzzzz]", "there is: sex, race"),
    ("compare: ratio", "compare: ratio\n    of: [[sex, race], [race, sex]]", "race x sex is here twice"),
    ("compare: ratio", "compare: ratio\n    of: sex", "expected a list, found 'sex'"),
    ("compare: ratio", "compare: ratio\n    judge: point_and_test", "needs a test that the policy names"),
    ("compare: ratio", "compare: ratio\n    reference: {fixed: M}", "could be a group of any of sex, race"),
    ("compare: ratio", "compare: ratio\n    of: [sex]\n    reference: {fixed: {rce: M}}", "did you mean 'race'"),
    ("compare: ratio", "compare: ratio\n    of: [[sex, race]]\n    reference: {fixed: M}", "could be a group of any"),
    (
        "compare: ratio",
        "compare: ratio\n    reference: overall\n    test: fisher",
        "'overall' includes the group itself",
    ),
    (
        "selection_rate\n    compare: ratio",
        "f1\n    compare: ratio\n    reference: overall",
        "cannot be compared with 'overall'",
    ),
    ("selection_rate\n    compare: ratio", "f1\n    compare: ratio\n    test: fisher", "f1 is made of several rates"),
    ("selection_rate\n    compare: ratio", "matthews_corrcoef\n    compare: ratio", "compare it by difference"),
    ("selection_rate\n    compare: ratio", "f1\n    compare: min_ratio", "known for one rate only"),
    ("compare: ratio", "compare: min_ratio\n    test: fisher", "a test compares two groups"),
    ("compare: ratio", "compare: min_ratio\n    reference: rest", "has no reference"),
    (
        'compare: ratio\n    require: ">= 4/5"',
        'compare: value\n    require: ">= 4/5"\n    judge: point_and_test\n    test: fisher',
        "'compare: value' does not",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), CASES)
def test_one_mistake_is_one_problem_that_says_what_to_do(small, problems, old, new, said):
    assert old in small
    found = problems(small.replace(old, new, 1))
    assert len(found) == 1, "\n".join(found)
    assert said in found[0]
    assert re.match(r"policy\.yaml:\d+:\d+: ", found[0])


WAIVER = "waivers:\n  - {rule: one, reason: r, approved_by: b, expires: 2027-01-31}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rule: one", "rule: oen", "did you mean 'one'"),
        ("rule: one", "rule: one, metric: precision", "has no metric 'precision'"),
        ("rule: one", "rule: one, metric: recall", "did you mean 'true_positive_rate'"),
        ("rule: one", "rule: one, group: {rce: A}", "did you mean 'race'"),
        ("rule: one", "rule: one, group: {sex: M, race: A}", "the rule 'one' is not about sex x race"),
        ("rule: one", "rule: one, group: {}", "found an empty map"),
        ("rule: one", "rule: one, group:", "nothing is written here"),
        ("2027-01-31", "2027-1-31", "expected a date like"),
        ("2027-01-31", "20270131", "expected a date like"),
        ("2027-01-31", "soon", "expected a date like"),
        (", reason: r", "", "the setting 'reason' is missing"),
    ],
)
def test_a_waiver_has_to_fit_the_policy(small, problems, old, new, said):
    (found,) = problems(small + WAIVER.replace(old, new))
    assert said in found


def test_a_waived_group_has_to_be_one_that_the_attribute_can_have(small, problems):
    text = small.replace("race: {column: race}", "race: {column: race, values: [Black, White]}")
    (found,) = problems(text + WAIVER.replace("rule: one", "rule: one, group: {race: Blak}"))
    assert "did you mean 'Black'" in found


def test_no_single_group_of_a_largest_gap_can_be_waived(small, problems):
    text = small.replace("ratio", "min_ratio") + WAIVER.replace("rule: one", "rule: one, group: {race: A}")
    (found,) = problems(text)
    assert "about all groups at once" in found
