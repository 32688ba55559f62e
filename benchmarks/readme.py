"""The README's sentences about cost, between its marks: from the measurements that the page is made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from benchmarks.jobs import MILLION, THOUSAND
from benchmarks.measure import Measured
from benchmarks.page import ratio, seconds

_MADE = re.compile(r"(?<=<!-- made by make bench -->\n).*?(?=<!-- end -->)", re.DOTALL)
#: Section, job, rows and sentence; `times` is against the job beside it.
_SENTENCES = (
    (
        "scan",
        "rates",
        10 * MILLION,
        (
            "10 million rows of Parquet, five attributes and all pairs, all rates: {seconds} s, {memory} MB, {times} "
            "times what DuckDB needs to decode the same columns without a look at any text, and {also} times what it "
            "needs to look at them."
        ),
    ),
    ("scan", "audit", 10 * MILLION, "The same as a whole audit, every rate with its interval: {seconds} s."),
    (
        "frame",
        "usual",
        100 * THOUSAND,
        "100,000 rows of a pandas frame by a policy of usual size: {seconds} s.",
    ),
    (
        "peers",
        "fairlearn",
        MILLION,
        (
            "1 million rows of a pandas frame, ten metrics of three attributes crossed: fairlearn's `MetricFrame` takes"
            " {times} times as long."
        ),
    ),
    ("peers", "aequitas", MILLION, "Five attributes and all pairs of them: Aequitas takes {times} times as long."),
    ("peers", "aif360", MILLION, "Three attributes one by one: AIF360 takes {times} times as long."),
    (
        "spark",
        "on spark",
        10 * MILLION,
        "10 million rows in Spark on one machine: {times} times a Spark SQL statement that counts the same cells.",
    ),
)
#: The sections that they are taken from.
QUOTED = tuple(dict.fromkeys(key for key, *_ in _SENTENCES))


def quoted(readme: str, results: dict[str, list[Measured]]) -> str:
    """The README with what was measured; what was not measured is not mentioned."""
    found = (_said(sentence, results[key], job, rows) for key, job, rows, sentence in _SENTENCES)
    lines = "\n".join(f"- {line}" for line in chain.from_iterable(found))
    return _MADE.sub(lambda _: f"\n{lines}\n\n", readme)


def _said(sentence: str, found: Sequence[Measured], job: str, rows: int) -> list[str]:
    return [
        sentence.format(
            seconds=seconds(one.seconds),
            memory=f"{one.memory:,.0f}",
            times=_times(ratio(one, found)),
            also=_times(ratio(one, found, one.job.also)),
        )
        for one in found
        if (one.job.name, one.rows) == (job, rows) and one.runs
        if not one.job.also or ratio(one, found, one.job.also) is not None
    ]


def _times(found: float | None) -> str:
    return "" if found is None else f"{found:,.0f}" if found >= 20 else f"{found:.1f}"
