"""Which files a path, a glob or a folder means, and the header line of a CSV file."""

from __future__ import annotations

import csv
import glob
import gzip
import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from audit.errors import DataError

Kind = Literal["csv", "parquet"]
_KINDS: dict[str, Kind] = {
    ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv", ".txt": "csv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_DELIMITERS = ",;\t|"
_QUERY = re.compile(
    r"(\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|from|describe|insert|update|delete|create|copy|drop)\s",
    re.IGNORECASE | re.DOTALL,
)
#: Of a first line, so many characters are read.
_LONGEST = 1_000_000
_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True, kw_only=True)
class Header:
    """A CSV file's column names and the delimiter between them."""

    names: Sequence[str]
    delimiter: str


def is_query(text: str) -> bool:
    """Is this SQL and not a path? A file of that very name wins."""
    return bool(_QUERY.match(text)) and not Path(text).exists()


def find(path: Path) -> tuple[Kind, list[Path]]:
    """The data files that a path, glob or folder means, sorted, and their one kind. Raises DataError for none or a
    mix.
    """
    found = _once(_candidates(path))
    if not found:
        raise DataError(f"{path}: there is no such file or folder, and it matches no files; check the path")
    kinds = {found_path: kind_of(found_path) for found_path in found}
    unknown = [str(found_path) for found_path, kind in kinds.items() if kind is None]
    if unknown:
        raise DataError(f"{unknown[0]}: not a kind of file that can be read; give one of {', '.join(_KINDS)}")
    if len(set(kinds.values())) > 1:
        raise DataError(
            f"{path}: holds CSV and Parquet files; audit one kind at a time, with a pattern such as *.parquet"
        )
    return "parquet" if "parquet" in kinds.values() else "csv", found


def _once(found: Sequence[Path]) -> list[Path]:
    """Each file once, under its own name where it is there: the rows behind a link are no other rows."""
    marks = stamps(found)
    own = sorted(found, key=lambda path: (path.is_symlink(), len(path.parts), path))
    return sorted({marks[path]: path for path in reversed(own)}.values())


def _candidates(path: Path) -> list[Path]:
    if path.is_dir():
        inside = sorted(
            entry for entry in path.rglob("*") if entry.is_file() and kind_of(entry) and not _hidden(entry, path)
        )
        if not inside:
            raise DataError(f"{path}: the folder holds no CSV or Parquet files")
        return inside
    if path.is_file():
        return [path]
    return sorted(Path(name) for name in glob.glob(str(path), recursive=True) if Path(name).is_file())  # noqa: PTH207


def _hidden(path: Path, folder: Path) -> bool:
    """Is it a leftover of a program, such as ._table.csv or _temporary/table.csv?"""
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)


def kind_of(path: Path) -> Kind | None:
    """What the endings of a file's name say it is, if they say anything."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return _KINDS.get("".join(suffixes[-2:])) or (_KINDS.get(suffixes[-1]) if suffixes else None)


def header(path: Path) -> Header:
    """The first line of a CSV file, split by the delimiter that stands in it most often outside quotes."""
    with _readable(path), _text(path) as stream:
        line = stream.readline(_LONGEST)
        while len(line) < _LONGEST and _goes_on(line) and (more := stream.readline(_LONGEST)):
            line += more
    return split_header(path, line)


def _goes_on(line: str) -> bool:
    """Does the line end within quotes? A name may have line breaks."""
    try:
        list(csv.reader([line], delimiter=_delimiter(line), strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=_IN_QUOTES.sub("", line).count)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what keeps a file from being read into errors that say what to do."""
    try:
        yield
    except gzip.BadGzipFile as error:
        raise DataError(f"{path}: not a gzip file, though its name says so") from error
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path}: the file is cut off or damaged ({error}); get it again") from error
    except FileNotFoundError as error:
        raise DataError(gone(path)) from error
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text in UTF-8 ({error}); save it as UTF-8") from error


def check_quotes(delimiters: Mapping[Path, str]) -> None:
    """Does none of these CSV files end within quotes? Raises DataError for the first that does, or is cut off.

    For readers that take all that follows for one value. Where quotation marks are even in number, all are closed.
    """
    for path, delimiter in delimiters.items():
        opener = gzip.open if path.suffix == ".gz" else open
        with _readable(path), opener(path, "rb") as stream:
            odd = sum(chunk.count(b'"') for chunk in iter(lambda: stream.read(1 << 20), b"")) % 2
        if odd and (line := _never_closed(path, delimiter)):
            raise DataError(f"{path}, line {line:,}: a quotation mark is opened and not closed; mend the line")


def _never_closed(path: Path, delimiter: str) -> int | None:
    """The line of a row that never ends, as a quotation mark in it is not closed; None if there is none."""
    begins = 1
    with _readable(path), _text(path) as stream:
        rows = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            for _ in rows:
                begins = rows.line_num + 1
        except csv.Error as error:
            return None if "expected after" in str(error) else begins
    return None


def split_header(path: object, line: str) -> Header:
    """The names in the first line of a CSV file; raises DataError if it is empty."""
    if not line.strip():
        raise DataError(f"{path}: the first line is empty; it must name the columns")
    best = _delimiter(line)
    try:
        names = next(csv.reader([line.rstrip("\r\n")], delimiter=best))
    except csv.Error as error:
        raise DataError(f"{path}: the first line, which must name the columns, cannot be read: {error}") from error
    return Header(names=names, delimiter=best)


#: What became of a file that was there when the files were listed.
GONE = "the file went away while the data were read; nothing was counted"


def gone(path: object) -> str:
    """What to say of a file that was there when the files were listed."""
    return f"{path}: {GONE}"


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """By what a file that changes is known, short of reading it again."""

    size: int
    modified: int
    inode: int


def stamps(paths: Sequence[Path]) -> dict[Path, Stamp]:
    """Each file's stamp; raises DataError if one is gone."""
    found = {}
    for path in paths:
        try:
            about = path.stat()
        except FileNotFoundError as error:
            raise DataError(gone(path)) from error
        found[path] = Stamp(size=about.st_size, modified=about.st_mtime_ns, inode=about.st_ino)
    return found


def unchanged(before: Mapping[Path, Stamp]) -> None:
    """Are the files those that were opened? Raises DataError naming each that is not."""
    after = stamps(list(before))
    changed = [path for path in before if after[path] != before[path]]
    if changed:
        raise DataError(
            [f"{path}: the file changed while it was read; audit it when it is complete" for path in changed]
        )


def _text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: what was there before stays until the new bytes are safely on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's mask for new files, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
