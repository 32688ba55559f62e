"""The reference of commands and options, from the very objects that read the command line."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from audit.cli import cli

#: What click takes for "leave these lines as they are", as a character and as it looks in a raw docstring.
_AS_IT_IS = re.compile(r"^(?:\x08|\\b)\n", re.MULTILINE)


def reference() -> str:
    """Every command with its arguments and options, as Markdown."""
    return "\n\n".join(_section(name, command) for name, command in _walk("evenhand", cli))


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """The commands that do something, groups of commands left out."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command, info_name=name)
    for child in command.list_commands(context):
        found = command.get_command(context, child)
        if found is not None:
            yield from _walk(f"{name} {child}", found)


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    options = [option for option in command.params if isinstance(option, click.Option)]
    table = ["| option | left out | meaning |", "|---|---|---|", *(_row(option) for option in options)]
    parts = [f"## {name}", f"```text\n{usage}\n```", *_paragraphs(command.help or "")]
    return "\n\n".join([*parts, *(["\n".join(table)] if options else [])])


def _paragraphs(text: str) -> Iterator[str]:
    """The help, with what is laid out by hand in a block of its own."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        laid_out, found = _AS_IT_IS.subn("", paragraph)
        yield f"```sh\n{inspect.cleandoc(laid_out)}\n```" if found else " ".join(paragraph.split())


def _row(option: click.Option) -> str:
    """`--out DIR`, what holds without it, and what it means."""
    value = "" if option.is_flag else f" {option.metavar or option.human_readable_name.upper()}"
    if isinstance(option.type, click.Choice):
        value = " NAME"
    named = ", ".join(f"`{name}{value}`" for name in option.opts)
    meaning, _, default = (option.help or "").partition(" Default: ")
    if option.show_default:
        default = option.show_default if isinstance(option.show_default, str) else f"`{option.default}`"
    none = "off" if option.is_flag else "none"
    return f"| {named} | {default.removesuffix('.') or none} | {meaning} |"
