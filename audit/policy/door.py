"""Reads, merges and checks a policy, and reports every mistake at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import ValidationError

from audit.errors import PolicyError
from audit.metrics import DIVERGENT, METRICS
from audit.policy import faults, inherit
from audit.policy.baseline_checks import baseline_checks
from audit.policy.checks import Parts, attribute_checks, parts_of, reference_checks, size_checks
from audit.policy.class_checks import class_checks
from audit.policy.column_checks import data_checks
from audit.policy.factor_checks import factor_checks
from audit.policy.faults import Fault, placed
from audit.policy.flat import sources
from audit.policy.layers import File, gather, open_file
from audit.policy.models import Policy
from audit.policy.pack_checks import pack_checks, without_echoes
from audit.policy.prediction_checks import prediction_checks
from audit.policy.proxy_checks import proxy_checks
from audit.policy.ranking_checks import ranking_checks
from audit.policy.requirement import NOUNS
from audit.policy.rule_checks import compared, rule_checks, waiver_checks
from audit.policy.rules import Rule
from audit.policy.score_checks import score_checks
from audit.policy.signoff_checks import signoff_checks
from audit.policy.yaml_door import Node, Refused, entries, plain, read
from audit.wording import listed, lowered


def load(path: Path | str) -> Policy:
    """Read a policy file. Raises PolicyError with every mistake found, each with its file, line and column."""
    path = Path(path)
    name = path.as_posix()
    try:
        node = open_file(path, name=name, short=path.name)
    except Refused as wrong:
        raise PolicyError(faults.render([_refusal(wrong)], name)) from None
    home = path.resolve()
    return _policy(File(node=node, short=path.name, path=home, root=home.parent))


def loads(text: str | bytes, name: str = "policy.yaml") -> Policy:
    """Read a policy from text; it can extend bundled packs, and no files. Raises PolicyError like `load`."""
    try:
        node = read(text, name=name)
    except Refused as wrong:
        raise PolicyError(faults.render([_refusal(wrong)], name)) from None
    return _policy(File(node=node, short=name))


def _refusal(wrong: Refused) -> Fault:
    return Fault(place=wrong.place, message=wrong.message, help=wrong.help)


def _policy(top: File) -> Policy:
    if not isinstance(top.node.content, Mapping):
        raise PolicyError(faults.render([_not_a_map(top)], top.node.place.source.name))
    if any(keys <= top.node.content.keys() for keys in _WRITTEN):
        made = Fault(place=top.node.place, message="evenhand wrote this file, and it is no policy", help=_ORDER)
        raise PolicyError(faults.render([made], top.node.place.source.name))
    gathered = gather(top)
    wrong = gathered.faults + [
        _not_a_map(file) for file in gathered.files if not isinstance(file.node.content, Mapping)
    ]
    merged = inherit.merge(gathered.files)
    content = _content(merged.root)
    if too_many := placed(merged.root, size_checks(content)):
        raise PolicyError(faults.render(too_many, top.node.place.source.name))
    parts = parts_of(content)
    wrong += merged.faults + _mistakes(merged.root, content, parts, incomplete=bool(wrong))
    notes, unwaived = _loosenings(merged, parts)
    notes = (*merged.exposed, *notes)
    if wrong or unwaived:
        raise PolicyError(faults.render(wrong + unwaived, top.node.place.source.name))
    whole = Policy.model_validate(content).model_copy(update={"sources": sources(merged.root)})
    return _finished(whole, parts, merged.origins, notes)


def _not_a_map(file: File) -> Fault:
    message = "a policy is a map of 'key: value' lines, and this is not"
    return Fault(place=file.node.place, message=message, help=_ORDER)


_ORDER = "a policy begins with 'evenhand: 1'; it is named first, and the data or counts after it"
#: What counts and results have, and no policy.
_WRITTEN = frozenset({"schema", "plan"}), frozenset({"schema", "findings"})


def _content(root: Node) -> dict[str, Any]:
    """The bare content; a policy that names no subject speaks of what its title says."""
    content: dict[str, Any] = plain(root)
    if "subject" not in content:
        content["subject"] = {"name": content.get("title")}
    return content


def _mistakes(root: Node, content: dict[str, Any], parts: Parts, *, incomplete: bool) -> list[Fault]:
    said = list(faults.nulls(root))
    empty = {one.path for one in said}
    try:
        Policy.model_validate({key: value for key, value in content.items() if key not in _INNER})
    except ValidationError as error:
        found = faults.from_pydantic(error, incomplete=incomplete)
        said += [
            one
            for one in found
            if one.path not in empty and (one.path[:1] != ("subject",) or "subject" in entries(root))
        ]
    said += [faults.Said((key,), f"there is no setting {key!r} here", key=True) for key in _INNER if key in content]
    for check in _CHECKS:
        said += check(parts)
    said += waiver_checks(parts, incomplete=incomplete)
    said += pack_checks(content, parts)
    said += signoff_checks(content)
    return placed(root, without_echoes(said))


#: What is looked for in a policy whose parts can be read.
_CHECKS = (
    data_checks,
    attribute_checks,
    reference_checks,
    rule_checks,
    score_checks,
    prediction_checks,
    ranking_checks,
    factor_checks,
    proxy_checks,
    class_checks,
    baseline_checks,
)
#: What a policy knows of itself and a file cannot say.
_INNER = ("origins", "sources", "notes", "sha256")


def _loosenings(merged: inherit.Merged, parts: Parts) -> tuple[tuple[str, ...], list[Fault]]:
    """Notes on loosened rules that a waiver accepts, and faults for the others."""
    waived = {waiver.rule: waiver for waiver in parts.waivers.values()}
    notes, wrong = [], []
    for one in inherit.loosened(merged.changes, parts):
        if waiver := waived.get(one.rule):
            accepted = f"accepted by {waiver.approved_by} until {waiver.expires}: {waiver.reason}"
            notes.append(f"T{one.sentence()[1:]}; {accepted.rstrip('.')}.")
        else:
            hint = f"keep the inherited value, or add a waiver for the rule {one.rule!r}"
            wrong.append(Fault(place=one.now, message=one.sentence(), help=hint, path=f"rules.{one.rule}.{one.field}"))
    return tuple(notes), wrong


def _finished(policy: Policy, parts: Parts, origins: Mapping[str, str], notes: tuple[str, ...]) -> Policy:
    """The policy with what it left to be made: titles, the attributes of each rule, notes, and its digest."""
    rules = tuple(_rule(rule, policy, parts) for rule in policy.rules)
    notes = (*notes, *_unused(policy), *_about_factors(policy), *_away_from_harm(policy))
    whole = policy.model_copy(update={"rules": rules, "origins": dict(origins), "notes": tuple(notes)})
    digest = hashlib.sha256(rfc8785.dumps(whole.effective())).hexdigest()
    return whole.model_copy(update={"sha256": digest})


def _rule(rule: Rule, policy: Policy, parts: Parts) -> Rule:
    made = rule.model_copy(update={"of": compared(rule, parts)})
    return made.model_copy(update={"title": rule.title or _title(made, policy)})


def _title(rule: Rule, policy: Policy) -> str:
    reading = policy.reading(rule)
    first, *others = [METRICS[name].label for name in rule.metrics]
    labels = " and ".join([first, *map(lowered, others)])
    labels = reading.named(labels) if reading else labels
    demand = f": {rule.require}" if rule.limited else ", without a limit"
    if rule.compare == "value":
        whose = "all groups together" if set(rule.metrics) <= DIVERGENT else "each group"
        return f"{labels} of {whose}{demand}"
    if rule.compare not in _TO_WHOM:
        return f"{labels}, {NOUNS[rule.compare]}{demand}"
    kinds = {str(policy.reference_for(crossing, rule).kind) for crossing in rule.of}
    whom = _WHOM[kinds.pop()] if len(kinds) == 1 else "the reference"
    alike = f" among those alike in {listed(rule.given)}" if rule.given else ""
    return f"{labels}, {_TO_WHOM[rule.compare]} {whom}{alike}{demand}"


_TO_WHOM = {
    "ratio": "ratio to",
    "difference": "difference to",
    "change": "change since the baseline of the distance to",
}
_WHOM = {
    "highest": "the highest group",
    "lowest": "the lowest group",
    "overall": "everyone",
    "rest": "all other groups together",
    "largest": "the largest group",
    "fixed": "the named group",
}


def _unused(policy: Policy) -> list[str]:
    score = policy.data.score
    if score is None or policy.data.decision is None:
        return []
    if score.cutoff is not None:
        return [
            "A decision and a score are both named; the decision column decides, and the score's cutoff is not used."
        ]
    return [] if policy.plan().score else ["A score is named, and no rule is about it."]


def _about_factors(policy: Policy) -> Iterator[str]:
    """Factors that no rule names, and protected columns that are taken for a legitimate reason."""
    given = {name for rule in policy.rules for name in rule.given}
    for name, factor in policy.factors.items():
        if name not in given:
            yield f"The factor {name!r} is described, and no rule is 'given' it."
        for attribute, found in policy.attributes.items():
            if found.column == factor.column and name in given:
                yield (
                    f"The factor {name!r} is the column of the protected attribute {attribute!r}, which the policy "
                    f"takes for a legitimate reason: {factor.legitimate}"
                )


def _away_from_harm(policy: Policy) -> Iterator[str]:
    """Rules that limit a metric on the side that harms nobody, and leave the other side open."""
    for rule in policy.rules:
        for metric in rule.metrics if rule.limited and rule.compare in ("ratio", "difference", "value") else ():
            harm = policy.harm_of(metric, rule)
            if (rule.region.low if harm == "low" else rule.region.high) is None:
                yield (
                    f"The rule {rule.id} ({rule.require}) sets no limit to a {harm} {metric}, though under this policy "
                    f"a {harm} one is what harms a group: a group fails this rule by being better off."
                )
