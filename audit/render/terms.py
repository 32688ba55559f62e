"""The report's own words for what a result holds as short names."""

from __future__ import annotations

from collections.abc import Sequence

from audit.numbers import POINTS, Unit, bounds, count, number
from audit.result import AuditResult, Finding, Method, MetricNote, RuleSummary
from audit.tongue import Spoken, _, _n, figures, spoken
from audit.values import Outcome, Verdict
from audit.words.power_words import detectable_words, plannable
from audit.words.power_words import records as records_words
from audit.words.sentences import in_sentence
from audit.words.sentences import unit as unit_of

VERDICT = Spoken({
    Verdict.PASS: "Pass",
    Verdict.FAIL: "Fail",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.NOT_COMPUTABLE: "Not computable",
    Verdict.NOT_JUDGED: "Not judged",
    Verdict.WITHHELD: "Withheld",
})  # fmt: skip
#: Short names for classes and file-safe places.
CODE = {verdict: verdict.value.replace(" ", "-") for verdict in Verdict}
OUTCOME = Spoken({
    Outcome.PASS: "Pass",
    Outcome.FAIL: "Fail",
    Outcome.INCONCLUSIVE: "Inconclusive",
    Outcome.WAIVED: "Failed, with accepted exceptions",
})  # fmt: skip
EFFECT = Spoken({"block": "blocks release", "review": "asks for review", "report": "for information"})
BASIS = Spoken({
    "mandated": "mandated: a law or regulation sets this number",
    "guidance": "guidance: an authority uses this number, no law sets it",
    "draft": "draft: proposed, not in force",
    "case_law": "case law: courts have used this number",
    "convention": "convention: customary, not set by law",
    "house": "house rule: set by the owner of this policy",
})  # fmt: skip
#: The same of rules that set no limit, and in one or two words.
UNLIMITED_BASIS = Spoken({
    "mandated": "mandated: a law or regulation asks for this number and sets no limit to it",
    "guidance": "guidance: published guidance looks at numbers of this kind and sets no limit to them",
    "draft": "draft: a proposal asks for this number and sets no limit to it",
    "case_law": "case law: courts have looked at this number without one limit",
    "convention": "convention: customary to report, without a limit",
    "house": "house rule: the owner of this policy wants it reported",
})  # fmt: skip
BASIS_WORD = Spoken({
    "mandated": "mandated",
    "guidance": "guidance",
    "draft": "draft",
    "case_law": "case law",
    "convention": "convention",
    "house": "house rule",
})  # fmt: skip
BURDEN = Spoken({
    "prove_fair": "fairness has to be shown: an inconclusive result does not meet the rule",
    "prove_unfair": "unfairness has to be shown: only a failure counts against the system",
})  # fmt: skip
#: The metrics that are of all groups together, and of none by itself.
_OF_ALL = ("ndkl",)
COMPARE = Spoken({
    "ratio": "the {metric} of each group, divided by that of its reference",
    "difference": "the {metric} of each group, less that of its reference",
    "change": "how much farther the {metric} of each group is behind that of its reference than under the baseline",
    "value": "the {metric} of each group",
    "value of all": "the {metric} of all groups together",
    "max_gap": "the largest gap in {metric} between two groups",
    "min_ratio": "the smallest ratio of {metric} between two groups",
})  # fmt: skip
JUDGE = Spoken({
    "interval": "the whole interval decides",
    "point": "the point value decides, as the source of this rule has it; the interval is shown beside it",
    "point_and_test": "fails only when the point value is beyond the limit and the named test is significant",
})  # fmt: skip
#: Reasons that a table gives beside a verdict; the others are what the verdict itself says.
REASON = Spoken({
    "few_records": "too few records",
    "few_trials": "too few that the rate is a share of",
    "small_share": "too small a share of the records",
    "no_trials": "nothing that the rate could be a share of",
    "no_decision": "no decision column",
    "one_class": "outcomes of one kind only",
    "not_counted": "its scores were not counted",
    "median_hidden": "the median of all is not known exactly",
    "top_hidden": "the cutoff of the fraction is not known exactly",
    "no_spread": "all scores are alike",
    "no_deviation": "their scores do not vary",
    "scores_alike": "its scores are all alike",
    "separable": "its scores part the outcomes",
    "no_probability": "its scores are no probabilities",
    "no_outcome": "no outcome is known",
    "reference_zero": "the rate of the reference is 0",
    "reference_undefined": "the reference has no rate",
    "reference_set_aside": "the reference is too small",
    "no_strata": "nobody is alike",
    "not_alike": "too few have a counterpart",
    "one_group": "fewer than two groups are large enough",
    "no_group": "no group is large enough",
    "no_logarithm": "no Katz interval",
    "none_at_top": "none among the first places",
    "no_lists": "no list with two groups",
    "few_lists": "too few lists",
    "not_estimable": "too little variation for an interval",
    "not_after_adjustment": "beyond the limit only by itself",
    "few_events": "too few expected events to claim a failure",
    "no_limit": "reported without a limit",
})  # fmt: skip
#: What a pack follows, the state of its source, and how well a source was looked at.
KIND = Spoken({
    "mandated": "law, and what authorities and courts make of it",
    "convention": "a convention",
    "framework": "a standard or principles",
    "house": "an organisation's own rules",
})  # fmt: skip
STATE = Spoken({
    "in_force": "in force",
    "phased": "in force in part",
    "enacted": "enacted and not yet in force",
    "guidance": "guidance",
    "case_law": "case law",
    "standard": "a published standard",
    "house": "an organisation's own",
    "draft": "a draft that binds nobody",
    "rescission_pending": "in force; its withdrawal, or that of a part, is proposed or under way",
    "partly_superseded": "superseded in part",
})  # fmt: skip
MARK = Spoken({
    "source": "read at the source",
    "secondary": "read in an account of it",
    "memory": "from memory, to be checked",
    "uncertain": "may no longer hold",
})  # fmt: skip
CORRECTION = Spoken({
    "none": "without allowance for the number of comparisons",
    "bonferroni": "with allowance for the number of comparisons (Bonferroni)",
    "hommel": "with allowance for the number of comparisons (Hommel)",
    "by": "with control of the false discovery rate (Benjamini and Yekutieli)",
    "holm": "with allowance for the number of comparisons (Holm)",
    "bh": "with control of the false discovery rate (Benjamini and Hochberg)",
})  # fmt: skip

