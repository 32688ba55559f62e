"""Themes: an organisation's look over the report, closed to everything else, and every mistake in it said at once."""

import base64
import hashlib
import io
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

import audit
from audit.cli import run
from audit.errors import RenderError, ThemeError
from audit.render import FORMATS, extra
from audit.render.document import document
from audit.render.options import Options
from audit.render.sealed import leaks
from audit.resources import folder
from audit.theme import Extra
from audit.theming import colours, load
from tests.render import pdf_rules, sample
from tests.render.test_browser import AXE, VIEWS, opened
from tests.render.test_page import Page

EXAMPLE = Path(__file__).parent.parent / "examples" / "theme"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{}</svg>"
PLAIN = "organisation: A bank\n"


@pytest.fixture(scope="module")
def theme():
    return load(EXAMPLE)


@pytest.fixture(scope="module")
def html(theme):
    return FORMATS["html"].write(sample.typical(), Options(theme=theme)).decode("utf-8")


@pytest.fixture
def make(tmp_path: Path):
    """A theme's folder from its files."""

    def made(text: str = PLAIN, **files: str | bytes) -> Path:
        (tmp_path / "templates").mkdir(exist_ok=True)
        (tmp_path / "theme.yaml").write_text(text, encoding="utf-8")
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return made


def problems(folder: Path) -> str:
    with pytest.raises(ThemeError) as refused:
        load(folder)
    return "\n".join(refused.value.problems)


def written(theme_folder: Path, name: str = "html") -> str:
    return FORMATS[name].write(sample.tiny(), Options(theme=load(theme_folder))).decode("utf-8")


# ---- what a theme does -------------------------------------------------------------------------------------------


def test_name_logo_colours_sections_and_templates_are_in_the_page(html, theme):
    page = Page(html)
    assert "Fairness audit report · Harbour Credit Union (invented)" in page.text
    logos = [found for tag, found in page.elements if tag == "img"]
    assert [found["class"] for found in logos] == ["logo on-light", "logo on-dark"]
    assert all(found["alt"] == theme.organisation for found in logos)
    assert base64.b64decode(logos[0]["src"].partition(",")[2]) == (EXAMPLE / "logo.svg").read_bytes()
    assert "--accent:#7a2e8e" in html
    assert "#dba6ea" in html
    assert "For internal use. Questions about this report" in page.text


def test_added_sections_stand_in_their_places_in_the_contents_and_are_numbered(html):
    page = Page(html)
    listed = re.findall(r'<li class="l1"><a href="#([\w-]+)">(.*?)</a>', html)
    assert [place for place, _ in listed][:3] == ["verdict", "added-1", "read"]
    assert listed[1][1] == "Who looked at this report"
    places = [place for place, _ in listed]
    assert places.index("added-2") == places.index("method") + 1
    numbers = [int(title.partition(".")[0]) for place, title in listed if place not in ("verdict", "read", "added-1")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {place for place, _ in listed} <= {found.get("id") for _, found in page.elements}


def test_charts_take_the_colours_of_the_theme(html):
    assert 'fill="#51606f"' in html
    grid = re.findall(r'class="s-grid"[^>]*stroke="(#\w+)"', html)
    assert set(grid) == {"#dcd0e0"}


def test_the_theme_and_its_digest_are_under_provenance(html, theme):
    lines = "".join(
        f"{hashlib.sha256((EXAMPLE / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted(path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*.*") if path.is_file())
        if name != "README.md"
    )
    assert theme.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert theme.sha256 in html
    assert "it changes how these are laid out: cover.html.j2" in Page(html).text


def test_every_changed_byte_of_a_theme_changes_its_digest(theme, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "theme")
    assert load(tmp_path / "theme").sha256 == theme.sha256
    with (tmp_path / "theme/sections/complaints.txt").open("a") as stream:
        stream.write(" ")
    assert load(tmp_path / "theme").sha256 != theme.sha256


def test_the_same_theme_gives_the_same_bytes(html):
    again = FORMATS["html"].write(sample.typical(), Options(theme=load(EXAMPLE))).decode("utf-8")
    assert again == html


