"""A result, arranged for reading: urgent rules first, and for each metric and attribute the worst groups first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.numbers import PERCENT, POINTS, Unit
from audit.render.bins import bins_of
from audit.render.clean import slug
from audit.render.leads import farthest_of, lead_of, verdict_of
from audit.render.lines import Line, common, lines_of
from audit.render.terms import RATIOS, WHOLE, disparity_label, further, limits_of, urgency
from audit.render.worst import badness, harms_of
from audit.result import AuditResult, Bounds, Finding, GroupRow, MetricNote, RuleSummary, WaiverNote
from audit.tongue import _, in_english
from audit.values import Verdict
from audit.words.sentences import rate_unit
from audit.words.sentences import unit as unit_of


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One rule, one metric, one attribute: a figure, and a table of its first `lines`, which may not be `every` one."""

    id: str
    number: int
    rule: RuleSummary
    metric: MetricNote
    attribute: str
    columns: tuple[str, ...]
    reference: str | None
    lines: tuple[Line, ...]
    every: tuple[Line, ...]
    left_out: int
    lead: Finding
    findings: tuple[Finding, ...]
    bins: Mapping[str, tuple[str, ...]]

    @property
    def accepts(self) -> Bounds:
        """The values that meet the requirement."""
        return self.lead.accepts

    @property
    def verdict(self) -> Verdict:
        """What stands in its heading: its worst verdict, so far as that can be told from what is shown."""
        return verdict_of(self.findings)

    @property
    def limits(self) -> tuple[float, ...]:
        """The limits as numbers."""
        return limits_of(self.lead)

    @property
    def unit(self) -> Unit:
        """How its disparities are written."""
        return unit_of(self.metric.name, self.rule.compare)

    @property
    def order(self) -> str:
        """In which order its lines are, for a reader who is not shown all of them."""
        return _("the two that decide come first") if is_whole(self) else _("the worst come first")

    @property
    def has_numbers(self) -> bool:
        """Is there anything to draw?"""
        rates = [line.rate.value for line in self.lines if line.rate]
        return any(value is not None for value in (*rates, *(finding.value for finding in self.findings)))

    @property
    def is_extended(self) -> bool:
        """Does the interval of a finding allow for all comparisons, so that it is wider than its own?"""
        return any(finding.interval != finding.unadjusted_interval for finding in self.findings)

    @property
    def is_powered(self) -> bool:
        """Is there anything to say about what these data could have shown?"""
        return any(finding.power is not None and finding.power.not_detectable is None for finding in self.findings)

    @property
    def is_unsettled(self) -> bool:
        """Is there a finding that more records could settle?"""
        return any(further(finding) for finding in self.findings)

    @property
    def sentences(self) -> tuple[Finding, ...]:
        """The findings, from the worst, that have a verdict and are not the one whose sentence leads the panel."""
        unsaid = (Verdict.NOT_JUDGED, Verdict.WITHHELD)
        return tuple(f for f in self.findings if f is not self.lead and f.verdict not in unsaid)

    @property
    def tested(self) -> tuple[Finding, ...]:
        """The findings whose test stands by itself: all of them where no limit is set, else the leading one."""
        shown = [line.finding for line in self.lines if line.finding and line.finding.reason == "no_limit"]
        return tuple(f for f in (self.lead, *(f for f in shown if f is not self.lead)) if f.test)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What its leading finding rests on beside the records that were counted, unless its sentence says it."""
        lead = self.lead
        notes = (lead.unknown, lead.missing_outcomes, lead.proxy, lead.flip)
        return tuple(in_english(note.words) for note in notes if note and note.words not in lead.because)

    @property
    def rate_head(self) -> str:
        """The head of its table's column of rates."""
        return _("Value") if rate_unit(self.metric.name) != PERCENT else _("Rate")

    @property
    def gap_head(self) -> str:
        """The head of its table's column of disparities."""
        if self.rule.compare in RATIOS:
            return _("Ratio")
        if self.rule.compare == "change":
            return _("Farther behind, points")
        return _("Difference, points") if self.unit == POINTS else _("Difference")

    @property
    def head(self) -> str:
        """The head of its column of disparities."""
        label = disparity_label(self.metric, self.rule.compare, self.reference)
        return _("{label}, alike").format(label=label) if self.rule.given else label

    @property
    def rates_head(self) -> str:
        """The head of its figure's rates, which are over all records even where those alike are compared."""
        return _("{label}, all").format(label=self.metric.label) if self.rule.given else self.metric.label


