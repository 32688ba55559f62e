"""evenhand verify: is a run, or a PDF, still what it was, and does it follow from what it rests on?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli import FAILED, PASSED
from audit.cli.signing import trust_of, trust_option
from audit.cli.terminal import show_checks, working

if TYPE_CHECKING:
    from audit.runs import Check


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
@trust_option
@click.option(
    "--signed",
    is_flag=True,
    help="Something differs if not every role that the policy names has signed, with a key that is vouched for, or one "
    "rejects the run.",
)
def verify(
    run: Path, data: str | None, theme: str | None, fonts: Path | None, trust: tuple[Path, ...], signed: bool
) -> int:
    """Check a kept run, or a PDF by itself, from its bytes to its verdicts.

    Every file is compared with its digest; the counts are judged again, and every report is rendered again, which has
    to give the same bytes. With --data, the rows are counted again as well. Signatures are checked against the keys
    that --trust names. Exit codes: 0 all holds, 1 something
    differs, 2 it cannot be checked.
    """
    from audit.render.options import Options
    from audit.reports import theme_of
    from audit.runs import verify_pdf, verify_run

    if signed and not run.is_dir():
        raise click.UsageError("--signed is for a run; a PDF alone does not know who has to sign it")
    options = Options(fonts=fonts, theme=theme_of(theme))
    with working("Verifying"):
        checks = (verify_run if run.is_dir() else verify_pdf)(run, data=data, options=options)
        checks += _signatures(run, trust, signed=signed)
    show_checks(checks)
    return FAILED if any(check.state == "differs" for check in checks) else PASSED


def _signatures(run: Path, trust: tuple[Path, ...], *, signed: bool) -> list[Check]:
    """The sign-offs of a run, or the signatures in a PDF, if there are any."""
    from audit.signing import Trust, pades, verify_signatures

    if run.is_dir():
        return verify_signatures(run, trust_of(trust), required=signed)
    content = run.read_bytes()
    return list(pades.alone(content, trust_of(trust) or Trust())) if b"/ByteRange" in content else []
