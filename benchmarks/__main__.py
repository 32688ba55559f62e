"""Measures Evenhand beside what it is made of and beside other tools, and writes docs/performance.md: `make bench`.

The README's few sentences about cost come from the same measurements.

`make bench ROWS=100000` measures every job at no more rows than that, which is quick; `make bench JOBS="scan peers"`
measures only these sections. Both print the page and write nothing, unless WRITE=1 puts the sections into the page in
place of those that are there, and those that the README quotes into the README if all of these are measured.
ROWS=100000000 measures the largest size as well, which is left out otherwise, and does write.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.environment import interpreters
from benchmarks.jobs import MILLION, SECTIONS, THOUSAND, Section
from benchmarks.measure import ROOT, Measured, measured
from benchmarks.page import page, ratio, renewed, seconds
from benchmarks.readme import QUOTED, quoted
from benchmarks.tables import make

PAGE = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"
_USUAL = 10 * MILLION


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for, and write the page if that is everything."""
    asked = _asked(arguments)
    sections = [_within(section, asked.rows) for section in SECTIONS if section.key in asked.jobs]
    pythons = interpreters({job.interpreter for section in sections for job in section.jobs})
    results: dict[str, list[Measured]] = {section.key: [] for section in sections}
    for rows in sorted({size for section in sections for job in section.jobs for size in job.sizes}):
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            tables = _tables(rows, Path(folder))
            for section in sections:
                found = measured(section, rows, tables, pythons)
                results[section.key] += found
                _tell(found)
    ordered = _in_order(results, sections)
    written = page(ordered, sections)
    print(written)
    if asked.write:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), ordered, sections), encoding="utf-8")
        if set(QUOTED) <= results.keys() and asked.rows >= _USUAL:
            README.write_text(quoted(README.read_text(encoding="utf-8"), results), encoding="utf-8")
    elif asked.rows >= _USUAL and len(sections) == len(SECTIONS):
        PAGE.write_text(written, encoding="utf-8")
        README.write_text(quoted(README.read_text(encoding="utf-8"), results), encoding="utf-8")


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=_USUAL, help="the most rows")
    keys = [section.key for section in SECTIONS]
    parser.add_argument("--jobs", nargs="+", choices=keys, default=keys, help="the sections to measure")
    parser.add_argument("--write", action="store_true", help="put these sections into the page, and leave the others")
    parser.add_argument("--folder", help="where the tables are written, and removed again")
    return parser.parse_args(arguments)


def _within(section: Section, most: int) -> Section:
    """The section at no more rows than that; a job whose sizes are all larger is measured at the most."""
    jobs = [replace(job, sizes=tuple(size for size in job.sizes if size <= most) or (most,)) for job in section.jobs]
    return replace(section, jobs=tuple(jobs))


def _tables(rows: int, folder: Path) -> dict[int, Path]:
    """The table to warm up with, and the one to measure with."""
    tables = {size: folder / f"{size}.parquet" for size in (THOUSAND, rows) if size}
    for size, path in tables.items():
        make(path, size)
    return tables


def _in_order(results: Mapping[str, Sequence[Measured]], sections: Sequence[Section]) -> dict[str, list[Measured]]:
    """By size, and within a size as the jobs are listed."""
    places = {section.key: [job.name for job in section.jobs] for section in sections}
    return {
        key: sorted(found, key=lambda one: (one.rows, places[key].index(one.job.name)))
        for key, found in results.items()
    }


def _tell(found: Sequence[Measured]) -> None:
    """What was just measured, for whoever waits."""
    for one in found:
        times = ratio(one, found)
        beside = "" if times is None else f", {times:.2f} x {one.job.beside}"
        said = one.missing or f"{seconds(one.seconds)} s{beside}, {one.memory:,.0f} MB: {one.makes}"
        print(f"{one.rows:>12,}  {one.job.does}: {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
