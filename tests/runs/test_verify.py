"""A kept run verifies, and no byte of it can be changed unnoticed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import cli
from audit.engine import Audited, audited
from audit.errors import DataError
from audit.languages import LANGUAGES
from audit.render.options import Options
from audit.reports import write
from audit.result import to_json
from audit.runs import Check, Kept, keep, verify_pdf, verify_run
from audit.runs.history import append
from audit.runs.manifest import MANIFEST, read, to_bytes
from audit.runs.steps import rendered_again
from audit.runs.verify import _lacking
from tests.runs.conftest import COMPAS, DAY

FILES = sorted(
    [
        "counts.json",
        "environment.json",
        "policy.resolved.json",
        "policy.yaml",
        "report.html",
        "report.txt",
        "result.json",
    ]
)


def differing(checks: list[Check]) -> list[str]:
    return [check.what for check in checks if check.state == "differs"]


def test_a_kept_run_holds_in_every_way_it_is_looked_at(kept: Kept) -> None:
    checks = verify_run(kept.folder, data=COMPAS / "compas.csv")
    assert {check.state for check in checks} == {"holds"}
    looked_at = {check.what for check in checks}
    assert {*FILES, MANIFEST, "the counts, judged again", "report.html, rendered again"} <= looked_at
    assert {"the rows, counted again", "the rows' fingerprint", "the files of the data"} <= looked_at


def test_the_manifest_lists_every_file_but_itself(kept: Kept) -> None:
    assert sorted(kept.manifest.files) == FILES
    assert sorted(path.name for path in kept.folder.iterdir()) == sorted([*FILES, MANIFEST])


@pytest.mark.no_cover
@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_is_named(name: str, copy: Callable[[], Path]) -> None:
    run = copy()
    content = bytearray((run / name).read_bytes())
    for place in (0, len(content) // 3, len(content) - 1):
        harmed = bytearray(content)
        harmed[place] ^= 1
        (run / name).write_bytes(harmed)
        assert name in differing(verify_run(run))


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_manifest_that_was_changed_is_damaged_or_said_to_be(kept: Kept, place: int, bit: int) -> None:
    content = bytearray(to_bytes(kept.manifest))
    content[place % len(content)] ^= 1 << bit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: bytes(content))
        try:
            found = read(kept.folder)
        except DataError:
            return
    same = to_bytes(found) == to_bytes(kept.manifest)  # space between two words of JSON
    other_machine = found.files.get("environment.json") != kept.manifest.files["environment.json"]
    assert same or found.content() != found.run or other_machine  # which the file's own digest then tells


def test_a_file_that_is_gone_or_was_added_is_named(copy: Callable[[], Path]) -> None:
    run = copy()
    (run / "report.txt").unlink()
    (run / "appendix.html").write_text("more")
    found = {check.what: check.detail for check in verify_run(run) if check.state == "differs"}
    assert found["report.txt"] == "the file is missing"
    assert found["report.txt, rendered again"] == "the file is missing"
    assert "does not list" in found["appendix.html"]


def rewritten(run: Path, **changed: bytes) -> None:
    """Change files as somebody would who makes a new manifest for them."""
    for name, content in changed.items():
        (run / name.replace("_", ".")).write_bytes(content)
    before = read(run)
    files = {
        name: replace(note, sha256=hashlib.sha256((run / name).read_bytes()).hexdigest())
        for name, note in before.files.items()
    }
    after = replace(before, files=files)
    (run / MANIFEST).write_bytes(to_bytes(replace(after, run=after.content())))


def test_a_result_that_was_made_up_does_not_follow_from_the_counts(compas: Audited, copy: Callable[[], Path]) -> None:
    run, result = copy(), compas.result
    better = replace(result, groups=(replace(result.groups[0], n=result.groups[0].n + 1), *result.groups[1:]))
    rewritten(run, result_json=to_json(better).encode())
    checks = verify_run(run)
    assert "the counts, judged again" in differing(checks)
    assert "report.html, rendered again" in differing(checks)
    [why] = [check.detail for check in checks if check.what == "the counts, judged again"]
    assert f'"n": {better.groups[0].n}' in why


def test_counts_that_were_made_up_do_not_belong_to_the_result(copy: Callable[[], Path]) -> None:
    run = copy()
    plain = json.loads((run / "counts.json").read_text())
    plain["tables"][0]["sums"]["n"][0] += 1
    rewritten(run, counts_json=json.dumps(plain, separators=(",", ":")).encode())
    assert {"the counts behind the result", "the counts, judged again"} <= set(differing(verify_run(run)))


def test_a_looser_policy_is_not_the_one_in_force(copy: Callable[[], Path]) -> None:
    run = copy()
    text = (run / "policy.yaml").read_text()
    assert '"<= 5/4"' in text
    rewritten(run, policy_yaml=text.replace("<= 5/4", "<= 7/4").encode())
    assert differing(verify_run(run)) == ["policy.yaml and policy.resolved.json"]


def test_a_report_of_another_result_is_found(compas: Audited, copy: Callable[[], Path]) -> None:
    run = copy()
    text = (run / "report.txt").read_bytes()
    rewritten(run, report_txt=text.replace(b"fail", b"pass"))
    assert differing(verify_run(run)) == ["report.txt, rendered again"]


def test_a_manifest_cannot_point_out_of_the_run(copy: Callable[[], Path]) -> None:
    run = copy()
    before = read(run)
    after = replace(before, files={**before.files, "../secret": before.files["policy.yaml"]})
    (run / MANIFEST).write_bytes(to_bytes(replace(after, run=after.content())))
    assert "../secret" in differing(verify_run(run))


def test_other_rows_are_found_however_they_differ(kept: Kept, tmp_path: Path) -> None:
    rows = pd.read_csv(COMPAS / "compas.csv", dtype=str, keep_default_na=False)
    path = tmp_path / "rows.csv"
    rows.iloc[::-1].to_csv(path, index=False)
    assert differing(verify_run(kept.folder, data=path)) == ["the files of the data"]
    swapped = rows.copy()
    swapped.loc[0, "sex"], swapped.loc[1, "sex"] = "Female", "Male"
    swapped.to_csv(path, index=False)
    assert "the rows' fingerprint" in differing(verify_run(kept.folder, data=path))
    rows.iloc[1:].to_csv(path, index=False)
    found = differing(verify_run(kept.folder, data=path))
    assert found == ["the files of the data", "the rows' fingerprint", "the rows, counted again"]


def test_data_that_cannot_be_counted_differ(kept: Kept, tmp_path: Path) -> None:
    checks = verify_run(kept.folder, data=tmp_path / "gone.csv")
    [found] = [check for check in checks if check.state == "differs"]
    assert found.what == "the rows, counted again"
    assert "there is no such file" in found.detail


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no manifest\.json here"):
        verify_run(tmp_path)


def test_a_manifest_of_another_schema_is_an_error(copy: Callable[[], Path]) -> None:
    run = copy()
    (run / MANIFEST).write_bytes(to_bytes(replace(read(run), schema=99)))
    with pytest.raises(DataError, match="schema 99"):
        verify_run(run)


def test_other_versions_are_named_and_excuse_nothing(compas: Audited, copy: Callable[[], Path]) -> None:
    versions = {**compas.result.provenance.versions, "jinja2": "3.0"}
    forged = replace(compas.result, provenance=replace(compas.result.provenance, versions=versions))
    found = rendered_again("report", b"something else", "text", forged, Options())
    assert (found.state, "jinja2 3.0" in found.detail) == ("differs", True)
    run = copy()
    better = replace(forged, groups=(replace(forged.groups[0], n=forged.groups[0].n + 1), *forged.groups[1:]))
    rewritten(run, result_json=to_json(better).encode())
    assert "the counts, judged again" in differing(verify_run(run))


def test_a_note_that_follows_from_nothing_is_found(compas: Audited, copy: Callable[[], Path]) -> None:
    run, notes = copy(), compas.result.notes
    confirmed = (
        "All 40 rates were computed a second time from the rows by fairlearn 0.15.0; the largest difference is 1e-16."
    )
    rewritten(run, result_json=to_json(replace(compas.result, notes=(*notes, confirmed))).encode())
    assert "the counts, judged again" not in differing(verify_run(run))
    rewritten(run, result_json=to_json(replace(compas.result, notes=(*notes, "All is well."))).encode())
    assert "the counts, judged again" in differing(verify_run(run))


def test_reports_in_a_theme_are_not_checked_without_it(compas: Audited, tmp_path: Path) -> None:
    from audit.reports import theme_of

    theme = theme_of(COMPAS.parent / "theme")
    options = Options(theme=theme)
    made = write(compas.result, tmp_path / "out", ["html"], theme=COMPAS.parent / "theme")
    run = keep(compas, tmp_path / "runs", {path.name: path.read_bytes() for path in made}, options=options).folder
    [bare] = [check for check in verify_run(run) if check.what == "report.html, rendered again"]
    assert (bare.state, bare.owed, bare.detail) == (
        "not checked",
        True,
        "it was made with a theme; name it with --theme",
    )
    assert cli.run(["verify", str(run)]) == 2
    assert {check.state for check in verify_run(run, options=options)} == {"holds"}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"theme": "0"}, "it was made with a theme; name it with --theme"),
        ({"language": "tlh"}, "it was made with a language that this version does not know: tlh"),
        ({"rendering": "secret"}, "it was made with a rendering that this version does not know: secret"),
        ({"colour": "red"}, "the manifest names choices that this version does not know: colour"),
    ],
    ids=["theme", "language", "rendering", "strange"],
)
def test_a_changed_report_does_not_hide_behind_a_choice_that_nobody_can_make(
    named: dict[str, str], said: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy()
    (run / MANIFEST).write_bytes(to_bytes(replace(read(run), options=named)))
    rewritten(run, report_html=b"all is well")
    assert cli.run(["verify", str(run)]) == 2
    assert f"report.html, rendered again  not checked: {said}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("made", "given", "suffix", "said"),
    [
        ({"theme": "a"}, {"theme": "b"}, ".html", ["it was made with another theme than --theme names"]),
        ({}, {"theme": "b"}, ".pdf", ["it was made without the theme that --theme names"]),
        ({"fonts": "a"}, {"fonts": "b"}, ".pdf", ["it was made with other fonts than --fonts names"]),
        ({}, {"fonts": "b"}, ".pdf", ["it was made without the fonts that --fonts names"]),
        ({"theme": "a", "fonts": "a"}, {}, ".txt", []),
        ({"fonts": "a"}, {}, ".html", []),
        ({"theme": "a", "language": "de", "rendering": "public"}, {"theme": "a"}, ".html", []),
    ],
)
def test_what_has_to_be_named_is_what_the_files_bytes_depend_on(
    made: dict[str, str], given: dict[str, str], suffix: str, said: list[str]
) -> None:
    assert list(_lacking(suffix, made, given)) == said


def test_several_places_are_checked_at_once_and_what_is_no_run_is_passed_over(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Path(shutil.copytree(kept.folder.parent, tmp_path / "runs"))
    run = runs / kept.folder.name
    append(runs, "kept", kept.manifest.run, "2026-11-20T00:00:00+00:00")
    (runs / "notes.txt").write_text("Look at this one.")
    (runs / "log.head.pem").write_text("no key")
    assert cli.run(["verify", *map(str, sorted(runs.iterdir()))]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == f"{run}:"
    assert f"{runs / 'log.jsonl'}:" in said.out
    assert "✓ log.jsonl: 1 lines" in said.out
    assert f"passed over: {runs / 'notes.txt'}: neither a kept run, nor a PDF, nor the log" in said.err
    assert f"passed over: {runs / 'log.head.pem'}: it is checked with the log" in said.err
    (runs / "log.jsonl").write_bytes((runs / "log.jsonl").read_bytes().replace(b"kept", b"lost"))
    assert cli.run(["verify", str(runs / "log.jsonl")]) == 1


def test_a_place_that_cannot_be_looked_at_stops_no_other_and_is_not_good(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "robbed").mkdir()
    (tmp_path / "foreign.pdf").write_bytes(b"%PDF-1.7")
    places = [tmp_path / "robbed", tmp_path / "foreign.pdf", kept.folder]
    assert cli.run(["verify", *map(str, places)]) == 2
    said = capsys.readouterr()
    assert "– robbed  not checked: " in said.out
    assert "there is no manifest.json here" in said.out
    assert "– foreign.pdf  not checked: " in said.out
    assert "✓ the counts, judged again" in said.out
    assert "nobody can say that all holds before these can be looked at: robbed, foreign.pdf" in said.err


def test_nothing_that_can_be_verified_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("Look at this one.")
    assert cli.run(["verify", str(tmp_path / "notes.txt")]) == 2
    assert "neither a kept run, nor a PDF, nor the log of a folder of runs" in capsys.readouterr().err
    (tmp_path / "alone.pdf").write_bytes(b"%PDF-1.7")
    assert cli.run(["verify", "--signed", str(tmp_path / "alone.pdf")]) == 2
    assert "--signed is for runs" in capsys.readouterr().err


def test_a_policy_that_extends_a_file_is_checked_as_resolved(compas: Audited, tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    shutil.copy(COMPAS / "policy.yaml", base)
    law = tmp_path / "law.yaml"
    law.write_text("evenhand: 1\nextends: base.yaml\ntitle: Ours\n")
    made = audited(law, COMPAS / "compas.csv", as_of=DAY)
    run = keep(made, tmp_path / "runs", {}, written=law.read_bytes()).folder
    states = {check.what: check.state for check in verify_run(run)}
    assert states["policy.yaml and policy.resolved.json"] == "not checked"
    assert set(states.values()) == {"holds", "not checked"}


def disclosing(law: str) -> str:
    return law + "\ndisclosure:\n  min_cell: 11\n"


def test_a_public_report_is_made_again_from_the_whole_result(tmp_path: Path) -> None:
    made = audited(disclosing((COMPAS / "policy.yaml").read_text()), COMPAS / "compas.csv", as_of=DAY, fingerprint=True)
    paths = write(made.result, tmp_path / "out", ["html", "summary-pdf"], rendering="public")
    reports = {path.name: path.read_bytes() for path in paths if path.suffix == ".html"}
    run = keep(made, tmp_path / "runs", reports, rendering="public").folder
    assert {check.state for check in verify_run(run)} == {"holds"}
    rewritten(run)
    content = (run / MANIFEST).read_text().replace('"rendering": "public"', '"rendering": "restricted"')
    (run / MANIFEST).write_text(content)
    assert {MANIFEST, "report.html, rendered again"} <= set(differing(verify_run(run)))
    alone = verify_pdf(next(path for path in paths if path.suffix == ".pdf"), data=COMPAS / "compas.csv")
    assert {check.what for check in alone if check.state == "not checked"} == {"the rows, counted again"}
    assert not differing(alone)


def test_a_rendering_that_cannot_be_is_said(compas: Audited, tmp_path: Path) -> None:
    run = keep(compas, tmp_path, {"report.txt": b"?"}, rendering="public").folder
    found = {check.what: check.detail for check in verify_run(run)}
    assert "no part 'disclosure'" in found["report.txt, rendered again"]


# ---- a PDF by itself ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pdf(compas: Audited, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(compas.result, tmp_path_factory.mktemp("pdf"), ["summary-pdf"])[0]


def test_a_pdf_verifies_by_itself_and_against_the_rows(pdf: Path) -> None:
    checks = verify_pdf(pdf, data=COMPAS / "compas.csv")
    assert {check.state for check in checks} == {"holds"}
    assert {"the policy in force", "the pages, rendered again", "the rows, counted again"} <= {c.what for c in checks}


#: One language is tried every time; the others go the same way.
CODES = [pytest.param(code, marks=[] if code == "de" else pytest.mark.slow) for code in LANGUAGES]


@pytest.mark.no_cover
@pytest.mark.parametrize("code", CODES)
def test_reports_are_made_again_in_their_language(code: str, compas: Audited, tmp_path: Path) -> None:
    paths = write(compas.result, tmp_path / "out", ["html", "summary-pdf"], language=code)
    reports = {path.name: path.read_bytes() for path in paths}
    run = keep(compas, tmp_path / "runs", reports, options=Options(language=code)).folder
    assert {check.state for check in verify_run(run)} == {"holds"}
    assert {check.state for check in verify_pdf(paths[1])} == {"holds"}


def test_a_pdf_whose_bytes_were_changed_does_not(pdf: Path, tmp_path: Path) -> None:
    content = pdf.read_bytes()
    harmed = tmp_path / "report.pdf"
    harmed.write_bytes(content + b"% more\n")
    assert differing(verify_pdf(harmed)) == ["the pages, rendered again"]


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_report_is_said(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"report\.pdf"):
        verify_pdf(path)
