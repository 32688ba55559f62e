"""Paragraphs of the method on what is not fully known: membership by probabilities, outcomes of the selected alone."""

from __future__ import annotations

from collections.abc import Sequence

from audit.counts.counts import Counts
from audit.numbers import percent
from audit.result import Finding
from audit.scanning.meaning import UNLABELLED
from audit.scanning.proxykeys import STEPS, TOLERANCE

#: Outcomes are known of the selected alone, if so many of the others lack one and half as many of the selected.
_NEARLY_ALL = 0.9

_PROXY = (
    "Membership in {names} is known by probabilities alone. Each record counts in every group by its probability "
    "(Chen, Kallus, Mao, Svacha and Udell 2019), which is right if membership and outcome are unrelated among records "
    "with the same probabilities. Verdicts do not rest on that: their interval reaches over everything that the "
    "probabilities allow (Kallus, Mao and Zhou 2022), in strata of {step:g} of each group's probability, with the "
    "error of sampling at either end. Probabilities that miss a sum of 1 by more than {tolerance:g} are not used. "
    "Nothing here is put together with membership that people stated themselves."
)
_OUTCOMES = (
    "Where outcomes are missing, the bounds of a finding take each missing outcome both ways (Manski's worst case)."
)
_SELECTIVE = (
    "Outcomes are known for the selected and hardly for anybody else: {rejected} of those with a negative decision "
    "have none, against {selected} of the others. Rates among people with a certain outcome describe the selected, and "
    "say little of those who were turned down."
)
_FLIPS = (
    "Beside differences and ratios of selection rates stands what single decisions would do to them (29 CFR 1607.4(D); "
    "44 FR 11996, question 21). It never changes a verdict."
)
_SHRUNKEN = (
    "Rates of intersections are also shown pulled towards the mean of all groups, by a beta distribution of their "
    "moments (empirical Bayes; Kleinman 1973). They err less on average, hide what sets a small group apart, and are "
    "never judged."
)


def method_caveats(counts: Counts, findings: Sequence[Finding], *, crossed: bool) -> tuple[str, ...]:
    """The paragraphs about what a reader has to bear in mind, where it applies."""
    proxies = ", ".join(proxy.name for proxy in counts.proxies)
    notes = [_PROXY.format(names=proxies, step=1 / STEPS, tolerance=TOLERANCE)] if proxies else []
    notes += [_OUTCOMES] if any(found.missing_outcomes for found in findings) else []
    notes += _selective(counts)
    notes += [_FLIPS] if any(found.flip for found in findings) else []
    return (*notes, *([_SHRUNKEN] if crossed else []))


def _selective(counts: Counts) -> list[str]:
    """Named, where the data show that outcomes follow the decision."""
    cells = counts.tables[0].cells
    lacking = cells[cells["unusable"] == UNLABELLED].groupby("cell")["n"].sum()
    known = counts.tables[0].usable().groupby("cell")["n"].sum()
    shares = []
    for missing, there in (("un", ("fn", "tn")), ("up", ("tp", "fp"))):
        without = int(lacking.get(missing, 0))
        everybody = without + sum(int(known.get(cell, 0)) for cell in there)
        shares.append(without / everybody if everybody else 0.0)
    rejected, selected = shares
    if rejected < _NEARLY_ALL or selected > rejected / 2:
        return []
    return [_SELECTIVE.format(rejected=percent(rejected), selected=percent(selected))]
