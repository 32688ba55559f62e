"""evenhand plan: how much data an audit needs, before any are collected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.numbers import count, percent, show
from audit.render.clean import clean
from audit.wording import counted, listed
from audit.words.sentences import unit

if TYPE_CHECKING:
    from audit.planning import Planned, PlanResult
    from audit.policy import Policy

_NONE = {"at_the_limit": "at the limit", "out_of_reach": "out of reach", "undefined": "undefined"}
_SHOWN = {"out_of_reach": "nothing"}
_HEAD = ("rule", "group", "against", "value", "required", "verdict", "of the group", "in all", "shows")
_LEFT = 3


def _number(text: str, what: str, *, share: bool = True) -> float:
    """A number above 0, of a share also below 1; `30%` is 0.3."""
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError as error:
        raise click.BadParameter(f"{what}: {text!r} is no number") from error
    if not (0 <= found <= 1 if share else 0 < found < float("inf")):
        raise click.BadParameter(f"{what}: {text} is {'no share from 0 to 1' if share else 'not above 0'}")
    return found


def _pairs(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        name, sign, value = text.rpartition("=")
        if not (sign and name.strip() and value.strip()):
            raise click.BadParameter(f"{text!r} is not of the form GROUP=NUMBER")
        yield name.strip(), value.strip()


@click.command()
@click.argument("policy", type=click.Path(dir_okay=False))
@click.option(
    "--rates",
    "given",
    multiple=True,
    required=True,
    metavar="GROUP=RATE",
    help="The rate of a group that is taken for true, such as women=0.31; repeat for every group. Where the policy has "
    "several attributes or metrics, ATTRIBUTE:METRIC:GROUP=RATE. Or a YAML file of attribute, metric, group and rate.",
)
@click.option(
    "--base-rate",
    "bases",
    multiple=True,
    metavar="[GROUP=]RATE",
    help="How common the positive outcome is, in all groups or in one; for metrics that count those with an outcome.",
)
@click.option(
    "--allocation",
    multiple=True,
    metavar="GROUP=PARTS",
    help="How many parts of the records a group has. Default: all groups as many.",
)
@click.option("--power", default="0.8", show_default=True, metavar="SHARE", help="The chance of reaching the verdict.")
@click.option("--records", type=click.IntRange(1), metavar="N", help="With so many records: what they would show.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Text or JSON."
)
def plan(
    policy: str,
    given: tuple[str, ...],
    bases: tuple[str, ...],
    allocation: tuple[str, ...],
    power: str,
    records: int | None,
    form: str,
) -> None:
    """Plan how much data an audit by POLICY needs, if the rates of the groups were these.

    For every comparison the verdict that these rates lead to, and how many records it takes to reach it:

    \b
      evenhand plan policy.yaml --rates women=0.30 --rates men=0.32
      evenhand plan policy.yaml --rates sex:true_positive_rate:women=0.7 --rates ... --base-rate 0.2
    """  # noqa: D301 - a backspace, which tells click to keep the lines
    from audit.judging.assumed import Assumed
    from audit.planning import plan as planned
    from audit.policy import load

    law = load(Path(policy))
    chance = _number(power, "--power")
    if not 0.5 <= chance < 1:
        raise click.BadParameter("--power: choose a chance from 0.5 to below 1")
    found = planned(
        law,
        Assumed(
            rates=_rates(law, given),
            shares={name: _number(text, "--allocation", share=False) for name, text in _pairs(allocation)},
            base_rates={name: _number(text, "--base-rate") for name, text in _pairs([b for b in bases if "=" in b])},
            base_rate=next((_number(text, "--base-rate") for text in bases if "=" not in text), None),
            power=chance,
            records=records,
        ),
    )
    if form == "json":
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        click.echo("\n".join(clean(line) for line in _text(found)))


# ---- rates ---------------------------------------------------------------------------------------------------------


def _rates(policy: Policy, given: Sequence[str]) -> dict[tuple[str, str], dict[str, float]]:
    """The rates by attribute and metric, each named in what was given or the only one that the policy has."""
    from audit.counts.counts import joined

    attributes = list(dict.fromkeys(joined(of) for rule in policy.rules for of in rule.of))
    metrics = list(dict.fromkeys(metric for rule in policy.rules for metric in rule.metrics))
    written = [one for one in given if not _is_file(one)]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for one in (Path(text) for text in given if _is_file(text)):
        for attribute, metric, group, rate in _in_file(one):
            known = (_known("attribute", attribute, attributes), _known("metric", metric, [*metrics, "selection_rate"]))
            found.setdefault(known, {})[group] = _number(rate, f"{one}: {group}")
    said: set[tuple[str, str, str]] = set()
    for name, rate in _pairs(written):
        attribute, rest = _named("attribute", name, attributes)
        metric, group = _named("metric", rest, list(dict.fromkeys([*metrics, "selection_rate"])), metrics)
        if (attribute, metric, group) in said:
            raise click.BadParameter(f"--rates {name}: is there twice")
        said.add((attribute, metric, group))
        found.setdefault((attribute, metric), {})[group] = _number(rate, f"--rates {name}")
    return found


def _is_file(text: str) -> bool:
    return "=" not in text and text.endswith((".yaml", ".yml"))


def _in_file(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Attribute, metric, group and rate of each line of a YAML file."""
    import yaml

    form = f"{path}: write attributes, under each its metrics, under each its groups with their rates"
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise click.BadParameter(form) from error
    for attribute, metrics in _mapping(content, form):
        for metric, groups in _mapping(metrics, form):
            for group, rate in _mapping(groups, form):
                yield attribute, metric, group, str(rate)


