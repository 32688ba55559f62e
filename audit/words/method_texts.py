"""Paragraphs of the method about intervals, tests, corrections and power, by the names that a policy gives them."""

from __future__ import annotations

_RATE = "Each rate is a share of the records in its own denominator. Its interval is "
SHARES = {
    "wilson": _RATE + "Wilson's score interval (Wilson 1927; recommended by Brown, Cai and DasGupta 2001).",
    "clopper_pearson": _RATE
    + "Clopper and Pearson's exact interval (1934), as this policy asks; its coverage is never "
    "below the stated one, and mostly above.",
    "jeffreys": _RATE + "the equal-tailed one under Jeffreys' prior, closed at 0 and 1 where that was observed (Brown, "
    "Cai and DasGupta 2001), as this policy asks.",
}
#: Whom groups are compared with, by the kind of reference.
REFERENCES = {
    "highest": "A group is compared with the one whose value is highest of those that are large enough to be judged; "
    "one that is too small is shown and is never the reference.",
    "lowest": "A group is compared with the one whose value is lowest of those that are large enough to be judged; "
    "one that is too small is shown and is never the reference.",
    "largest": "A group is compared with the one that has the most records.",
    "overall": "A group is compared with everyone together, itself among them.",
    "rest": "A group is compared with everyone else.",
    "fixed": "A group is compared with the one that the policy names.",
}
DIFFERENCES = {
    "miettinen_nurminen": "The interval of a difference of rates is Miettinen and Nurminen's score interval (1985), "
    "which needs no cell to be large.",
    "newcombe": "The interval of a difference of rates is made of the two rates' Wilson intervals (Newcombe 1998), as "
    "this policy asks.",
}
RATIOS = {
    "koopman": "The interval of a ratio of rates is Koopman's score interval (1984), which is right for rates of 0 and "
    "1 as well.",
    "katz": "The interval of a ratio of rates is Katz's log-normal interval (1978), as this policy asks. It is not "
    "defined without a success in both groups; with groups of unequal size, one of its sides misses the truth more "
    "often than stated.",
}
TESTS = {
    "fisher": "Fisher's exact test, two-sided, tests that two groups have the same rate. It errs at most as often as "
    "stated, and mostly less.",
    "fisher_mid_p": "Fisher's mid-p test, two-sided, counts tables as likely as the observed one by half (Lancaster "
    "1961), and so errs about as often as stated.",
    "two_proportion_z": "The pooled two-proportion z-test, two-sided, tests that two groups have the same rate; its "
    "statistic is the number of standard deviations quoted in employment practice.",
    "chi_square": "The N - 1 chi-square test tests that two groups have the same rate: Pearson's, without continuity "
    "correction, times (N - 1) / N (Campbell 2007).",
    "pearson": "Pearson's chi-square test, without continuity correction, tests that two groups have the same rate; "
    "its p-value is that of the pooled z-test.",
    "permutation": "The permutation test asks how often a gap at least as wide arises where membership is shuffled "
    "among the records that the metric counts: over all ways, or over 9,999 random ones. It tests that the groups' "
    "records are exchangeable, which for metrics of several rates is more than that the metric is the same.",
    "independence": "The chi-square test of all groups, without continuity correction, tests that they all have the "
    "same rate (Pearson 1900).",
    "independence_random": "The chi-square test of all groups tests that they all have the same rate; where fewer than "
    "5 events are expected of a group, its p-value comes from 9,999 random tables with the same margins.",
    "boschloo": "Boschloo's exact test, two-sided, tests that two groups have the same rate, without taking the total "
    "of the selected for given (Boschloo 1970). It is computed for at most 200 records.",
    "barnard": "Barnard's exact test, two-sided, tests that two groups have the same rate, ordered by the pooled z and "
    "without taking the total of the selected for given (Barnard 1947). It is computed for at most 200 records.",
    "cochran_mantel_haenszel": "The Cochran-Mantel-Haenszel test, without continuity correction, tests that two groups "
    "have the same rate in every stratum (Mantel and Haenszel 1959).",
}
WITHIN = (
    "Beside the p-value of missing the requirement stands that of keeping it: two one-sided tests, of which the weaker "
    "counts (Schuirmann 1987). It is at most {alpha} exactly where the interval by itself lies within the limits. A "
    "test of equality cannot show that; it only fails to show a difference."
)
JUDGED = "the {family} comparisons that are judged by their intervals"
JUDGED_ALONE = "the one comparison that is judged by its interval"
_FAILS = "A failure is claimed only if it stands after "
_JUDGED = "over {judged}{by_rule}"
CORRECTIONS = {
    "bonferroni": _FAILS
    + "Bonferroni's adjustment "
    + _JUDGED
    + ": the chance that {claims} any failure wrongly is at "
    "most about {alpha}. The thin ends of an interval show the adjusted limits.",
    "holm": _FAILS + "Holm's step-down adjustment (1979) " + _JUDGED + ": the chance that {claims} any failure wrongly "
    "is at most about {alpha}. The thin ends of an interval show the adjusted limits.",
    "hommel": _FAILS + "Hommel's adjustment (1988) " + _JUDGED + ": the chance that {claims} any failure wrongly is at "
    "most about {alpha}, if comparisons depend on each other positively or not at all. The thin ends of an interval "
    "show the adjusted limits.",
    "bh": _FAILS
    + "Benjamini and Hochberg's adjustment (1995) "
    + _JUDGED
    + ": of the failures claimed, at most {alpha} "
    "are expected to be wrong.",
    "by": _FAILS + "Benjamini and Yekutieli's adjustment (2001) " + _JUDGED + ": of the failures claimed, at most "
    "{alpha} are expected to be wrong, however the comparisons depend on each other.",
    "none": "No allowance is made for the number of comparisons ({family}); each has its own error rate of {alpha}.",
}
NO_LIMIT = "No rule sets a limit, so nothing was judged, and there was no number of comparisons to allow for."
NO_FAMILY = "No comparison was judged by its interval, so there was no number of comparisons to allow for."
TESTED = (
    "Rules that are judged by a point value and a test fail where the value misses the requirement and the test is "
    "significant, pass where the whole interval meets it, and are inconclusive otherwise. They take each test by "
    "itself, at a level of {level}: nothing is allowed for the number of their comparisons, so of many equal groups "
    "some may fail by chance."
)
#: Who claims failures, and what the comparisons are counted in.
FAMILIES = {
    "policy": {"claims": "this audit claims", "by_rule": ""},
    "rule": {"claims": "a rule claims", "by_rule": ", within each rule by itself"},
}
CHOSEN = (
    "A reference that is chosen because its rate is the highest or lowest of three or more groups looks farther away "
    "than it is. Before a failure is claimed against it, all pairs of these groups are allowed for (studentised range)."
)
CHOSEN_AS_ONE = " The comparisons with it are then valid together, and count as one in the adjustment."
POWER = (
    "What the data could have shown, and how many more records would likely settle a finding, are planning values: the "
    "chance is {power:.0%}, the present estimates are taken for the truth, and the test is the one that decides, at "
    "the level that allows for all comparisons. More records are meant in the same mix of groups and outcomes."
)
