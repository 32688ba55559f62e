"""The other, honest kind: metrics that need the rows themselves, here to confirm the counts.

Every rate that was computed from counts is computed a second time from the rows, by fairlearn's MetricFrame and
scikit-learn's metrics, which share no code with ours. It costs memory and minutes where counting costs seconds, so it
is asked for, and is not the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.confirming import rowranks, rowscores
from audit.counts.counts import joined, unknown_name
from audit.errors import DataError
from audit.policy import Policy
from audit.result import AuditResult, GroupRow
from audit.scanning.meaning import Found, classes, levels, places
from audit.scanning.scan import columns, keyed_rows
from audit.scanning.slices import periods, versions
from audit.sources.source import open_table
from audit.sources.stopping import stoppable
from audit.values import Reading

if TYPE_CHECKING:
    import pandas as pd

#: Two ways of computing one rate in floating point may differ by this much and no more.
TOLERANCE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """How many values of metrics were computed twice, the largest difference, and by which versions."""

    rates: int
    largest: float
    by: str


def confirm(policy: Policy, table: object, result: AuditResult) -> Confirmation:
    """Compute every metric of a result again from the rows; raises DataError if one differs by more than 1e-12.

    Or by more than counting scores in bins can have moved it, as the result states; errors of predictions, by more than
    that part of their range. Groups whose members are known by probabilities are left out: fairlearn knows none.
    """
    every = _rows(policy, table)
    if policy.groups.unknown == "group":
        keys = [name for name in every.columns if name.startswith("@")]
        taken = [group for name in keys for group in every[name].dropna().unique()]
        every = every.fillna(dict.fromkeys(keys, unknown_name(taken)))
    rows = every[every["usable"]]
    found: list[list[float]] = []
    moved, rounding = rowscores.moved_by_bins(result), rowscores.rounding(policy)
    known = (row.attribute for row in result.groups if row.attribute not in policy.proxies)
    for attribute in dict.fromkeys(known):
        mine = {row.group: row for row in result.groups if row.attribute == attribute}
        member = every[f"@{attribute}"] if f"@{attribute}" in every else _crossed(every, next(iter(mine.values())))
        key = member[rows.index]
        again = _by_fairlearn(rows, key, policy)
        scores = rowscores.by_fairlearn(rows, key, policy)
        ranks = rowranks.by_pandas(every, member, policy)
        if set(again) != set(mine):
            raise DataError(f"the groups of {attribute} are {sorted(again)} by rows and {sorted(mine)} by counts")
        found += [_difference(mine[group], rates, {}) for group, rates in again.items()]
        found += [_difference(mine[group], ours, {}) for group, ours in ranks.items()]
        far = {group: {**rounding, **moved.get((attribute, group), {})} for group in scores}
        found += [_difference(mine[group], ours, far[group]) for group, ours in scores.items()]
    whole = {**rounding, **moved.get((result.overall.attribute, result.overall.group), {})}
    found += [_difference(result.overall, rates, {}) for rates in _by_fairlearn(rows, None, policy).values()]
    found += [_difference(result.overall, ours, whole) for ours in rowscores.by_fairlearn(rows, None, policy).values()]
    found += [_difference(result.overall, ours, {}) for ours in rowranks.by_pandas(every, None, policy).values()]
    differences = [difference for several in found for difference in several]
    return Confirmation(rates=len(differences), largest=max(differences, default=0.0), by=_versions())


def _rows(policy: Policy, table: object) -> pd.DataFrame:
    """All rows: groups, decision and outcome as 1 and 0, the weight, and whether they are usable."""
    import pandas as pd

    plan = policy.plan()
    with open_table(table, columns(plan)) as source:
        keyed = stoppable(lambda: keyed_rows(source, plan), source.stop)
    found = Found()
    kinds, reasons = places(keyed, plan, found)
    groups = {f"@{a.name}": levels(keyed, f"a{i}", a, found).objects for i, a in enumerate(plan.attributes)}
    decided = [_FLAGS[kind][1] if kind else 0 for kind in kinds.objects]
    turned_out = [_FLAGS[kind][0] if kind else 0 for kind in kinds.objects]
    classed = {f"{role} class": classes(keyed, role, flag).objects for role, flag in plan.kept}
    columns_of = {**groups, **classed, "weight": keyed["weight"], "decision": decided, "outcome": turned_out}
    if "score_value" in keyed:
        columns_of["score"] = keyed["score_value"].astype("float64")
    if "position" in keyed:
        columns_of |= {"list": keyed["list"], "position": keyed["position"].astype("float64")}
    if "target" in keyed:
        columns_of["target"] = keyed["target"].astype("float64")
    columns_of |= {"period": periods(keyed, plan.time, found).objects} if plan.time else {}
    columns_of |= {"version": versions(keyed, plan.version, found).objects} if plan.version else {}
    return pd.DataFrame(columns_of | {"usable": ~reasons.known})


_FLAGS = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0), "up": (0, 1), "un": (0, 0)}


def _read_as(rows: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The same rows with the values of a reading as the positive ones."""
    chosen = {"decision": reading.decision, "outcome": reading.outcome}
    read = {role: rows[f"{role} class"].isin(values).astype(int) for role, values in chosen.items() if values}
    return rows.assign(**read)


