"""Reports of results that were made beforehand, by another process: what each format costs, and what size does."""

from __future__ import annotations

import datetime
import io
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.made import Made, Work
from benchmarks.ours import EVERY_RATE, PAIRS, policy, rule
from benchmarks.tables import ATTRIBUTES

if TYPE_CHECKING:
    from audit.result import AuditResult

_DAY = datetime.date(2026, 1, 1)
#: Twelve rules: a metric, how groups are compared, and the attribute.
_TWELVE = (
    ("selection_rate", "ratio", "sex"),
    ("selection_rate", "ratio", "race"),
    ("selection_rate", "difference", "language"),
    ("base_rate", "difference", "race"),
    ("true_positive_rate", "ratio", "sex"),
    ("true_positive_rate", "difference", "age"),
    ("false_positive_rate", "difference", "sex"),
    ("false_negative_rate", "difference", "race"),
    ("precision", "ratio", "language"),
    ("accuracy", "difference", "sex"),
    ("error_rate", "difference", "language"),
    ("false_omission_rate", "difference", "region"),
)


def typical_html(table: Path) -> Work:
    """The page of twelve rules."""
    return _written("twelve", table, "html")


def typical_pdf(table: Path) -> Work:
    """The PDF of twelve rules."""
    return _written("twelve", table, "pdf")


def typical_summary(table: Path) -> Work:
    """Their summary on one page."""
    return _written("twelve", table, "summary-pdf")


def long_pdf(table: Path) -> Work:
    """As many rules as fill about two hundred pages."""
    return _written("many", table, "pdf")


def half_as_long(table: Path) -> Work:
    """Half of them."""
    return _written("half", table, "pdf")


def every_rate(table: Path) -> Work:
    """The PDF of every rate of 412 groups, as ratios and as differences."""
    return _written("every", table, "pdf")


def _one(metric: str, compare: str, attribute: str) -> dict[str, Any]:
    """A rule of one metric and one attribute, under a name of its own."""
    name = f"{metric.replace('_', '-')}-{compare}-by-{attribute}"
    return {**rule([metric], compare, of=[attribute]), "id": name}


def _many(rules: int) -> dict[str, Any]:
    """So many rules of one metric and one attribute each: all that there are, over and over."""
    kinds = itertools.cycle(itertools.product(EVERY_RATE[0]["metric"], ("ratio", "difference"), ATTRIBUTES))
    asked = [{**_one(*kind), "id": f"rule-{n:03}"} for n, kind in enumerate(itertools.islice(kinds, rules), 1)]
    return policy(asked, list(ATTRIBUTES), [])


_POLICIES: dict[str, Callable[[], dict[str, Any]]] = {
    "twelve": lambda: policy([_one(*asked) for asked in _TWELVE], list(ATTRIBUTES), []),
    "half": lambda: _many(88),
    "many": lambda: _many(176),
    "every": lambda: policy(EVERY_RATE, list(ATTRIBUTES), PAIRS),
}


def _written(name: str, table: Path, form: str) -> Work:
    """Write a result as `evenhand render` does: read from its file, without what counted and judged it in memory."""
    import audit
    from audit.render import FORMATS

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        subprocess.run([sys.executable, "-m", "benchmarks.reports", name, str(table), str(path)], check=True)
        result = audit.load_result(path)

    def work() -> Made:
        start = time.process_time()
        content = FORMATS[form].write(result)
        return Made(makes=_size(content, result), stages={"on the processor": time.process_time() - start})

    return work


def _size(content: bytes, result: AuditResult) -> str:
    """Bytes and findings, and pages of what has any."""
    size = f"{len(content) / 1000:,.0f} kB, {len(result.findings):,} findings"
    if not content.startswith(b"%PDF"):
        return size
    from pypdf import PdfReader

    pages = len(PdfReader(io.BytesIO(content)).pages)
    return f"{pages} {'page' if pages == 1 else 'pages'}, {size}"


def main(name: str, table: Path, path: Path) -> None:
    """Audit a table by one of the policies, and save the result."""
    import audit
    from audit.result import to_json

    path.write_text(to_json(audit.run(_POLICIES[name](), str(table), as_of=_DAY)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