#: One finding speaks for the whole attribute.
WHOLE = frozenset({"max_gap", "min_ratio"})
RATIOS = frozenset({"ratio", "min_ratio"})

#: From the worst to the least; a rule or a group takes its place in a list by it.
SEVERITY = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_COMPUTABLE,
    Verdict.PASS,
    Verdict.NOT_JUDGED,
    Verdict.WITHHELD,
)
_EFFECTS = ("block", "review", "report")


def unit_note(unit: Unit) -> str:
    """What stands behind a number whose unit its column does not show."""
    return _(" points") if unit == POINTS else ""


def p_value(value: float) -> str:
    """A p-value to three places; one very near to 0 or 1 is only said to be beyond the last of them."""
    if value < 0.001:
        return _("below {number}").format(number=figures("0.001"))
    if value > 0.999:
        return _("above {number}").format(number=figures("0.999"))
    return number(value, limit=(0.01, 0.05), digits=3)


def test_said(finding: Finding) -> str:
    """What its named test says; older results name the test alone."""
    test = finding.test
    if test is None:
        return ""
    return test.words or f"{test.name}, p = {p_value(test.p_value) if test.p_value is not None else 'not computed'}"


def detectable(finding: Finding) -> str:
    """From where on a violation would likely have been shown; empty where that is not known."""
    note = finding.power
    return detectable_words(note, unit_of(finding.metric, finding.compare), limits_of(finding)) if note else ""


def further(finding: Finding) -> str:
    """How many more records would likely settle an inconclusive finding; empty where that is not known."""
    n = plannable(finding.power) if finding.verdict is Verdict.INCONCLUSIVE else None
    return records_words(n) if n else ""


def allowance(method: Method) -> str:
    """How failures are claimed: `with allowance for the number of comparisons (Holm), over 9 comparisons`."""
    if not method.family:
        return _("without allowance, for no comparison is judged by its interval")
    how = CORRECTION.get(method.correction, method.correction)
    if method.correction == "none":
        said = _("{how} ({n})")
    elif method.family_of == "rule":
        said = _n(
            "{how}, in each rule by itself, {n} comparison in all",
            "{how}, in each rule by itself, {n} comparisons in all",
            method.family,
        )
    else:
        said = _n("{how}, over {n} comparison", "{how}, over {n} comparisons", method.family)
    return said.format(how=how, n=count(method.family))


