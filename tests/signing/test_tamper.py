"""No byte of a sign-off can be changed unnoticed, and none of its files taken away or put in."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from audit import cli
from audit.errors import DataError
from audit.runs import verify_pdf
from audit.signing import Trust, pades, sign, verify_signatures
from audit.signing.pades import alone
from audit.signing.rules import Held
from audit.signing.statement import read
from tests.signing.conftest import SIGNERS, TIME, words


def harmed(run, ring):
    return {
        check.what.removeprefix("signatures/")
        for check in verify_signatures(run, ring.trust())
        if check.state == "differs"
    }


def names(run):
    return sorted(path.name for path in (run / "signatures").iterdir())


def test_each_sign_off_has_its_envelope_and_its_key(signed):
    assert len(names(signed)) == 2 * len(SIGNERS) + 2


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_one_flipped_bit_anywhere_is_found(data, signed, ring):
    name = data.draw(st.sampled_from(names(signed)))
    path = signed / "signatures" / name
    content = path.read_bytes()
    place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    other = bytearray(content)
    other[place] ^= 1 << bit
    try:
        path.write_bytes(other)
        assert harmed(signed, ring)
    finally:
        path.write_bytes(content)


def test_each_file_that_is_gone_is_missed(signed, copied, ring):
    for name in names(signed):
        run = copied(signed)
        (run / "signatures" / name).unlink()
        gone = harmed(run, ring)
        assert gone - {"the sign-off as a whole"}, name


def test_the_last_sign_off_taken_away_whole_is_missed_by_page_pdf_and_log(signed, copied, ring, capsys):
    run = copied(signed)
    for path in (run / "signatures").glob("03-*"):
        path.unlink()
    assert {"sign-off.html", "report.pdf"} <= harmed(run, ring)
    assert cli.run(["log", "verify", str(run.parent), "--trust", str(ring.folder / "authority.crt")]) == 1
    assert "a sign-off of the log is not here" in capsys.readouterr().out


def test_a_file_that_was_put_in_is_named(signed, copied, ring):
    run = copied(signed)
    (run / "signatures" / "04-board.txt").write_text("approved")
    assert "04-board.txt" in harmed(run, ring)


def test_another_run_cannot_borrow_the_signatures(signed, copied, ring):
    run = copied(signed)
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "environment.json").write_text("{}\n")
    found = verify_signatures(run, ring.trust())
    assert {check.state for check in found} == {"holds"}  # the files' own bytes are for `verify`
    manifest["files"]["environment.json"]["sha256"] = "0" * 64
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert "not as it was signed: environment.json, manifest.json" in verify_signatures(run, ring.trust())[0].detail


def test_an_envelope_signed_anew_by_a_stranger_is_not_vouched_for(unsigned, copied, ring):
    run = copied(unsigned)
    sign(run, words("Owner of loans", "model owner"), ring.key("other.pem"), time=TIME)
    [first, *_] = verify_signatures(run, ring.trust("owner.pub"))
    assert first.state == "not checked"


# ---- the PDF -------------------------------------------------------------------------------------------------------


def test_the_signed_pdf_begins_with_the_report(signed):
    content = (signed / "signatures" / "report.pdf").read_bytes()
    assert content.startswith((signed / "report.pdf").read_bytes())
    if shutil.which("qpdf"):
        path = str(signed / "signatures" / "report.pdf")
        assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def independent(content, ring):
    """What pyHanko itself finds, its whole comparison of revisions included."""
    from asn1crypto import pem, x509

    _, _, der = pem.unarmor((ring.folder / "authority.crt").read_bytes())
    context = ValidationContext(trust_roots=[x509.Certificate.load(der)], allow_fetching=False)
    found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    with ThreadPoolExecutor(max_workers=1) as thread:  # the browser's tests leave this one with an event loop
        return list(thread.map(lambda one: validate_pdf_signature(one, context), found))


def test_pyhanko_finds_both_signatures_good(signed, ring):
    statuses = independent((signed / "signatures" / "report.pdf").read_bytes(), ring)
    assert [one.bottom_line for one in statuses] == [True, True]
    assert [one.coverage.name for one in statuses] == ["ENTIRE_REVISION", "ENTIRE_FILE"]
    assert [one.signing_cert.subject.native["common_name"] for one in statuses] == [
        "Head of validator",
        "Head of compliance",
    ]


def test_pyhanko_finds_a_flipped_byte(signed, ring):
    content = bytearray((signed / "signatures" / "report.pdf").read_bytes())
    content[5000] ^= 1
    assert not all(one.intact for one in independent(bytes(content), ring))


def test_the_boxes_show_who_signed_and_why(signed):
    from pypdf import PdfReader

    reader = PdfReader(signed / "signatures" / "report.pdf")
    boxes = [one.get_object() for one in reader.pages[-1]["/Annots"]]  # type: ignore[attr-defined]
    reasons = [str(box["/V"]["/Reason"]) for box in boxes if "/V" in box]
    assert reasons[0] == "validator: Approved with conditions. Read, and checked by hand."
    assert [str(box["/V"]["/Name"]) for box in boxes if "/V" in box] == ["Head of validator", "Head of compliance"]
    assert "Sign-off" in reader.pages[-1].extract_text()


def test_a_page_that_is_changed_after_signing_is_found(signed, ring):
    """Appended after the last signature, which nothing of what it covers tells."""
    from pyhanko.pdf_utils.generic import NumberObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    content = (signed / "signatures" / "report.pdf").read_bytes()
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[pdf_name("/Rotate")] = NumberObject(180)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    assert {check.state for check in alone(content, ring.trust())} == {"holds"}
    found = list(alone(out.getvalue(), ring.trust()))
    assert {check.state for check in found} == {"differs"}
    assert "more was changed after it" in found[0].detail


def test_a_signed_pdf_alone_is_verified_with_its_pages(signed, ring, capsys):
    path = signed / "signatures" / "report.pdf"
    assert {check.state for check in verify_pdf(path)} == {"holds"}
    assert cli.run(["verify", str(path), "--trust", str(ring.folder / "authority.crt")]) == 0
    assert "✓ signature 2: by Head of compliance" in capsys.readouterr().out


def test_what_is_no_pdf_is_damaged_and_not_a_crash():
    [check] = alone(b"%PDF-1.7 /ByteRange", Trust())
    assert check.state == "differs"


def test_what_was_appended_and_is_no_signature_is_found(signed, ring):
    content = (signed / "report.pdf").read_bytes() + b"% /ByteRange\n"
    [check] = alone(content, ring.trust())
    assert (check.state, check.detail) == ("differs", "something was appended that is none")


def test_a_pdf_whose_boxes_are_all_signed_takes_no_more(signed, ring):
    content = (signed / "signatures" / "report.pdf").read_bytes()
    one = Held(sign_off=read(next((signed / "signatures").glob("02*.json")).read_bytes()).sign_off, key="k")
    for _ in range(2):
        content = pades.signed(content, one, ring.key("validator.p12"))
    with pytest.raises(DataError, match="no box left"):
        pades.signed(content, one, ring.key("validator.p12"))


# ---- the log -------------------------------------------------------------------------------------------------------


def test_signing_by_hand(unsigned, copied, ring, capsys, monkeypatch):
    run = copied(unsigned)
    given = ["--meaning", "approved", "--comment", "Read.", "--key"]
    asked = ["sign", str(run), "--role", "model owner", *given, str(ring.folder / "locked.pem")]
    assert cli.run(asked) == 2
    monkeypatch.setenv("EVENHAND_KEY_PASSWORD", "correct horse")
    assert cli.run(asked) == 2
    assert "--name is missing" in capsys.readouterr().err
    assert cli.run([*asked, "--name", "A"]) == 0
    said = capsys.readouterr()
    assert "Signed   approved by A as model owner" in said.out
    assert "It does not show who that person is" in said.err
    assert cli.run(["log", "verify", str(run.parent), "--trust", str(ring.folder / "locked.pub")]) == 0
    capsys.readouterr()
    assert cli.run(["verify", str(run), "--signed"]) == 1
    assert "not signed by a key that is vouched for" in capsys.readouterr().out
    alone_run = Path(shutil.copytree(run, run.parent.parent / "elsewhere" / "run"))
    shutil.rmtree(alone_run / "signatures")
    assert (
        cli.run(["sign", str(alone_run), "--role", "validator", "--name", "B", *given, str(ring.folder / "other.pem")])
        == 0
    )
    assert "no log tells of this sign-off" in capsys.readouterr().err
