"""evenhand sign, evenhand log: who signs off a run, and the log of runs and sign-offs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli import FAILED, PASSED
from audit.cli.terminal import note, show_checks, working
from audit.render.clean import clean

if TYPE_CHECKING:
    from audit.signing import SignedOff, SigningKey, Trust

#: Where the password of a key may stand, for machines that nobody types at.
PASSWORD = "EVENHAND_KEY_PASSWORD"
_MEANINGS = ("approved", "approved-with-conditions", "rejected", "reviewed")
_LOG_LIMITS = (
    "A log shows what was changed since its head was signed. It does not show runs that were never kept in this folder."
)

trust_option = click.option(
    "--trust",
    multiple=True,
    metavar="KEY",
    type=click.Path(exists=True, path_type=Path),
    help="A public key or a certificate that you vouch for, as PEM, or a folder of such files; repeat for several. "
    "Default: the keys that the policy names for each role.",
)


def trust_of(paths: tuple[Path, ...]) -> Trust | None:
    """The keys that were named, None if none were."""
    from audit.signing import trusted

    return trusted(paths) if paths else None


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--role", required=True, help="The role in which you sign, one of those that the policy names.")
@click.option("--name", help="Who signs. Default: the name in the certificate.")
@click.option("--meaning", required=True, type=click.Choice(_MEANINGS), help="What is meant by signing.")
@click.option("--comment", required=True, help="Why, in a sentence or more.")
@click.option("--condition", "conditions", multiple=True, help="A condition of the approval; repeat for several.")
@click.option(
    "--key",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your private key: PEM (ed25519, EC or RSA), or PKCS#12 with your certificate, which signs the PDF too. Its "
    f"password is asked for, or taken from {PASSWORD}.",
)
def sign(
    run: Path, role: str, name: str | None, meaning: str, comment: str, conditions: tuple[str, ...], key: Path
) -> int:
    """Sign off RUN, a kept run.

    What is signed are the digests of all its files, with your name, role and reason, in RUN/signatures. What the policy
    forbids is refused. Exit codes: 0 signed, 2 not signed.
    """
    from audit.provenance import now
    from audit.signing import Words
    from audit.signing import sign as sign_run

    held = _key(key)
    person = name or held.public.holder
    if person is None:
        raise click.UsageError("--name is missing: a key alone does not say whose it is")
    words = Words(person=person, role=role, meaning=meaning, comment=comment, conditions=conditions)  # type: ignore[arg-type]
    with working("Signing"):
        made = sign_run(run, words, held, time=now())
    _logged(run, made, held)
    _told(made)
    return PASSED


def _key(path: Path) -> SigningKey:
    from audit.signing import keys

    password = os.environ.get(PASSWORD) if keys.needs_password(path) else None
    if password is None and keys.needs_password(path):
        password = click.prompt(f"Password of {path.name}", hide_input=True, err=True)
    return keys.load(path, password)


def _logged(run: Path, made: SignedOff, key: SigningKey) -> None:
    """A line in the log beside the run, if there is a log, and its head signed."""
    from audit.runs.history import LOG, append
    from audit.signing.head import SIGNED, sign_head

    runs, said = run.absolute().parent, made.sign_off
    if not (runs / LOG).is_file():
        note(f"there is no {LOG} beside the run, so no log tells of this sign-off")
        return
    facts = {"person": said.person, "role": said.role, "meaning": said.meaning, "envelope": made.digest}
    append(runs, SIGNED, made.run, said.time, **facts)
    sign_head(runs, key)


def _told(made: SignedOff) -> None:
    from audit.render.signoff import LIMITS

    said = made.sign_off
    click.echo(f"Signed   {clean(said.meaning)} by {clean(said.person)} as {clean(said.role)}, {said.time}")
    for path in made.paths:
        click.echo(f"Written  {clean(str(path))}")
    if made.without_pdf:
        note(f"no PDF was signed: {made.without_pdf}")
    click.echo(LIMITS, err=True)


@click.group()
def log() -> None:
    """The log of a folder of runs: what was kept and signed off, each line chained to the one before."""


@log.command()
@click.argument("runs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@trust_option
@click.option(
    "--head",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of log.head.json that was put where nobody who writes the log can reach it.",
)
def verify(runs: Path, trust: tuple[Path, ...], head: Path | None) -> int:
    """Check the log of RUNS line by line, against its signed head, and against the runs beside it.

    Names each line that was edited, put in or taken out. Exit codes: 0 all holds, 1 something differs, 2 there is no
    log.
    """
    from audit.signing.head import verify_log

    checks = verify_log(runs, trust_of(trust), head=head)
    show_checks(checks)
    click.echo(_LOG_LIMITS, err=True)
    return FAILED if any(check.state == "differs" for check in checks) else PASSED
