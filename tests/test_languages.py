"""Reports in other languages: every message, its parts and plurals, numbers and dates, and what stays English."""

import datetime
import io
import re
import string
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

import audit
from audit import numbers
from audit.cli import run
from audit.languages import LANGUAGES, language
from audit.policy import loads
from audit.render import FORMATS
from audit.render.document import document
from audit.render.options import Options
from audit.render.resaid import resaid
from audit.render.speech import marked
from audit.theming import load as load_theme
from audit.tongue import CLOSE, ENGLISH, OPEN, Spoken, Tongue, _, _n, date, figures, in_english, speaking
from docs import messages
from tests.render import pdf_rules, sample
from tests.render.test_browser import AXE, opened
from tests.render.test_page import Page

EXAMPLES = Path(__file__).parent.parent / "examples"
OTHERS = [code for code in LANGUAGES if code != "en"]
NARROW = "\u202f"
AS_OF = datetime.date(2026, 11, 20)


@pytest.fixture(scope="module")
def compas():
    return audit.run(EXAMPLES / "compas" / "policy.yaml", EXAMPLES / "compas" / "compas.csv", as_of=AS_OF)


@pytest.fixture(scope="module")
def german(compas):
    return FORMATS["html"].write(compas, Options(language="de")).decode("utf-8")


# ---- catalogues --------------------------------------------------------------------------------------------------


def entries(code):
    """Every message of a language that has words, as pairs of tuples: its forms in English, and in the language."""
    for one in messages.read(code):
        forms = one.string if isinstance(one.string, (list, tuple)) else (one.string,)
        if one.id and all(forms):
            yield (one.id if isinstance(one.id, (list, tuple)) else (one.id,)), tuple(forms)


