# ruff: noqa: E501  tables of invented data, one entry a line
"""Invented people, and findings about them made nearly as the engine makes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from audit.result import (
    Bounds,
    Finding,
    GroupRow,
    MetricValue,
    RuleSummary,
    TestNote,
    WaiverNote,
)
from audit.values import Interval, Region, Verdict

#: (race, sex): records, selected, with a positive outcome, selected among those
PEOPLE: dict[tuple[str, str], tuple[int, int, int, int]] = {
    ("White", "Men"): (14273, 5240, 5700, 3700),
    ("White", "Women"): (12641, 3527, 5000, 2900),
    ("Hispanic or Latino", "Men"): (4111, 1390, 1640, 1040),
    ("Hispanic or Latino", "Women"): (3507, 905, 1400, 760),
    ("Black or African American", "Men"): (3657, 995, 1460, 820),
    ("Black or African American", "Women"): (3147, 620, 1260, 560),
    ("Asian", "Men"): (2619, 958, 1050, 690),
    ("Asian", "Women"): (2188, 632, 880, 520),
    ("Two or more races", "Men"): (817, 309, 330, 215),
    ("Two or more races", "Women"): (716, 211, 290, 176),
    ("Native Hawaiian or Other Pacific Islander", "Men"): (118, 37, 47, 28),
    ("Native Hawaiian or Other Pacific Islander", "Women"): (79, 16, 31, 13),
    ("American Indian or Alaska Native", "Men"): (16, 5, 6, 3),
    ("American Indian or Alaska Native", "Women"): (9, 2, 4, 2),
    ("Another race", "Men"): (52, 15, 0, 0),
    ("Another race", "Women"): (38, 9, 0, 0),
}
ATTRIBUTES: dict[str, tuple[str, ...]] = {"sex": ("sex",), "race": ("race",), "sex & race": ("sex", "race")}
LABELS = {
    "selection_rate": ("Selection rate", "of everyone, the share with a positive decision", "records", "(TP + FP) / n", "low"),
    "true_positive_rate": ("True positive rate", "of those with a positive outcome, the share with a positive decision", "positive outcomes", "TP / (TP + FN)", "low"),
    "false_positive_rate": ("False positive rate", "of those with a negative outcome, the share with a positive decision", "negative outcomes", "FP / (FP + TN)", "high"),
    "precision": ("Precision", "of those with a positive decision, the share with a positive outcome", "positive decisions", "TP / (TP + FP)", "low"),
    "accuracy": ("Accuracy", "of everyone, the share decided as the outcome turned out", "records", "(TP + TN) / n", "low"),
}  # fmt: skip
Z, Z_WIDE = 1.96, 2.9


def group_cells() -> dict[tuple[str, str], tuple[dict[str, str], tuple[int, int, int, int]]]:
    """Every group of every attribute: its key and its four counts."""
    found: dict[tuple[str, str], tuple[dict[str, str], tuple[int, int, int, int]]] = {}
    for (race, sex), counts in PEOPLE.items():
        person = {"sex": sex, "race": race}
        for attribute, columns in ATTRIBUTES.items():
            key = {column: person[column] for column in columns}
            name = " & ".join(key.values())
            old = found.get((attribute, name), (key, (0, 0, 0, 0)))[1]
            found[attribute, name] = (key, tuple(a + b for a, b in zip(old, counts, strict=True)))  # type: ignore[assignment]
    return found


def hits_and_trials(counts: tuple[int, int, int, int], metric: str) -> tuple[int, int]:
    n, selected, qualified, tp = counts
    negatives, fp = n - qualified, selected - tp
    table = {
        "selection_rate": (selected, n),
        "true_positive_rate": (tp, qualified),
        "false_positive_rate": (fp, negatives),
        "precision": (tp, selected),
        "accuracy": (tp + negatives - fp, n),
    }
    return table[metric]


def wilson(hits: int, trials: int, z: float = Z) -> MetricValue:
    if trials == 0:
        return MetricValue(
            value=None, low=None, high=None, n=0, hits=0, reason="no one in this group has a positive outcome"
        )
    p, square = hits / trials, z * z
    middle = (p + square / (2 * trials)) / (1 + square / trials)
    half = z * math.sqrt(p * (1 - p) / trials + square / (4 * trials * trials)) / (1 + square / trials)
    return MetricValue(value=p, low=max(0.0, middle - half), high=min(1.0, middle + half), n=trials, hits=hits)


def group_row(
    attribute: str, name: str, key: Mapping[str, str], counts: tuple[int, int, int, int], total: int
) -> GroupRow:
    metrics = {metric: wilson(*hits_and_trials(counts, metric)) for metric in LABELS}
    status = "judged" if counts[0] >= 30 else "not judged: fewer than 30 records"
    return GroupRow(
        attribute=attribute,
        group=name,
        group_key=key,
        n=counts[0],
        share=counts[0] / total,
        status=status,
        metrics=metrics,
    )


def disparity(one: MetricValue, other: MetricValue, compare: str, z: float) -> tuple[float, float, float]:
    p, q = one.value or 0.0, other.value or 0.0
    if compare in ("ratio", "min_ratio"):
        error = math.sqrt((1 - p) / (p * one.n) + (1 - q) / (q * other.n))
        return p / q, p / q * math.exp(-z * error), p / q * math.exp(z * error)
    error = math.sqrt(p * (1 - p) / one.n + q * (1 - q) / other.n)
    return p - q, p - q - z * error, p - q + z * error


def decide(plain: Interval, wide: Interval, accepts: Bounds) -> tuple[Verdict, Interval]:
    """The verdict, and the interval it is taken from: the wide one where the plain one lies beyond the limit."""
    region = Region(
        low=None if accepts.low is None else Fraction(accepts.low),
        high=None if accepts.high is None else Fraction(accepts.high),
    )
    if plain.inside(region):
        return Verdict.PASS, plain
    if not plain.outside(region):
        return Verdict.INCONCLUSIVE, plain
    return (Verdict.FAIL if wide.outside(region) else Verdict.INCONCLUSIVE), wide


BECAUSE = {
    Verdict.PASS: "all of the interval meets the requirement",
    Verdict.FAIL: "none of the interval meets the requirement",
    Verdict.INCONCLUSIVE: "the interval crosses the limit",
    Verdict.NOT_JUDGED: "the group has fewer than 30 records",
    Verdict.NOT_COMPUTABLE: "no one in this group has a positive outcome",
}


def finding(rule: RuleSummary, metric: str, row: GroupRow, reference: GroupRow | None, accepts: Bounds) -> Finding:
    """A finding as the engine would make it, near enough to be drawn."""
    own = row.metrics[metric]
    against = reference.metrics[metric] if reference else None
    value, plain, wide = measured(own, against, rule.compare)
    verdict, taken = decide(plain, wide, accepts)
    if row.status != "judged":
        verdict = Verdict.NOT_JUDGED
    if value is None:
        verdict = Verdict.NOT_COMPUTABLE
    shown = "not known" if value is None else f"{value:.3f}"
    return Finding(
        rule=rule.id, attribute=row.attribute, group=row.group, group_key=row.group_key,
        reference=reference.group if reference else None, metric=metric, compare=rule.compare, value=value,
        exact=None if value is None else str(Fraction(value).limit_denominator(10**6)), interval=taken,
        unadjusted_interval=plain, require=rule.require, accepts=accepts, verdict=verdict, reason=BECAUSE[verdict],
        because=f"For {row.group} the {LABELS[metric][0].lower()} {rule.compare} is {shown}: {BECAUSE[verdict]}.",
        effect=rule.effect, basis=rule.basis, burden=rule.burden, judge=rule.judge, n=own.n, group_n=row.n,
        group_value=own.value, reference_n=against.n if against else None,
        reference_value=against.value if against else None,
        p_beyond=0.004 if verdict is Verdict.FAIL else 0.4, p_adjusted=0.012 if verdict is Verdict.FAIL else 1.0,
        test=TestNote(name="fisher", p_value=0.0031) if rule.id == "four-fifths" else None,
    )  # fmt: skip


def measured(own: MetricValue, against: MetricValue | None, compare: str) -> tuple[float | None, Interval, Interval]:
    if own.value is None or (against is not None and against.value is None):
        return None, Interval(), Interval()
    if against is None:
        wide = wilson(own.hits or 0, own.n, Z_WIDE)
        return own.value, Interval(low=own.low, high=own.high), Interval(low=wide.low, high=wide.high)
    value, low, high = disparity(own, against, compare, Z)
    _, wide_low, wide_high = disparity(own, against, compare, Z_WIDE)
    return value, Interval(low=low, high=high), Interval(low=wide_low, high=wide_high)


def rule(id: str, title: str, metrics: str, compare: str, require: str, **more: Any) -> RuleSummary:
    given: dict[str, Any] = dict(  # noqa: C408  read as a call, overridden below
        effect="block", basis="house", burden="prove_fair", judge="interval", cite=None, why=None, origin="policy.yaml",
        verdict=Verdict.PASS, waived=False, tally={}, summary="",
    )  # fmt: skip
    given.update(more)
    return RuleSummary(id=id, title=title, metrics=tuple(metrics.split()), compare=compare, require=require, **given)


RULES: tuple[tuple[RuleSummary, tuple[str, ...], Bounds], ...] = (
    (rule("four-fifths", "No group is selected at less than four fifths of the highest rate", "selection_rate", "ratio", ">= 4/5", basis="guidance", cite="29 CFR 1607.4(D)", why="Adverse impact screen for a selection procedure.", origin="conventions/four-fifths"), ("sex", "race", "sex & race"), Bounds(low=0.8)),
    (rule("error-rates", "Suitable and unsuitable people are told apart equally well", "true_positive_rate false_positive_rate", "difference", "<= 0.05", effect="review", why="Errors should not fall mostly on one group."), ("race",), Bounds(low=-0.05, high=0.05)),
    (rule("precision-floor", "A positive decision is right at least three times in five", "precision", "value", ">= 0.6", effect="report", basis="convention"), ("sex",), Bounds(low=0.6)),
    (rule("accuracy-gap", "The widest gap in accuracy between races is small", "accuracy", "max_gap", "<= 0.1", judge="point"), ("race",), Bounds(high=0.1)),
    (rule("lowest-ratio", "The lowest ratio of accuracies between the sexes", "accuracy", "min_ratio", ">= 0.9", burden="prove_unfair", basis="draft"), ("sex",), Bounds(low=0.9)),
)  # fmt: skip


def one_for_all(rule: RuleSummary, metric: str, rows: list[GroupRow], accepts: Bounds) -> Finding:
    """The finding of a gap over a whole attribute: worst-off against best-off."""
    known = sorted((row for row in rows if row.status == "judged"), key=lambda row: row.metrics[metric].value or 0.0)
    worst, best = known[0], known[-1]
    if rule.compare == "min_ratio":
        return finding(rule, metric, worst, best, accepts)
    made = finding(rule, metric, best, worst, accepts)
    return replace(made, group=worst.group, group_key=worst.group_key, reference=best.group, n=worst.metrics[metric].n)


def findings_of(entry: tuple[RuleSummary, tuple[str, ...], Bounds], groups: list[GroupRow]) -> list[Finding]:
    rule, attributes, accepts = entry
    found: list[Finding] = []
    for attribute in attributes:
        rows = [row for row in groups if row.attribute == attribute]
        for metric in rule.metrics:
            if rule.compare in ("max_gap", "min_ratio"):
                found.append(one_for_all(rule, metric, rows, accepts))
                continue
            judged = [row for row in rows if row.status == "judged"]
            best = None if rule.compare == "value" else max(judged, key=lambda r: r.metrics[metric].value or 0.0)
            found += [finding(rule, metric, row, best, accepts) for row in rows if row is not best]
    return found


SEVERITY = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_COMPUTABLE, Verdict.PASS, Verdict.NOT_JUDGED)


def summed_up(rule: RuleSummary, found: list[Finding]) -> RuleSummary:
    tally = {verdict.value: sum(f.verdict is verdict for f in found) for verdict in Verdict}
    verdict = next(v for v in SEVERITY if tally[v.value])
    waived = verdict is Verdict.FAIL and all(f.waiver and f.waiver.in_force for f in found if f.verdict is verdict)
    text = ", ".join(f"{n} {name}" for name, n in tally.items() if n)
    return replace(rule, verdict=verdict, waived=waived, tally=tally, summary=f"{rule.title}: {text}.")


def with_waivers(found: list[Finding]) -> list[Finding]:
    """The first failure of the review rule has a waiver in force; the second has one that has expired."""
    notes = [
        WaiverNote(reason="Label shift under repair, ticket 1182", approved_by="Head of model risk", expires="2027-02-01", days_left=73, in_force=True),
        WaiverNote(reason="Accepted for the pilot only", approved_by="Head of model risk", expires="2026-06-30", days_left=-143, in_force=False),
    ]  # fmt: skip
    given: list[Finding] = []
    for f in found:
        takes = f.rule == "error-rates" and f.verdict is Verdict.FAIL and notes
        given.append(replace(f, waiver=notes.pop(0)) if takes else f)
    return given
