"""How often intervals hold the truth, and how often verdicts are wrong: the tables of `docs/coverage.md`.

What can be counted is counted: a share's coverage is a sum of binomial probabilities, and two shares' a sum over all
pairs of counts. Only what concerns many groups or rules at once is drawn at random, from fixed seeds.
`docs/simulate.py` is what runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import binom

from audit.stats.alternatives import KatzRatios
from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios
from audit.stats.differences import newcombe
from audit.stats.equivalence import p_inside, p_outside
from audit.stats.numerics import Array, Limits, Mask
from audit.stats.ranges import max_gap
from audit.stats.shares import clopper_pearson, jeffreys, wilson

PAGE = Path(__file__).parent / "coverage.md"
TAIL, SEED = 0.025, 20261121
#: Counts that are less likely than this, in either tail of a group, are left out of a sum.
_DROPPED = 1e-9
#: How far the truth may lie beyond a limit by rounding alone.
_ROUNDING = 1e-9


# ---- writing -------------------------------------------------------------------------------------------------------


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table of Markdown, whose first columns are words and whose others are numbers."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *rows))


def kept(coverage: float) -> str:
    """A coverage, and in words how far it falls short of 95 %."""
    shown = f"{coverage:.1%}"
    if round(coverage, 3) >= 0.95:
        return shown
    return f"{shown} under" if round(coverage, 3) >= 0.93 else f"{shown} **far under**"


def missed(share: float) -> str:
    """A chance to be wrong on one side, and in words how far it goes beyond 2.5 %."""
    shown = f"{share:.1%}"
    if round(share, 3) <= TAIL:
        return shown
    return f"{shown} over" if round(share, 3) <= 0.035 else f"{shown} **far over**"


# ---- one share: exact ----------------------------------------------------------------------------------------------

SIZES = (5, 10, 20, 50, 100, 500, 1000, 5000)
TRUTHS = np.arange(1, 100) / 100
_SHOWN = (0.01, 0.05, 0.1, 0.3, 0.5)
SHARES: Mapping[str, Callable[..., Limits]] = {
    "Wilson": wilson,
    "Clopper-Pearson": clopper_pearson,
    "Jeffreys": jeffreys,
}


def share_coverage(interval: Callable[..., Limits], n: int, truths: Array) -> Array:
    """The chance that the interval of a share of n trials holds each truth."""
    x = np.arange(n + 1)
    low, high = interval(x, n, TAIL)
    holds = (low <= truths[:, np.newaxis] + _ROUNDING) & (truths[:, np.newaxis] - _ROUNDING <= high)
    return np.asarray((binom.pmf(x, n, truths[:, np.newaxis]) * holds).sum(axis=1))


def shares() -> str:
    """Coverage of the intervals of one share."""
    head = ["interval", "trials", *(f"p = {p}" for p in _SHOWN), "mean", "least"]
    rows = []
    for (name, interval), n in product(SHARES.items(), SIZES):
        found = share_coverage(interval, n, TRUTHS)
        shown = [kept(found[round(100 * p) - 1]) for p in _SHOWN]
        least = f"{kept(found.min())} at {TRUTHS[found.round(9).argmin()]:.2f}"
        rows.append([name, f"{n:,}", *shown, kept(found.mean()), least])
    return markdown(head, rows)


# ---- two shares: exact ---------------------------------------------------------------------------------------------

PAIRS = ((5, 5), (20, 20), (20, 200), (100, 100), (100, 5000), (1000, 1000), (5000, 5000))
RATES = (0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """All pairs of counts of two groups that are not too unlikely, and how likely each is."""

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    chance: Array

    @property
    def four(self) -> dict[str, Array]:
        """The counts by name, as the contrasts take them."""
        return {"x1": self.x1, "n1": self.n1, "x2": self.x2, "n2": self.n2}


def tables(sizes: tuple[int, int], rates: tuple[float, float]) -> Tables:
    """The pairs of counts of groups of these sizes with these rates."""
    counts, chances = zip(*(_likely(n, p) for n, p in zip(sizes, rates, strict=True)), strict=True)
    x1, x2 = (axis.ravel() for axis in np.meshgrid(*counts, indexing="ij"))
    n1, n2 = (np.full(x1.shape, float(n)) for n in sizes)
    return Tables(x1=x1, n1=n1, x2=x2, n2=n2, chance=np.outer(*chances).ravel())


def _likely(n: int, p: float) -> tuple[Array, Array]:
    x = np.arange(binom.ppf(_DROPPED, n, p), binom.isf(_DROPPED, n, p) + 1)
    return x, binom.pmf(x, n, p)


def _by_p_values(contrast: Contrast, truth: float) -> tuple[Mask, Mask]:
    """Which intervals lie wholly above the truth, and which wholly below: their p-values say so without the limits."""
    return contrast.p_above(truth) <= TAIL, contrast.p_below(truth) <= TAIL


def _by_limits(limits: Limits, truth: float) -> tuple[Mask, Mask]:
    return limits.low > truth + _ROUNDING, limits.high < truth - _ROUNDING


Misses = Callable[[Tables, float], tuple[Mask, Mask]]
DIFFERENCES: Mapping[str, Misses] = {
    "Miettinen-Nurminen": lambda all_, truth: _by_p_values(ShareDifferences(**all_.four), truth),
    "Newcombe": lambda all_, truth: _by_limits(newcombe(**all_.four, tail=TAIL), truth),
}
RATIOS: Mapping[str, Misses] = {
    "Koopman": lambda all_, truth: _by_p_values(ShareRatios(**all_.four), truth),
    "Katz": lambda all_, truth: _by_p_values(KatzRatios(**all_.four), truth),
}


def pair_misses(
    misses: Misses, sizes: tuple[int, int], rates: tuple[float, float], truth: float
) -> tuple[float, float]:
    """The chances that the interval of two groups lies wholly above the truth, and wholly below it."""
    every = tables(sizes, rates)
    above, below = misses(every, truth)
    return float(every.chance[above].sum()), float(every.chance[below].sum())


def _of_pairs(methods: Mapping[str, Misses], truth: Callable[[float, float], float], shown: Sequence[float]) -> str:
    """Coverage where both rates are equal, over all pairs of rates, and the worst error on one side."""
    head = ["interval", "trials", *(f"both {p}" for p in shown), "mean", "least", "worst side"]
    rows = []
    for (name, misses), sizes in product(methods.items(), PAIRS):
        found = {pair: pair_misses(misses, sizes, pair, truth(*pair)) for pair in product(RATES, RATES)}
        coverage = {pair: 1 - sum(sides) for pair, sides in found.items()}
        at = min(coverage, key=lambda pair: coverage[pair])
        least = f"{kept(coverage[at])} at {at[0]} and {at[1]}"
        mean, worst = float(np.mean(list(coverage.values()))), max(max(sides) for sides in found.values())
        equal = [kept(coverage[p, p]) for p in shown]
        rows.append([name, f"{sizes[0]:,} and {sizes[1]:,}", *equal, kept(mean), least, missed(worst)])
    return markdown(head, rows, words=2)


def differences() -> str:
    """Coverage of the intervals of a difference."""
    return _of_pairs(DIFFERENCES, lambda p1, p2: p1 - p2, _SHOWN)


def ratios() -> str:
    """Coverage of the intervals of a ratio."""
    return _of_pairs(RATIOS, lambda p1, p2: p1 / p2, (0.01, 0.05, 0.1, 0.5, 0.9, 0.99))


# ---- verdicts at the margin: exact ---------------------------------------------------------------------------------

#: What is compared, its limits, and a true value on a limit, just inside and just outside of it.
MARGINS: Mapping[str, tuple[type[ShareDifferences | ShareRatios], float, float | None, tuple[float, float, float]]] = {
    "ratio >= 4/5": (ShareRatios, 0.8, None, (0.8, 0.82, 0.78)),
    "difference >= -0.05": (ShareDifferences, -0.05, None, (-0.05, -0.04, -0.06)),
    "difference within 0.05": (ShareDifferences, -0.05, 0.05, (-0.05, -0.04, -0.06)),
}
_REFERENCES = (0.1, 0.3, 0.6)
_MARGIN_SIZES = ((50, 50), (200, 200), (100, 1000), (1000, 1000), (5000, 5000))
_MIN_EXPECTED = 5.0


def verdicts(requirement: str, every: Tables) -> tuple[Mask, Mask]:
    """Which tables fail and which pass, one comparison judged by its interval."""
    build, low, high, _ = MARGINS[requirement]
    contrast = build(**every.four)
    pooled = (every.x1 + every.x2) / (every.n1 + every.n2)
    enough = np.minimum(every.n1, every.n2) * np.minimum(pooled, 1 - pooled) >= _MIN_EXPECTED
    return (p_outside(contrast, low, high) <= TAIL) & enough, p_inside(contrast, low, high) <= TAIL


def _at_margin(requirement: str, sizes: tuple[int, int], reference: float, truth: float) -> tuple[float, float]:
    """The chances of a failure and of a pass."""
    rate = reference * truth if MARGINS[requirement][0] is ShareRatios else reference + truth
    every = tables(sizes, (rate, reference))
    fails, passes = verdicts(requirement, every)
    return float(every.chance[fails].sum()), float(every.chance[passes].sum())


def margins() -> str:
    """False failures and false passes where the truth is on the limit, just inside and just outside."""
    head = ["requirement", "reference's rate", "trials", "on it: fail", "on it: pass"]
    head += ["inside: false fail", "inside: pass", "outside: fail", "outside: false pass"]
    rows = []
    for requirement, reference, sizes in product(MARGINS, _REFERENCES, _MARGIN_SIZES):
        on, inside, outside = (_at_margin(requirement, sizes, reference, at) for at in MARGINS[requirement][3])
        cells = [missed(on[0]), missed(on[1]), missed(inside[0]), f"{inside[1]:.1%}", f"{outside[0]:.1%}"]
        trials = f"{sizes[0]:,} and {sizes[1]:,}"
        rows.append([requirement, str(reference), trials, *cells, missed(outside[1])])
    return markdown(head, rows, words=1)


# ---- the largest gap: drawn ----------------------------------------------------------------------------------------

DRAWS, CLAIMS, INTERVALS = 4000, 1000, 100
_GROUPS, _EACH = (2, 5, 10, 20), (50, 200, 1000)
_RATE, _FLAG = 0.3, 0.8


def gaps() -> str:
    """The bias of the observed extremes of equal groups, and what the interval of the gap says."""
    head = ["groups", "records of each", "mean observed ratio", "observed ratio below 4/5", "mean observed gap"]
    head += ["mean interval of the gap", "claims a gap"]
    rows = []
    for k, n in product(_GROUPS, _EACH):
        x = np.random.default_rng([SEED, k, n]).binomial(n, _RATE, (DRAWS, k))
        most, least = x.max(axis=1) / n, x.min(axis=1) / n
        drawn = [max_gap(one, np.full(k, n)) for one in x[:CLAIMS]]
        claims = np.mean([one.p_above(0.0)[0] <= TAIL for one in drawn])
        low, high = np.array([one.limits(TAIL) for one in drawn[:INTERVALS]])[:, :, 0].mean(axis=0)
        cells = [f"{(least / most).mean():.3f}", f"{(least < _FLAG * most).mean():.1%}", f"{(most - least).mean():.3f}"]
        rows.append([str(k), f"{n:,}", *cells, f"{low:.3f} to {high:.3f}", missed(float(claims))])
    return markdown(head, rows, words=0)


# ---- the page ------------------------------------------------------------------------------------------------------


def rules() -> str:
    """The chance of any failure of fifty rules."""
    from docs.fifty_rules import table  # the engine, which the other parts do without

    return table()


PARTS: Mapping[str, Callable[[], str]] = {
    "shares": shares,
    "differences": differences,
    "ratios": ratios,
    "margins": margins,
    "gaps": gaps,
    "rules": rules,
}


def write(part: str) -> None:
    """Put the table of a part into the page."""
    made = PARTS[part]()
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(f"<!-- made by make simulate: {part} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    PAGE.write_text(f"{before}{mark}\n{made}\n\n{end}{after}", encoding="utf-8")