def _crossed(rows: pd.DataFrame, example: GroupRow) -> pd.Series[Any]:
    """The group of a crossing, or None where the membership of one attribute is unknown."""
    names = [f"@{name}" for name in example.group_key]
    known = rows[names].notna().all(axis=1)
    return rows[names].fillna("").agg(joined, axis=1).where(known, None)


def _by_fairlearn(rows: pd.DataFrame, key: pd.Series[Any] | None, policy: Policy) -> dict[str, dict[str, float]]:
    """Every rate of every group by fairlearn, also of the classes that rules name; of everyone, if there is no key."""
    metrics = _metrics(has_outcome=policy.data.outcome is not None)
    found = rowscores.by_group(rows, key, metrics, "decision")
    for reading in [one for one in policy.readings if one.decision or one.outcome]:
        again = rowscores.by_group(_read_as(rows, reading), key, metrics, "decision")
        for group, rates in again.items():
            found[group] = found[group] | {reading.named(name): rate for name, rate in rates.items()}
    return found


def _metrics(*, has_outcome: bool) -> dict[str, Callable[..., float]]:
    """Our names, and the functions of the field that compute them from rows."""
    import fairlearn.metrics as fair
    from sklearn import metrics as learn

    def base_rate(y_true: Any, _y_pred: Any, sample_weight: Any) -> float:
        return float((y_true * sample_weight).sum() / sample_weight.sum())

    free = {"selection_rate": fair.selection_rate}
    if not has_outcome:
        return free
    return {
        **free,
        "base_rate": base_rate,
        "true_positive_rate": fair.true_positive_rate,
        "false_negative_rate": fair.false_negative_rate,
        "false_positive_rate": fair.false_positive_rate,
        "true_negative_rate": fair.true_negative_rate,
        "precision": learn.precision_score,
        "false_discovery_rate": lambda y, d, **w: 1 - learn.precision_score(y, d, **w),
        "false_omission_rate": lambda y, d, **w: 1 - learn.precision_score(y, d, pos_label=0, **w),
        "negative_predictive_value": lambda y, d, **w: learn.precision_score(y, d, pos_label=0, **w),
        "accuracy": learn.accuracy_score,
        "error_rate": learn.zero_one_loss,
        "balanced_accuracy": learn.balanced_accuracy_score,
        "f1": learn.f1_score,
        "matthews_corrcoef": learn.matthews_corrcoef,
    }


def _difference(mine: GroupRow, again: Mapping[str, float], moved: Mapping[str, float]) -> list[float]:
    """How far the defined metrics of a group lie apart, beyond what bins have moved; DataError beyond the tolerance."""
    differences = []
    for name, value in again.items():
        counted = mine.metrics[name].value if name in mine.metrics else None
        if counted is None:
            continue
        differences.append(max(abs(counted - value) - moved.get(name, 0.0), 0.0))
        if not differences[-1] <= TOLERANCE:
            raise DataError(
                f"{name} of {mine.group} is {counted} from counts and {value} from rows: a mistake, please report it"
            )
    return differences


def _versions() -> str:
    from importlib.metadata import version

    return f"fairlearn {version('fairlearn')} and scikit-learn {version('scikit-learn')}"
