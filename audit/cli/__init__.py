"""The command line: arguments, files, progress and exit codes. What a command does is somewhere else."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import click

from audit import __version__
from audit.errors import AuditError

#: 0 to 3 are promised to pipelines.
PASSED, FAILED, NO_AUDIT, INCONCLUSIVE = 0, 1, 2, 3

_COMMANDS = {
    "attach": "audit.cli.attaching:attach",
    "audit": "audit.cli.auditing:audit",
    "count": "audit.cli.counting:count",
    "judge": "audit.cli.counting:judge",
    "demo": "audit.cli.auditing:demo",
    "init": "audit.cli.starting:init",
    "plan": "audit.cli.planning:plan",
    "policy": "audit.cli.policies:policy",
    "registry": "audit.cli.registering:registry",
    "render": "audit.cli.auditing:render",
    "verify": "audit.cli.verifying:verify",
    "sign": "audit.cli.signing:sign",
    "log": "audit.cli.signing:log",
}


class _Lazy(click.Group):
    """Imports a command when it is asked for, so that help and policy checks stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        from importlib import import_module

        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS:
            from audit.wording import known_names

            raise click.UsageError(known_names("command", args[0], _COMMANDS), ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""Start with `evenhand init DATA`, which writes a policy to edit, or with `evenhand demo`.

    Exit codes: 0 pass, 1 a rule that blocks failed, 2 no audit was performed or a report could not be written,
    3 nothing failed but a rule that blocks is inconclusive.""",
)
@click.version_option(__version__, "-V", "--version", prog_name="evenhand")
def cli() -> None:
    """Audit the decisions of a model for fairness.

    A policy (YAML) says which groups, which measures and which limits; Evenhand counts the decisions in one pass over
    the data, judges every rule with its uncertainty, and writes the report.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code. After a 2, the last line on stderr says that no audit was performed.

    Whoever ends the process politely, such as a scheduler, is heard as Ctrl-C is, so that nothing is left behind.
    """
    from audit.cli.plain import legible

    for name in ("SIGTERM", "SIGHUP"):
        if (end := getattr(signal, name, None)) and signal.getsignal(end) is signal.SIG_DFL:
            signal.signal(end, signal.default_int_handler)
    legible(sys.stdout, sys.stderr)
    sys.exit(run(arguments, alone=True))


def run(arguments: Sequence[str] | None = None, *, alone: bool = False) -> int:
    """Run a command and return its exit code; every error is printed, none is raised.

    `alone`: the process does nothing else, and its garbage collector may be set for that.
    """
    given = None if arguments is None else list(arguments)
    try:
        code = cli.main(args=given, prog_name="evenhand", standalone_mode=False, obj=alone)
    except click.ClickException as error:
        error.show()
        return _no_audit()
    except AuditError as error:
        return _no_audit(str(error))
    except (KeyboardInterrupt, click.Abort):
        return _no_audit("interrupted")
    except BrokenPipeError:
        sys.stderr.close()
        return NO_AUDIT
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _no_audit(f"{place}{error.strerror or error}")
    except MemoryError:
        return _no_audit("there is not enough memory")
    except Exception as error:  # noqa: BLE001 - a crash must never look like the verdict that exit code 1 is
        import traceback

        traceback.print_exc()
        return _no_audit(
            f"a mistake in evenhand itself ({type(error).__name__}); please report it with the lines above"
        )
    return code if isinstance(code, int) else PASSED


def _no_audit(message: str = "") -> int:
    from audit.cli.terminal import complain

    if message:
        complain(message)
    click.echo("no audit was performed", err=True)
    return NO_AUDIT
