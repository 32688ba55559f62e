"""What a person at a terminal reads: errors, progress, and the summary of an audit."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.errors import RenderError
from audit.explain import Stage, Watch
from audit.render.clean import clean
from audit.values import Outcome, Verdict

if TYPE_CHECKING:
    from rich.text import Text

    from audit.result import AuditResult, RuleSummary
    from audit.runs import Check

_STYLE = {
    Verdict.PASS: ("✓", "green"),
    Verdict.FAIL: ("✗", "bold red"),
    Verdict.INCONCLUSIVE: ("?", "yellow"),
    Verdict.NOT_COMPUTABLE: ("–", "yellow"),
    Verdict.NOT_JUDGED: ("·", "dim"),
    Verdict.WITHHELD: ("·", "dim"),
}
_OUTCOME_STYLE = {
    Outcome.PASS: "bold green",
    Outcome.FAIL: "bold red",
    Outcome.INCONCLUSIVE: "bold yellow",
    Outcome.WAIVED: "bold yellow",
}


def complain(message: str) -> None:
    """Print an error, with whatever came out of a policy or a table made harmless."""
    click.echo("\n".join(clean(line) for line in message.splitlines()), err=True)


def note(message: str) -> None:
    """Print on stderr what is no error but should be known."""
    complain(f"note: {message}")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something long is under way: on stderr, only where a person is watching."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def show_summary(result: AuditResult) -> None:
    """The audit on one screen: the verdict, every rule, what comes next."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from audit.render.terms import reported

    console = Console(highlight=False, soft_wrap=False)
    subject = " ".join(part for part in (result.subject.name, result.subject.version) if part)
    console.print()
    style = "bold" if reported(result) else _OUTCOME_STYLE[result.outcome]
    console.print(Text(result.headline, style), Text(f"· {clean(subject)}"))
    console.print(Text(clean(result.summary)))
    console.print()
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for head in ("", "Rule", "If it fails", "Findings"):
        table.add_column(head, overflow="fold")
    for rule in result.rules:
        table.add_row(*_cells(rule))
    console.print(table)
    console.print()
    for said in _exceptions(result):
        console.print(Text(clean(said), "yellow"))
    console.print(Text("Next", "bold"))
    for step in result.next_steps:
        console.print(Padding(Text(clean(step)), (0, 0, 0, 2), expand=False))
    for note in (*result.policy.notes, *result.notes):
        console.print(Text(f"Note: {clean(note)}", "dim"))


def _exceptions(result: AuditResult) -> Iterator[str]:
    """Each waiver that covers a finding, and how long it still does; the others are among the notes."""
    for rule, waiver in dict.fromkeys((found.rule, found.waiver) for found in result.findings):
        if waiver is None:
            continue
        days = f"{waiver.days_left} day{'' if waiver.days_left == 1 else 's'}"
        ends = (
            f"ends {waiver.expires}, in {days}" if waiver.in_force else f"ended {waiver.expires} and no longer counts"
        )
        yield f"Exception to {rule}: {ends}. Approved by {waiver.approved_by}: {waiver.reason}"


def _cells(rule: RuleSummary) -> Sequence[Text | str]:
    from rich.text import Text

    sign, style = _STYLE[rule.verdict]
    verdict = Text(f"{sign} {'waived' if rule.waived else rule.verdict}", style)
    what = Text(clean(rule.title)).append(f"\n{clean(rule.id)}", "dim")
    return verdict, what, {"block": "blocks"}.get(rule.effect, rule.effect), Text(rule.summary)


@contextmanager
def explained(asked: bool) -> Iterator[Watch | None]:
    """Gather what is scanned and how long each stage takes, and print it on stderr when all is done."""
    if not asked:
        yield None
        return
    stages: list[Stage] = []
    yield stages.append
    click.echo("\n" + "\n".join(clean(line) for line in _account(stages)), err=True)


def _account(stages: Sequence[Stage]) -> Iterator[str]:
    """The scan in a few lines, then a line for each stage."""
    facts = {name: fact for stage in stages for name, fact in stage.facts.items()}
    size = f", {facts['bytes']:,} bytes of files" if "bytes" in facts else ""
    tables = facts["groupings"]
    yield f"scanned    {facts['source']} ({facts['kind']}), in {facts['engine']}"
    yield f"rows       {facts['rows']:,}{size}"
    yield f"columns    {facts['columns']:,} decoded"
    yield f"cells      {facts['cells']:,}, in {'one grouping' if tables == 1 else f'{tables:,} groupings'}"
    for stage in stages:
        yield f"{stage.name:<16}{stage.seconds:8.3f} s"
    yield f"{'together':<16}{sum(stage.seconds for stage in stages):8.3f} s"


def show_kept(folder: Path) -> None:
    """Say where the run was kept."""
    click.echo(f"Kept     {folder}", err=True)


def show_written(paths: Sequence[Path], problems: Sequence[RenderError]) -> None:
    """Where the reports are, and which could not be written and why."""
    if paths:
        click.echo("\nWritten: " + ", ".join(clean(str(path)) for path in paths))
    for problem in problems:
        complain(f"not written: {problem}")


_SIGNS = {"holds": ("✓", "green"), "differs": ("✗", "bold red"), "not checked": ("–", "yellow")}


_OF_SEVERAL = {"holds": "hold", "differs": "differ"}


def show_checks(checks: Sequence[Check]) -> None:
    """Every check in a line, and what they come to."""
    for check in checks:
        sign, colour = _SIGNS[check.state]
        detail = f": {clean(check.detail)}" if check.detail else ""
        said = check.state if check.state != "holds" else ""
        click.secho(f"{sign} {clean(check.what)}{f'  {said}' if said else ''}{detail}", fg=colour.split()[-1])
    counts = {state: sum(check.state == state for check in checks) for state in _SIGNS}
    click.echo(
        ", ".join(f"{n} {_OF_SEVERAL.get(state, state) if n > 1 else state}" for state, n in counts.items() if n)
    )
