"""evenhand registry: kept runs as pages that can be published, and as a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli import PASSED
from audit.cli.terminal import complain, working
from audit.render import FORMATS
from audit.wording import counted

if TYPE_CHECKING:
    from audit.registry.gather import Register
    from audit.result.renderings import Rendering

_runs = click.argument("runs", metavar="RUNS", type=click.Path(exists=True, file_okay=False, path_type=Path))
_rendering = click.option(
    "--rendering",
    type=click.Choice(["public", "restricted"]),
    default="public",
    show_default=True,
    help="public: without what each policy's disclosure part withholds, and verdicts alone where a policy has none; "
    "restricted: with all numbers.",
)


@click.group()
def registry() -> None:
    """A register of the runs in a folder: pages to publish, or a database to query."""


@registry.command()
@_runs
@click.option(
    "-o", "--out", "site", metavar="SITE", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for the pages, or one that was built before, which is replaced.",
)  # fmt: skip
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(FORMATS)),
    default=("html", "json"),
    show_default="html, json",
    help="A format of each audit's reports, which are made anew; repeat for several.",
)
@_rendering
def build(runs: Path, site: Path, formats: tuple[str, ...], rendering: Rendering) -> int:
    """Build pages of the kept RUNS: all audits, each model's history, and each run beside the one before it.

    They need no server and hold no script. A run whose files are not those of its manifest is listed as broken. Exit
    codes: 0 the pages were built, 2 they were not. Verdicts have no say here.
    """
    from audit.registry.site import INDEX
    from audit.registry.site import build as build_site

    with working("Building"):
        register = _gathered(runs, rendering)
        build_site(register, site, tuple(dict.fromkeys(formats)))
    _tell(register, site / INDEX)
    return PASSED


@registry.command()
@_runs
@click.option(
    "-o", "--out", "path", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="The SQLite database to write.",
)  # fmt: skip
@_rendering
def export(runs: Path, path: Path, rendering: Rendering) -> int:
    """Write the kept RUNS into a SQLite database: the tables runs, rules, findings, groups and broken."""
    from audit.registry.export import export as export_to

    with working("Exporting"):
        register = _gathered(runs, rendering)
        export_to(register, path)
    _tell(register, path)
    return PASSED


def _gathered(runs: Path, rendering: Rendering) -> Register:
    from audit.registry.gather import gather

    return gather(runs, rendering)


def _tell(register: Register, path: Path) -> None:
    for one in register.broken:
        complain(f"broken: {one.name}: {'; '.join(one.reasons)}")
    click.echo(f"{counted(len(register.entries), 'audit')}, {len(register.broken)} broken: {path}", err=True)
