"""The resolved policy as YAML that a person can read, and that reads back as the same policy."""

from __future__ import annotations

from typing import Any

import yaml

from audit.policy.flat import flat, origin, told
from audit.policy.models import Policy


class _Bare(str):
    """An exact number, to be written without quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Block style, but for lists of plain values and of lists of them."""


def _number(dumper: _Dumper, value: _Bare) -> yaml.Node:
    kind = "float" if "." in value else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", str(value))


def _list(dumper: _Dumper, value: list[Any]) -> yaml.Node:
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=not any(isinstance(v, dict) for v in value)
    )


_Dumper.add_representer(_Bare, _number)
_Dumper.add_representer(list, _list)


def show(policy: Policy) -> str:
    """The policy with all that it inherits and every default written out; above each rule, where it comes from."""
    content = _bare(policy.effective())
    rules = content.pop("rules")
    after = {key: content.pop(key) for key in ("waivers", "signoff") if key in content}
    head = [f"# The resolved policy. SHA-256 of its RFC 8785 JSON: {policy.sha256}\n"]
    head += [f"# Note: {' '.join(note.split())}\n" for note in policy.notes]
    parts = [*head, _yaml(content), "rules:\n"]
    for rule in rules:
        parts.append(f"  # from {policy.origins[rule['id']]}\n")
        parts += [f"  {line}\n" for line in _yaml([_plain_of(rule)]).splitlines()]
    return "".join([*parts, _yaml(after) if after else ""])


def _yaml(content: Any) -> str:
    # What YAML 1.1 takes for a value is quoted, so that every reader, old or new, takes it for text.
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _plain_of(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule whose single attributes stand alone, as one writes them."""
    return {**rule, "of": [one[0] if len(one) == 1 else one for one in rule["of"]]}


def _bare(content: dict[str, Any]) -> dict[str, Any]:
    """The content with its exact numbers marked; a fraction without end, such as 2/3, stays text."""
    data, groups = dict(content["data"]), dict(content["groups"])
    groups["min_share"] = _exact(groups["min_share"])
    if "cutoff" in data.get("score", {}):
        data["score"] = {**data["score"], "cutoff": _exact(data["score"]["cutoff"])}
    return {**content, "data": data, "groups": groups}


def _exact(text: str) -> str:
    return text if "/" in text else _Bare(text)


def resolved(policy: Policy) -> str:
    """Every setting in force on a line of its own, with its value and where that comes from."""
    lines = [(path, told(value), origin(path, policy.sources)) for path, value in flat(policy.effective()).items()]
    return "".join(f"{path}: {' '.join(value.split())}  # {where}\n" for path, value, where in lines)
