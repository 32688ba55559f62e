"""The metrics of ranked lists a second time, from the rows, by pandas and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit.policy import Policy

if TYPE_CHECKING:
    import pandas as pd


#: Beyond so many places a discount is computed by numpy: scikit-learn sorts a list for each.
_PLACES = 200


def by_pandas(rows: pd.DataFrame, key: pd.Series[Any] | None, policy: Policy) -> dict[str, dict[str, float]]:
    """Every metric of each group's items; of everyone, if there is no key. Nothing if no lists are counted.

    A discount is the DCG of one relevant item. `rows` are all rows, usable or not: a list is what it is.
    """
    import numpy as np

    ranking = policy.data.ranking
    if ranking is None or "position" not in rows:
        return {}
    listed = rows[rows["list"].fillna("").str.strip().ne("") & rows["position"].ge(1) & rows["position"].mod(1).eq(0)]
    names = [name for name in ("list", "period", "version") if name in listed]
    listed = listed[~listed.duplicated([*names, "position"], keep=False)]
    gain = listed["position"].map(_discounts()).fillna(1 / np.log2(1 + listed["position"]))
    listed = listed.assign(exposure=gain, among=listed["position"].le(ranking.k or 0) * 1.0)
    within = listed.groupby(names, dropna=False)
    listed = listed.assign(usual=within["exposure"].transform("mean"), expected=within["among"].transform("mean"))
    member = listed["list"].map(lambda _: "everyone") if key is None else key.loc[listed.index]
    found: dict[str, dict[str, float]] = {}
    for group, part in listed.groupby(member):
        sums = part[["exposure", "usual", "among", "expected"]].sum()
        metrics = {"exposure": part["exposure"].mean(), "relative_exposure": sums["exposure"] / sums["usual"]}
        if sums["expected"]:
            metrics["representation_at_k"] = sums["among"] / sums["expected"]
            metrics |= {"skew_at_k": np.log(metrics["representation_at_k"])} if sums["among"] else {}
        found[str(group)] = {name: float(value) for name, value in metrics.items()}
    return found


def _discounts() -> dict[float, float]:
    """The gain of the first places, by scikit-learn: the DCG of a list in which the item there alone is relevant."""
    import numpy as np
    from sklearn.metrics import dcg_score

    order = -np.arange(_PLACES)[np.newaxis]
    return {place + 1.0: float(dcg_score(np.eye(1, _PLACES, place), order)) for place in range(_PLACES)}
