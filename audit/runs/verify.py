"""Verifying a run, or a PDF by itself: every step that led to it is made again, and what differs is named."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast, get_args

from audit.disclosing.disclosure import rendered
from audit.errors import AuditError, DataError
from audit.languages import LANGUAGES
from audit.policy import Policy, loads
from audit.render import FORMATS
from audit.render.options import PLAIN, Options
from audit.reports import file_name
from audit.result import AuditResult, from_json
from audit.result.renderings import Rendering
from audit.runs.attached import attachments, language_of
from audit.runs.folder import COUNTS, RESOLVED, RESULT, WRITTEN
from audit.runs.manifest import MANIFEST, Manifest, read
from audit.runs.steps import Check, check, counted_again, judged_again, rendered_again, same_policy
from audit.sources.digests import digest

#: The folder of sign-offs, which come after the run and are checked by their signatures.
SIGNATURES = "signatures"
_REPORTS = {file_name(name): name for name in FORMATS if name != "json"}
_PDFS = [name for name, form in FORMATS.items() if form.suffix == "pdf"]
_END = b"%%EOF\n"
Read = TypeVar("Read")


def verify_run(run: Path, *, data: object = None, options: Options = PLAIN) -> list[Check]:
    """Check a run from its bytes to its verdicts. Raises DataError if the folder holds no run at all.

    The manifest is checked against its own digest, every file against the manifest, the policy as written against the
    policy in force, the result against the counts judged again, every report against the result rendered again; and
    with `data`, the counts against the rows counted again. `options` name the theme and the fonts of the reports.
    """
    manifest = read(run)
    return [*files_hold(run, manifest), *_content(run, manifest, data, options)]


def verify_pdf(path: Path, *, data: object = None, options: Options = PLAIN) -> list[Check]:
    """Check a PDF by what is attached to it: the policy by which it was judged, and its own bytes by rendering again.

    With `data`, the rows are counted again too. What was appended by signing is not looked at here, but by
    `audit.signing`. Raises DataError if the file is no report of this program.
    """
    held, code = attachments(path), language_of(path)
    if RESULT not in held:
        raise DataError(f"{path}: no {RESULT} is attached, so it cannot be verified; is it a report of Evenhand?")
    return list(_attached(path.read_bytes(), held, data, replace(options, language=code)))


# ---- a run ---------------------------------------------------------------------------------------------------------


def files_hold(run: Path, manifest: Manifest) -> Iterator[Check]:
    """The manifest, every file that it lists, and files that it does not."""
    whole = manifest.content() == manifest.run
    yield check(MANIFEST, "its digest is not that of its content: it was changed", holds=whole)
    for name, note in manifest.files.items():
        path = run / name
        if Path(name).name != name:
            yield Check(what=name, state="differs", detail="the manifest names a file outside of the run")
        elif not path.is_file():
            yield Check(what=name, state="differs", detail="the file is missing")
        else:
            yield check(name, "the file was changed", holds=digest(path) == note.sha256)
    known = {MANIFEST, SIGNATURES, *manifest.files}
    for path in sorted(run.iterdir()):
        if path.name not in known:
            yield Check(what=path.name, state="differs", detail="the file was added: the manifest does not list it")


def _content(run: Path, manifest: Manifest, data: object, options: Options) -> Iterator[Check]:
    """What the files say, step by step."""
    result = _read(RESULT, lambda: from_json((run / RESULT).read_bytes().decode()))
    law = _read(RESOLVED, lambda: loads((run / RESOLVED).read_bytes(), name=RESOLVED))
    yield from (found for found in (result, law) if isinstance(found, Check))
    if isinstance(result, Check) or isinstance(law, Check):
        return
    yield same_policy(law, result)
    yield _manifest_speaks_of(manifest, law, result)
    if WRITTEN in manifest.files:
        yield _as_written(run / WRITTEN, law)
    yield from judged_again(run / COUNTS, law, result)
    for name in manifest.files:
        if name in _REPORTS:
            yield _report(run / name, result, manifest, options)
    if data is not None:
        yield from counted_again(law, result, data)


def _manifest_speaks_of(manifest: Manifest, law: Policy, result: AuditResult) -> Check:
    said = (manifest.policy_sha256, manifest.outcome, manifest.title, manifest.as_of)
    are = (law.sha256, result.outcome.value, result.title, result.provenance.as_of)
    return check("what the manifest says of the run", "it speaks of another result", holds=said == are)


def _as_written(path: Path, law: Policy) -> Check:
    """The policy's file has to mean the policy in force, where it can be read without the policies that it extends."""
    what = f"{WRITTEN} and {RESOLVED}"
    try:
        mine = loads(path.read_bytes(), name=WRITTEN)
    except (AuditError, OSError):
        detail = f"it extends policies that are not in the run; {RESOLVED} is what was in force"
        return Check(what=what, state="not checked", detail=detail)
    return check(what, "the two are not the same policy", holds=mine.sha256 == law.sha256)