def tallied(rule: RuleSummary) -> str:
    """How many comparisons a rule made, and what became of them, the worst first: `6 comparisons: 1 fail, 5 pass`."""
    found = [(rule.tally.get(verdict.value, 0), verdict) for verdict in SEVERITY]
    made = sum(n for n, _ in found)
    if not made:
        return _("No comparison was made.")
    said = ", ".join(f"{count(n)} {VERDICT[verdict].lower()}" for n, verdict in found if n)
    return _n("{n} comparison: {said}.", "{n} comparisons: {said}.", made).format(n=count(made), said=said)


def inside(label: str) -> str:
    """A metric's label inside a sentence; it is in the language of the moment already."""
    return in_sentence(label) if spoken().lowers else label


def measured(rule: RuleSummary, labels: Sequence[str]) -> str:
    """What a rule measures, in words: `the selection rate of each group, divided by that of its reference`."""
    labels = list(map(inside, labels))
    names = _(" and the ").join([part for part in (_(", the ").join(labels[:-1]), labels[-1]) if part])
    kind = "value of all" if rule.metrics == _OF_ALL else rule.compare
    said = COMPARE.get(kind, f"{{metric}} ({rule.compare})").replace("{metric}", names)
    return _among(said, rule)


def _among(said: str, rule: RuleSummary) -> str:
    if not rule.given:
        return said
    return _("{said}, among records alike in {factors}").format(said=said, factors=", ".join(rule.given))


def disparity_label(metric: MetricNote, compare: str, reference: str | None) -> str:
    """The head of the column of disparities."""
    whom = reference or _("its reference")
    signed = unit_of(metric.name, compare) == POINTS
    heads = {
        "ratio": _("Ratio to {reference}").format(reference=whom),
        "difference": (_("Difference from {reference}, points") if signed else _("Difference from {reference}")).format(
            reference=whom
        ),
        "change": _("Farther behind {reference}, points").format(reference=whom),
        "value": metric.label,
        "max_gap": _("Widest gap, points") if signed else _("Widest gap"),
        "min_ratio": _("Lowest ratio"),
    }
    return heads.get(compare, compare)


def limits_of(finding: Finding) -> tuple[float, ...]:
    """The limits that no number of this finding may be rounded across."""
    return tuple(end for end in (finding.accepts.low, finding.accepts.high) if end is not None)


def limit_words(finding: Finding) -> str:
    """`limit ≥ 0.80`, or that there is none."""
    unit = unit_of(finding.metric, finding.compare)
    said = bounds(finding.accepts.low, finding.accepts.high, unit)
    return _("limit {limit}").format(limit=said + unit_note(unit)) if limits_of(finding) else said


def why(finding: Finding) -> str | None:
    """A few words beside a verdict that needs them; None where the verdict says it all."""
    quiet = finding.verdict in (Verdict.NOT_JUDGED, Verdict.NOT_COMPUTABLE)
    said: str | None = REASON.get(finding.reason, finding.reason if quiet else None)
    return said


def records(finding: Finding) -> int | None:
    """How many records a finding is about: those of its group, or of the whole attribute where it speaks for that."""
    return finding.n if finding.compare in WHOLE or finding.group_n is None else finding.group_n


def reported(result: AuditResult) -> bool:
    """Does no rule block? Then the exit code is 0, and nobody is to read it as a pass."""
    return result.outcome is Outcome.PASS and all(rule.effect != "block" for rule in result.rules)


def is_waived(finding: Finding) -> bool:
    """Is there an accepted exception in force?"""
    return finding.waiver is not None and finding.waiver.in_force


def urgency(rule: RuleSummary) -> tuple[int, bool, int]:
    """Sorts rules from the most urgent: by verdict, waived after the others, blocking before the rest."""
    effect = _EFFECTS.index(rule.effect) if rule.effect in _EFFECTS else len(_EFFECTS)
    return SEVERITY.index(rule.verdict), rule.waived, effect
