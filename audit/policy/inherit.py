"""Merges the files of a policy: maps by key, rules by id, field by field; and notices where a rule became looser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from audit.policy import requirement
from audit.policy.checks import Parts
from audit.policy.classes import ROLES
from audit.policy.faults import Fault
from audit.policy.layers import File
from audit.policy.rule_checks import compared
from audit.policy.rules import Rule
from audit.policy.yaml_door import Entry, Node, Place, child, entries, items, locate, plain

#: What a file says of itself; it stays behind when the file is extended.
_OWN = ("title", "pack", "extends")
_STRICTEST_FIRST: Mapping[str, tuple[str, ...]] = {
    "effect": ("block", "review", "report"),
    "burden": ("prove_fair", "prove_unfair"),
    "judge": ("interval", "point", "point_and_test"),
}
#: Fields whose change cannot be ordered into stricter and looser, so that any change of what was written counts.
_AS_IN_DATA = "as in data"
_NOT_ORDERED = ("compare", "reference", "harm", "test", "top")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A rule that a file inherited and changed."""

    before: Node
    written: Node
    after: Node


@dataclass(kw_only=True)
class Merged:
    """A policy put together from its files."""

    root: Node
    origins: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    exposed: list[str] = field(default_factory=list)


def merge(files: list[File]) -> Merged:
    """Put the files together, each on top of those before it."""
    merged = Merged(root=Node(place=files[-1].node.place, content={}))
    for file in files:
        content = dict(entries(merged.root))
        for key, entry in entries(file.node).items():
            if file is files[-1] or key not in _OWN:
                content[key] = _over(key, content.get(key), entry, merged)
        content.pop("extends", None)
        if file is not files[-1]:
            content |= _packs(content.get("packs"), file)
        merged.root = Node(place=files[-1].node.place, content=content)
    return merged


def _packs(before: Entry | None, file: File) -> dict[str, Entry]:
    """The packs in force, with that of an extended file; its title is the file's."""
    pack = entries(file.node).get("pack")
    if pack is None:
        return {}
    title = {key: entry for key, entry in entries(file.node).items() if key == "title"}
    name = file.pack.id if file.pack else _id(pack.node) or file.short
    said = Node(place=pack.node.place, content={**title, **entries(pack.node)})
    known = {**(entries(before.node) if before else {}), name: Entry(key=pack.key, node=said)}
    return {"packs": Entry(key=pack.key, node=Node(place=pack.node.place, content=known))}


def _over(key: str, before: Entry | None, after: Entry, merged: Merged) -> Entry:
    if key == "rules" and isinstance(after.node.content, tuple):
        return Entry(key=after.key, node=_rules(before, after.node, merged))
    if before is None or not isinstance(after.node.content, Mapping):
        return after
    if key == "disclosure":
        merged.exposed += _exposed(before.node, after.node)
    content = {**entries(before.node), **after.node.content}
    return Entry(key=after.key, node=Node(place=after.node.place, content=content))


#: Settings of `disclosure`, of which less is weaker: how one is read as a number, and what holds if it is left out.
_PROTECTING: Mapping[str, tuple[Callable[[str], int], str | None]] = {
    "min_cell": (int, "11"),
    "protection": (int, None),
    "complementary": (("false", "true").index, "true"),
    "extremes": (("show", "withhold").index, "show"),
}


def _exposed(before: Node, after: Node) -> Iterator[str]:
    """What of disclosure control became weaker: that is allowed, and never silent."""
    for name, (strength, default) in _PROTECTING.items():
        old, new = child(before, name), child(after, name)
        was = str(old.content) if old else default
        if new is None or was is None:
            continue
        try:
            weaker = strength(str(new.content)) < strength(was)
        except ValueError:  # what is no such value is a mistake, which the policy's model tells of
            continue
        if weaker:
            yield (
                f"Disclosure control became weaker: {name} is {new.content} at {new.place}, and was {was} at "
                f"{old.place if old else before.place}. The public rendering withholds less."
            )


