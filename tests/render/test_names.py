"""Long texts and many groups: each is said once, and no sentence loses its number to a name."""

import re
from dataclasses import replace

from audit.render import FORMATS
from audit.render.clean import LONGEST_NAME, clean
from audit.render.document import document
from audit.render.names import shortened
from audit.result import AuditResult, WaiverNote
from tests.render import sample

LONG = "Long " * 400
REASON = "Under repair until the next release. " * 40


def waived(groups: int, text: str = REASON) -> AuditResult:
    """One rule over many groups, every finding excused by the same waiver with a long reason."""
    whole = sample.many(rules=1, groups=groups)
    note = WaiverNote(reason=text, approved_by="Head of model risk", expires="2027-02-01", days_left=1, in_force=True)
    return replace(whole, findings=tuple(replace(finding, waiver=note) for finding in whole.findings))


def body(result: AuditResult) -> str:
    """What the PDF is laid out from, without its style sheet."""
    return re.sub("<style>.*?</style>", "", document(result, "pdf").html, flags=re.DOTALL)


def named(result: AuditResult, name: str) -> AuditResult:
    """The same result, its first group called otherwise."""
    old = result.findings[0].group or ""
    findings = tuple(
        replace(f, group=name if f.group == old else f.group, because=f.because.replace(old, name))
        for f in result.findings
    )
    groups = tuple(replace(row, group=name if row.group == old else row.group) for row in result.groups)
    steps = (f"Mend the rule for {name} (0.72).",)
    return replace(result, findings=findings, groups=groups, next_steps=steps)


def test_a_waiver_is_said_once_a_rule_however_many_groups_it_covers() -> None:
    assert body(waived(27)).count(REASON.strip()) == 1
    assert "and 14 more: Under repair" in body(waived(27))
    assert "in 1 day." in body(waived(27))


def test_a_longer_reason_makes_the_page_longer_only_once() -> None:
    grown = len(body(waived(27))) - len(body(waived(27, "Short.")))
    assert grown <= len(REASON)


def test_tables_on_paper_have_fixed_widths_so_that_long_texts_cost_little() -> None:
    """Widths found from contents need time that grows with the square of the longest text."""
    css = document(sample.typical(), "pdf").html.split("@media")[0]
    assert "table{table-layout: fixed;" in css.replace("} table {", "}table{")
    assert "table-layout: auto" not in css


def test_a_sentence_keeps_its_number_when_its_group_has_a_long_name() -> None:
    result = named(sample.typical(), LONG)
    because = next(f.because for f in shortened(result).findings if f.group == LONG)
    assert len(because) < LONGEST_NAME + 250
    assert because.endswith(sample.typical().findings[0].because[-30:])
    assert "[cut: 2,000 characters" in because


def test_a_step_keeps_its_number_in_every_format() -> None:
    result = named(sample.typical(), LONG)
    for name in ("html", "markdown", "text"):
        assert "(0.72)" in FORMATS[name].write(result).decode("utf-8")


def test_a_result_with_short_names_is_left_as_it_is() -> None:
    result = sample.typical()
    assert shortened(result) is result


def test_marks_that_pile_up_are_counted_and_a_few_are_kept() -> None:
    assert clean("e" + "\u0301" * 200) == "e" + "\u0301" * 4 + "[U+0301 × 196]"
    assert clean("e" + "\u0301" * 4 + "\u0302") == "e" + "\u0301" * 4 + "[U+0302]"
    assert clean("a\u0302\u0301 e\u0301") == "a\u0302\u0301 e\u0301"
