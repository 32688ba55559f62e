"""Keys: private ones that sign, public ones that are vouched for, and the fingerprints by which both are known."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import DataError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from securesystemslib.signer import CryptoSigner, SSlibKey

#: What a folder of public keys is searched for.
_PUBLIC = (".pub", ".pem", ".crt", ".cer")
_INSTALL = "signing needs further packages; pip install 'evenhand[sign]'"


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A public key, alone or in a certificate. `pem` is how it is written beside the signatures that it checks.

    `fingerprint` is the SHA-256 of the key as DER (SubjectPublicKeyInfo); `holder` is the certificate's common name.
    """

    pem: bytes
    fingerprint: str
    checker: SSlibKey
    certificate: Certificate | None = None
    holder: str | None = None


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A private key with its public half. `bundle` is the PKCS#12 file that it came from, for signing in a PDF."""

    public: PublicKey
    signer: CryptoSigner
    bundle: bytes | None = None
    password: bytes | None = None


def load(path: Path, password: str | None = None) -> SigningKey:
    """The private key in a PEM file, or in a PKCS#12 file with its certificate.

    Raises DataError if it cannot be read, or not with this password.
    """
    installed()
    content = _read(path)
    secret = password.encode() if password is not None else None
    try:
        if content.startswith(b"-----BEGIN"):
            return _from_pem(content, secret)
        return _from_bundle(content, secret)
    except (ValueError, TypeError) as error:
        raise DataError(f"{path}: {_why(content, password)}") from error


def needs_password(path: Path) -> bool:
    """Is there a password on the file? Raises DataError if it cannot be read."""
    installed()
    content = _read(path)
    if content.startswith(b"-----BEGIN"):
        return b"ENCRYPTED" in content
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        pkcs12.load_pkcs12(content, None)
    except ValueError:
        return True
    return False


def installed() -> None:
    """Raises DataError if the packages that signatures need are not there."""
    try:
        import cryptography  # noqa: F401
        import securesystemslib  # noqa: F401
    except ImportError as error:
        raise DataError(_INSTALL) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: the key cannot be read: {error.strerror or error}") from error


def _why(content: bytes, password: str | None) -> str:
    if password is not None:
        return "the password does not open it, or it is not a private key (PEM) or a PKCS#12 file"
    if b"PUBLIC KEY" in content or b"CERTIFICATE" in content:
        return "this is the public half; sign with the private key"
    return "not a private key that can sign here: an ed25519, EC or RSA key as PEM, or a PKCS#12 file"


def _from_pem(content: bytes, secret: bytes | None) -> SigningKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(content, secret)
    return _signing(private, _public(private.public_key()))


def _from_bundle(content: bytes, secret: bytes | None) -> SigningKey:
    from cryptography.hazmat.primitives.serialization import pkcs12

    held = pkcs12.load_pkcs12(content, secret)
    if held.key is None or held.cert is None:
        raise ValueError("a PKCS#12 file without a key or without its certificate")
    return _signing(held.key, _certified(held.cert.certificate), bundle=content, password=secret)


def _signing(private: Any, public: PublicKey, **more: bytes | None) -> SigningKey:
    from securesystemslib.signer import CryptoSigner

    return SigningKey(public=public, signer=CryptoSigner(private, public.checker), **more)


# ---- public keys ---------------------------------------------------------------------------------------------------


def public_key(pem: bytes) -> PublicKey:
    """The public key, or the key of the first certificate, in a PEM text; raises ValueError if it holds none."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    if b"BEGIN CERTIFICATE" in pem:
        return _certified(load_pem_x509_certificate(pem))
    return _public(load_pem_public_key(pem))


def _public(key: Any) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from securesystemslib.signer import SSlibKey

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    fingerprint = hashlib.sha256(der).hexdigest()
    return PublicKey(pem=pem, fingerprint=fingerprint, checker=SSlibKey.from_crypto(key, fingerprint))


def _certified(certificate: Certificate) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    bare = _public(certificate.public_key())
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return PublicKey(
        pem=certificate.public_bytes(Encoding.PEM),
        fingerprint=bare.fingerprint,
        checker=bare.checker,
        certificate=certificate,
        holder=str(names[0].value) if names else None,
    )


# ---- trust ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Trust:
    """The public keys and certificates that a reader vouches for, by the names of their files."""

    keys: tuple[tuple[str, PublicKey], ...] = ()

    def voucher(self, key: PublicKey, moment: datetime.datetime) -> str | None:
        """The file that vouches for a key: it holds the key, or the certificate that issued its own, then valid."""
        for name, known in self.keys:
            if known.fingerprint == key.fingerprint or _issued(key, known, moment):
                return name
        return None

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates among them."""
        return tuple(known.certificate for _, known in self.keys if known.certificate is not None)


def _issued(key: PublicKey, issuer: PublicKey, moment: datetime.datetime) -> bool:
    """Was the key's certificate made by an authority with this certificate, and valid at that moment?"""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    mine, theirs = key.certificate, issuer.certificate
    if mine is None or theirs is None or not mine.not_valid_before_utc <= moment <= mine.not_valid_after_utc:
        return False
    try:
        authority = theirs.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        mine.verify_directly_issued_by(theirs)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return authority


def trusted(paths: Iterable[Path]) -> Trust:
    """The public keys in files and in folders of files; raises DataError naming every file that holds none."""
    installed()
    found: list[tuple[str, PublicKey]] = []
    problems: list[str] = []
    for path in paths:
        for file in _files(path, problems):
            try:
                found.append((file.name, public_key(_read(file))))
            except ValueError:
                problems.append(f"{file}: not a public key and not a certificate, as PEM")
    if problems:
        raise DataError(problems)
    return Trust(keys=tuple(found))


def _files(path: Path, problems: list[str]) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    inside = sorted(file for file in path.glob("*") if file.suffix in _PUBLIC)
    if not inside:
        problems.append(f"{path}: there is no public key; name a file, or a folder of files that end in .pub or .crt")
    yield from inside
