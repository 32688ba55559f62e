"""evenhand verify: are runs, PDFs and a log still what they were, and do they follow from what they rest on?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli import FAILED, NO_AUDIT, PASSED
from audit.cli.signing import trust_of, trust_option
from audit.cli.terminal import complain, note, show_checks, working
from audit.errors import DataError
from audit.render.clean import clean
from audit.wording import listed

if TYPE_CHECKING:
    from audit.runs import Check


@click.command()
@click.argument(
    "paths", metavar="RUN|REPORT.pdf...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
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
    paths: tuple[Path, ...],
    data: str | None,
    theme: str | None,
    fonts: Path | None,
    trust: tuple[Path, ...],
    signed: bool,
) -> int:
    """Check kept runs, or PDFs by themselves, from their bytes to their verdicts.

    Every file is compared with its digest; the counts are judged again, and every report is rendered again, which has
    to give the same bytes. With --data, the rows are counted again as well. Signatures are checked against the keys
    that --trust names. A log of runs is checked as `evenhand log verify` does; other files beside runs are passed over,
    and named. Exit codes: 0 all holds, 1 something differs, 2 something cannot be checked, such as a report whose theme
    was not named.
    """
    from audit.render.options import Options
    from audit.reports import theme_of
    from audit.runs import verify_pdf, verify_run
    from audit.signing.head import verify_log

    kinds = {path: _kind(path) for path in paths}
    if signed and "pdf" in kinds.values():
        raise click.UsageError("--signed is for runs; a PDF alone does not know who has to sign it")
    options, keys = Options(fonts=fonts, theme=theme_of(theme)), trust_of(trust)
    ways: dict[str, Callable[[Path], list[Check]]] = {
        "run": lambda run: verify_run(run, data=data, options=options) + _signatures(run, trust, signed=signed),
        "pdf": lambda pdf: verify_pdf(pdf, data=data, options=options) + _signatures(pdf, trust, signed=signed),
        "log": lambda log: verify_log(log.parent, keys),
    }
    known = {path: partial(ways[kind], path) for path, kind in kinds.items() if kind in ways}
    if not known:
        raise DataError([f"{path}: {_NOTHING}" for path in paths])
    found = [check for path, look in known.items() for check in _shown(path, look, alone=len(known) == 1)]
    _passed_over(path for path, kind in kinds.items() if kind not in ways)
    if any(check.state == "differs" for check in found):
        return FAILED
    if owed := [check.what for check in found if check.owed]:
        note(f"nobody can say that all holds before these can be looked at: {listed(owed)}")
        return NO_AUDIT
    return PASSED


_NOTHING = "neither a kept run, nor a PDF, nor the log of a folder of runs"


def _kind(path: Path) -> str:
    """`run`, `pdf` or `log`, by what is there. A folder is taken for a run: one that lost its manifest is damaged."""
    from audit.runs.history import LOG

    if path.is_dir():
        return "run"
    if path.name == LOG:
        return "log"
    try:
        with path.open("rb") as file:
            return "pdf" if file.read(5) == b"%PDF-" else "other"
    except OSError:
        return "pdf"  # which says why it cannot be read


def _shown(path: Path, look: Callable[[], list[Check]], *, alone: bool) -> list[Check]:
    """What was found at one of several places, printed under its name; one that cannot be looked at stops no other."""
    from audit.runs import Check

    if not alone:
        click.echo(f"{clean(str(path))}:")
    try:
        with working("Verifying"):
            checks = look()
    except DataError as error:
        if alone:
            raise
        checks = [Check(what=path.name, state="not checked", detail="; ".join(error.problems), owed=True)]
    show_checks(checks)
    return checks


def _passed_over(paths: Iterable[Path]) -> None:
    """Say which files were not looked at, for they are nothing that can be verified by itself."""
    from audit.signing.head import HEAD, HEAD_KEY

    for path in paths:
        why = "it is checked with the log" if path.name in (HEAD, HEAD_KEY) else _NOTHING
        complain(f"passed over: {path}: {why}")


def _signatures(run: Path, trust: tuple[Path, ...], *, signed: bool) -> list[Check]:
    """The sign-offs of a run, or the signatures in a PDF, if there are any."""
    from audit.signing import Trust, pades, verify_signatures

    if run.is_dir():
        return verify_signatures(run, trust_of(trust), required=signed)
    content = run.read_bytes()
    return list(pades.alone(content, trust_of(trust) or Trust())) if b"/ByteRange" in content else []
