"""evenhand init: a first policy for a table."""

from __future__ import annotations

from pathlib import Path

import click

from audit.errors import DataError
from audit.sources.files import write_atomically


@click.command()
@click.argument("data")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the policy there. Default: print it."
)
@click.option("--decision", metavar="COLUMN", help="The column of the decision, where the guess is wrong.")
@click.option("--outcome", metavar="COLUMN", help="The column of what happened afterwards.")
@click.option(
    "--attribute", "attributes", metavar="COLUMN", multiple=True, help="A protected attribute; repeat for several."
)
def init(
    data: str, output: Path | None, decision: str | None, outcome: str | None, attributes: tuple[str, ...]
) -> None:
    """Write a first policy for DATA, to be read and corrected.

    Columns are guessed from their names and values, and every guess is marked in the policy. What nothing tells, such
    as which value is good for a person, is left to be filled in.
    """
    from audit.sources.source import open_table
    from audit.starting.guesses import Choice, look
    from audit.starting.starter import open_questions, starter

    if output is not None and output.exists():
        raise DataError(f"{output}: the file exists; name another, or remove it first")
    with open_table(data, []) as source:
        columns = look(source)
    chosen = Choice(decision=decision, outcome=outcome, attributes=attributes)
    policy = starter(Path(data).name, columns, chosen)
    if output is None:
        click.echo(policy.rstrip("\n"))
    else:
        write_atomically(output, policy.encode())
    questions = "".join(f"  {question}\n" for question in open_questions(policy))
    place = str(output or "the policy")
    if questions:
        click.echo(f"{place}: until this is filled in, it will be refused:\n{questions}", err=True, nl=False)
    if output is not None:
        click.echo(f"{place}: read it, correct what is marked GUESS, then: evenhand policy check {place}")
