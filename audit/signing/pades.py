"""Signatures in a PDF (PAdES, ETSI EN 319 142-1), which viewers show by themselves: made and checked by pyHanko.

The copy of the report begins with the very bytes of the report. The first signature adds a page with boxes, one for
each that is still to come; every further one is appended without touching what was signed before.
"""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audit.errors import DataError
from audit.render.signoff import WORDS, Page, heading, stamp
from audit.runs.steps import Check
from audit.signing.folder import signature
from audit.signing.rules import Held
from audit.signing.statement import SignOff

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.reader import PdfFileReader

    from audit.signing.keys import SigningKey, Trust

#: The boxes of a page: how many at most, where the first begins under the top, how high each is; in points.
MOST_BOXES: Final = 6
_TOP, _HIGH, _GAP, _MARGIN = 200, 80, 8, 48


def prepared(report: bytes, facts: Page) -> bytes:
    """The report with a page for signatures at its end: boxes for all roles and one more. Its bytes stay the same."""
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    roles = len(facts.signatures) + len(facts.missing)
    with _quiet(), tempfile.TemporaryDirectory() as place:
        writer = _writer(report)
        width, height = _size(writer)
        drawing = Path(place) / "heading.pdf"
        drawing.write_bytes(heading(facts, width, height))
        number = _with_page(writer, drawing, (width, height))
        for box in range(min(MOST_BOXES, roles + 1)):
            top = height - _TOP - box * (_HIGH + _GAP)
            place_of = (_MARGIN, int(top - _HIGH), int(width - _MARGIN), int(top))
            spec = SigFieldSpec(_field(box), on_page=number, box=place_of, readable_field_name=f"Signature {box + 1}")
            append_signature_field(writer, spec)
        return _bytes_of(writer)


def signed(pdf: bytes, one: Held, key: SigningKey) -> bytes:
    """The PDF with one signature more, shown in the next free box; raises DataError if no box is left."""
    from pyhanko.pdf_utils.layout import AxisAlignment, SimpleBoxLayoutRule
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.stamp import StaticStampStyle

    said = one.sign_off
    with _quiet(), tempfile.TemporaryDirectory() as place:
        writer = _writer(pdf)
        number = len(writer.prev.embedded_signatures)
        drawing = Path(place) / "stamp.pdf"
        drawing.write_bytes(stamp(signature(one), *_box(writer.prev, _field(number))))
        meta = PdfSignatureMetadata(
            field_name=_field(number),
            md_algorithm="sha256",
            name=said.person,
            reason=f"{said.role}: {WORDS[said.meaning]}. {said.comment}",
            subfilter=SigSeedSubFilter.PADES,
        )
        holder = SimpleSigner.load_pkcs12_data(key.bundle or b"", other_certs=[], passphrase=key.password)
        filling = SimpleBoxLayoutRule(x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID)
        style = StaticStampStyle.from_pdf_file(str(drawing), border_width=0, background_layout=filling)
        signer = PdfSigner(meta, signer=holder, stamp_style=style)
        out = io.BytesIO()
        _apart(lambda: signer.sign_pdf(writer, existing_fields_only=True, output=out))
        return out.getvalue()


def _apart(work: Callable[[], Any]) -> Any:
    """What pyHanko does in an event loop of its own, which a notebook's thread cannot start beside the one it runs."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()


def _field(number: int) -> str:
    return f"sign-off-{number + 1}"


def _writer(pdf: bytes) -> IncrementalPdfFileWriter:
    try:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    except ImportError as error:
        raise DataError("a PDF is signed with pyHanko; pip install 'evenhand[sign]'") from error
    return IncrementalPdfFileWriter(io.BytesIO(pdf))


def _size(writer: IncrementalPdfFileWriter) -> tuple[float, float]:
    """The width and height of the report's first page."""
    box = writer.prev.root["/Pages"]["/Kids"][0].get_object()["/MediaBox"]
    return float(box[2] - box[0]), float(box[3] - box[1])


def _with_page(writer: IncrementalPdfFileWriter, drawing: Path, size: tuple[float, float]) -> int:
    """Append a page with a drawing on it, and give its number."""
    from pyhanko.pdf_utils.content import ImportedPdfPage
    from pyhanko.pdf_utils.generic import StreamObject, pdf_name
    from pyhanko.pdf_utils.writer import PageObject

    picture = ImportedPdfPage(str(drawing))
    picture.set_writer(writer)
    # The words on it are no part of the report's structure; each signature has its own, which readers speak.
    commands = b"/Artifact BMC q " + picture.render() + b" Q EMC"
    content = writer.add_object(StreamObject(stream_data=commands))
    page = PageObject(contents=content, media_box=(0, 0, *size), resources=picture.resources.as_pdf_object())
    page[pdf_name("/Tabs")] = pdf_name("/S")
    number = int(writer.root["/Pages"]["/Count"])
    writer.insert_page(page)
    return number


