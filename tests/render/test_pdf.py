"""The PDF report: well formed, tagged, closed to the network, the same bytes every time."""

import builtins
import logging
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from audit.errors import RenderError
from audit.render import FORMATS, machine, pdf, tagging
from audit.result import AuditResult, from_json
from tests.render import pdf_rules, sample

pytest.importorskip("weasyprint", exc_type=ImportError)


def write(result: AuditResult, folder: Path, name: str) -> Path:
    path = folder / f"{name}.pdf"
    path.write_bytes(FORMATS["pdf"].write(result))
    return path


@pytest.fixture(scope="module")
def typical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(sample.typical(), tmp_path_factory.mktemp("pdf"), "typical")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(sample.hostile(), tmp_path_factory.mktemp("pdf"), "hostile")


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The summary of what wants to fill more than a page."""
    path = tmp_path_factory.mktemp("pdf") / "summary.pdf"
    path.write_bytes(FORMATS["summary-pdf"].write(sample.hostile()))
    return path


def test_a_summary_is_one_page_that_breaks_no_rule_and_holds_the_result(summary: Path) -> None:
    assert pdf_rules.problems(summary) == []
    with pikepdf.open(summary) as opened:
        assert len(opened.pages) == 1
        assert set(opened.attachments) == {"result.json", "policy.yaml"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(sample.tiny(), tmp_path_factory.mktemp("pdf"), "tiny")


def test_the_report_breaks_no_rule_of_tagged_and_archived_pdf(typical: Path) -> None:
    assert pdf_rules.problems(typical) == []


def test_hostile_names_break_no_rule_either(hostile: Path) -> None:
    assert pdf_rules.problems(hostile) == []


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
@pytest.mark.parametrize("name", ["typical", "hostile", "summary"])
def test_qpdf_finds_no_fault(name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(shutil.which("verapdf") is None, reason="veraPDF is not installed; an optional job has it")
@pytest.mark.parametrize("flavour", ["ua1", "3a"])
@pytest.mark.parametrize("name", ["typical", "hostile", "summary"])
def test_verapdf_finds_no_fault(name: str, flavour: str, request: pytest.FixtureRequest) -> None:
    command = ["verapdf", "--flavour", flavour, "--format", "text", str(request.getfixturevalue(name))]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert said.startswith("PASS"), said


def test_the_same_result_gives_the_same_bytes(tiny: Path) -> None:
    assert pdf.write(sample.tiny()) == tiny.read_bytes()


def test_every_figure_has_words_and_the_words_tell_the_verdict(typical: Path) -> None:
    with pikepdf.open(typical) as opened:
        words = [str(element.Alt) for element, kind, _ in pdf_rules.elements(opened) if kind == "Figure"]
    assert len(words) > 10
    assert all("fail" in said or "pass" in said or "inconclusive" in said for said in (w.lower() for w in words))


def test_the_attached_result_is_the_result(typical: Path) -> None:
    with pikepdf.open(typical) as opened:
        attached = {name: opened.attachments[name].get_file().read_bytes() for name in opened.attachments}
    assert set(attached) == {"result.json", "policy.yaml"}
    assert from_json(attached["result.json"].decode("utf-8")) == sample.typical()
    assert attached["result.json"] == machine.write(sample.typical())
    assert b"four-fifths" in attached["policy.yaml"]


def test_the_bookmarks_name_the_sections_with_their_verdicts(typical: Path) -> None:
    with pikepdf.open(typical) as opened, opened.open_outline() as outline:
        titles = _titles(outline.root)
    assert "1. Every rule at a glance" in titles
    assert any(title.endswith("Fail") for title in titles)


def _titles(items: Any) -> list[str]:
    return [title for item in items for title in (str(item.title), *_titles(item.children))]


def test_a_typical_report_is_short_and_its_cover_is_one_page(typical: Path) -> None:
    with pikepdf.open(typical) as opened:
        assert 10 <= len(opened.pages) <= 20


def test_a_tiny_report_is_a_few_pages(tiny: Path) -> None:
    with pikepdf.open(tiny) as opened:
        assert len(opened.pages) <= 7


def test_a_large_result_stays_a_document_that_people_can_hold(tmp_path: Path) -> None:
    with pikepdf.open(write(sample.many(rules=14), tmp_path, "many")) as opened:
        assert len(opened.pages) <= 30


def test_nothing_but_the_page_itself_is_opened() -> None:
    fetcher = pdf._fetcher("data")
    for address in ("https://evil.invalid/x", "http://evil.invalid/x", "file:///etc/passwd", "ftp://evil.invalid/x"):
        with pytest.raises(ValueError, match="protocol"):
            fetcher.fetch(address)
    assert fetcher.fetch("data:text/plain,inside").read() == b"inside"


def test_a_machine_without_pango_is_told_which_packages_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    _refuse(monkeypatch, OSError("cannot load library 'libgobject-2.0-0'"))
    with pytest.raises(RenderError, match=r"libpango-1\.0-0 libpangoft2-1\.0-0 libharfbuzz-subset0"):
        pdf.write(sample.tiny())


def test_a_machine_without_weasyprint_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _refuse(monkeypatch, ImportError("no module"))
    with pytest.raises(RenderError, match="pip install weasyprint"):
        pdf.write(sample.tiny())


def _refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    real = builtins.__import__

    def refusing(name: str, *rest: Any, **named: Any) -> Any:
        if name == "weasyprint":
            raise error
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refusing)


def test_a_day_that_is_no_date_is_refused_with_an_example() -> None:
    result = sample.tiny()
    with pytest.raises(RenderError, match="such as 2026-11-20"):
        pdf.write(replace(result, provenance=replace(result.provenance, as_of="yesterday")))


def test_owners_of_artifacts_are_forgotten_and_the_others_keep_their_numbers() -> None:
    owners = ["running head", "paragraph", "running foot"]
    tagging._forget(owners, {0, 2})
    assert owners == ["null", "paragraph"]


def test_a_day_may_hold_a_time_and_a_zone() -> None:
    assert pdf._day("2026-11-20T09:00:00+01:00").isoformat() == "2026-11-20T09:00:00+01:00"
    assert pdf._day("2026-11-20").isoformat() == "2026-11-20T00:00:00+00:00"


def test_the_library_logs_nothing_to_the_terminal_and_gets_its_logger_back() -> None:
    logger = logging.getLogger("weasyprint")
    before = (logger.propagate, logger.level, list(logger.handlers))
    with pdf._warnings_of("weasyprint") as said:
        logger.warning("a box (U+65E5)")
    assert said == ["a box (U+65E5)"]
    assert (logger.propagate, logger.level, list(logger.handlers)) == before
