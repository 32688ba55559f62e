"""Assemble the result: findings, tables, rows, the policy and where it all came from, in the one value renderers
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from audit.assembling.baseline import baseline_rows
from audit.assembling.beside import spreads
from audit.assembling.regimes import with_packs
from audit.assembling.score_rows import score_rows
from audit.assembling.series import series
from audit.assembling.tables import everyone, group_rows, row_accounting
from audit.counts.counts import Counts, joined
from audit.counts.scores import ScoreCounts
from audit.groups.population import Population
from audit.groups.ranked import divergence_words, uneven
from audit.groups.scored import MEANS
from audit.judging.decide import conclude, overall_verdict
from audit.judging.findings import standing
from audit.metrics import DIVERGENT, METRICS, PREDICTED, RANKED, Composite, ScoreMetric, is_share
from audit.policy import Policy, Rule
from audit.result import (
    SCHEMA,
    AuditResult,
    DataNote,
    Finding,
    Method,
    MetricNote,
    PolicyNote,
    Provenance,
    RuleSummary,
    Subject,
)
from audit.values import Verdict
from audit.wording import without_classes
from audit.words import given_words, sentences, summary_words
from audit.words.caveat_methods import method_caveats
from audit.words.method_words import Used, method_notes
from audit.words.rule_words import next_steps, rule_words, tally_of


def assemble(  # noqa: PLR0913 - the parts of a result, from those who know them
    counts: Counts,
    people: Population,
    policy: Policy,
    findings: Sequence[Finding],
    *,
    family: int,
    note: PolicyNote,
    data: DataNote,
    provenance: Provenance,
) -> AuditResult:
    """Everything an audit found, in one value."""
    rules = tuple(_rule(rule, findings, policy) for rule in policy.rules)
    overall = everyone(people, policy)
    plain = [name for name in overall.metrics if name in METRICS]
    metrics = {name: _metric_note(name, policy) for name in dict.fromkeys([*plain, *_ruled(policy)])}
    metrics |= {note.name: note for rule in policy.rules for note in _class_notes(rule, policy)}
    said = [rule_words(rule, findings, metrics) for rule in rules]
    outcome = conclude(standing(found) for found in findings)
    found = AuditResult(
        schema=SCHEMA,
        outcome=outcome,
        headline=summary_words.HEADLINES[outcome],
        summary=summary_words.summary(outcome, said, overall.n),
        title=policy.title,
        subject=_subject(policy),
        next_steps=next_steps(said, findings),
        rules=rules,
        findings=tuple(findings),
        overall=overall,
        groups=group_rows(people, policy),
        rows=row_accounting(counts, list(people.groups), list(people.strata), policy),
        metrics=metrics,
        method=_method(counts, policy, findings, family),
        policy=note,
        data=data,
        provenance=provenance,
        signoff=policy.signoff.roles,
        notes=(*counts.notes, *_warnings(findings), *_of_lists(people, policy)),
    )
    return with_packs(_with_scores(_with_more(found, counts, people, policy), counts, people, policy), policy)


def _with_more(found: AuditResult, counts: Counts, people: Population, policy: Policy) -> AuditResult:
    """The result with what stands beside its verdicts: periods and versions, spreads, and exceptions that are idle."""
    slices, too_many = series(counts, people, policy)
    notes = (*found.notes, *too_many, *_idle_waivers(policy, found.findings))
    rows = baseline_rows(people, policy)
    return replace(found, notes=notes, series=slices, spreads=spreads(people, policy), baseline=rows)


def _with_scores(found: AuditResult, counts: Counts, people: Population, policy: Policy) -> AuditResult:
    """The result with the scores of its groups, whose numbers are those of the groups' rows."""
    scores, note = score_rows(counts, people, policy, (found.overall, *found.groups))
    return replace(found, scores=scores, score_note=note)


def _warnings(findings: Sequence[Finding]) -> list[str]:
    """Where the pooled number and the one within strata disagree, each comparison once."""
    return list(dict.fromkeys(text for found in findings if (text := given_words.note(found))))


def _of_lists(people: Population, policy: Policy) -> list[str]:
    """Where groups are in lists of different lengths, which exposure leaves out; and what diverges by chance."""
    asked = [(name, of) for rule in policy.rules for name in rule.metrics for of in rule.of if of in people.groups]
    ranked = {pair: {g.name: g.ranks for g in people.groups[pair[1]] if g.ranks} for pair in asked}
    diverging = [divergence_words(joined(of), people.divergences.get(of)) for name, of in asked if name in DIVERGENT]
    found = [*(uneven(name, groups) for (name, _), groups in ranked.items()), *diverging]
    return list(dict.fromkeys(text for text in found if text))


def _subject(policy: Policy) -> Subject:
    said = policy.subject
    return Subject(
        name=said.name,
        version=said.version,
        owner=said.owner,
        purpose=said.purpose,
        out_of_scope=said.out_of_scope,
    )


def _rule(rule: Rule, findings: Sequence[Finding], policy: Policy) -> RuleSummary:
    mine = [found for found in findings if found.rule == rule.id]
    verdict = overall_verdict(found.verdict for found in mine) if rule.limited else Verdict.NOT_JUDGED
    tally = tally_of(mine)
    gravest = [found for found in mine if found.verdict == verdict]
    return RuleSummary(
        id=rule.id,
        title=rule.title,
        metrics=_names(rule, policy),
        compare=rule.compare,
        require=rule.require,
        effect=rule.effect,
        basis=rule.basis,
        burden=rule.burden,
        judge=rule.judge,
        cite=rule.cite,
        why=rule.why,
        origin=policy.origins.get(rule.id, ""),
        verdict=verdict,
        waived=bool(gravest) and all(found.waiver is not None and found.waiver.in_force for found in gravest),
        tally=tally,
        summary=sentences.tally_words(tally),
        given={name: policy.factors[name].legitimate for name in rule.given},
    )


