"""Counts as a file: JSON, the same bytes for the same counts. And what may leave the place where rows may be seen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pydantic_core
from numpy.typing import NDArray

from audit.counts.celltable import columns, keys, read, summed, written
from audit.counts.counts import Counts
from audit.counts.proxycounts import from_plain, to_plain
from audit.counts.ranks import RankCounts
from audit.counts.scores import ScoreCounts
from audit.errors import DataError
from audit.sources.files import write_atomically

SCHEMA = 2


def to_json(counts: Counts) -> str:
    """The counts as JSON text, the same bytes for the same counts."""
    return b"".join([*_pieces(_plain(counts)), b"\n"]).decode()


def _plain(counts: Counts) -> dict[str, Any]:
    """What the file holds, with arrays for long lists."""
    return {
        "schema": SCHEMA,
        "attributes": list(counts.attributes),
        "declared": {name: list(levels) for name, levels in counts.declared.items()},
        "plan": counts.plan,
        "weighted": counts.weighted,
        "has_outcome": counts.has_outcome,
        "has_decision": counts.has_decision,
        "notes": list(counts.notes),
        "tables": [written(table) for table in counts.tables],
        "scores": _written_scores(counts.scores) if counts.scores else None,
        **({"proxies": to_plain(counts.proxies)} if counts.proxies else {}),
        **({"ranks": counts.ranks.to_plain()} if counts.ranks else {}),
    }


def _pieces(plain: Any) -> Iterator[bytes]:
    """JSON in pieces, of which none holds more than one column: of millions of cells, the text of all is large."""
    if isinstance(plain, dict):
        for place, (key, value) in enumerate(plain.items()):
            yield f"{',' if place else '{'}{_ENCODE(key)}:".encode()
            yield from _pieces(value)
        yield b"}" if plain else b"{}"
    elif isinstance(plain, list) and any(isinstance(one, dict) for one in plain):
        for place, one in enumerate(plain):
            yield b"," if place else b"["
            yield from _pieces(one)
        yield b"]"
    else:
        yield _numbers(plain) if isinstance(plain, np.ndarray) else _ENCODE(plain).encode()


_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
#: Numbers from here to there are written without an exponent.
_PLAIN_FROM, _PLAIN_TO = 1e-4, 1e16


def _numbers(column: NDArray[Any]) -> bytes:
    """A column as `json` writes it, in a quarter of the time. Other writers do not agree on exponents, nor on what is
    no number, so these are left to `json`.
    """
    text = pydantic_core.to_json(column.tolist())
    if column.dtype.kind == "i":
        return text
    size = np.abs(column)
    odd = np.flatnonzero(~((size == 0) | ((size >= _PLAIN_FROM) & (size < _PLAIN_TO))))
    if not len(odd):
        return text
    texts = text[1:-1].split(b",")
    for place, one in zip(odd, _ENCODE(column[odd].tolist())[1:-1].encode().split(b","), strict=True):
        texts[place] = one
    return b"[%b]" % b",".join(texts)


def sha256(counts: Counts) -> str:
    """The digest of the counts as a file holds them."""
    digest = hashlib.sha256()
    for piece in _pieces(_plain(counts)):
        digest.update(piece)
    digest.update(b"\n")
    return digest.hexdigest()


def save(counts: Counts, path: Path) -> None:
    """Write the counts to a file, whole or not at all."""
    write_atomically(path, to_json(counts).encode())


def load(path: str | Path) -> Counts:
    """Read counts back; raises DataError if the file cannot be read, or holds no counts that this version reads."""
    try:
        plain = pydantic_core.from_json(Path(path).read_bytes())
        if plain["schema"] != SCHEMA:
            raise DataError(f"{path}: counts of schema {plain['schema']}; this version of evenhand reads {SCHEMA}")
        counts = Counts(
            attributes=tuple(plain["attributes"]),
            declared={name: tuple(levels) for name, levels in plain["declared"].items()},
            plan=plain["plan"],
            weighted=plain["weighted"],
            has_outcome=plain["has_outcome"],
            has_decision=plain["has_decision"],
            tables=tuple(read(table) for table in plain["tables"]),
            scores=_read_scores(plain["scores"]) if plain["scores"] else None,
            proxies=from_plain(plain.get("proxies", [])),
            ranks=RankCounts.from_plain(plain["ranks"]) if plain.get("ranks") else None,
            notes=tuple(plain["notes"]),
        )
        _check(counts)
        return counts
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"{path}: this file does not hold counts ({error}); `evenhand count` writes one") from error


def _check(counts: Counts) -> None:
    """Raises ValueError if the tables are not those of one set of rows."""
    scores = counts.scores
    tables = [*counts.tables, *(proxy.table for proxy in counts.proxies)]
    tables += [*scores.tables, *scores.units] if scores else []
    if not all({*columns(table.attributes), "unusable"} <= {*table.cells} for table in tables):
        raise ValueError("a key is missing")
    rows = {int(table.cells["n"].sum()) for table in tables} | ({counts.ranks.read} if counts.ranks else set())
    if len(rows) != 1:
        raise ValueError(f"tables of {' and '.join(f'{n:,}' for n in sorted(rows)) or 'no'} rows")
    if not set(counts.attributes) <= counts.declared.keys():
        raise ValueError("an attribute without its groups")


def withheld(counts: Counts, least: int) -> Counts:
    """The same without cells of fewer rows than this: their rows are counted together, as withheld.

    For counts that leave the place where rows may be seen. No row is lost: the accounting shows how many were withheld.
    Raises DataError where cells are so fine that hiding the small ones would hide most, or could be undone.
    """
    import pandas as pd

    for there, what, advice in (
        (counts.scores is not None, "a score is counted value by value", "leave out the rules about the score"),
        (bool(counts.proxies), "probabilities of membership are counted", "leave out the attributes of probabilities"),
        (counts.ranks is not None, "positions in ranked lists are counted", "leave out the rules about ranked lists"),
        (counts.clustered, "rows are counted by their units", "leave data.unit out, if rows are independent"),
        (
            len(counts.tables) > 1,
            "several tables overlap, and one tells of another",
            "audit fewer attributes at a time",
        ),
    ):
        if there:
            raise DataError(f"small cells cannot be withheld, for {what}; {advice}")
    [table] = counts.tables
    small = table.cells["n"] < least
    if small.sum() == 1:
        raise DataError(
            f"only one cell has fewer than {least} rows, so how many could be told from the accounting; choose another "
            "number, or merge its group with another"
        )
    blank = dict.fromkeys(name for name in keys(table.cells) if name != "unusable")
    hidden = table.cells[small].assign(**blank, unusable=f"withheld (cells of fewer than {least} rows)")
    cells = summed(pd.concat([table.cells[~small], hidden]))
    notes = tuple(note for note in counts.notes if not _tells_of_fewer(note, least))
    return replace(counts, tables=(replace(table, cells=cells),), notes=notes)


def _tells_of_fewer(note: str, least: int) -> bool:
    """Does a note say of a number of rows that is withheld?"""
    return any(int(number.replace(",", "")) < least for number in re.findall(r"\b(\d[\d,]*) rows?\b", note))


def _written_scores(scores: ScoreCounts) -> dict[str, Any]:
    return {
        "low": scores.low,
        "high": scores.high,
        "bins": scores.bins,
        "distribution": scores.distribution,
        "falling": scores.falling,
        "powers": scores.powers,
        "sampled": scores.sampled,
        **({"errors": True} if scores.errors else {}),
        **({"tops": [str(top) for top in scores.tops]} if scores.tops else {}),
        "tables": [written(table) for table in scores.tables],
        "near": [written(table) for table in scores.near],
        **({"units": [written(table) for table in scores.units]} if scores.units else {}),
    }


def _read_scores(plain: Mapping[str, Any]) -> ScoreCounts:
    return ScoreCounts(
        low=plain["low"],
        high=plain["high"],
        bins=plain["bins"],
        distribution=plain["distribution"],
        falling=plain["falling"],
        powers=plain["powers"],
        sampled=plain["sampled"],
        errors=plain.get("errors", False),
        tops=tuple(Fraction(top) for top in plain.get("tops", ())),
        tables=tuple(read(table) for table in plain["tables"]),
        near=tuple(read(table) for table in plain["near"]),
        units=tuple(read(table) for table in plain.get("units", ())),
    )
