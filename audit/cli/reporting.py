"""What every command that writes reports shares: its options, the files, and the exit code."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.cli import FAILED, INCONCLUSIVE, NO_AUDIT, PASSED
from audit.cli.terminal import note, show_kept, show_summary, show_written, working
from audit.errors import RenderError
from audit.explain import Watch, stage
from audit.languages import LANGUAGES
from audit.render import FORMATS
from audit.render.options import Options
from audit.values import Outcome

if TYPE_CHECKING:
    from audit.engine import Audited
    from audit.result import AuditResult
    from audit.result.renderings import Rendering
    from audit.runs import Kept
    from audit.runs.manifest import ModelFile

CODES = {
    Outcome.PASS: PASSED,
    Outcome.WAIVED: PASSED,
    Outcome.FAIL: FAILED,
    Outcome.INCONCLUSIVE: INCONCLUSIVE,
}
_FORMATS_HELP = "; ".join(f"{name}: {entry.description}" for name, entry in FORMATS.items())

_out = click.option(
    "--out",
    metavar="DIR",
    default="evenhand-report",
    show_default=True,
    help="Folder for the reports; - prints one format to standard output.",
)
_format = click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(FORMATS)),
    default=("html", "pdf", "json"),
    show_default="html, pdf, json",
    help=f"A format to write; repeat for several. {_FORMATS_HELP}.",
)
_fonts = click.option(
    "--fonts",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of fonts for the PDF, for scripts that its own lack: Arabic, Chinese and others. Those that are "
    "needed are put into the file.",
)
_theme = click.option(
    "--theme",
    metavar="DIR",
    help="How HTML and PDF look: the folder of a theme, with an organisation's name, logo, colours and sections.",
)
_rendering = click.option(
    "--rendering",
    type=click.Choice(["public", "restricted"]),
    help="public: without the numbers that the policy's disclosure part withholds; restricted: with all of them. "
    "Default: what the policy says. Without that part there is one rendering, with all numbers.",
)
_language = click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    help="The language of HTML and PDF. Default: report.language of the policy, or English.",
)


@dataclass(frozen=True, kw_only=True)
class Reports:
    """The reports that were asked for, and where. No `rendering`: the one that the policy names."""

    out: str
    formats: tuple[str, ...]
    options: Options
    rendering: Rendering | None = None
    runs: Path | None = None
    model: str | None = None
    author: str | None = None


_keep = click.option(
    "--keep",
    "runs",
    metavar="RUNS",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the whole run as well, in a new folder under RUNS: policy, counts, result, reports and their digests. "
    "`evenhand verify` checks it.",
)
_model = click.option(
    "--model",
    metavar="FILE|URI",
    help="The model that made the decisions, for the run that is kept: a file, whose digest is kept and which is never "
    "opened as a model, or an address such as models:/credit/3.",
)
_author = click.option(
    "--author",
    metavar="NAME",
    help="Who makes the run that is kept. Roles that the policy calls independent are not signed by the same person.",
)


def keep_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command with `report_options` the options of runs."""

    @functools.wraps(command)
    def asked(
        *given: Any, reports: Reports, runs: Path | None, model: str | None, author: str | None, **named: Any
    ) -> int:
        for option, value in (("--model", model), ("--author", author)):
            if value is not None and runs is None:
                raise click.UsageError(f"{option} is for a run that is kept; name a folder for runs with --keep")
        if author is not None and not author.strip():
            raise click.UsageError("--author is empty; name who makes the run")
        if runs is not None and reports.out == "-":
            raise click.UsageError("--keep keeps the reports that are written; name a folder with --out")
        if runs is not None:
            _can_write(str(runs), ())
        return command(*given, reports=replace(reports, runs=runs, model=model, author=author), **named)

    return _keep(_model(_author(asked)))


