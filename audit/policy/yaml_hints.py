"""What to do about text that is no YAML: the slips that people make, by PyYAML's words for them."""

from __future__ import annotations

import yaml


def why(error: yaml.MarkedYAMLError) -> str:
    """What PyYAML says, of the part that it was reading and of the place where it stopped."""
    parts = (error.context, error.problem)
    return ", ".join(part for part in parts if part)


def hint(error: yaml.MarkedYAMLError) -> str | None:
    """What to write instead, where the slip is a common one."""
    line = error.context_mark.line + 1 if error.context_mark else 0
    said = why(error)
    return next((advice.format(line=line) for sign, advice in _HINTS if sign in said), None)


#: What to do, by what stands in PyYAML's own words for it; `line` is where the part begins that it was reading.
_HINTS = (
    (
        "mapping values are not allowed",
        "put text that holds ': ' in quotes, or begin this line in the column of the one above",
    ),
    ("\\t", "indent with spaces, not with tabs"),
    ("chomping or indentation", 'put text that begins with > or | in quotes, as in ">= 4/5"'),
    ("cannot start any token", "put text that begins with a sign in quotes"),
    ("quoted scalar", "the quotation mark on line {line} is not closed"),
    ("flow mapping", "the bracket that opens on line {line} is not closed, or a comma is missing"),
    ("flow sequence", "the bracket that opens on line {line} is not closed, or a comma is missing"),
    ("block end", "lines that belong together begin in the same column; those from line {line} on do not"),
    ("could not find expected ':'", "write 'key: value' on line {line}, with a blank behind the colon"),
)