def parts(text):
    return sorted(f"{name}:{spec}" for _text, name, spec, _conversion in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("code", OTHERS)
def test_nearly_every_message_has_words(code):
    """What is new may wait a little for its words, and is said in English until then."""
    missing = messages.untranslated(code)
    assert len(missing) <= len(messages.messages()) / 20, f"run `make messages`; {code} has no words for {missing}"


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_that_is_made_again_is_the_same(code):
    again = read_po(io.BytesIO(messages.written(code)), locale=code)
    assert {one.id: one.string for one in again} == {one.id: one.string for one in messages.catalogue(code)}


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_parts_of_its_message(code):
    wrong = [
        (english, said)
        for english, said in entries(code)
        for form in said
        if parts(form) != parts(english[-1]) or (form[:1] == " ") > (english[-1][:1] in " ;")
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_message_about_a_number_has_every_plural_of_the_language(code):
    catalogue = messages.read(code)
    plurals = [one for one in catalogue if isinstance(one.id, tuple)]
    assert len(plurals) > 10
    assert [one.id for one in plurals if len(one.string) != catalogue.num_plurals] == []


def test_plurals_follow_the_language():
    one, many = "{n} record was analysed.", "{n} records were analysed."
    said = {}
    for code in LANGUAGES:
        with speaking(language(code)):
            said[code] = [_n(one, many, n).format(n=n) for n in (0, 1, 2)]
    assert said["en"] == ["0 records were analysed.", "1 record was analysed.", "2 records were analysed."]
    assert said["de"] == [
        "0 Datensätze wurden ausgewertet.", "1 Datensatz wurde ausgewertet.", "2 Datensätze wurden ausgewertet.",
    ]  # fmt: skip
    assert said["fr"] == [
        "0 enregistrement a été analysé.", "1 enregistrement a été analysé.", "2 enregistrements ont été analysés.",
    ]  # fmt: skip


# ---- numbers and dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "count", "share", "span", "day"),
    [
        ("en", "1,234,567", "34.1%", "−1.5 to +2.0", "2026-11-20"),
        ("de", "1.234.567", f"34,1{NARROW}%", "−1,5 bis +2,0", "20. November 2026"),
        ("fr", f"1{NARROW}234{NARROW}567", f"34,1{NARROW}%", "−1,5 à +2,0", "20 novembre 2026"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_writes_them(code, count, share, span, day):
    with speaking(language(code)):
        assert numbers.count(1_234_567) == count
        assert numbers.percent(0.3412) == share
        assert numbers.span(-0.015, 0.02, numbers.POINTS) == span
        assert date("2026-11-20") == day
        assert date("soon") == "soon"


@given(value=st.integers(-(10**12), 10**12))
@pytest.mark.parametrize("code", OTHERS)
def test_whole_numbers_are_those_of_babel(code, value):
    with speaking(language(code)):
        said = numbers.count(value)
    assert said.replace("−", "-").replace(NARROW, " ") == re.sub(r"\s", " ", format_decimal(value, locale=code))


@given(value=st.floats(-2, 2), limit=st.floats(0, 1))
def test_no_language_rounds_a_number_onto_its_limit(value, limit):
    english = numbers.show(value, numbers.RATIO, limit)
    with speaking(language("de")):
        assert numbers.show(value, numbers.RATIO, limit) == english.replace(".", ",")


def test_only_signs_of_numbers_are_changed():
    with speaking(language("de")):
        assert figures("−1,234.5%") == f"−1.234,5{NARROW}%"
        assert figures("–") == "–"


# ---- what is said in what language -------------------------------------------------------------------------------


def test_english_is_what_was_written_and_unmarked():
    for message in messages.messages():
        if isinstance(message, str):
            assert _(message) == message
    assert in_english("text") == "text"
    assert Spoken({"a": "b"})["a"] == "b"


ECHO = Tongue(code="xx", one=ENGLISH.one, many=ENGLISH.many, date=ENGLISH.date, lowers=True)


@pytest.mark.parametrize("name", ["typical", "tiny", "hostile"])
@pytest.mark.parametrize("target", ["html", "pdf"])
def test_a_language_with_the_same_words_gives_the_same_page(name, target, monkeypatch):
    """Nothing but words changes with a language: neither numbers, nor order, nor markup."""
    result = getattr(sample, name)()
    english = document(result, target).html
    monkeypatch.setattr("audit.render.document.tongue_of", lambda *_given: ECHO)
    other = re.sub(r'<span lang="en">(.*?)</span>', r"\1", document(result, target).html)
    other = re.sub(r'@page\{@bottom-right\{content:"Page " counter.*?\}\}', "", other)
    other, same = (re.sub(r' lang="\w+"|\u200b', "", page) for page in (other, english))
    drop_digest = re.compile(r"sha256-[^&]*&")
    for one, two in zip(drop_digest.sub("", other).splitlines(), drop_digest.sub("", same).splitlines(), strict=True):
        assert one == two


@pytest.mark.parametrize("name", ["compas", "berkeley", "adult"])
@pytest.mark.parametrize("code", OTHERS)
def test_every_finding_of_the_examples_is_said_again(name, code):
    data = {"compas": "compas.csv", "berkeley": "admissions.csv", "adult": "predictions.csv"}[name]
    result = audit.run(EXAMPLES / name / "policy.yaml", EXAMPLES / name / data, as_of=AS_OF)
    with speaking(language(code)):
        said = resaid(result)
    assert said.findings
    assert [one.because for one in said.findings if one.because.startswith(OPEN) and one.reason not in FALLS_BACK] == []
    assert OPEN not in said.headline + said.summary
    assert [step for step in said.next_steps if OPEN in step] == []


#: Sentences with more behind them than the result's numbers, which stay English.
FALLS_BACK = ("point_fails_significant", "point_fails_not_significant")


def test_a_sentence_that_was_changed_stays_as_it_is_and_is_marked(compas):
    changed = replace(compas.findings[0], because="Somebody wrote this.")
    result = replace(compas, findings=(changed, *compas.findings[1:]), summary="And this.", next_steps=("That.",))
    with speaking(language("de")):
        said = resaid(result)
    assert said.findings[0].because == f"{OPEN}Somebody wrote this.{CLOSE}"
    assert said.summary == f"{OPEN}And this.{CLOSE}"
    assert said.next_steps == (f"{OPEN}That.{CLOSE}",)


def test_words_behind_a_summary_stay_english(compas):
    with speaking(language("de")):
        said = resaid(replace(compas, summary=compas.summary + " 1 mandatory statement is missing."))
    assert said.summary.endswith(f"ausgewertet. {OPEN}1 mandatory statement is missing.{CLOSE}")


def test_a_finding_of_an_unknown_kind_stays_english(compas):
    odd = replace(compas.findings[0], reason="something new")
    with speaking(language("de")):
        assert OPEN in resaid(replace(compas, findings=(odd,))).findings[0].because


# ---- the page ----------------------------------------------------------------------------------------------------


def test_a_german_page_says_what_the_english_one_does(german):
    page = Page(german)
    assert '<html lang="de">' in german
    for said in (
        "Prüfbericht zur Fairness",
        "Stand: 20. November 2026",
        "Nicht zur Freigabe geeignet",
        "21,4 Prozentpunkte über dem Wert von Caucasian (44,8 % gegenüber 23,5 %",
        "1. Alle Regeln auf einen Blick",
    ):
        assert said in page.text


def test_what_is_english_in_another_language_says_so(german, compas):
    marks = re.findall(r'<span lang="en">(.*?)</span>', german)
    assert any("Wilson" in said for said in marks)
    assert OPEN not in german
    assert CLOSE not in german
    without = re.sub(r"<(svg|title|a)\b.*?</\1>", "", german, flags=re.DOTALL)
    assert len(re.findall('<span lang="en">', without)) == len(marks)


def test_marks_go_where_no_element_may_stand():
    said = f"{OPEN}b{CLOSE}"
    page = f'<p title="{said}">a {said}</p><svg><text>{said}</text></svg><a href="#a">{said}</a><p>{OPEN}cut</p>{CLOSE}'
    assert marked(page) == (
        '<p title="b">a <span lang="en">b</span></p><svg><text>b</text></svg><a href="#a">b</a>'
        '<p><span lang="en">cut</span></p>'
    )


def test_the_policy_names_a_language_and_the_command_line_another(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (EXAMPLES / "compas" / "policy.yaml").read_text(encoding="utf-8") + "\nreport: {language: fr}\n"
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    words = ["audit", "policy.yaml", str(EXAMPLES / "compas" / "compas.csv"), "-q", "--format", "html", "--out"]
    run([*words, "fr"])
    run([*words, "de", "--language", "de"])
    run([*words, "en", "--language", "en"])
    capsys.readouterr()
    pages = {code: (tmp_path / code / "report.html").read_text(encoding="utf-8") for code in LANGUAGES}
    assert {code: re.search('<html lang="(.*?)">', page)[1] for code, page in pages.items()} == {c: c for c in pages}
    assert "Mise en service refusée" in pages["fr"]


def test_a_policy_without_a_language_is_the_policy_that_it_was():
    text = (EXAMPLES / "compas" / "policy.yaml").read_text(encoding="utf-8")
    assert "report" not in loads(text).effective()


def test_a_theme_and_a_language_go_together(compas):
    options = Options(language="fr", theme=load_theme(EXAMPLES / "theme"))
    page = FORMATS["html"].write(compas, options).decode("utf-8")
    assert "Harbour Credit Union" in page
    assert '<html lang="fr">' in page


def test_a_french_pdf_is_tagged_in_french_and_numbers_its_pages_so(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    path = tmp_path / "report.pdf"
    path.write_bytes(FORMATS["pdf"].write(sample.tiny(), Options(language="fr")))
    assert pdf_rules.problems(path) == []
    with pikepdf.open(path) as opened_pdf:
        assert str(opened_pdf.Root.Lang) == "fr"
    text = pypdf.PdfReader(path).pages[0].extract_text()
    assert "Page 1 sur" in text


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists(), reason="SKIPPED LOUDLY: axe-core is missing; `make test` fetches it with npm")
def test_a_german_page_is_accessible_on_a_narrow_screen(browser, german, tmp_path):
    path = tmp_path / "german.html"
    path.write_text(german, encoding="utf-8")
    page, _asked = opened(browser, path, "narrow", bypass_csp=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
