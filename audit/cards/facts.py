"""What every card tells: the run, and its result in the rendering that is to be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from audit.errors import DataError
from audit.render.clean import cleaned
from audit.render.machine import write as write_json
from audit.render.names import shortened
from audit.render.panels import RuleView, arranged
from audit.result import AuditResult, GroupRow
from audit.result.renderings import Rendering
from audit.runs import Opened
from audit.values import Verdict

#: Verdicts that leave nothing to do.
SETTLED = (Verdict.PASS, Verdict.NOT_JUDGED, Verdict.WITHHELD)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A run and what may be told of it: `rendered` as it is, `shown` with every text made harmless.

    `url` is where readers find it, as its owner says.
    """

    run: Opened
    rendered: AuditResult
    shown: AuditResult
    url: str | None = None

    @property
    def is_public(self) -> bool:
        """Is anything of the run not to be told?"""
        return self.shown.disclosure is not None and self.shown.disclosure.rendering == "public"

    @property
    def named(self) -> str:
        """Of what `digest` is: the run, or the public result."""
        return "result" if self.is_public else "run"

    @property
    def digest(self) -> str:
        """By what the audit is known: the run's digest, or the sha256 of the `result.json` of a public rendering.

        The run's own would be a way to try out withheld counts: everything else that it is made of is published.
        """
        return hashlib.sha256(write_json(self.rendered)).hexdigest() if self.is_public else self.run.manifest.run

    @property
    def model(self) -> str:
        """The model's name and version, as the policy gives them."""
        return " ".join(part for part in (self.shown.subject.name, self.shown.subject.version) if part)

    @property
    def views(self) -> tuple[RuleView, ...]:
        """The rules from the most urgent, each with the finding that speaks for it."""
        return arranged(self.shown, 0)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that rules are about, in the order of the rules."""
        return tuple(dict.fromkeys(name for rule in self.shown.rules for name in rule.metrics))

    def groups(self, *, crossed: bool) -> Iterator[tuple[str, list[GroupRow]]]:
        """Each attribute with its groups: those of one attribute, or those where several cross."""
        for attribute in dict.fromkeys(row.attribute for row in self.shown.groups):
            rows = [row for row in self.shown.groups if row.attribute == attribute]
            if (len(rows[0].group_key) > 1) == crossed:
                yield attribute, rows


def facts(run: Opened, rendering: Rendering = "public", url: str | None = None) -> Facts:
    """What may be told of a run, made harmless. Raises DataError where there is no such rendering of it."""
    if rendering == "public" and not run.is_protected:
        raise DataError(
            f"{run.folder}: the policy has no part 'disclosure', so nothing says which numbers may be published; add "
            "'disclosure: {min_cell: 11}' to it and audit again, or show every number with --rendering restricted"
        )
    told = run.shown(rendering)
    return Facts(run=run, rendered=told, shown=cleaned(shortened(told)), url=url)
