# ruff: noqa: E501  tables of invented data, one entry a line
"""Results made up for the tests of the report: invented people, an invented model, invented numbers."""

from __future__ import annotations

from dataclasses import replace

from audit.result import (
    SCHEMA,
    AttributeRows,
    AuditResult,
    Bounds,
    DataFile,
    DataNote,
    Method,
    MetricNote,
    PolicyNote,
    Provenance,
    Rows,
    Subject,
)
from audit.values import Outcome, Verdict
from tests.render.invented import (
    LABELS,
    PEOPLE,
    RULES,
    findings_of,
    group_cells,
    group_row,
    summed_up,
    with_waivers,
)


def typical() -> AuditResult:
    """Five rules over sex, race and both: every verdict, both kinds of waiver, groups too small to be judged."""
    cells = group_cells()
    total = sum(counts[0] for counts in PEOPLE.values())
    groups = [group_row(attribute, name, key, counts, total) for (attribute, name), (key, counts) in cells.items()]
    found = with_waivers([f for entry in RULES for f in findings_of(entry, groups)])
    rules = tuple(summed_up(entry[0], [f for f in found if f.rule == entry[0].id]) for entry in RULES)
    everyone = tuple(sum(counts[i] for counts in PEOPLE.values()) for i in range(4))
    return AuditResult(
        schema=SCHEMA,
        outcome=Outcome.FAIL,
        headline="The audit fails",
        summary="The blocking rule four-fifths failed: Black or African American people, and women of several races, are "
        "selected at less than four fifths of the highest rate, by more than chance can explain.",
        title="Hiring gate",
        subject=Subject(
            name="ScreenRank", version="3.2.0", owner="Example Employer (invented)",
            purpose="Ranks applications and decides who goes on to an interview.",
            out_of_scope=("Internal transfers", "Executive search"),
        ),
        next_steps=(
            "Mitigate or justify the failure of four-fifths, then audit again.",
            "Collect about 3,000 more records of Native Hawaiian or Other Pacific Islander people.",
            "Renew or close the waiver that expired on 2026-06-30.",
        ),
        rules=rules,
        findings=tuple(found),
        overall=group_row("", "overall", {}, everyone, total),
        groups=tuple(groups),
        rows=Rows(
            read=total + 912 + 40, analysed=total + 912, unusable=40, unusable_because={"the decision is missing": 40},
            by_attribute=tuple(
                AttributeRows(attribute=name, analysed=total, unknown=912 - out, excluded=out, unusable=40)
                for name, out in (("sex", 0), ("race", 112), ("sex & race", 112))
            ),
        ),
        metrics={
            name: MetricNote(name=name, label=label, words=words, counted=counted, formula=formula, harm=harm)
            for name, (label, words, counted, formula, harm) in LABELS.items()
        },
        method=Method(
            confidence=0.95, correction="holm", family=len(found), resamples=2000, min_expected=5.0, min_count=30,
            min_share=0.0, seed=20261120, weights=None,
            notes=(
                "Rates: Wilson score interval.",
                "Ratios of rates: Koopman score interval. Differences of rates: Newcombe hybrid score interval.",
                "Multiplicity: Holm's step-down procedure over all comparisons of the audit.",
            ),
        ),
        policy=PolicyNote(
            title="Hiring gate", sha256="5f" * 32, source="policies/hiring.yaml",
            effective={"evenhand": 1, "title": "Hiring gate", "rules": [{"id": entry[0].id, "require": entry[0].require} for entry in RULES]},
            origins={entry[0].id: entry[0].origin for entry in RULES},
            notes=("conventions/four-fifths was last checked on 2026-10-01.",),
        ),
        data=DataNote(
            source="decisions-2026Q3.parquet", kind="parquet",
            files=(DataFile(name="decisions-2026Q3.parquet", sha256="c3" * 32, bytes=1843201),),
            columns={"decision": "hired", "outcome": "suitable", "sex": "sex", "race": "race"}, counts_sha256="a7" * 32,
        ),
        provenance=Provenance(
            as_of="2026-11-20", versions={"evenhand": "0.1.0", "numpy": "2.3.0", "duckdb": "2.0.0"}, python="3.11.7",
            revision="0f3c9d2", command="evenhand audit policies/hiring.yaml decisions-2026Q3.parquet",
        ),
        signoff=("model owner", "independent validator", "compliance"),
        notes=("912 people did not state their sex or race.",),
    )  # fmt: skip


