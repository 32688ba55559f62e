"""The Matthews correlation of a group: one set of resamples for all that a report says of it."""

import audit
from audit.judging import resampled
from tests.making import policy_of, rule, table_of

TABLE = table_of(A={"tp": 40, "fn": 10, "fp": 20, "tn": 30}, B={"tp": 30, "fn": 20, "fp": 20, "tn": 30})


def limits(resamples=500):
    """The limits of each group's correlation: in the table, and under two rules of one statement each."""
    rules = [rule(id=name, metric="matthews_corrcoef", compare="value", require=">= 0.1") for name in ("one", "two")]
    result = audit.run(policy_of(*rules, statistics={"resamples": resamples}), TABLE)
    shown = {row.group: row.metrics["matthews_corrcoef"] for row in result.groups}
    ruled = {(f.rule, f.group): f.interval for f in result.findings}
    return shown, ruled


def test_a_group_has_the_same_limits_in_a_table_and_under_every_rule():
    shown, ruled = limits()
    for (_, group), found in ruled.items():
        assert (found.low, found.high) == (shown[group].low, shown[group].high)
    assert len(ruled) == 4
    assert shown["A"].low != shown["B"].low


def test_whether_resamples_are_kept_changes_nothing(monkeypatch):
    found = []
    for most in (500, 499):
        monkeypatch.setattr(resampled, "_MOST_KEPT", most)
        resampled._kept.cache_clear()
        found.append(limits())
        assert resampled._kept.cache_info().currsize == (3 if most == 500 else 0)  # both groups, and everyone
    assert found[0] == found[1]
