"""The page in a real browser: accessible in light and dark and on a narrow screen, and silent on the network."""

from pathlib import Path
from typing import Any

import pytest

from audit.render import FORMATS
from tests.render import odd, sample

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = {"light": ("light", 1300), "dark": ("dark", 1300), "narrow": ("light", 320)}
#: Colours that the reader has chosen, on a ground of either kind.
FORCED = {"forced": ("light", 1300), "forced, dark": ("dark", 1300)}

PAGES = {"typical": sample.typical, "hostile": sample.hostile, "names": odd.names}
#: Odd names have the colours of all names: every time they are looked at where they could be too long, and once more.
OFTEN = (
    *(("typical", view) for view in (*VIEWS, *FORCED)),
    ("hostile", "narrow"),
    ("names", "narrow"),
    ("hostile", "dark"),
)
LOOKS = [
    pytest.param(name, view, marks=[] if (name, view) in OFTEN else pytest.mark.slow)
    for name in PAGES
    for view in (*VIEWS, *FORCED)
]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=PAGES)
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / f"{request.param}.html"
    path.write_bytes(FORMATS["html"].write(PAGES[request.param]()))
    return path


def opened(browser: Any, path: Path, view: str, **options: Any) -> tuple[Any, list[str]]:
    scheme, width = {**VIEWS, **FORCED}[view]
    options |= {"forced_colors": "active"} if view in FORCED else {}
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


@pytest.mark.skipif(not AXE.exists(), reason="SKIPPED LOUDLY: axe-core is missing; `make test` fetches it with npm")
@pytest.mark.parametrize(("page_file", "view"), LOOKS, indirect=["page_file"])
def test_axe_finds_no_violation(browser: Any, page_file: Path, view: str) -> None:
    page, _ = opened(browser, page_file, view, bypass_csp=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id))")
    assert found == []


@pytest.mark.parametrize("view", VIEWS)
def test_no_request_leaves_the_page_and_it_never_scrolls_sideways(browser: Any, page_file: Path, view: str) -> None:
    page, asked = opened(browser, page_file, view)
    assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= VIEWS[view][1]


def test_no_hostile_name_changes_the_title_or_opens_a_dialog(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    assert page.title().startswith("Fairness audit of ")
    assert page.evaluate("document.scripts.length") == 0


def test_the_filter_shows_only_what_was_asked_for(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    page.check("#show-fail")
    assert page.locator("table.rules tr[data-v=fail]").first.is_visible()
    assert not page.locator("table.rules tr[data-v=pass]").first.is_visible()
    assert not page.locator("article[data-v=pass]").first.is_visible()
    page.check("#show-all")
    assert page.locator("table.rules tr[data-v=pass]").first.is_visible()


def test_a_link_to_a_rule_shows_it_whatever_is_filtered(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    page.check("#show-pass")
    link = page.locator("table.failed a").first
    assert not page.locator("article" + link.get_attribute("href")).is_visible()
    link.click()
    assert page.locator("article" + link.get_attribute("href")).is_visible()


def test_the_filter_and_the_tables_work_by_keyboard(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    page.focus("#show-all")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("#show-fail")
    page.focus("summary >> nth=0")
    page.keyboard.press("Enter")
    assert page.locator("table.groups").first.is_visible()


def test_chosen_colours_hide_no_mark(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "dark", forced_colors="active")
    marks = page.evaluate(
        "[...document.querySelectorAll('.f-ink, .f-fail, .f-pass, .chart text')].map(e => getComputedStyle(e).fill)"
    )
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert marks
    assert len(set(marks)) == 1
    assert marks[0] != ground


def test_a_link_to_a_finding_opens_the_table_that_holds_it(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    row = page.locator("table.groups tr[id]").first
    assert not row.is_visible()
    page.goto(f"{page_file.as_uri()}#{row.get_attribute('id')}")
    page.wait_for_function("document.querySelector(':target')?.checkVisibility()")
    assert row.is_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('tr:target > td')).backgroundColor")
        != "rgba(0, 0, 0, 0)"
    )


def test_the_contents_stay_beside_the_report_and_name_its_rules(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    page.evaluate("window.scrollTo({top: 3000, behavior: 'instant'})")
    top = page.locator("nav.toc").bounding_box()["y"]
    assert 0 <= top < 60
    rules = page.locator("nav.toc li.l2")
    assert rules.count() == page.locator("article.rule").count()
    assert all(item.is_visible() for item in rules.all())


def test_printed_from_the_browser_every_table_is_there(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    page.emulate_media(media="print")
    assert page.locator("table.groups").first.bounding_box()["height"] > 20
    assert not page.locator(".filter").is_visible()


def test_the_keyboard_reaches_the_report_first(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_what_gets_into_the_page_nevertheless_is_refused_by_its_security_policy(browser: Any, tmp_path: Path) -> None:
    """A page is tampered with as if escaping had failed everywhere: nothing runs, is fetched or is styled."""
    made = FORMATS["html"].write(sample.tiny()).decode("utf-8")
    payload = (
        "<script>document.title=owned</script><style>h1{display:none}</style><img src=x onerror=document.title=1>"
        "<img src=http://127.0.0.1:9/x><iframe src=http://127.0.0.1:9/y></iframe><p style=position:fixed id=odd>odd</p>"
        "<form action=http://127.0.0.1:9/z></form><link rel=stylesheet href=http://127.0.0.1:9/s><base href=http://127.0.0.1:9/>"
    )
    path = tmp_path / "tampered.html"
    path.write_text(made.replace("</main>", f"{payload}</main>"), encoding="utf-8")
    page, _ = opened(browser, path, "light")
    refused: list[str] = []
    asked: list[str] = []
    page.on("requestfailed", lambda request: asked.append(request.failure) if request.url.startswith("http") else None)
    page.on("console", lambda message: refused.append(message.text))
    page.reload()
    assert page.title().startswith("Fairness audit of Tiny")
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.getElementById('odd')).position") == "static"
    assert page.evaluate("document.baseURI").startswith("file:")
    directives = {
        name for name in ("script-src", "style-src", "img-src", "base-uri") for text in refused if name in text
    }
    assert directives >= {"style-src", "img-src", "base-uri"}
    assert asked
    assert not [why for why in asked if "csp" not in why.lower()]