def _ruled(policy: Policy) -> list[str]:
    return [name for rule in policy.rules if policy.reading(rule) is None for name in rule.metrics]


def _names(rule: Rule, policy: Policy) -> tuple[str, ...]:
    """The metrics of a rule, with the classes that it names."""
    reading = policy.reading(rule)
    return rule.metrics if reading is None else tuple(reading.named(name) for name in rule.metrics)


def _class_notes(rule: Rule, policy: Policy) -> list[MetricNote]:
    """What the metrics of a rule mean that names classes of its own."""
    reading = policy.reading(rule)
    if reading is None:
        return []
    notes = [replace(_metric_note(name, policy), harm=policy.harm_of(name, rule)) for name in rule.metrics]
    return [replace(note, name=reading.named(note.name), label=reading.named(note.label)) for note in notes]


def _metric_note(name: str, policy: Policy) -> MetricNote:
    metric = METRICS[name]
    return MetricNote(
        name=name,
        label=metric.label,
        words=metric.words,
        counted=metric.counted,
        formula=metric.formula,
        harm=policy.harm_of(name),
    )


def _method(counts: Counts, policy: Policy, findings: Sequence[Finding], family: int) -> Method:
    statistics = policy.statistics
    return Method(
        confidence=statistics.confidence,
        correction=statistics.correction,
        family=family,
        resamples=statistics.resamples,
        min_expected=statistics.min_expected,
        min_count=policy.groups.min_count,
        min_share=float(policy.groups.min_share),
        seed=statistics.seed,
        weights=counts.weighted,
        family_of=statistics.family,
        notes=method_notes(_used(counts, policy, findings, family)),
    )


def _used(counts: Counts, policy: Policy, findings: Sequence[Finding], family: int) -> Used:
    """What the audit used, for the paragraphs of its method."""
    statistics = policy.statistics
    return Used(
        compares=frozenset((_kind(found.metric), found.compare) for found in findings),
        tests=frozenset(found.test.name for found in findings if found.test),
        weighted=counts.weighted,
        has_outcome=counts.has_outcome,
        composites=counts.has_outcome and counts.has_decision,
        clustered=counts.clustered,
        bins=counts.scores.bins if counts.scores and _has_distribution(counts.scores) else None,
        width=counts.scores.width if counts.scores else 0.0,
        top=any(rule.top is not None for rule in policy.rules),
        correction=statistics.correction,
        family=family,
        family_of=statistics.family,
        interval=statistics.interval,
        difference_interval=statistics.difference_interval,
        ratio_interval=statistics.ratio_interval,
        power=next((found.power.power for found in findings if found.power), None),
        confidence=statistics.confidence,
        unknown=policy.groups.unknown,
        adverse=policy.adverse,
        tested=any(found.test and found.rule in _tested(policy) for found in findings),
        given=any(found.given for found in findings),
        baseline=policy.data.baseline is not None,
        caveats=method_caveats(counts, findings, crossed=len(policy.intersections) > 0),
        limited=any(rule.limited for rule in policy.rules),
        chosen=any(_is_chosen(rule, policy) for rule in policy.rules),
        references=frozenset(kind for rule in policy.rules for kind in _references(rule, policy)),
    )


def _has_distribution(scores: ScoreCounts) -> bool:
    """Was it counted how many rows have each score, and not their sums alone?"""
    return scores.distribution and not scores.errors


def _tested(policy: Policy) -> set[str]:
    """The rules in which a test decides."""
    return {rule.id for rule in policy.rules if rule.judge == "point_and_test"}


def _is_chosen(rule: Rule, policy: Policy) -> bool:
    """Is a reference of the rule chosen for its rate?"""
    return not {"highest", "lowest"}.isdisjoint(_references(rule, policy))


def _references(rule: Rule, policy: Policy) -> set[str]:
    """How the references of the rule are chosen; none where it does not compare groups with one."""
    compared = rule.compare in ("ratio", "difference", "change")
    return {policy.reference_for(of, rule).kind for of in rule.of} if compared else set()


def _kind(metric: str) -> str:
    """`rate`, or how a composite's interval is made."""
    found = METRICS[without_classes(metric)]
    if found.name in RANKED:
        return "ranked"
    if found.name in DIVERGENT:
        return "divergence"
    if found.name in PREDICTED and found.name in MEANS:
        return "error"
    if isinstance(found, ScoreMetric) and not is_share(found):
        mean = "mean" if found.needs != "spread" else "standardized" if metric == found.name else "deviations"
        return mean if found.name in MEANS else found.name
    return found.method if isinstance(found, Composite) else "rate"


def policy_note(policy: Policy, source: str) -> PolicyNote:
    """The policy in force."""
    return PolicyNote(
        title=policy.title,
        sha256=policy.sha256,
        source=source,
        effective=policy.effective(),
        origins=dict(policy.origins),
        notes=policy.notes,
    )


def _idle_waivers(policy: Policy, findings: Sequence[Finding]) -> list[str]:
    """Waivers that cover no finding: the group may be misspelt, or the exception no longer needed."""
    return [
        f"The waiver for rule {waiver.rule!r} (until {waiver.expires}) covers no finding that needs one."
        for waiver in policy.waivers
        if not any(
            found.waiver and waiver.covers(found.rule, found.metric, found.group_key or None) for found in findings
        )
    ]
