"""Long names inside sentences: cut there as they are in tables, so that no number falls off a sentence's end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from audit.render.clean import LONGEST_NAME, clean, short_name
from audit.result import AuditResult


def shortened(result: AuditResult) -> AuditResult:
    """The same result, with every long name of a group or attribute cut where a sentence holds it."""
    short = {name: short_name(clean(name)) for name in _long_names(result)}
    if not short:
        return result
    findings = tuple(replace(finding, because=_said(finding.because, short)) for finding in result.findings)
    steps, notes = (tuple(_said(text, short) for text in texts) for texts in (result.next_steps, result.notes))
    return replace(result, findings=findings, next_steps=steps, notes=notes)


def _long_names(result: AuditResult) -> list[str]:
    """The longest first: an intersection's name holds those of its parts."""
    names = {name for row in result.groups for name in (row.group, row.attribute)}
    return sorted((name for name in names if len(name) > LONGEST_NAME), key=lambda name: (-len(name), name))


def _said(sentence: str, short: Mapping[str, str]) -> str:
    for name, kept in short.items():
        sentence = sentence.replace(name, kept)
    return sentence
