"""evenhand count, judge: the two halves of an audit, with a file of counts between them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli.auditing import (
    OneTable,
    as_of_option,
    as_options,
    audited_day,
    engine_option,
    explain_option,
    memory_option,
    only_option,
    quiet_option,
)
from audit.cli.reporting import Reports, keep_options, report_options, shown_and_written
from audit.cli.terminal import explained, note, working
from audit.wording import counted, listed

if TYPE_CHECKING:
    from audit.result.records import DataFile


@click.command(cls=OneTable)
@click.argument("policy", type=click.Path(dir_okay=False))
@click.argument("data")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of counts.",
)
@click.option(
    "--withhold",
    metavar="K",
    type=click.IntRange(min=2),
    help="Leave out cells of fewer than K rows, for counts that leave the place where rows may be seen. How many rows "
    "were withheld stays in the accounting.",
)
@engine_option
@memory_option
@explain_option
def count(
    policy: str,
    data: str,
    output: Path,
    withhold: int | None,
    engine: str,
    memory: str | None,
    explain: bool,
) -> None:
    """Count DATA as POLICY needs it, and judge nothing.

    The file holds sums and no rows. Counts of parts add up to the counts of the whole, so yesterday's data need not be
    read again: evenhand judge POLICY monday.counts tuesday.counts
    """
    from audit.counts import countfile
    from audit.engine import count_table
    from audit.policy import load

    with explained(explain) as watch, working("Counting"):
        counts, _ = count_table(load(Path(policy)), data, engine=engine, memory=memory, watch=watch)
    if withhold is not None:
        counts = countfile.withheld(counts, withhold)
    countfile.save(counts, output)
    cells = counted(counts.cells, "cell")
    click.echo(f"{output}: {counted(counts.read, 'row')} in {cells}; sha256 {countfile.sha256(counts)}")


@click.command()
@click.argument("policy", type=click.Path(dir_okay=False))
@click.argument("counts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@report_options
@keep_options
@as_of_option
@only_option
@quiet_option
def judge(
    policy: str,
    counts: tuple[Path, ...],
    reports: Reports,
    as_of: datetime.datetime | None,
    only: dict[str, str],
    quiet: bool,
) -> int:
    """Judge COUNTS, one or more files that `evenhand count` wrote, by POLICY. No data are read.

    The policy must count as the one that the counts were made with; its rules, limits and waivers may be others.
    """
    from audit.engine import judged

    day = audited_day(as_of)
    command = ["evenhand", "judge", policy, *map(str, counts), "--as-of", day.isoformat(), *as_options(only)]
    made = judged(policy, counts, as_of=day, command=command, only=only)
    for alike in _alike(made.result.data.files):
        note(f"{alike} hold the very same counts, and were added; is one a copy of the other?")
    return shown_and_written(made, policy, reports, quiet=quiet)


def _alike(files: Sequence[DataFile]) -> Iterator[str]:
    """The files that cannot be told apart by their counts: two days may be alike, and a copy counts everybody twice."""
    for sha256 in dict.fromkeys(file.sha256 for file in files):
        same = [file.name for file in files if file.sha256 == sha256]
        if len(same) > 1:
            yield listed(same)