def _bytes_of(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _box(reader: PdfFileReader, name: str) -> tuple[float, float]:
    """How large the box of a field is; raises DataError if there is no such field."""
    from pyhanko.sign.fields import enumerate_sig_fields

    for found, _value, field in enumerate_sig_fields(reader):
        if found == name:
            left, low, right, high = (float(edge) for edge in field.get_object()["/Rect"])
            return right - left, high - low
    raise DataError("the PDF has no box left to sign in; sign with a key without a certificate")


# ---- checking ------------------------------------------------------------------------------------------------------


def checks(what: str, pdf: bytes, report: bytes, said: Sequence[SignOff], trust: Trust) -> Iterator[Check]:
    """Is it the report with the signatures of these sign-offs, and nothing else?"""
    if not pdf.startswith(report):
        yield Check(what=what, state="differs", detail="it does not begin with the bytes of the report")
        return
    with _quiet():
        try:
            found = _embedded(pdf)
            if len(found) != len(said):
                detail = f"it holds {len(found)} signatures, and {len(said)} sign-offs speak of it"
                yield Check(what=what, state="differs", detail=detail)
                return
            for number, (embedded, sign_off) in enumerate(zip(found, said, strict=True), 1):
                yield _one(f"{what}, signature {number}", embedded, sign_off, trust, last=number == len(found))
        except Exception as error:  # noqa: BLE001 - a damaged PDF can break its reader anywhere
            detail = f"it was changed or damaged: it cannot be read ({type(error).__name__})"
            yield Check(what=what, state="differs", detail=detail)


def alone(pdf: bytes, trust: Trust) -> Iterator[Check]:
    """The signatures in a PDF of which there is nothing else."""
    with _quiet():
        try:
            found = _embedded(pdf)
            if not found:
                yield Check(what="the signatures", state="differs", detail="something was appended that is none")
            for number, embedded in enumerate(found, 1):
                yield _one(f"signature {number}", embedded, None, trust, last=number == len(found))
        except Exception as error:  # noqa: BLE001 - as above
            yield Check(what="the signatures", state="differs", detail=f"damaged ({type(error).__name__})")


def _embedded(pdf: bytes) -> Sequence[Any]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    return PdfFileReader(io.BytesIO(pdf)).embedded_signatures  # type: ignore[no-any-return]


def _one(what: str, embedded: Any, sign_off: SignOff | None, trust: Trust, *, last: bool) -> Check:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    # What pyHanko does to compare revisions takes minutes with a tagged report; _only_signed is stricter, and quick.
    context = _context(trust)
    status = _apart(lambda: validate_pdf_signature(embedded, context, key_usage_settings=usage, skip_diff=True))
    wanted = SignatureCoverageLevel.ENTIRE_FILE if last else SignatureCoverageLevel.ENTIRE_REVISION
    if not status.intact or not status.valid:
        return Check(what=what, state="differs", detail="what it covers was changed")
    if status.coverage < wanted or not _only_signed(embedded):
        return Check(what=what, state="differs", detail="more was changed after it than a further signature adds")
    name = str(embedded.sig_object.get("/Name"))
    if sign_off is not None and name != sign_off.person:
        return Check(what=what, state="differs", detail=f"it is not that of {sign_off.person}")
    if not status.trusted:
        detail = f"by {name}; it is whole, and nobody here vouches for its certificate"
        return Check(what=what, state="not checked", detail=detail)
    return Check(what=what, state="holds", detail=f"by {name}")


def _only_signed(embedded: Any) -> bool:
    """Was nothing that a signature covers changed after it, but for boxes that were signed in?"""
    reader, then = embedded.reader, embedded.signed_revision
    before = reader.get_historical_resolver(then)
    for revision in range(then + 1, reader.xrefs.total_revisions):
        if reader.trailer.raw_get("/Root", revision=revision) != reader.trailer.raw_get("/Root", revision=then):
            return False
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            known = reader.xrefs.get_historical_ref(reference, then) is not None
            if known and not _same_but_signed(before.get_object(reference), reader.get_object(reference)):
                return False
    return True


def _same_but_signed(old: Any, new: Any) -> bool:
    """Is it the same, but for the day of the last change, or an empty box that was signed in at its place?

    The day stands in the document's metadata too, which no page shows.
    """
    if isinstance(old, dict) and isinstance(new, dict) and old.get("/Type") == new.get("/Type") == "/Metadata":
        return True
    empty = isinstance(old, dict) and old.get("/FT") == "/Sig" and "/V" not in old
    free = ("/V", "/AP") if empty else ("/ModDate",)
    return bool(_written(old, free) == _written(new, free))


def _written(thing: Any, free: Sequence[str] = ()) -> Any:
    """An object as it stands in a file, without what may change."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, StreamObject

    if isinstance(thing, DictionaryObject) and not isinstance(thing, StreamObject):
        return {key: _written(thing.raw_get(key)) for key in thing if key not in free}
    if isinstance(thing, ArrayObject):
        return [_written(thing.raw_get(place)) for place in range(len(thing))]
    out = io.BytesIO()
    thing.write_to_stream(out, None)
    return out.getvalue()


def _context(trust: Trust) -> Any:
    """Whom to trust, without the network."""
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko_certvalidator import ValidationContext

    roots = [x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in trust.certificates]
    return ValidationContext(trust_roots=roots, allow_fetching=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries log about a damaged file is said by the checks."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
