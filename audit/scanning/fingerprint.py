"""A fingerprint of the rows that an audit read: the same whatever their order, and whatever files hold them how."""

from __future__ import annotations

import hashlib
from typing import Any

from audit.errors import DataError
from audit.scanning.keyed import read_columns
from audit.sources.source import Source
from audit.values import Plan

#: The way of making it; another way would have another name.
_KIND = "rows-1"


def fingerprint(source: Source, plan: Plan) -> str | None:
    """The fingerprint of the rows, `rows-1:` and 64 hexadecimal digits; None where rows live in another engine.

    Each row is written down as an audit reads it: the columns that the policy names, in their order, as text or as
    numbers. The first 120 bits of each row's md5 are added up as two whole numbers, so the order of the rows does not
    matter, and neither does the kind of file. It tells when rows were changed, lost or repeated by accident; somebody
    who looks for other rows of the same sum will find some, so it proves nothing against malice: the digest of a file
    does.
    """
    if source.engine != "duckdb" or not source.frame.implementation.is_duckdb():
        return None
    frame, names = read_columns(source, plan)
    relation: Any = frame.to_native().project(f"md5({_written(names)}) AS digest")
    halves = ", ".join(f"sum(('0x' || substr(digest, {start}, 15))::BIGINT)" for start in (1, 16))
    found = relation.aggregate(f"count(*), {halves}").fetchall()
    if not found or not found[0][0]:
        raise DataError(f"{source.name}: there are no rows; nothing was audited")
    return f"{_KIND}:{hashlib.sha256(':'.join(map(str, found[0])).encode()).hexdigest()}"


def _written(names: list[str]) -> str:
    """A row as one text that no other row has: each value with its length before it, `-` for what is missing."""
    values = (f"coalesce(length({_quoted(name)}) || ':' || {_quoted(name)}, '-')" for name in names)
    return " || ".join(values) if names else "''"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
