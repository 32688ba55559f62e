"""The door in: a policy in YAML becomes a checked, frozen Policy, or an error that names every mistake in it."""

from __future__ import annotations

from audit.policy.difference import difference
from audit.policy.door import load, loads
from audit.policy.models import PackNote, Policy
from audit.policy.pack import Pack
from audit.policy.packs import packs
from audit.policy.reference import Reference
from audit.policy.rules import Rule, Waiver
from audit.policy.schema import json_schema, schema_text
from audit.policy.show import resolved, show

__all__ = [
    "Pack", "PackNote", "Policy", "Reference", "Rule", "Waiver",
    "difference", "json_schema", "load", "loads", "packs", "resolved", "schema_text", "show",
]  # fmt: skip
