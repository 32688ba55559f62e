"""The Markdown and plain text summaries, the JSON, and the list of formats."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from audit.render import FORMATS
from audit.result import from_json
from tests.render import sample


def text(name: str, result: object) -> str:
    return FORMATS[name].write(result).decode("utf-8")


def test_the_formats_are_named_and_described() -> None:
    assert list(FORMATS) == [
        "html", "pdf", "json", "summary", "summary-pdf", "publication", "markdown", "text", "junit",
    ]  # fmt: skip
    assert all(form.name == name and form.suffix and form.description for name, form in FORMATS.items())


def test_listing_the_formats_loads_no_renderer() -> None:
    code = "import sys; from audit.render import FORMATS; print({'jinja2', 'weasyprint', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_json_is_the_result_itself() -> None:
    result = sample.typical()
    assert from_json(text("json", result)) == result


def test_json_survives_half_characters() -> None:
    result = replace(sample.tiny(), title="a\ud800b")
    assert json.loads(FORMATS["json"].write(result))["title"] == "a\ud800b"


def test_markdown_has_a_row_for_every_rule_and_a_line_for_every_open_finding() -> None:
    result = sample.typical()
    made = text("markdown", result)
    assert made.startswith("# ScreenRank 3.2.0: The audit fails\n")
    assert "| ◆ Fail | four-fifths | blocks release |" in made
    assert made.count("\n| ") == 1 + len(result.rules)
    assert "Accepted exception until 2027-02-01" in made
    assert "Exception expired on 2026-06-30" in made


def test_markdown_tables_keep_their_columns_whatever_the_names() -> None:
    rows = [line for line in text("markdown", sample.hostile()).splitlines() if line.startswith("| ")]
    assert rows
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


def test_markdown_holds_no_html_and_no_live_links() -> None:
    made = text("markdown", sample.hostile())
    assert "<" not in made
    assert "://" not in made.replace("\\://", "")
    assert "](" not in made.replace("\\](", "")
    assert r"\{\{7\*7\}\}" in made


def test_markdown_says_how_many_findings_are_left_out() -> None:
    assert "more are in result.json" in text("markdown", sample.many(rules=30, groups=40))


def test_markdown_of_a_pass_lists_nothing_open() -> None:
    made = text("markdown", sample.tiny())
    assert "not settled" not in made
    assert "**1** Pass of 1 rule" in made


def test_markdown_shows_a_rule_without_findings() -> None:
    made = text("markdown", replace(sample.tiny(), findings=()))
    assert "| ● Pass | precision-floor | for information | – |" in made


def test_text_says_verdict_evidence_and_limit() -> None:
    made = text("text", sample.typical())
    assert "5 rules: 2 fail" in made
    assert "Inconclusive is not a pass." in made
    assert "FAIL  four-fifths (blocks release)" in made
    assert re.search(r"fail: Women, selection rate \(ratio\) 0.76, interval 0.7\d to 0.7\d+, limit\s+≥ 0.80", made)
    assert all(len(line) <= 96 for line in made.splitlines())


def test_text_moves_no_cursor_and_starts_no_formula() -> None:
    made = text("text", sample.hostile())
    assert not [letter for letter in made if ord(letter) < 32 and letter != "\n"]
    assert not [line for line in made.splitlines() if line.lstrip().startswith(("=", "+", "@"))]
    assert "fail: =cmd" not in made


def test_text_counts_what_it_leaves_out() -> None:
    assert re.search(r"and \d+ more", text("text", sample.typical()))


def test_text_of_a_finding_without_a_metric_note_keeps_the_name() -> None:
    result = replace(sample.tiny(), metrics={})
    assert "precision (value)" in text("text", result)


@pytest.mark.parametrize("name", ["markdown", "text", "json"])
def test_summaries_are_the_same_every_time(name: str) -> None:
    assert FORMATS[name].write(sample.typical()) == FORMATS[name].write(sample.typical())


def test_a_finding_without_a_value_is_written_without_numbers() -> None:
    result = sample.typical()
    without = tuple(finding for finding in result.findings if finding.value is None)
    assert without
    assert "not computable: Another race" in text("text", replace(result, findings=without))