def _report(path: Path, result: AuditResult, manifest: Manifest, options: Options) -> Check:
    what = f"{path.name}, rendered again"
    if lacking := "; ".join(_lacking(path.suffix, manifest.options, options.named())):
        return Check(what=what, state="not checked", detail=lacking, owed=True)
    options = replace(options, language=manifest.options.get("language"))
    if not path.is_file():
        return Check(what=what, state="differs", detail="the file is missing")
    try:
        shown = rendered(result, cast(Rendering | None, manifest.options.get("rendering")))
    except DataError as error:
        return Check(what=what, state="differs", detail=str(error).splitlines()[0])
    return rendered_again(what, path.read_bytes(), _REPORTS[path.name], shown, options)


def _lacking(suffix: str, made: Mapping[str, str], given: Mapping[str, str]) -> Iterator[str]:
    """What has to be named before a report can be rendered again, for its bytes depend on it."""
    for name, (suffixes, unnamed, other, without) in _NAMED.items():
        if suffix in suffixes and made.get(name) != given.get(name):
            yield without if name not in made else other if name in given else unnamed
    for name, known in _KNOWN.items():
        if name in made and made[name] not in known:
            yield f"it was made with a {name} that this version does not know: {made[name]}"
    if strange := sorted(set(made) - {*_NAMED, *_KNOWN}):
        yield f"the manifest names choices that this version does not know: {', '.join(strange)}"


#: Choices that a command has to name: the files that depend on them, and what is said where they are not the same.
_NAMED = {
    "theme": (
        (".html", ".pdf"),
        "it was made with a theme; name it with --theme",
        "it was made with another theme than --theme names",
        "it was made without the theme that --theme names",
    ),
    "fonts": (
        (".pdf",),
        "it was made with further fonts; name them with --fonts",
        "it was made with other fonts than --fonts names",
        "it was made without the fonts that --fonts names",
    ),
}
#: Choices that the manifest tells in full.
_KNOWN = {"language": LANGUAGES, "rendering": get_args(Rendering)}


# ---- a PDF ---------------------------------------------------------------------------------------------------------


def _attached(content: bytes, held: Mapping[str, bytes], data: object, options: Options) -> Iterator[Check]:
    result = _read("the attached result", lambda: from_json(held[RESULT].decode()))
    if isinstance(result, Check):
        yield result
        return
    for name in (name for name in held if name.startswith("policy")):
        law = _read("the attached policy", functools.partial(loads, held[name], name=name))
        if isinstance(law, Check):
            yield law
            continue
        yield same_policy(law, result)
        if data is not None:
            yield from counted_again(law, result, data)
    first = _before_signatures(content)
    what = "the pages, rendered again" if first == content else "the pages before they were signed, rendered again"
    made = [rendered_again(what, first, name, result, options) for name in _PDFS]
    yield next((one for one in made if one.state == "holds"), made[0])


def _before_signatures(content: bytes) -> bytes:
    """The PDF without what was appended when it was signed, which `audit.signing` checks."""
    end = content.find(_END) + len(_END)
    return content[:end] if b"/ByteRange" in content[end:] else content


def _read(what: str, load: Callable[[], Read]) -> Read | Check:
    try:
        return load()
    except (AuditError, OSError, UnicodeError) as error:
        return Check(what=what, state="differs", detail=f"it cannot be read: {str(error).splitlines()[0]}")