def _mapping(content: Any, form: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(content, Mapping):
        raise click.BadParameter(form)
    yield from ((str(key), value) for key, value in content.items())


def _named(kind: str, name: str, known: Sequence[str], usual: Sequence[str] | None = None) -> tuple[str, str]:
    """`race:black` as race and black; without the first part, the only one that there is."""
    usual = known if usual is None else usual
    first, sign, rest = name.partition(":")
    if sign and first in known:
        return first, rest
    if len(usual) == 1:
        return usual[0], name
    raise click.BadParameter(f"--rates {name}: which {kind}? Write {kind.upper()}:{name}, of {listed(usual)}")


def _known(kind: str, name: str, known: Sequence[str]) -> str:
    from audit.wording import known_names

    if name not in known:
        raise click.BadParameter(f"--rates: {known_names(kind, name, known)}")
    return name


# ---- text ----------------------------------------------------------------------------------------------------------


def _text(found: PlanResult) -> Iterator[str]:
    shown = _HEAD if found.records else _HEAD[:-1]
    rows = [shown, *((_name(one, found), *_row(one)[: len(shown) - 1]) for one in found.planned)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(shown))]
    chance = percent(found.power, digits=0)
    yield f"Records needed for a chance of {chance}, if these rates are true ({_comparisons(found)}):"
    yield ""
    for row in rows:
        sides = [str.ljust] * _LEFT + [str.rjust] * (len(row) - _LEFT)
        yield "  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True)).rstrip()
    yield ""
    if found.total is not None:
        yield f"All of these verdicts: {count(found.total)} records in all groups together."
    if found.records:
        yield f"Shows: from this value on, {count(found.records)} records show with that chance that a rule is missed."
    yield from (f"Not planned: {note}" for note in found.notes)
    yield from found.cautions


def _comparisons(found: PlanResult) -> str:
    made = counted(found.comparisons, "comparison")
    return f"{made}, correction {found.correction}, confidence {found.confidence:.0%}"


def _name(one: Planned, found: PlanResult) -> str:
    """The rule, and which of its comparisons, if it has comparisons of several kinds."""
    kinds = {(other.metric, other.attribute) for other in found.planned if other.rule == one.rule}
    return one.rule if len(kinds) == 1 else f"{one.rule}: {one.metric} by {one.attribute}"


def _row(one: Planned) -> tuple[str, ...]:
    written = unit(one.metric, one.compare)
    fences = tuple(limit for limit in (one.low, one.high) if limit is not None)
    ends = [show(end, written, fences) for end in (one.detectable_low, one.detectable_high) if end is not None]
    return (
        one.group,
        one.reference or "",
        show(one.value, written, fences),
        one.require,
        one.toward or "none",
        count(one.records) if one.records else "",
        count(one.total) if one.total else _NONE.get(one.reason or "", "not computed"),
        ", ".join(ends) or _SHOWN.get(one.not_detectable or "", "not computed"),
    )