def test_the_policy_of_a_themed_page_allows_its_one_style_sheet_and_nothing_else(html):
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    css = re.search("<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert leaks(html, css=css, csp=policy.replace("&#39;", "'")) == ()


@pytest.fixture(scope="module")
def pdf(theme, tmp_path_factory):
    path = tmp_path_factory.mktemp("themed") / "report.pdf"
    path.write_bytes(FORMATS["pdf"].write(sample.tiny(), Options(theme=theme)))
    return path


def test_a_themed_pdf_is_tagged_and_archived_and_names_its_logo(pdf, theme):
    assert pdf_rules.problems(pdf) == []
    with pikepdf.open(pdf) as opened_pdf:
        alts = [str(element.Alt) for element, kind, _ in pdf_rules.elements(opened_pdf) if kind == "Figure"]
    assert alts[0] == theme.organisation


def test_a_themed_pdf_is_the_same_every_time(pdf, theme):
    assert FORMATS["pdf"].write(sample.tiny(), Options(theme=theme)) == pdf.read_bytes()


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_fault_in_a_themed_pdf(pdf):
    assert subprocess.run(["qpdf", "--check", str(pdf)], capture_output=True, check=False).returncode == 0


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists(), reason="SKIPPED LOUDLY: axe-core is missing")
@pytest.mark.parametrize("view", VIEWS)
def test_in_a_browser_a_themed_page_is_accessible_and_asks_for_nothing(browser, html, view, tmp_path):
    path = tmp_path / "themed.html"
    path.write_text(html, encoding="utf-8")
    page, asked = opened(browser, path, view, bypass_csp=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id))")
    assert found == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= VIEWS[view][1]
    shown = page.evaluate("[...document.images].filter(i => i.offsetWidth && i.naturalWidth).map(i => i.className)")
    assert shown == ["logo on-dark" if view == "dark" else "logo on-light"]


def test_the_command_line_and_the_library_take_a_theme(theme, tmp_path, capsys):
    result = tmp_path / "result.json"
    result.write_bytes(FORMATS["json"].write(sample.tiny()))
    words = ["render", str(result), "--theme", str(EXAMPLE), "--format", "html", "--out"]
    code = run([*words, str(tmp_path / "cli")])
    capsys.readouterr()
    audit.write(audit.load_result(result), tmp_path / "python", ["html"], theme=EXAMPLE)
    page = (tmp_path / "cli/report.html").read_bytes()
    assert code in (0, 1, 3)
    assert theme.sha256 in page.decode()
    assert page == (tmp_path / "python/report.html").read_bytes()


