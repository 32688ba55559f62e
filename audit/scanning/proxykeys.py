"""Membership known by probabilities alone, as expressions over rows: whether they can be used, and what is added up.

Rows are put together by every probability in twentieths, rounded down; the probabilities themselves are added up
exactly, so no rate is rounded. The twentieths serve for bounds, which coarser strata only make wider, and for who is
more likely than not of a group.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import narwhals as nw

from audit.scanning.meaning import OUTSIDE
from audit.values import Plan, ProxyColumns

#: Into so many steps a probability is cut.
STEPS = 20
#: By so much the probabilities of a row may miss 1: as published ones do, each rounded to two decimals.
TOLERANCE = 0.02
#: Probabilities are added up as whole numbers of 1/unit.
PROXY_UNIT = 2.0**50
#: The names of a group's sums in a table, before its number: of q, of q squared, and for sampling weights of w^2 q.
SUM, SQUARE, CROSS = "sum_", "square_", "cross_"


def proxy_numbers(plan: Plan) -> dict[str, str]:
    """The columns of probabilities, by their names here."""
    return {
        _name(place, group): column
        for place, proxy in enumerate(plan.proxies)
        for group, column in enumerate(proxy.columns)
    }


def proxy_keys(plan: Plan, place: int) -> list[str]:
    """The keys of one attribute's table: the state of its probabilities, and each of them in steps."""
    return [_state_name(place), *(f"{_name(place, group)}k" for group in range(len(plan.proxies[place].columns)))]


def proxy_sums(plan: Plan, place: int) -> dict[str, str]:
    """What is added up for one attribute: the names in the frame, and those in its table."""
    kinds = (SUM, SQUARE, *((CROSS,) if _sampled(plan) else ()))
    groups = range(len(plan.proxies[place].columns))
    return {f"{_name(place, group)}{kind}": f"{kind}{group}" for kind in kinds for group in groups}


def proxy_expressions(plan: Plan, whole: Callable[[nw.Expr], nw.Expr]) -> list[nw.Expr]:
    """All keys and sums of all attributes of probabilities; `whole` makes a number one that is added up exactly."""
    found: list[nw.Expr] = []
    for place, proxy in enumerate(plan.proxies):
        found.append(_state(proxy, place).alias(_state_name(place)))
        for group in range(len(proxy.columns)):
            usable = nw.when(_state(proxy, place) == "ok").then(nw.col(_name(place, group))).otherwise(nw.lit(0.0))
            found.append((usable * STEPS).floor().cast(nw.Int64).alias(f"{_name(place, group)}k"))
            found += _sums(plan, _name(place, group), usable, whole)
    return found


def _sums(plan: Plan, name: str, probability: nw.Expr, whole: Callable[[nw.Expr], nw.Expr]) -> list[nw.Expr]:
    once = nw.col("once") if plan.weight else nw.lit(1.0)
    twice = once * once if _sampled(plan) else once  # a repeated row is as many rows
    sums = {SUM: once * probability, SQUARE: twice * probability * probability}
    sums |= {CROSS: twice * probability} if _sampled(plan) else {}
    return [whole(number * PROXY_UNIT).alias(f"{name}{kind}") for kind, number in sums.items()]


def _state(proxy: ProxyColumns, place: int) -> nw.Expr:
    """`ok`, `outside` (not probabilities, or some missing, or not of sum 1), or NULL where all are missing."""
    names = [_name(place, group) for group in range(len(proxy.columns))]
    there = functools.reduce(operator.or_, (nw.col(f"{name}_present") for name in names))
    within = functools.reduce(operator.and_, ((nw.col(name) >= 0) & (nw.col(name) <= 1) for name in names))
    total = functools.reduce(operator.add, (nw.col(name) for name in names))
    fine = within & (total >= 1 - TOLERANCE) & (total <= 1 + TOLERANCE)
    return nw.when(there).then(nw.when(fine).then(nw.lit("ok")).otherwise(nw.lit(OUTSIDE)))


def _name(place: int, group: int) -> str:
    return f"b{place}_{group}"


def _state_name(place: int) -> str:
    return f"b{place}"


def _sampled(plan: Plan) -> bool:
    return plan.weight is not None and plan.weight.kind == "sampling"
