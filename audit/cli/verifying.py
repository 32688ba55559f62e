"""evenhand verify: is a run, or a PDF, still what it was, and does it follow from what it rests on?"""

from __future__ import annotations

from pathlib import Path

import click

from audit.cli import FAILED, PASSED
from audit.cli.terminal import show_checks, working


@click.command()
@click.argument("run", metavar="RUN|REPORT.pdf", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--data",
    metavar="DATA",
    help="The rows that were audited, to be counted again: a file, folder, pattern or SELECT, as for `evenhand audit`.",
)
@click.option(
    "--theme", metavar="DIR", type=click.Path(file_okay=False), help="The theme that the reports were made with."
)
@click.option(
    "--fonts",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of further fonts that the PDF was made with.",
)
def verify(run: Path, data: str | None, theme: str | None, fonts: Path | None) -> int:
    """Check a kept run, or a PDF by itself, from its bytes to its verdicts.

    Every file is compared with its digest; the counts are judged again, and every report is rendered again, which has
    to give the same bytes. With --data, the rows are counted again as well. Exit codes: 0 all holds, 1 something
    differs, 2 it cannot be checked.
    """
    from audit.render.options import Options
    from audit.reports import theme_of
    from audit.runs import verify_pdf, verify_run

    options = Options(fonts=fonts, theme=theme_of(theme))
    with working("Verifying"):
        checks = (verify_run if run.is_dir() else verify_pdf)(run, data=data, options=options)
    show_checks(checks)
    return FAILED if any(check.state == "differs" for check in checks) else PASSED
