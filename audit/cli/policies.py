"""evenhand policy check, show, diff, schema, list."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli.terminal import complain
from audit.errors import PolicyError
from audit.render.clean import clean
from audit.wording import counted, known_names

if TYPE_CHECKING:
    from audit.policy import Policy


@click.group()
def policy() -> None:
    """Check, show and list policies. No data are read."""


@policy.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
def check(files: tuple[str, ...]) -> None:
    """Check policy FILES: every mistake at once, with its line, and the nearest known word."""
    from audit.policy import load

    problems: list[str] = []
    for name in files:
        try:
            found = load(Path(name))
        except PolicyError as error:
            problems += error.problems
            continue
        rules, attributes = counted(len(found.rules), "rule"), counted(len(found.attributes), "attribute")
        click.echo(f"{name}: {rules}, {attributes}; sha256 {found.sha256}")
        for note in (*found.notes, *found.warnings(_today()), *_open_questions(found)):
            complain(f"{name}: note: {note}")
    if problems:
        raise PolicyError(problems)


def _open_questions(found: Policy) -> Iterator[str]:
    """What packs ask and the policy does not answer, one to a line, under the name by which it is to be answered."""
    from audit.policy.asked import unanswered

    if asked := unanswered(found):
        must = sum(one.mandatory for one in asked)
        no_pass = f", {must} of them mandatory: without these no audit passes" if must else ""
        lines = [f"  {one.id}: {one.ask}{' (mandatory)' if one.mandatory else ''}" for one in asked]
        many = counted(len(asked), "question")
        yield "\n".join([f"unanswered under 'statements': {many} of the packs{no_pass}", *lines])


@policy.command("show")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--resolved", "each", is_flag=True, help="A line for every setting, and where it comes from.")
def show_(file: str, each: bool) -> None:
    """Show a policy as it is in force: with what it extends, and where each rule comes from.

    FILE may also be a pack that `evenhand policy list` names: then its own text is shown.
    """
    from audit.policy import load, packs, resolved, show

    if bundled := next((one for one in packs() if one.id == file and not Path(file).exists()), None):
        click.echo(bundled.path.read_text("utf-8").rstrip("\n"))
        return
    if not Path(file).exists() and Path(file).suffix not in (".yaml", ".yml"):
        raise PolicyError([known_names("pack or file", file, [one.id for one in packs()])])
    found = load(Path(file))
    click.echo((resolved(found) if each else show(found)).rstrip("\n"))


@policy.command()
@click.argument("before", type=click.Path(dir_okay=False))
@click.argument("after", type=click.Path(dir_okay=False))
def diff(before: str, after: str) -> None:
    """Say in words what changed from policy BEFORE to policy AFTER: what became looser, and under which waiver.

    Policies are compared as they are in force, with all that they extend. The exit code is 0 whatever is found.
    """
    from audit.policy import difference, load

    found = difference(load(Path(before)), load(Path(after)))
    for line in found or ("no difference in effect",):
        click.echo(clean(line))


@policy.command()
def schema() -> None:
    """Print the JSON Schema of the policy language, for editors."""
    from audit.policy import schema_text

    click.echo(schema_text().rstrip("\n"))


@policy.command("list")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to judge their age by. Default: today.",
)
def list_(as_of: datetime.datetime | None) -> None:
    """List the bundled packs, which a policy can extend, with their state and age."""
    from audit.policy import packs

    day = as_of.date() if as_of else _today()
    for note in packs():
        status = note.pack.status
        age = f"{counted(status.age(day), 'day')} ago" if status.age(day) >= 0 else "after that day"
        stale = " (stale: look at its sources again)" if status.stale(day) else ""
        state = "" if status.state == note.pack.kind else status.state.replace("_", " ")
        whose = f"{note.pack.kind}, {note.pack.jurisdiction}"
        instead = f"superseded by {status.superseded_by}" if status.superseded_by else ""
        click.echo(
            f"{note.id}\n    {note.title}\n    "
            + "; ".join(
                part for part in (whose, state, instead, f"checked on {status.checked_on}, {age}{stale}") if part
            )
        )


def _today() -> datetime.date:
    return datetime.date.today()  # noqa: DTZ011 - the day where the policy is looked at
