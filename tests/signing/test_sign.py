"""A sign-off is what the policy allows, over every file of the run, and other programs find it good."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from audit.errors import DataError
from audit.policy.signoff import Signoff
from audit.runs.manifest import read
from audit.signing import keys, sign, verify_signatures
from audit.signing.rules import Held, faults
from audit.signing.statement import PAYLOAD, SignOff, opened
from tests.signing.conftest import SECRET, TIME, words


def states(checks):
    return {check.what.removeprefix("signatures/"): check.state for check in checks}


def test_a_run_that_all_roles_signed_holds(signed, ring):
    checks = verify_signatures(signed, ring.trust(), required=True)
    assert {check.state for check in checks} == {"holds"}
    assert {"sign-off.html", "report.pdf, signature 1", "report.pdf, signature 2"} <= set(states(checks))
    assert "approved-with-conditions by Head of validator as validator" in checks[1].detail


def in_a_notebook(work):
    """What the work gives in a thread that runs an event loop, as every cell of a notebook does."""

    async def cell():
        return work()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(cell())).result()


def test_a_notebook_signs_and_verifies(unsigned, copied, ring):
    run = copied(unsigned)
    said = words("Head of validator", "validator")
    made = in_a_notebook(lambda: sign(run, said, ring.key("validator.p12"), time=TIME))
    assert made.without_pdf is None
    checks = in_a_notebook(lambda: verify_signatures(run, ring.trust(), required=False))
    assert states(checks)["report.pdf, signature 1"] == "holds"


def test_what_is_signed_is_every_file_of_the_run(signed):
    [first, *_] = sorted((signed / "signatures").glob("*.dsse.json"))
    statement = json.loads(opened(first.read_bytes(), PAYLOAD).payload)
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    for path in (path for path in signed.iterdir() if path.is_file()):
        assert subjects.pop(path.name) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert subjects == {"urn:evenhand:run": read(signed).run}
    assert statement["predicate"]["role"] == "model owner"


def test_the_run_itself_stays_as_it_was(unsigned, signed):
    for path in (path for path in unsigned.iterdir() if path.is_file()):
        assert (signed / path.name).read_bytes() == path.read_bytes()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
def test_openssl_finds_the_signature_good_and_that_of_other_bytes_bad(signed, ring, tmp_path):
    [first, *_] = sorted((signed / "signatures").glob("*.dsse.json"))
    raw = json.loads(first.read_bytes())
    payload, kind = base64.b64decode(raw["payload"]), raw["payloadType"].encode()
    (tmp_path / "sig").write_bytes(base64.b64decode(raw["signatures"][0]["sig"]))
    good = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    for content, code in ((good, 0), (good[:-1] + b" ", 1)):
        (tmp_path / "pae").write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(ring.folder / "owner.pub"), "-rawin"]
        command += ["-in", str(tmp_path / "pae"), "-sigfile", str(tmp_path / "sig")]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
def test_a_fingerprint_is_what_openssl_says(ring):
    command = ["openssl", "pkey", "-pubin", "-in", str(ring.folder / "owner.pub"), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True, check=True).stdout
    assert ring.key("owner.pem").public.fingerprint == hashlib.sha256(der).hexdigest()


def test_a_key_that_nobody_vouches_for_is_said_to_be_unknown(signed, ring):
    nobody = verify_signatures(signed)
    assert set(states(nobody).values()) == {"holds", "not checked"}
    assert "nobody here vouches for this key" in nobody[0].detail
    some = states(verify_signatures(signed, ring.trust("owner.pub", "validator.crt")))
    assert [some[f"{n}"] for n in some if "dsse" in n] == ["holds", "holds", "not checked"]
    assert "differs" in states(verify_signatures(signed, required=True)).values()


def test_a_run_that_nobody_signed_is_told_apart_from_one_that_need_not_be(unsigned):
    [check] = verify_signatures(unsigned)
    assert (check.state, "model owner, validator, compliance" in check.detail) == ("not checked", True)
    [check] = verify_signatures(unsigned, required=True)
    assert check.state == "differs"


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (words("A", "auditor"), "the policy knows no role 'auditor'"),
        (words("model  DESK", "validator"), "has to be independent, and model  DESK made the run"),
        (words("A", "model owner", "approved-with-conditions"), "names its conditions"),
        (words("A", "model owner", "approved", conditions=("x",)), "no other meaning has any"),
        (words("A", "model owner", comment=" "), "there is no comment"),
    ],
)
def test_what_the_policy_forbids_is_not_signed(given, why, unsigned, copied, ring):
    run = copied(unsigned)
    with pytest.raises(DataError, match=why):
        sign(run, given, ring.key("owner.pem"), time=TIME)
    assert not (run / "signatures").exists()


def test_one_person_cannot_sign_for_all_where_two_have_to(unsigned, copied, ring):
    run = copied(unsigned)
    for role in ("validator", "model owner"):
        sign(run, words("A", role), ring.key("owner.pem"), time=TIME)
    with pytest.raises(DataError, match="asks for 2 different people, and all roles would be signed by 1"):
        sign(run, words("A", "compliance"), ring.key("owner.pem"), time=TIME)
    with pytest.raises(DataError, match="this key signed as A before"):
        sign(run, words("B", "compliance"), ring.key("owner.pem"), time=TIME)
    sign(run, words("B", "compliance"), ring.key("other.pem"), time=TIME)
    assert verify_signatures(run, ring.trust(), required=True)[-1].state == "holds"


def test_a_rejection_is_said_and_a_later_word_in_the_role_counts(unsigned, copied, ring):
    run = copied(unsigned)
    for person, role, key in (("A", "model owner", "owner.pem"), ("B", "validator", "other.pem")):
        sign(run, words(person, role), ring.key(key), time=TIME)
    sign(run, words("B", "compliance", "rejected"), ring.key("other.pem"), time=TIME)
    whole = verify_signatures(run, ring.trust(), required=True)[-1]
    assert (whole.state, whole.detail) == ("differs", "rejected by compliance")
    assert verify_signatures(run, ring.trust())[-1].state == "holds"
    sign(run, words("B", "compliance"), ring.key("other.pem"), time=TIME)
    assert verify_signatures(run, ring.trust(), required=True)[-1].state == "holds"


def test_a_certificate_signs_for_nobody_else(unsigned, copied, ring):
    with pytest.raises(DataError, match="the certificate is that of Head of validator, and not of A"):
        sign(copied(unsigned), words("A", "validator"), ring.key("validator.p12"), time=TIME)


def test_a_run_that_was_changed_is_not_signed(unsigned, copied, ring):
    run = copied(unsigned)
    (run / "counts.json").write_text("{}")
    with pytest.raises(DataError, match=r"not as it was kept: counts\.json: the file was changed"):
        sign(run, words("A", "model owner"), ring.key("owner.pem"), time=TIME)


def held(person, role, key="k", author="X"):
    said = SignOff(
        person=person, role=role, time=TIME, meaning="approved", comment="c", run="r", outcome="pass", title="t",
        result_sha256="1", policy_sha256="2", author=author,
    )  # fmt: skip
    return Held(sign_off=said, key=key)


def test_without_an_author_nobody_is_independent():
    law = Signoff(roles=("a",), independent=("a",))
    assert "the run names none" in " ".join(faults(law, held("P", "a", author=None), []))
    assert not list(faults(law, held("P", "a"), []))


def test_the_policy_can_give_a_role_to_keys():
    law = Signoff(roles=("a",), keys={"a": ("f" * 64,)})
    assert "to other keys than this one" in " ".join(faults(law, held("P", "a"), []))
    assert not list(faults(law, held("P", "a", "f" * 64), []))


# ---- keys ----------------------------------------------------------------------------------------------------------


def test_a_key_with_a_password_opens_with_it_alone(ring):
    path = ring.folder / "locked.pem"
    assert keys.needs_password(path)
    assert keys.needs_password(ring.folder / "validator.p12")
    assert not keys.needs_password(ring.folder / "owner.pem")
    assert keys.load(path, SECRET).public.holder is None
    for wrong in (None, "another"):
        with pytest.raises(DataError, match=r"locked\.pem: "):
            keys.load(path, wrong)


@pytest.mark.parametrize(
    ("content", "why"), [(b"hello", "not a private key"), (None, "this is the public half")], ids=["text", "public"]
)
def test_what_is_no_private_key_is_said(content, why, ring, tmp_path):
    path = tmp_path / "key"
    path.write_bytes(content or (ring.folder / "owner.pub").read_bytes())
    with pytest.raises(DataError, match=why):
        keys.load(path)


def test_what_cannot_be_trusted_is_said_all_at_once(ring, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as raised:
        keys.trusted([ring.folder / "owner.pem", tmp_path / "empty"])
    assert [("not a public key" in one, "no public key" in one) for one in raised.value.problems] == [
        (True, False),
        (False, True),
    ]
    (tmp_path / "ring").mkdir()
    shutil.copy(ring.folder / "owner.pub", tmp_path / "ring")
    assert [name for name, _ in keys.trusted([tmp_path / "ring"]).keys] == ["owner.pub"]
