"""A log names the very line that was edited, put in or cut off."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import DataError
from audit.runs.history import BEGINNING, LOG, _digest, append, chain, head_of, records
from audit.signing.head import HEAD, sign_head, verify_log
from tests.signing.conftest import TIME

LINES = 6


@pytest.fixture
def runs(tmp_path, ring):
    for number in range(LINES):
        append(tmp_path, "kept", f"{number:064}", TIME)
    sign_head(tmp_path, ring.key("owner.pem"))
    return tmp_path


def lines(runs):
    return (runs / LOG).read_bytes().splitlines()


def rewrite(runs, found):
    (runs / LOG).write_bytes(b"".join(line + b"\n" for line in found))


def differing(runs, ring):
    return [check.what for check in verify_log(runs, ring.trust()) if check.state == "differs"]


def remade(line, **changed):
    """A line that was edited by somebody who made its digest anew."""
    record = {**json.loads(line), **changed}
    return rfc8785.dumps({**record, "digest": _digest(record)})


def test_a_log_that_is_as_it_was_signed_holds(runs, ring):
    assert differing(runs, ring) == []
    assert head_of(runs).lines == LINES
    assert {check.state for check in verify_log(runs)} == {"holds", "not checked"}


@pytest.mark.parametrize("line", range(1, LINES + 1))
def test_an_edited_line_is_named(line, runs, ring):
    found = lines(runs)
    found[line - 1] = found[line - 1].replace(b"16:05", b"17:05")
    rewrite(runs, found)
    assert differing(runs, ring) == [f"{LOG}:{line}"]


@pytest.mark.parametrize("line", range(1, LINES + 1))
def test_a_line_that_was_edited_with_its_digest_is_named(line, runs, ring):
    found = lines(runs)
    found[line - 1] = remade(found[line - 1], run="f" * 64)
    rewrite(runs, found)
    last = "log.jsonl: lines 1 to 6, as they were signed"
    assert differing(runs, ring) == [last if line == LINES else f"{LOG}:{line}"]


@pytest.mark.parametrize("line", range(1, LINES))
def test_a_line_that_was_put_in_is_named(line, runs, ring):
    found = lines(runs)
    before = json.loads(found[line - 1])
    found.insert(line, remade(found[line], n=before["n"] + 1, run="e" * 64, previous=before["digest"]))
    rewrite(runs, found)
    assert differing(runs, ring)[0] == f"{LOG}:{line + 1}"


@pytest.mark.parametrize("line", range(1, LINES))
def test_a_line_that_was_taken_out_is_missed_at_its_place(line, runs, ring):
    found = lines(runs)
    del found[line - 1]
    rewrite(runs, found)
    assert differing(runs, ring)[0] == f"{LOG}:{line}"
    assert "taken out before it" in next(iter(chain(records(runs)))).detail


def test_lines_cut_off_at_the_end_are_missed_by_the_signed_head(runs, ring):
    rewrite(runs, lines(runs)[:4])
    [check] = [check for check in verify_log(runs, ring.trust()) if check.state == "differs"]
    assert check.detail == "cut off after line 4: it had 6 when it was signed"


def test_a_log_written_anew_from_the_start_is_told_by_a_head_kept_elsewhere(runs, ring, tmp_path_factory):
    copy = tmp_path_factory.mktemp("vault") / "head.json"
    copy.write_bytes((runs / HEAD).read_bytes())
    (runs / LOG).unlink()
    for number in range(LINES):
        append(runs, "kept", f"{number + 1:064}", TIME)
    (runs / HEAD).unlink()
    assert differing(runs, ring) == []
    [check] = [one for one in verify_log(runs, ring.trust(), head=copy) if one.state == "differs"]
    assert "the log was written anew" in check.detail


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_one_flipped_bit_is_found(place, bit, ring, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    for number in range(3):
        append(folder, "kept", f"{number:064}", TIME)
    sign_head(folder, ring.key("owner.pem"))
    content = bytearray((folder / LOG).read_bytes())
    content[place % len(content)] ^= 1 << bit
    (folder / LOG).write_bytes(content)
    assert differing(folder, ring)


def test_a_head_that_was_changed_is_no_head(runs, ring):
    content = (runs / HEAD).read_bytes()
    (runs / HEAD).write_bytes(content.replace(b'"sig": "', b'"sig": "A'))
    assert HEAD in differing(runs, ring)


def test_a_damaged_end_is_not_built_upon(runs):
    with (runs / LOG).open("ab") as log:
        log.write(b"{}\n")
    with pytest.raises(DataError, match="the last line is damaged"):
        append(runs, "kept", "0" * 64, TIME)


def test_a_folder_without_a_log_is_said(tmp_path):
    for asked in (head_of, records):
        with pytest.raises(DataError, match=r"there is no log\.jsonl here"):
            asked(tmp_path)
    assert len(BEGINNING) == 64


def test_a_run_beside_the_log_has_its_lines(signed, copied, ring):
    run = copied(signed)
    assert {check.state for check in verify_log(run.parent, ring.trust())} == {"holds"}
    found = lines(run.parent)
    rewrite(run.parent, found[:1])
    (run.parent / HEAD).unlink()
    [check] = [one for one in verify_log(run.parent) if one.state == "differs"]
    assert check.what == run.name
    assert check.detail.count("the log does not know the sign-off") == 3
