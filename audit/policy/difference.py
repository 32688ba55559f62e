"""What changed from one policy to another, in words: which rules became looser, under which waiver, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from audit.policy.checks import Parts, parts_of
from audit.policy.flat import flat, told
from audit.policy.inherit import looser
from audit.policy.models import Policy
from audit.policy.rules import Rule, Waiver

#: What is told by itself.
_TOLD: Final = ("rules", "waivers", "packs")


def difference(before: Policy, after: Policy) -> tuple[str, ...]:
    """Every difference in effect, one sentence each: rules first, then waivers, packs and other settings."""
    return (
        *_rules(before, after),
        *_waivers(before, after),
        *_packs(before, after),
        *_settings(before, after),
    )


def _rules(before: Policy, after: Policy) -> Iterator[str]:
    was, now = {rule.id: rule for rule in before.rules}, {rule.id: rule for rule in after.rules}
    parts = parts_of(after.effective())
    for name, rule in was.items():
        if name not in now:
            yield f"rule {name} removed: {rule.title}"
    for name, rule in now.items():
        if name in was:
            yield from _changed(was[name], rule, parts, _waived(name, after))
        else:
            yield f"rule {name} added: {rule.title} ({rule.basis}, {rule.effect})"


def _changed(was: Rule, now: Rule, parts: Parts, waived: str) -> Iterator[str]:
    """The settings of one rule that changed, each loosened, tightened, or neither."""
    weaker, stronger = looser(was, now, parts), looser(now, was, parts)
    old, new = (rule.model_dump(mode="json", by_alias=True, exclude_none=True) for rule in (was, now))
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) == new.get(key):
            continue
        which = _which(loosened=key in weaker, tightened=key in stronger)
        what = "" if key == "require" else f"{key} "
        excuse = waived if which == "loosened" else ""
        yield f"rule {now.id} {which}: {what}from {_shown(old.get(key))} to {_shown(new.get(key))}{excuse}"


def _which(*, loosened: bool, tightened: bool) -> str:
    if loosened == tightened:
        return "changed"
    return "loosened" if loosened else "tightened"


def _waived(name: str, policy: Policy) -> str:
    found = [waiver for waiver in policy.waivers if waiver.rule == name]
    return "".join(f", waiver by {one.approved_by} until {one.expires}: {one.reason}" for one in found)


def _waivers(before: Policy, after: Policy) -> Iterator[str]:
    for gone in before.waivers:
        if gone not in after.waivers:
            yield f"waiver ended: {_waiver(gone)}"
    for new in after.waivers:
        if new not in before.waivers:
            yield f"waiver added: {_waiver(new)}"


def _waiver(waiver: Waiver) -> str:
    group = f" for {', '.join(f'{key} {value}' for key, value in waiver.group.items())}" if waiver.group else ""
    return f"rule {waiver.rule}{group}, by {waiver.approved_by} until {waiver.expires}: {waiver.reason}"


def _packs(before: Policy, after: Policy) -> Iterator[str]:
    """Packs that came into force or went out of it; what changed in the others is told setting by setting."""
    for name, pack in before.packs.items():
        if name not in after.packs:
            yield f"pack {name} no longer in force: {pack.title}"
    for name, pack in after.packs.items():
        if name not in before.packs:
            yield f"pack {name} in force: {pack.title} ({pack.status.state.replace('_', ' ')})"


def _settings(before: Policy, after: Policy) -> Iterator[str]:
    was, now = _plain(before, after), _plain(after, before)
    for path in dict.fromkeys([*was, *now]):
        if path not in now:
            yield f"{path} removed: {told(was[path])}"
        elif path not in was:
            yield f"{path} added: {told(now[path])}"
        elif was[path] != now[path]:
            yield f"{path} changed: from {_shown(was[path])} to {_shown(now[path])}"


def _plain(policy: Policy, other: Policy) -> dict[str, Any]:
    """The settings that are told one by one: no rules and waivers, and of packs those that both policies have."""
    content = policy.effective()
    shared = {name: pack for name, pack in content.get("packs", {}).items() if name in other.packs}
    kept = {key: value for key, value in content.items() if key not in _TOLD}
    return flat(kept | ({"packs": shared} if shared else {}))


def _shown(value: Any) -> str:
    return "nothing" if value in (None, [], "") else told(value)