def test_a_theme_that_cannot_be_used_stops_the_command_before_any_work(make, tmp_path, capsys):
    theme = make("organisation: ''\n")
    assert run(["audit", "nothing.yaml", "nothing.csv", "--theme", str(theme), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "theme.yaml:1:15: organisation: expected text, found an empty one" in said
    assert said.endswith("no audit was performed\n")


# ---- mistakes, all of them at once -------------------------------------------------------------------------------


def test_every_mistake_is_said_with_its_place(make):
    said = problems(
        make(
            "organisatoin: A bank\nlogo: 7\ncolours: {light: {acent: '#123456', ink: blue}}\n"
            "sections:\n  - {after: verdcit, title: One, file: one.md}\n  - {after: read}\n  - text\ncolors: {}\n"
        )
    )
    for part in (
        "theme.yaml:1:1: organisatoin: there is no setting 'organisatoin' here",
        "did you mean 'organisation'?",
        "the setting 'organisation' is missing",
        "theme.yaml:3:19: colours.light.acent: there is no setting 'acent' here",
        "expected a colour such as '#1d4f91', in quotes, found 'blue'",
        "found 'verdcit'",
        "the setting 'file' is missing",
        "sections[3]: expected a map of 'key: value' lines, found 'text'",
        "did you mean 'colours'?",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("- a\n", "a theme is a map of 'key: value' lines"),
        ("organisation: [\n", "this is not YAML"),
        (PLAIN + "logo: [a]\n", "logo: expected text, found a list"),
        (PLAIN + "logo: logo.gif\n", "'logo.gif' is neither .svg nor .png"),
        (PLAIN + "logo: none.svg\n", "there is no file 'none.svg' in the theme's folder"),
        (PLAIN + "logo: ../theme.svg\n", "'../theme.svg' lies outside of the theme's folder"),
        (PLAIN + "logo_on_dark: l.svg\n", "there is no logo; give the one for paper"),
        (PLAIN + "sections: [{after: read, title: T, file: t.html}]\n", "'t.html' is neither .md nor .txt"),
        (PLAIN + "sections: [{after: read, title: T, file: t.md}]\n", "there is no file 't.md'"),
        (PLAIN + "sections: [{after: read, title: T, file: latin.md}]\n", "'latin.md' is not text in UTF-8"),
        (PLAIN + "sections: [{after: read, title: T, file: long.md}]\n", "a text of a theme has at most 200,000"),
        (PLAIN + "colours:\n", "nothing is written here"),
    ],
)
def test_a_theme_that_cannot_be_used_says_why(make, text, said):
    assert said in problems(make(text, l_dot_svg=SVG, latin_dot_md="é".encode("latin-1"), long_dot_md="a" * 200_001))


def test_a_folder_that_is_none_says_so(tmp_path):
    assert "there is no such folder" in problems(tmp_path / "none")
    assert "begin it with 'organisation: NAME'" in problems(tmp_path)


# ---- colours -----------------------------------------------------------------------------------------------------


def test_a_faint_colour_is_refused_with_its_contrast(make):
    said = problems(make(PLAIN + "colours: {light: {accent: '#9db7f5'}, dark: {muted: '#51606f'}}\n"))
    assert "colours.light.accent: accent #9db7f5 on soft #f5f6f8 has a contrast of 1." in said
    assert ":1, and needs 4.5:1" in said
    assert "colours.dark.muted: muted #51606f on accepted #142a2b has a contrast of 2." in said
    assert "take a colour further from that of soft" in said


def test_a_dark_paper_is_refused_for_the_verdicts_on_it(make):
    said = problems(make(PLAIN + "colours: {light: {paper: '#8a8f94', ink: '#30404f'}}\n"))
    for tone in ("fail", "pass", "inconclusive", "muted"):
        assert f"colours.light.paper: {tone} #" in said
    assert "colours.light.ink: ink #30404f on paper #8a8f94" in said


def test_a_colour_is_refused_for_its_worst_ground_alone():
    [ink] = [one for one in colours.too_faint({"ink": "#767676"}, "light") if one.tone == "ink"]
    assert ink.contrast == min(
        colours.contrast("#767676", ground)
        for ground in (*colours.CHART_GROUNDS["light"].values(), colours.own_colours("light")["fail-bg"])
    )


def test_every_token_of_a_theme_is_one_of_the_report():
    own = colours.own_colours("light")
    from audit.theming.models import Palette

    assert set(Palette.model_fields) - {"heading"} <= set(own)


def test_the_grounds_of_charts_are_those_of_the_charts():
    drawn = (folder("templates") / "report" / "charts.j2").read_text(encoding="utf-8")
    dark = (folder("templates") / "report" / "dark.css").read_text(encoding="utf-8")
    for name, colour in colours.CHART_GROUNDS["light"].items():
        assert f"'{name}': '{colour}'" in drawn
        assert re.search(rf"\.f-{name} {{ fill: {colours.CHART_GROUNDS['dark'][name]}", dark)


# ---- logos -------------------------------------------------------------------------------------------------------


def png(width: int = 8, height: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", (width, height), "#7a2e8e80").save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SVG.format("<script>alert(1)</script>"), "the element 'script' is not allowed in a logo; take it out"),
        (SVG.format("<path onload='alert(1)' d='M0 0'/>"), "'onload' of 'path' could run a script"),
        (SVG.format("<use href='https://example.org/a.svg#b'/>"), "'href' of 'use' points outside"),
        (
            SVG.format("<rect fill='url(https://example.org/a)' width='1' height='1'/>"),
            "'fill' of 'rect' points outside",
        ),
        (SVG.format("<rect style='background:url( //example.org)'/>"), "'style' of 'rect' points outside"),
        (SVG.format("<text>A</text>"), "turn text into paths"),
        (SVG.format("<image href='a.png'/>"), "the element 'image' is not allowed"),
        (SVG.format("<foreignObject/>"), "the element 'foreignObject' is not allowed"),
        (SVG.format("<b xmlns='http://www.w3.org/1999/xhtml'/>"), "is not allowed in a logo"),
        ("<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG.format(""), "declares a document type"),
        ("<?xml-stylesheet href='a.css'?>" + SVG.format(""), "declares a document type, entities or a style sheet"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "give the svg element a viewBox"),
        ("<svg viewBox='0 0 1 1'/>", "its first element has to be svg"),
        ("<svg", "this is not SVG"),
        (SVG.format("").encode("utf-16"), "this is not text in UTF-8"),
        ("<svg>" + " " * 300_000, "a logo has at most 300,000"),
    ],
)
def test_a_drawing_that_could_run_fetch_or_change_is_refused(make, content, said):
    assert said in problems(make(PLAIN + "logo: l.svg\n", l_dot_svg=content))


def test_what_drawing_programs_note_for_themselves_is_let_be(make):
    content = SVG.format("<i:view xmlns:i='http://www.inkscape.org/namespaces/inkscape'/><path d='M0 0h9'/>")
    assert load(make(PLAIN + "logo: l.svg\n", l_dot_svg=content)).logo.kind == "image/svg+xml"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"GIF89a", "not a PNG picture"), (png()[:40], "not a PNG picture"), (png(4001, 1), "4,001 × 1 pixels")],
)
def test_a_broken_or_huge_picture_is_refused(make, content, said):
    assert said in problems(make(PLAIN + "logo: l.png\n", l_dot_png=content))


