"""What a rule's named test of equality says, in words."""

from __future__ import annotations

from audit.stats.two_by_two import Equality

_TEST_NAMES = {
    "fisher": "Fisher's exact test",
    "fisher_mid_p": "Fisher's mid-p test",
    "two_proportion_z": "two-proportion z-test",
    "chi_square": "N - 1 chi-square test",
    "pearson": "Pearson's chi-square test",
    "permutation": "permutation test",
    "independence": "chi-square test of all groups",
    "independence_random": "chi-square test of all groups by random tables",
    "boschloo": "Boschloo's exact test",
    "barnard": "Barnard's exact test",
    "cochran_mantel_haenszel": "Cochran-Mantel-Haenszel test",
}
#: Statistics that mean something to a reader, by the name of the test.
_STATISTICS = {
    "two_proportion_z": "{:.2f} standard deviations",
    "chi_square": "chi-square {:.2f}",
    "pearson": "chi-square {:.2f}",
    "independence": "chi-square {:.2f}",
    "independence_random": "chi-square {:.2f}",
    "cochran_mantel_haenszel": "chi-square {:.2f}",
}
_NO_TEST = {
    "empty_group": "cannot be computed, as a group is empty",
    "too_large": "is not computed for so many records",
    "not_exchangeable": "cannot be computed, as records weigh unlike or belong together",
}


def test_words(tested: Equality) -> str:
    """A named test's result: `two-proportion z-test, 3.10 standard deviations, p = 0.002`."""
    name = _TEST_NAMES[tested.method]
    if tested.p_value is None:
        return f"{name} {_NO_TEST.get(tested.reason or '', 'cannot be computed')}"
    told = _STATISTICS.get(tested.method) if tested.statistic is not None else None
    size = f", {told.format(abs(tested.statistic or 0))}" if told else ""
    p = "p < 1e-15" if tested.p_value < 1e-15 else f"p = {tested.p_value:.3g}"
    return f"{name}{size}, {p}"
