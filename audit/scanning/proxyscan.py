"""The scan of attributes that are known by probabilities alone: one table each, and its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from audit.counts.celltable import SUMS, CellTable, table_of
from audit.counts.coded import coded
from audit.counts.proxycounts import ProxyCounts
from audit.errors import DataError
from audit.scanning.keyed import WEIGHT_UNITS, cells_of
from audit.scanning.meaning import OUTSIDE, Found, places, read_key
from audit.scanning.projection import collected
from audit.scanning.proxykeys import PROXY_UNIT, STEPS, TOLERANCE, proxy_keys, proxy_sums
from audit.scanning.slices import periods, versions
from audit.sources.source import Source
from audit.values import Plan, ProxyColumns
from audit.wording import counted, listed

if TYPE_CHECKING:
    import pandas as pd


def count_proxies(
    frame: nw.LazyFrame[Any], source: Source, plan: Plan, found: Found, most_cells: int
) -> tuple[ProxyCounts, ...]:
    """The tables of all attributes that are known by probabilities. Raises DataError if they are too fine to hold."""
    return tuple(_counted(frame, source, plan, place, found, most_cells) for place in range(len(plan.proxies)))


def _counted(  # noqa: PLR0913, PLR0917 - the rows, what they are, and which of their attributes
    frame: nw.LazyFrame[Any], source: Source, plan: Plan, place: int, found: Found, most_cells: int
) -> ProxyCounts:
    proxy = plan.proxies[place]
    sums = [nw.len().alias("n"), *(nw.col(name).sum() for name in _names(plan, place))]
    keys = [*proxy_keys(plan, place), *_other_keys(plan)]
    cells = collected(cells_of(frame, plan, keys, sums).head(most_cells + 1))
    if len(cells) > most_cells:
        raise DataError(
            f"{source.name}: the probabilities of {proxy.name} are of more than {most_cells:,} kinds, even in "
            f"{STEPS} steps each; put some of its {len(proxy.groups)} groups together, in a column that adds theirs up"
        )
    _checked(cells, proxy, f"b{place}", found)
    return ProxyCounts(name=proxy.name, groups=proxy.groups, table=_table(cells, plan, place))


def _names(plan: Plan, place: int) -> list[str]:
    return [*(("w1", "w2") if plan.weight else ()), *proxy_sums(plan, place)]


def _other_keys(plan: Plan) -> list[str]:
    there = {
        "decision": plan.decision,
        "outcome": plan.outcome,
        "baseline": plan.baseline,
        "state": plan.weight,
        "period": plan.time,
        "version": plan.version,
    }
    return [name for name, wanted in there.items() if wanted]


def _checked(cells: pd.DataFrame, proxy: ProxyColumns, state: str, found: Found) -> None:
    """Rows whose probabilities are none are a problem, unless the policy says to exclude and count them."""
    _, rows = read_key(cells, state)
    columns = listed(repr(column) for column in proxy.columns)
    if missing := rows.get(None):
        found.notes.append(
            f"columns {columns}: empty in {counted(missing, 'row')}; their group of {proxy.name!r} is unknown"
        )
    if not (outside := rows.get(OUTSIDE)):
        return
    wrong = f"columns {columns}: no probabilities from 0 to 1 that add up to 1 (within {TOLERANCE:g}) in " + counted(
        outside, "row"
    )
    if proxy.unusable == "exclude":
        found.notes.append(f"{wrong}; these rows are excluded from {proxy.name!r}")
    else:
        found.problems.append(
            f"{wrong}; mend the data, or set attributes.{proxy.name}.unusable: exclude to leave such rows out of that "
            "attribute and count them"
        )


def _table(cells: pd.DataFrame, plan: Plan, place: int) -> CellTable:
    """The cells by what their keys mean. What there is to say of decisions and dates was said of other tables."""
    quiet = Found()
    kinds, reasons = places(cells, plan, quiet)
    state, *steps = proxy_keys(plan, place)
    keys = {"cell": kinds, "unusable": reasons, "state": coded(cells[state])}
    keys |= {f"step_{group}": coded(cells[name].astype(object)) for group, name in enumerate(steps)}
    keys |= {"period": periods(cells, plan.time, quiet)} if plan.time else {}
    keys |= {"version": versions(cells, plan.version, quiet)} if plan.version else {}
    sums = {"n": cells["n"].astype(float), **_weights(cells, plan)}
    sums |= {there: cells[name].astype(float) / PROXY_UNIT for name, there in proxy_sums(plan, place).items()}
    return table_of((), keys, {name: column.to_numpy(dtype="float64") for name, column in sums.items()})


def _weights(cells: pd.DataFrame, plan: Plan) -> dict[str, Any]:
    """The rows' weights and squared weights, in their own units; without weights, every row weighs 1."""
    if plan.weight is None:
        return dict.fromkeys(SUMS[1:], cells["n"].astype(float))
    unit = WEIGHT_UNITS[plan.weight.kind]
    return {name: cells[w].astype(float) / unit for name, w in zip(SUMS[1:], ("w1", "w2"), strict=True)}