def tiny() -> AuditResult:
    """One rule, two groups, everything passes, nothing optional is given."""
    whole = typical()
    one, attributes, accepts = RULES[2]
    groups = [row for row in whole.groups if row.attribute == "sex"]
    found = [replace(f, verdict=Verdict.PASS) for f in findings_of((one, attributes, accepts), groups)]
    return replace(
        whole, outcome=Outcome.PASS, headline="The audit passes", summary="The only rule meets its requirement.",
        subject=Subject(name="Tiny"), next_steps=(), rules=(summed_up(one, found),), findings=tuple(found),
        groups=tuple(groups), signoff=(), notes=(), metrics={"precision": whole.metrics["precision"]},
        rows=Rows(read=9, analysed=9, unusable=0, unusable_because={}, by_attribute=()),
        policy=replace(whole.policy, notes=(), origins={}), method=replace(whole.method, notes=(), correction="none", weights="sampling"),
        data=DataNote(source="frame", kind="pandas", files=(), columns={}, counts_sha256="00" * 32),
        provenance=Provenance(as_of="2026-11-20", versions={}, python="3.11.7", revision=None, command=None),
    )  # fmt: skip


HOSTILE = (
    '<script>document.title="OWNED"</script>',
    '"><img src=x onerror=document.title="OWNED">',
    "</title></style><style>*{display:none}</style>",
    "' onload='document.title=1",
    "</text></svg><script>document.title=1</script>",
    "{{7*7}}{% raw %}",
    "\u202e08.0 ylriaF\u202c",
    "x" * 10_240,
    "[click](javascript:alert(1)) `a|b`",
    "a\u2028b\nc\x00d\x1b[31mred\x07",
    "=cmd|' /C calc'!A0",
    "\ud800 half",
    "<![CDATA[x]]>&amp;&lt;",
    "url(http://evil.invalid/x)",
)


def hostile() -> AuditResult:
    """The typical result with every name and sentence replaced by something that wants to do harm."""
    whole = typical()
    bad = {
        name: HOSTILE[i % len(HOSTILE)] + f" {i}" for i, name in enumerate(sorted({row.group for row in whole.groups}))
    }
    rules = {rule.id: HOSTILE[i] for i, rule in enumerate(whole.rules)}
    groups = tuple(
        replace(row, group=bad[row.group], group_key={k: HOSTILE[2] + v for k, v in row.group_key.items()})
        for row in whole.groups
    )
    findings = tuple(
        replace(
            f, rule=rules[f.rule], group=bad[f.group or ""], reference=bad.get(f.reference or ""),
            because=HOSTILE[i % len(HOSTILE)], reason=HOSTILE[(i + 1) % len(HOSTILE)], require=HOSTILE[10],
            waiver=replace(f.waiver, reason=HOSTILE[0], approved_by=HOSTILE[1]) if f.waiver else None,
        )
        for i, f in enumerate(whole.findings)
    )  # fmt: skip
    return replace(
        whole, headline=HOSTILE[2], summary=HOSTILE[0], title=HOSTILE[9], groups=groups, findings=findings,
        subject=Subject(name=HOSTILE[2], version=HOSTILE[6], owner=HOSTILE[1], purpose=HOSTILE[4], out_of_scope=HOSTILE),
        rules=tuple(replace(r, id=rules[r.id], title=HOSTILE[4] + str(i), why=HOSTILE[0], cite=HOSTILE[13], origin=HOSTILE[1], summary=HOSTILE[8]) for i, r in enumerate(whole.rules)),
        next_steps=HOSTILE, signoff=HOSTILE[:3], notes=HOSTILE,
        policy=replace(whole.policy, source=HOSTILE[1], effective={HOSTILE[0]: list(HOSTILE)}, origins={}, notes=HOSTILE, title=HOSTILE[9]),
        provenance=replace(whole.provenance, command="\n".join(HOSTILE), versions={HOSTILE[0]: HOSTILE[1]}),
        data=replace(whole.data, source=HOSTILE[3], columns={HOSTILE[0]: HOSTILE[1]}),
    )  # fmt: skip


def many(rules: int = 40, groups: int = 200) -> AuditResult:
    """Forty rules over two hundred districts: more than any page should print."""
    whole = typical()
    rows = [
        group_row("district", f"District {i:03}", {"district": f"District {i:03}"}, (200 + 7 * i, 80 + 2 * i + i % 9, 90 + 3 * i, 50 + i), 200 * groups)
        for i in range(groups)
    ]  # fmt: skip
    entries = [
        (
            replace(RULES[0][0], id=f"rule-{i:02}", title=f"Invented rule number {i}"),
            ("district",),
            Bounds(low=round(0.5 + i / 100, 2)),
        )
        for i in range(rules)
    ]
    found = [f for entry in entries for f in findings_of(entry, rows)]
    by_rule = {entry[0].id: [f for f in found if f.rule == entry[0].id] for entry in entries}
    return replace(
        whole, rules=tuple(summed_up(entry[0], by_rule[entry[0].id]) for entry in entries), findings=tuple(found),
        groups=tuple(rows), rows=replace(whole.rows, by_attribute=()),
    )  # fmt: skip