def _rules(before: Entry | None, after: Node, merged: Merged) -> Node:
    rules: dict[str | int, Node] = {_id(rule) or n: rule for n, rule in enumerate(items(before.node) if before else ())}
    here: dict[str, Place] = {}
    for rule in items(after):
        name = _id(rule)
        if name is None:
            rules[len(rules)] = rule
        elif name in here:
            message = f"the rule id {name!r} is here twice; first on line {here[name].line}"
            place = locate(rule, ("id",))
            merged.faults.append(Fault(place=place, message=message, help="give each rule its own id"))
        else:
            here[name] = rule.place
            _add(rules, name, rule, merged)
    return Node(place=after.place, content=tuple(rules.values()))


def _add(rules: dict[str | int, Node], name: str, rule: Node, merged: Merged) -> None:
    """Add a rule, or lay it over the inherited one of the same id."""
    before = rules.get(name)
    if before is None:
        rules[name] = rule
        merged.origins[name] = str(rule.place)
        return
    rules[name] = Node(place=rule.place, content={**entries(before), **entries(rule)})
    merged.changes.append(Change(before=before, written=rule, after=rules[name]))
    merged.origins[name] += f", changed at {rule.place}"


def _id(rule: Node) -> str | None:
    name = child(rule, "id")
    return str(name.content) if name and isinstance(name.content, str) else None


@dataclass(frozen=True, kw_only=True)
class Looser:
    """A field of an inherited rule that became less strict, and where both are written."""

    rule: str
    field: str
    before: str
    after: str
    was: Place
    now: Place

    def sentence(self) -> str:
        """What became looser."""
        became = f"{self.field} is {self.after!r}, and was {self.before!r} at {self.was}"
        return f"the inherited rule {self.rule!r} became looser: {became}"


def loosened(changes: list[Change], parts: Parts) -> Iterator[Looser]:
    """Every field of an inherited rule that accepts more than before, or that cannot be shown not to."""
    for change in changes:
        before, after = _rule(change.before), _rule(change.after)
        if before is None or after is None:
            continue
        for name, (was, now) in looser(before, after, parts).items():
            yield Looser(
                rule=after.id,
                field=name,
                before=was,
                after=now,
                was=locate(change.before, (name,)),
                now=locate(change.written, (name,)),
            )


def _rule(node: Node) -> Rule | None:
    try:
        return Rule.model_validate(plain(node))
    except ValidationError:
        return None


def looser(before: Rule, after: Rule, parts: Parts) -> dict[str, tuple[str, str]]:
    """The settings of a rule that accept more than before, or cannot be shown not to, each with what it was and is."""
    found: dict[str, tuple[str, str]] = {}
    for name, order in _STRICTEST_FIRST.items():
        was, now = getattr(before, name), getattr(after, name)
        if order.index(now) > order.index(was):
            found[name] = (was, now)
    for name in _NOT_ORDERED:
        was, now = getattr(before, name), getattr(after, name)
        if was is not None and now != was:
            found[name] = (str(was), str(now))
    if before.compare == after.compare and not requirement.subset(after.region, before.region):
        found["require"] = (before.require, after.require)
    if not set(before.metrics) <= set(after.metrics):
        found["metric"] = (", ".join(before.metrics), ", ".join(after.metrics))
    found |= _read_otherwise(before, after)
    if after.given != before.given:  # fewer are alike in more, and nobody can say which of the two is stricter
        found["given"] = (", ".join(before.given) or "nothing", ", ".join(after.given) or "nothing")
    lost = _lost(before, after, parts)
    return found | ({"of": lost} if lost else {})


def _read_otherwise(before: Rule, after: Rule) -> dict[str, tuple[str, str]]:
    """What a rule takes for positive, and whose deviation it divides by, where that changed: neither is stricter."""
    found = {}
    for role in ROLES:
        if (one := getattr(before, role)) != (other := getattr(after, role)):
            found[role] = (one.words if one else _AS_IN_DATA, other.words if other else _AS_IN_DATA)
    was, now = before.denominator or "all", after.denominator or "all"
    return found | ({"denominator": (was, now)} if was != now else {})


def _lost(before: Rule, after: Rule, parts: Parts) -> tuple[str, str] | None:
    was, now = compared(before, parts), compared(after, parts)
    if {frozenset(one) for one in was} <= {frozenset(one) for one in now}:
        return None
    return ", ".join(" x ".join(one) for one in was), ", ".join(" x ".join(one) for one in now)
