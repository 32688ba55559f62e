"""evenhand audit, demo, render: from a policy and a table, or from a result, to reports."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli.reporting import Reports, keep_options, report_options, shown_and_written, written
from audit.cli.settling import settle
from audit.cli.terminal import explained, working
from audit.explain import stage

if TYPE_CHECKING:
    from audit.result import AuditResult


class OneTable(click.Command):
    """A command whose last argument is one table: what a shell makes of a pattern without quotes is explained."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse what comes after the table, with what to write instead."""
        rest = super().parse_args(ctx, args)
        if ctx.args:
            named = f"one table is audited, and {len(ctx.args) + 1} are named, the second of them {ctx.args[0]!r}"
            raise click.UsageError(f"{named}; give a folder, or a pattern in quotes, such as 'log/*.csv'", ctx)
        return rest


as_of_option = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day that the audit speaks of, for waivers and for packs that go stale. Default: today.",
)


def _slice(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """`period=2026-10` as a mapping."""
    odd = [text for text in given if not all(text.partition("=")[::2])]
    if odd:
        raise click.BadParameter(f"{odd[0]!r} is not of the form period=2026-10 or version=2.1")
    return {by: name for by, _, name in (text.partition("=") for text in given)}


only_option = click.option(
    "--only",
    multiple=True,
    metavar="SLICE=NAME",
    callback=_slice,
    help="Judge one slice alone: period=2026-10 or version=2.1, by data.time and data.model_version of the policy.",
)
confirm_option = click.option(
    "--confirm",
    is_flag=True,
    help="Compute all metrics a second time, from the rows, with fairlearn and scikit-learn; needs the rows in memory.",
)
engine_option = click.option(
    "--engine",
    metavar="ENGINE",
    default="duckdb",
    show_default=True,
    help="Where DATA is opened and counted: duckdb; spark, as Spark is configured here; spark://HOST:PORT; or "
    "spark:MASTER, such as 'spark:local[2]'. In Spark, DATA may also be s3a://... or the name of a table.",
)
memory_option = click.option(
    "--memory",
    metavar="SIZE",
    help="How much memory DuckDB may take, such as 2GB; the rest goes to a folder that goes away. Default: 80 % of "
    "the machine's.",
)
explain_option = click.option(
    "--explain", is_flag=True, help="Print on standard error what was scanned, and how many seconds each stage took."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print no summary; the exit code says the outcome.")


@click.command(cls=OneTable)
@click.argument("policy", type=click.Path(dir_okay=False))
@click.argument("data")
@report_options
@keep_options
@as_of_option
@only_option
@confirm_option
@engine_option
@memory_option
@explain_option
@quiet_option
def audit(
    policy: str,
    data: str,
    reports: Reports,
    as_of: datetime.datetime | None,
    only: dict[str, str],
    confirm: bool,
    engine: str,
    memory: str | None,
    explain: bool,
    quiet: bool,
) -> int:
    """Audit DATA by POLICY and write the reports.

    DATA is a CSV or Parquet file, a folder or a pattern of such files, or a SELECT over files:

    \b
      evenhand audit policy.yaml decisions.parquet
      evenhand audit policy.yaml 'log/2026-*.csv' --out report
      evenhand audit policy.yaml "SELECT * FROM 'log/*.parquet' WHERE region = 'EU'" --format json --out -
    """  # noqa: D301 - a backspace, which tells click to keep the lines
    settle(reports.formats)
    from audit.engine import audited

    if confirm and engine != "duckdb":
        raise click.UsageError("--confirm needs the rows in memory; it goes with the engine duckdb alone")
    day = audited_day(as_of)
    if confirm and only:
        raise click.UsageError("--confirm computes the metrics of all rows again; leave --only out")
    where = [] if engine == "duckdb" else ["--engine", engine]
    command = ["evenhand", "audit", policy, data, "--as-of", day.isoformat(), *where, *["--confirm"] * confirm]
    command += as_options(only)
    with explained(explain) as watch:
        with working("Counting and judging"):
            made = audited(
                policy,
                data,
                as_of=day,
                command=command,
                only=only,
                engine=engine,
                memory=memory,
                fingerprint=reports.runs is not None,
                watch=watch,
            )
        if confirm:
            with working("Computing every metric again from the rows"), stage(watch, "confirm"):
                made = replace(made, result=_confirmed(made.result, policy, data))
        return shown_and_written(made, policy, reports, quiet=quiet, watch=watch)


@click.command()
@report_options
@as_of_option
@quiet_option
def demo(reports: Reports, as_of: datetime.datetime | None, quiet: bool) -> int:
    """Audit a real example: the COMPAS risk scores that ProPublica published.

    The example fails its policy, so the exit code is 1.
    """
    settle(reports.formats)
    from audit.engine import audited
    from audit.resources import folder

    day = audited_day(as_of)
    example = folder("examples") / "compas"
    command = ["evenhand", "demo", "--as-of", day.isoformat()]
    with working("Counting and judging"):
        made = audited(example / "policy.yaml", example / "compas.csv", as_of=day, command=command)
    return shown_and_written(made, example / "policy.yaml", reports, quiet=quiet)


@click.command()
@click.argument("result", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@report_options
def render(result: Path, reports: Reports) -> int:
    """Write reports from RESULT, the result.json of an earlier audit. No data are needed.

    The exit code is that of the audit.
    """
    from audit.disclosing.disclosure import rendered
    from audit.result import load

    return written(rendered(load(result), reports.rendering), reports)[1]


def as_options(only: Mapping[str, str]) -> list[str]:
    """The slice as it was given on the command line."""
    return [word for by, name in only.items() for word in ("--only", f"{by}={name}")]


def audited_day(as_of: datetime.datetime | None) -> datetime.date:
    """The day that was named, or today."""
    from audit.provenance import today

    return as_of.date() if as_of else today()


def _confirmed(result: AuditResult, policy: str, data: str) -> AuditResult:
    """The result with a note that its metrics were confirmed; DataError if they were not."""
    from audit.confirming.rows import confirm
    from audit.policy import load

    found = confirm(load(Path(policy)), data, result)
    note = (
        f"All {found.rates} values of metrics were computed a second time from the rows by {found.by}; the largest "
        f"difference is {found.largest:.1g}."
    )
    return replace(result, notes=(*result.notes, note))
