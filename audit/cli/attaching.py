"""evenhand attach: tell an audit where people and programs look for it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli import PASSED
from audit.render.clean import clean

if TYPE_CHECKING:
    from audit.result.renderings import Rendering

_FILE = click.Path(dir_okay=False, path_type=Path)
#: What a program that signs has to be told beside the file.
_TYPES = {
    "predicate": ", of the type https://in-toto.io/attestation/test-result/v0.1",
    "audit_predicate": ", of the type urn:evenhand:fairness-audit:1",
}
#: Nothing that ends a link in Markdown, HTML or YAML.
_ADDRESS = re.compile(r"https?://[^\s<>()\"'`\\{}|^]+", re.IGNORECASE)


def _address(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is not None and not _ADDRESS.fullmatch(given):
        raise click.BadParameter(f"{given!r} is no address of the web; write https://...")
    return given


def _given_files(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the files that were asked for as one value, `wanted`, each by the name of its option."""

    @functools.wraps(command)
    def asked(run: Path, url: str | None, rendering: Rendering, **files: Path | None) -> int:
        wanted = {name: path for name, path in files.items() if path is not None}
        if not wanted:
            raise click.UsageError("name at least one file to write, such as --model-card README.md")
        return command(run, wanted, url, rendering)

    return asked


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--model-card",
    metavar="FILE",
    type=_FILE,
    help="A model card in Markdown, such as README.md: a section with the audit, and a result in the model-index of "
    "its front matter. Attaching again refreshes both; all else stays as it is.",
)
@click.option("--cyclonedx", metavar="FILE", type=_FILE, help="Write a CycloneDX bill of materials with a model card.")
@click.option(
    "--predicate",
    metavar="FILE",
    type=_FILE,
    help="Write an in-toto predicate of the type test-result/v0.1, for programs that sign attestations.",
)
@click.option(
    "--audit-predicate",
    metavar="FILE",
    type=_FILE,
    help="Write a predicate of Evenhand's own type, with the numbers.",
)
@click.option("--metrics", metavar="FILE", type=_FILE, help="Write the numbers alone as JSON, as DVC reads them.")
@click.option("--url", metavar="URL", callback=_address, help="Where the run or its report can be read.")
@click.option(
    "--rendering",
    type=click.Choice(["public", "restricted"]),
    default="public",
    show_default=True,
    help="public: without what the policy's disclosure part withholds; restricted: with all numbers.",
)
@_given_files
def attach(run: Path, wanted: Mapping[str, Path], url: str | None, rendering: Rendering) -> int:
    """Tell the audit of a kept RUN in a model card, a bill of materials, an attestation or a file of metrics.

    The files of the run are checked against its manifest first. Exit codes: 0 all was written, 2 not all was. The
    verdict has no say here.
    """
    from audit.cards import cyclonedx, metrics, predicate
    from audit.cards.facts import facts
    from audit.cards.modelcard import attach as attach_card
    from audit.runs import opened
    from audit.sources.files import write_atomically

    told = facts(opened(run), rendering, url)
    writers = {
        "cyclonedx": cyclonedx.bill,
        "predicate": predicate.test_result,
        "audit_predicate": predicate.audit_result,
        "metrics": metrics.metrics_file,
    }
    if "model_card" in wanted:  # before the others, since it alone can be refused
        attach_card(told, wanted["model_card"])
    for name, path in wanted.items():
        if name in writers:
            write_atomically(path, writers[name](told))
        click.echo(f"Written  {clean(str(path))}{_TYPES.get(name, '')}", err=True)
    return PASSED
