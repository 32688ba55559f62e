"""One small run that two people signed with certificates and one with a bare key, and keys made for the occasion."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from audit.engine import audited
from audit.reports import write
from audit.runs import keep
from audit.runs.history import append
from audit.signing import Trust, Words, keys, sign, trusted
from audit.signing.head import sign_head

LAW = """evenhand: 1
title: Loans, before release
data: {decision: {column: approved, favorable: 1, otherwise: [0]}}
attributes: {sex: {column: sex}}
rules: [{id: fifths, metric: selection_rate, compare: ratio, require: ">= 4/5"}]
signoff:
  roles: [model owner, validator, compliance]
  independent: [validator, compliance]
  people: 2
"""
ROWS = "sex,approved\n" + "F,1\nF,0\nM,1\nM,0\n" * 50
TIME = "2026-11-21T16:05:00Z"
SECRET = "correct horse"


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Where the keys are: bare ones, certificates of an authority, and what vouches for them."""

    folder: Path

    def key(self, name: str) -> keys.SigningKey:
        path = self.folder / name
        return keys.load(path, SECRET if path.suffix == ".p12" or name == "locked.pem" else None)

    def trust(self, *names: str) -> Trust:
        return trusted([self.folder / name for name in names or ("owner.pub", "other.pub", "authority.crt")])


def certificate(name: str, key, issuer=None, issuer_key=None):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject if issuer else subject)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=36500))
    made = made.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=issuer is None, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return made.add_extension(usage, critical=True).sign(issuer_key or key, hashes.SHA256())


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Ring:
    folder = tmp_path_factory.mktemp("keys")
    for name, lock in (
        ("owner", NoEncryption()),
        ("other", NoEncryption()),
        ("locked", BestAvailableEncryption(SECRET.encode())),
    ):
        key = ed25519.Ed25519PrivateKey.generate()
        (folder / f"{name}.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub").write_bytes(public)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate("Authority", root_key)
    (folder / "authority.crt").write_bytes(root.public_bytes(Encoding.PEM))
    for name in ("validator", "compliance"):
        held = ec.generate_private_key(ec.SECP256R1())
        made = certificate(f"Head of {name}", held, root, root_key)
        bundle = pkcs12.serialize_key_and_certificates(
            b"mine", held, made, None, BestAvailableEncryption(SECRET.encode())
        )
        (folder / f"{name}.p12").write_bytes(bundle)
        (folder / f"{name}.crt").write_bytes(made.public_bytes(Encoding.PEM))
    return Ring(folder=folder)


@pytest.fixture(scope="session")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run as it was kept, in a folder of runs with a log."""
    folder = tmp_path_factory.mktemp("unsigned")
    (folder / "rows.csv").write_text(ROWS)
    made = audited(LAW, folder / "rows.csv", as_of=datetime.date(2026, 11, 20))
    # The cover alone, under the name of the report: the same PDF but for its length.
    [summary] = write(made.result, folder / "out", ["summary-pdf"])
    kept = keep(made, folder / "runs", {"report.pdf": summary.read_bytes()}, author="Model desk")
    append(folder / "runs", "kept", kept.manifest.run, TIME, folder=kept.folder.name, outcome="pass")
    return kept.folder


def words(person: str, role: str, meaning="approved", comment="Read, and checked by hand.", conditions=()):
    return Words(person=person, role=role, meaning=meaning, comment=comment, conditions=conditions)


#: Who signs the run that most tests look at: name, role, meaning, conditions, key.
SIGNERS = (
    ("Owner of loans", "model owner", "reviewed", (), "owner.pem"),
    ("Head of validator", "validator", "approved-with-conditions", ("Train again by May",), "validator.p12"),
    ("Head of compliance", "compliance", "approved", (), "compliance.p12"),
)


@pytest.fixture(scope="session")
def signed(unsigned: Path, ring: Ring, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run, signed in every role, in a folder of runs whose log says so."""
    runs = tmp_path_factory.mktemp("signed") / "runs"
    shutil.copytree(unsigned.parent, runs)
    run = runs / unsigned.name
    for person, role, meaning, conditions, key in SIGNERS:
        made = sign(run, words(person, role, meaning, conditions=conditions), ring.key(key), time=TIME)
        append(runs, "signed", made.run, TIME, person=person, role=role, meaning=meaning, envelope=made.digest)
        sign_head(runs, ring.key(key))
    return run


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Another copy of a run, with the folder of runs that it is in, at every call."""
    made: list[Path] = []

    def another(run: Path) -> Path:
        made.append(Path(shutil.copytree(run.parent, tmp_path / f"runs-{len(made)}")))
        return made[-1] / run.name

    return another