@dataclass(frozen=True, kw_only=True)
class Exceptions:
    """A waiver of a rule, the groups whose findings it covers, and what their verdicts stay."""

    waiver: WaiverNote
    names: tuple[str, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """A rule with its panels; `lead` is the finding that speaks for it, None if nothing was found at all.

    `farthest` is another one whose value alone lies farther beyond the limit, such as that of a group so small that it
    is inconclusive.
    """

    id: str
    rule: RuleSummary
    panels: tuple[Panel, ...]
    lead: Finding | None
    farthest: Finding | None
    exceptions: tuple[Exceptions, ...]


def arranged(result: AuditResult, most: int) -> tuple[RuleView, ...]:
    """The rules of a result from the most urgent, with at most so many lines in each panel."""
    found: list[RuleView] = []
    number = 1
    for rule in sorted(result.rules, key=urgency):
        view = _rule_view(result, rule, most, first=number)
        number += sum(panel.has_numbers for panel in view.panels)
        found.append(view)
    return tuple(found)


def _rule_view(result: AuditResult, rule: RuleSummary, most: int, *, first: int) -> RuleView:
    findings = [finding for finding in result.findings if finding.rule == rule.id]
    kinds = dict.fromkeys((finding.metric, finding.attribute) for finding in findings)
    panels: tuple[Panel, ...] = ()
    for kind in kinds:
        number = first + sum(panel.has_numbers for panel in panels)
        same = [f for f in findings if (f.metric, f.attribute) == kind]
        panels = (*panels, _panel(result, rule, same, most, number))
    lead = lead_of(rule, findings, harms_of(result))
    return RuleView(
        id=slug(rule.id, "rule-"),
        rule=rule,
        panels=panels,
        lead=lead,
        farthest=farthest_of(lead, findings) if lead else None,
        exceptions=tuple(_exceptions(findings)),
    )


def _exceptions(findings: Sequence[Finding]) -> Iterator[Exceptions]:
    """Each waiver once, with all that it covers, so that a long reason is not repeated for every group."""
    for waiver in dict.fromkeys(finding.waiver for finding in findings if finding.waiver):
        covered = sorted((f for f in findings if f.waiver == waiver), key=badness)
        names = tuple(dict.fromkeys(f.group or f.attribute for f in covered))
        verdicts = tuple(dict.fromkeys(f.verdict for f in covered))
        yield Exceptions(waiver=waiver, names=names, verdicts=verdicts)


def _panel(result: AuditResult, rule: RuleSummary, findings: Sequence[Finding], most: int, number: int) -> Panel:
    harms = harms_of(result)
    ranked = sorted(findings, key=lambda found: badness(found, harms))
    lead = ranked[0]
    rows = [row for row in result.groups if row.attribute == lead.attribute]
    lines = lines_of(result, ranked, rows)
    return Panel(
        id=slug(f"{rule.id} {lead.metric} {lead.attribute}", "figure-"),
        number=number,
        rule=rule,
        metric=_metric(result, lead.metric),
        attribute=lead.attribute,
        columns=tuple(lead.group_key) or _columns(rows),
        reference=common(f.reference for f in findings if f.reference is not None),
        lines=tuple(lines[:most]),
        every=tuple(lines),
        left_out=max(0, len(lines) - most),
        lead=lead,
        findings=tuple(ranked),
        bins=bins_of(result),
    )


def _metric(result: AuditResult, name: str) -> MetricNote:
    """What a metric means; one that the result does not describe keeps its name."""
    unknown = MetricNote(name=name, label=name, words="", counted="records", formula="", harm="")
    return result.metrics.get(name, unknown)


def _columns(rows: Sequence[GroupRow]) -> tuple[str, ...]:
    return tuple(rows[0].group_key) if rows else ()


def line_id(panel: Panel, line: Line) -> str:
    """Where a link to this group's finding leads."""
    return slug(line.name, f"{panel.id}-")


def is_whole(panel: Panel) -> bool:
    """Does one finding speak for all groups of this panel?"""
    return panel.rule.compare in WHOLE