def test_a_png_is_embedded_as_it_is_and_stands_on_a_light_ground_in_the_dark(make):
    made = make(PLAIN + "logo: l.png\ncolours: {light: {paper: '#fffdf8', muted: '#4f5b66'}}\n", l_dot_png=png())
    page = written(made)
    assert base64.b64encode(png()).decode() in page
    assert ".logo{background:#fffdf8;" in page
    assert "@bottom-left{color:#4f5b66}" in page


# ---- sections ----------------------------------------------------------------------------------------------------


def body(text: str, *, markdown: bool = True) -> str:
    return str(extra.body(Extra(after="read", title="T", text=text, markdown=markdown)))


def test_html_in_a_text_is_shown_and_does_nothing():
    hostile = "<script>alert(1)</script> <b onclick=x>b</b> <img src=x onerror=y>"
    for markdown in (True, False):
        assert "<script" not in body(hostile, markdown=markdown)
        assert "&lt;script&gt;" in body(hostile, markdown=markdown)
        assert [tag for tag, _ in Page(body(hostile, markdown=markdown)).elements] == ["p"]


def test_control_characters_and_reversed_text_are_named():
    assert "[U+202E]" in body("a\u202eb")
    assert "[U+202E]" in body("a\u202eb", markdown=False)


def test_headings_take_their_place_below_the_sections_own():
    found = re.findall(r"<h(\d)>", body("## b\n\n# a\n\n### c\n\n###### d\n\n## b\n"))
    assert found == ["3", "3", "4", "5", "4"]


def test_tables_are_aligned_by_classes_and_their_heads_have_scopes():
    made = body("| a | b |\n|---|---:|\n| 1 | 2 |\n")
    assert "style=" not in made
    assert '<th scope="col" class="num">b</th>' in made
    assert '<td class="num">2</td>' in made


def test_a_link_holds_text_alone():
    assert body("[a **b** `c`](https://example.org 'title')") == '<p><a href="https://example.org">a b c</a></p>\n'


