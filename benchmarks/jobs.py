"""What is measured, as one table: `python -m benchmarks` runs it from top to bottom, `docs/performance.md` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

THOUSAND, MILLION = 1_000, 1_000_000


@dataclass(frozen=True, kw_only=True)
class Job:
    """One measurement, at one or several sizes.

    `call` is `module:function` in this folder; `warm_up` is another one that imports and first uses the same in less
    time. `beside` names the job of the same section that its seconds are divided by, and `aim` is what that ratio is
    meant to be; `also` names a second one. `interpreter` is the Python that runs it: ours, or that of the other tools,
    whose requirements exclude ours. `needs` is a metric without which there is nothing to measure. `weighted` rates are
    not those of other jobs.
    """

    name: str
    does: str
    call: str
    sizes: tuple[int, ...]
    beside: str = ""
    also: str = ""
    aim: str = ""
    repeats: int = 5
    interpreter: Literal["ours", "peers"] = "ours"
    needs: str = ""
    warm_up: str = ""
    weighted: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """Jobs that are measured in turns, so that a slow minute of the machine falls on all of them alike."""

    key: str
    title: str
    words: str
    jobs: tuple[Job, ...]


_SCANS = (MILLION, 10 * MILLION, 100 * MILLION)
#: Measured at one size, for the sake of time.
_LARGE = (10 * MILLION,)
_REPORTED = (20 * THOUSAND,)
_RESAMPLED = (10 * THOUSAND, 10 * MILLION)

SECTIONS = (
    Section(
        key="scan",
        title="From Parquet",
        words=(
            "Five attributes and all ten two-way intersections: 412 groups. *Decode* asks DuckDB for one trivial "
            "aggregate of each column (`strlen` of text, added up; the sum of numbers): the least that any tool has to "
            "do, since DuckDB works out `strlen` once for each text in a file's dictionary and looks at no row's text. "
            "*Read* asks for the largest value of each column, for which each text is looked at. "
            "*Group by* is the one SQL statement that counts the cells. *SHA-256* is what every audit notes of its "
            "files: it is worked out beside the scan, and on two cores the two share them. *Rates* is "
            "`audit.count_table`, then all rates of all groups and their differences and ratios to the highest, with "
            "no intervals. *Audit* is `audit.run` with twelve rates as ratios and as differences, every one with its "
            "interval, its p-value and its sentence, and all groups' tables; these always hold Matthews correlations, "
            "each from 2,000 resamples. *Resampled* is `audit.run` with the differences of Matthews correlations, from "
            "2,000 resamples of each group."
        ),
        jobs=(
            Job(name="decode", does="decode seven columns (DuckDB)", call="sql:decode", sizes=_SCANS),
            Job(name="read", does="read seven columns (DuckDB)", call="sql:read", sizes=_SCANS, beside="decode"),
            Job(name="group by", does="group by all keys (DuckDB)", call="sql:group_by", sizes=_SCANS, beside="decode"),
            Job(
                name="digest",
                does="SHA-256 of the file, on one core (hashlib)",
                call="sql:digest",
                sizes=_SCANS,
                beside="decode",
            ),
            Job(
                name="rates",
                does="Evenhand: counts, all rates, all disparities",
                call="ours:rates_of_pairs",
                sizes=_SCANS,
                beside="decode",
                also="read",
                aim="at most 3",
            ),
            Job(
                name="resampled",
                does="Evenhand: audit of resampled differences",
                call="ours:resampled_audit",
                warm_up="ours:resampled_once",
                sizes=_LARGE,
                repeats=1,
                beside="decode",
                also="read",
                aim="at most 5",
            ),
            Job(
                name="audit",
                does="Evenhand: audit of every rate, with intervals",
                call="ours:whole_audit",
                warm_up="ours:usual_audit",
                sizes=_LARGE,
                repeats=1,
                beside="decode",
            ),
            Job(name="decode all", does="decode nine columns (DuckDB)", call="sql:decode_all", sizes=_LARGE),
            Job(
                name="read all",
                does="read nine columns (DuckDB)",
                call="sql:read_all",
                sizes=_LARGE,
                beside="decode all",
            ),
            Job(
                name="weighted",
                does="Evenhand: weighted counts, all rates, all disparities",
                call="ours:weighted_rates",
                weighted=True,
                sizes=_LARGE,
                beside="decode all",
                also="read all",
                aim="at most 6",
            ),
            Job(
                name="scores",
                does="Evenhand: the same, and the mean score of every group",
                call="ours:weighted_scores",
                weighted=True,
                sizes=_LARGE,
                beside="decode all",
                also="read all",
                aim="at most 6",
                needs="mean_score",
            ),
            Job(
                name="auc",
                does="Evenhand: the same, and the area under the ROC curve of every attribute's groups",
                call="ours:weighted_aucs",
                weighted=True,
                sizes=_LARGE,
                repeats=1,
                beside="decode all",
                needs="roc_auc",
            ),
        ),
    ),
    Section(
        key="peers",
        title="Beside other tools, from a pandas frame",
        words=(
            "The frame is in memory before the clock starts. Three attributes (sex, race, age), ten metrics. Crossed, "
            "they make 96 groups. Aequitas knows no intersections and AIF360 no text: pairs joined into columns of "
            "text, for the one, and text turned into numbers, for the other, are made before the clock starts. "
            "`MetricFrame` computes all differences and ratios when it is made. Aequitas' `Audit.audit` has the "
            "disparities to the largest group. AIF360 is measured twice: its `ClassificationMetric` with every group "
            "of each attribute against the rest of that attribute, one after another; and "
            "`aif360.sklearn.metrics.intersection` with the attributes crossed. Where two tools make the same rate of "
            "the same group, they have to agree to nine digits, or this page is not written."
        ),
        jobs=(
            Job(
                name="crossed",
                does="Evenhand: 96 crossed groups, rates and disparities",
                call="ours:crossed_rates",
                sizes=(MILLION,),
            ),
            Job(
                name="crossed audit",
                does="Evenhand: the same as a whole audit, with intervals",
                call="ours:crossed_audit",
                warm_up="ours:usual_audit",
                sizes=(MILLION,),
                beside="crossed",
            ),
            Job(
                name="fairlearn",
                does="fairlearn `MetricFrame`: 96 crossed groups",
                call="peers:fairlearn_crossed",
                sizes=(MILLION,),
                beside="crossed",
                aim="at least 500",
                repeats=1,
            ),
            Job(
                name="aif360 crossed",
                does="AIF360 `intersection`: 96 crossed groups",
                call="peers:aif360_crossed",
                sizes=(MILLION,),
                beside="crossed",
                aim="at least 100",
                repeats=1,
                interpreter="peers",
            ),
            Job(
                name="attributes",
                does="Evenhand: 16 groups of three attributes, one by one",
                call="ours:separate_rates",
                sizes=(MILLION,),
            ),
            Job(
                name="aif360",
                does="AIF360 `ClassificationMetric`: 16 groups of three attributes, one by one",
                call="peers:aif360_separate",
                sizes=(MILLION,),
                beside="attributes",
                aim="at least 100",
                repeats=1,
                interpreter="peers",
            ),
            Job(
                name="pairs",
                does="Evenhand: five attributes and all pairs, 412 groups",
                call="ours:pairs_from_frame",
                sizes=(MILLION,),
            ),
            Job(
                name="aequitas",
                does="Aequitas `Audit`: five attributes and all pairs, 412 groups",
                call="peers:aequitas_pairs",
                sizes=(MILLION,),
                beside="pairs",
                aim="at least 10",
                interpreter="peers",
            ),
        ),
    ),
    Section(
        key="frame",
        title="A small frame, stage by stage",
        words=(
            "A pandas frame through `audit.run`. *Usual* is three attributes, one intersection, the four-fifths rule "
            "and two error rates; *every rate* is the policy of the audit from Parquet. The aim is under 150 "
            "milliseconds for the usual policy."
        ),
        jobs=(
            Job(
                name="usual",
                does="Evenhand: a usual policy",
                call="ours:usual_audit",
                sizes=(100 * THOUSAND,),
            ),
            Job(
                name="every rate",
                does="Evenhand: every rate of five attributes and all pairs",
                call="ours:whole_audit_of_frame",
                warm_up="ours:usual_audit",
                sizes=(100 * THOUSAND,),
                beside="usual",
            ),
        ),
    ),
    Section(
        key="shell",
        title="A whole audit from the shell",
        words=(
            "`evenhand audit` of the COMPAS example (7,214 rows of CSV) with the HTML report, as a process from its "
            "start to its end. *Imports* are what Python says of itself (`-X importtime`), added up; the stages are "
            "timed in a process that has imported everything already."
        ),
        jobs=(
            Job(name="interpreter", does="`python -c pass`", call="shell:interpreter", sizes=(0,)),
            Job(name="command", does="`evenhand audit ... --format html`", call="shell:command", sizes=(0,)),
        ),
    ),
    Section(
        key="reports",
        title="Reports",
        words=(
            "Each result is read from its `result.json` before the clock starts, and written in one format. *Twelve "
            "rules* are of one attribute each, five attributes in all; what passes is drawn on screens and said in a "
            "sentence on paper. *Every rate* is the policy of the audit from Parquet: all comparisons are in the "
            "attachment; on paper, of each table the worst, and of the figures the forty worst. Writing uses one core: "
            "what it spends on the processor, below the table, is what it takes where nothing else runs."
        ),
        jobs=(
            Job(
                name="html",
                does="twelve rules, HTML",
                call="reports:typical_html",
                sizes=_REPORTED,
                aim="0.3 s, 600 kB",
            ),
            Job(name="pdf", does="twelve rules, PDF", call="reports:typical_pdf", sizes=_REPORTED, aim="4 s"),
            Job(
                name="summary",
                does="twelve rules, summary as PDF",
                call="reports:typical_summary",
                sizes=_REPORTED,
                aim="1.5 s",
            ),
            Job(
                name="half",
                does="88 rules, PDF",
                call="reports:half_as_long",
                warm_up="reports:typical_summary",
                sizes=_REPORTED,
                repeats=1,
            ),
            Job(
                name="long",
                does="176 rules, PDF",
                call="reports:long_pdf",
                warm_up="reports:typical_summary",
                sizes=_REPORTED,
                repeats=1,
                beside="half",
                aim="60 s, 800 MB",
            ),
            Job(
                name="every",
                does="every rate of 412 groups, PDF",
                call="reports:every_rate",
                warm_up="reports:typical_summary",
                sizes=_REPORTED,
                repeats=1,
            ),
        ),
    ),
    Section(
        key="resampling",
        title="Resampling does not see the rows",
        words=(
            "Counts are made before the clock starts; `audit.judge_counts` reads their file and judges it. fairlearn "
            "resamples rows; it is given 100 resamples instead of 2,000, and of one attribute."
        ),
        jobs=(
            Job(
                name="one attribute",
                does="Evenhand: Matthews correlation, 6 groups, 2,000 resamples",
                call="ours:resampled_one",
                sizes=_RESAMPLED,
            ),
            Job(
                name="all pairs",
                does="Evenhand: Matthews correlation, 412 groups, 2,000 resamples",
                call="ours:resampled_pairs",
                warm_up="ours:resampled_one",
                sizes=_RESAMPLED,
            ),
            Job(
                name="fairlearn",
                does="fairlearn: Matthews correlation, 6 groups, 100 resamples",
                call="peers:fairlearn_resampled",
                sizes=(10 * THOUSAND,),
                repeats=1,
            ),
        ),
    ),
    Section(
        key="spark",
        title="Spark, on one machine",
        words=(
            "Local mode with all cores, on the same Parquet. The session is started and has answered a first query "
            "before the clock starts."
        ),
        jobs=(
            Job(
                name="spark sql",
                does="Spark SQL by hand: group by all keys",
                call="spark:by_hand",
                sizes=_LARGE,
            ),
            Job(
                name="on spark",
                does="Evenhand on the Spark DataFrame: counts, all rates, all disparities",
                call="spark:rates_of_pairs",
                sizes=_LARGE,
                beside="spark sql",
                aim="at most 2",
            ),
        ),
    ),
)