def report_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of reports; it gets them as one value, `reports`, that can be written."""

    @functools.wraps(command)
    def asked(
        *given: Any,
        out: str,
        formats: tuple[str, ...],
        fonts: Path | None,
        theme: str | None,
        rendering: Rendering | None,
        language: str | None,
        **named: Any,
    ) -> int:
        from audit.reports import theme_of

        _can_write(out, formats)
        options = Options(fonts=fonts, theme=theme_of(theme), language=language)
        return command(*given, reports=Reports(out=out, formats=formats, options=options, rendering=rendering), **named)

    return _out(_format(_rendering(_fonts(_theme(_language(asked))))))


def shown_and_written(
    audited: Audited, policy: str | Path, reports: Reports, *, quiet: bool, watch: Watch | None = None
) -> int:
    """Print the summary and write the reports, both of one rendering, keep the run if asked to; give the exit code."""
    from audit.disclosing.disclosure import rendered

    shown = rendered(audited.result, reports.rendering)
    if not quiet and reports.out != "-":
        show_summary(shown)
    model = _model_of(reports)
    paths, code = written(shown, reports, watch)
    if reports.runs is not None:
        with working("Keeping the run"), stage(watch, "keep"):
            show_kept(_kept(audited, Path(policy), paths, reports, model))
    return code


def _model_of(reports: Reports) -> ModelFile | None:
    if reports.model is None:
        return None
    from audit.runs.manifest import model_file

    return model_file(reports.model)


def _kept(audited: Audited, policy: Path, paths: Sequence[Path], reports: Reports, model: ModelFile | None) -> Path:
    from audit.runs import keep

    made = {path.name: path.read_bytes() for path in paths}
    folder = reports.runs or Path()
    kept = keep(
        audited,
        folder,
        made,
        rendering=reports.rendering,
        options=reports.options,
        written=policy.read_bytes(),
        model=model,
        author=reports.author,
    )
    _logged(kept)
    return kept.folder


def _logged(kept: Kept) -> None:
    """A line in the log of the folder of runs, unless it has one of this run."""
    from audit.provenance import now
    from audit.runs.history import append, mentions

    about = kept.manifest
    if mentions(kept.folder.parent, about.run):
        return
    author = {"author": about.author} if about.author else {}
    append(kept.folder.parent, "kept", about.run, now(), folder=kept.folder.name, outcome=about.outcome, **author)


def _can_write(out: str, formats: tuple[str, ...]) -> None:
    """Is there a place for the reports? Asked before the work is done."""
    if out == "-" and len(formats) != 1:
        raise click.UsageError("--out - prints one format; name it with --format")
    if not out.strip():
        raise click.UsageError("--out is empty; name a folder")
    there = next((place for place in (Path(out), *Path(out).absolute().parents) if place.exists()), Path())
    if out != "-" and not there.is_dir():
        raise click.UsageError(f"--out {out}: {there} is a file; name a folder")
    if out != "-" and not os.access(there, os.W_OK):
        raise click.UsageError(f"--out {out}: nothing can be written in {there}; name another folder")


def written(result: AuditResult, reports: Reports, watch: Watch | None = None) -> tuple[list[Path], int]:
    """Write a rendering in every format in which it can be. A report that was asked for and is missing makes the exit
    code 2.
    """
    from audit.reports import write_each

    if reports.out == "-":
        _printed(result, reports, watch)
        return [], CODES[result.outcome]
    paths: list[Path] = []
    problems: list[RenderError] = []
    for name in dict.fromkeys(reports.formats):
        with working(f"Writing {name}"), stage(watch, f"write {name}"):
            for made in write_each(result, Path(reports.out), [name], reports.options):
                (problems if isinstance(made, RenderError) else paths).append(made)  # type: ignore[arg-type]
    show_written(paths, problems)
    _tell_letters(result, reports, [path.suffix for path in paths])
    return paths, NO_AUDIT if problems else CODES[result.outcome]


def _printed(result: AuditResult, reports: Reports, watch: Watch | None) -> None:
    """Write the one format to standard output."""
    name = reports.formats[0]
    with stage(watch, f"write {name}"):
        sys.stdout.buffer.write(FORMATS[name].write(result, reports.options))
    sys.stdout.buffer.flush()
    _tell_letters(result, reports, [f".{FORMATS[name].suffix}"])


def _tell_letters(result: AuditResult, reports: Reports, suffixes: list[str]) -> None:
    """Say on stderr which characters no font of a PDF that was written can draw."""
    if ".pdf" not in suffixes:
        return
    from audit.render.letters import fonts_for, notices

    for said in notices(fonts_for(result, reports.options)):
        note(said)