def test_paragraphs_of_plain_text_are_parted_by_empty_lines():
    assert body("a\nb\n\n \nc", markdown=False) == "<p>a b</p>\n<p>c</p>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n\n![b](https://example.org/b.png)", "t.md: line 3: pictures are not taken into a report"),
        ("[a](file.html)", "t.md: line 1: the link to 'file.html' leads nowhere"),
        ("[a](ftp://example.org)", "the link to 'ftp://example.org' leads nowhere"),
    ],
)
def test_pictures_and_links_to_nowhere_are_refused(make, text, said):
    assert said in problems(make(PLAIN + "sections: [{after: read, title: T, file: t.md}]\n", t_dot_md=text))


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "JAVASCRIPT&colon;x"])
def test_a_link_that_runs_is_no_link(address):
    assert "href" not in body(f"[a]({address})")


# ---- templates ---------------------------------------------------------------------------------------------------


def test_a_template_takes_the_place_of_the_reports_own_and_may_include_its_own_parts(make):
    made = make(
        templates__read_dot_html_dot_j2="{% include '_part.html.j2' %}",
        templates___part_dot_html_dot_j2="{{ '<b>' }} ours",
    )
    page = written(made)
    assert "&lt;b&gt; ours" in page
    assert "How an interval becomes a verdict" not in page


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("covr", "", "the report has no template of this name; did you mean 'cover.html.j2'?"),
        ("cover", "{% if %}", "templates/cover.html.j2:1: "),
        ("cover", b"\xff", "is not text in UTF-8"),
    ],
)
def test_a_template_that_cannot_be_read_says_why(make, name, text, said):
    assert said in problems(make(**{f"templates__{name}_dot_html_dot_j2": text}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{{ nothing }}", "templates/cover.html.j2:2: 'nothing' is undefined"),
        ("{{ r.headline.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("{{ parts.append(1) }}", "templates/cover.html.j2:1"),
        ("{{ 1 / 0 }}", "templates/cover.html.j2:1: division by zero"),
        ("{% include 'none.html.j2' %}", "there is no template 'none.html.j2'"),
        ("{% for i in range(10**9) %}{% endfor %}", "Range too big"),
    ],
)
def test_a_template_that_fails_or_reaches_too_far_says_where(make, text, said):
    with pytest.raises(RenderError) as refused:
        written(make(templates__cover_dot_html_dot_j2=text))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<script>alert(1)</script>", "it holds the element <script>"),
        ("{{ '<script>1</script>' | safe }}", "it holds the element <script>"),
        ("<p onclick='x'>a</p>", "<p> has the handler onclick"),
        ("<p style='color: red'>a</p>", "<p> has a style attribute"),
        ("<img src='https://example.org/a.png' alt=''>", "has the address 'https://example.org/a.png'"),
        ("<a href='javascript:x'>a</a>", "has the address 'javascript:x'"),
        ("<meta http-equiv='refresh' content='0; url=https://example.org'>", "it holds <meta http-equiv=refresh>"),
        ("<svg><rect fill='url(https://example.org)'/></svg>", "<rect> points out of the page in fill"),
        ("<style>p { color: red }</style>", "it holds 2 style sheets"),
    ],
)
def test_a_template_that_opens_the_page_is_refused(make, text, said):
    for kind in ("html", "pdf") if "onclick" in text else ("html",):  # a page is looked through before it is either
        with pytest.raises(RenderError) as refused:
            document(sample.tiny(), kind, options=Options(theme=load(make(templates__cover_dot_html_dot_j2=text))))
        assert said in str(refused.value)


def test_a_page_without_its_policy_or_with_another_style_sheet_is_refused(make):
    page = "<html lang='en'><head><title>t</title><style>p{}</style></head><body></body></html>"
    with pytest.raises(RenderError, match=r"its style sheet is not .*; it does not hold its content security policy"):
        written(make(templates__page_dot_html_dot_j2=page))


def test_the_other_formats_are_the_same_in_every_theme(theme):
    for name in ("json", "markdown", "text"):
        assert FORMATS[name].write(sample.tiny(), Options(theme=theme)) == FORMATS[name].write(sample.tiny())


def test_the_example_says_how_it_is_used():
    said = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert "evenhand audit examples/compas/policy.yaml examples/compas/compas.csv --theme examples/theme" in said
