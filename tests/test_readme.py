"""The README and the pages beside it say what is true: their commands run, and their links lead somewhere."""

import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from audit.render import pdf
from docs import pages

README = pages.README.read_text(encoding="utf-8")
TEXTS = {str(path.relative_to(pages.ROOT)): path.read_text(encoding="utf-8") for path in pages.PAGES}
_COMMAND = re.compile(
    r"^\$ (?P<command>(?:evenhand|jq|cmp|openssl) .*?)(?:\s+# exit code (?P<code>\d))?$", re.MULTILINE
)
#: Programs of the system that a page uses and a machine may lack.
_GUESTS = ("jq", "cmp", "openssl")


def commands(page):
    """Every command of a page in order, with the exit code that it says, 0 if it says none."""
    texts = pages.blocks(page, "console")
    return [(found["command"], int(found["code"] or 0)) for text in texts for found in _COMMAND.finditer(text)]


def active(language):
    """The pages that hold something of a language."""
    return [name for name, page in TEXTS.items() if pages.blocks(page, language)]


@pytest.fixture
def furnished(tmp_path):
    """Makes the folder in which the commands of a page are run."""

    def furnish(page):
        pages.furnish(page, tmp_path)
        return tmp_path

    return furnish


#: PDFs that commands have asked for, and what was made.
LAID_OUT: list[tuple[tuple[Any, ...], Any]] = []


@pytest.fixture
def laid_out_once(monkeypatch):
    """Lays out each PDF once, however often commands ask for the same: that the bytes agree is held elsewhere."""
    made = pdf._made

    def known(*asked):
        found = [one for before, one in LAID_OUT if before == asked] or [made(*asked)]
        LAID_OUT.append((asked, found[0]))
        return found[0]

    monkeypatch.setattr(pdf, "_made", known)


def test_the_readme_opens_with_the_two_commands_and_the_picture():
    first = pages.blocks(README, "console")[0]
    assert [line.partition("#")[0].strip() for line in first.strip().splitlines()] == ["make demo", "make test"]
    assert README.index("make demo") < README.index("](docs/report-cover.png)") < README.index("## ")


@pytest.mark.no_cover
@pytest.mark.parametrize("name", [name for name, page in TEXTS.items() if commands(page)])
def test_the_commands_of_a_page_end_as_it_says(name, furnished, laid_out_once):
    folder = furnished(TEXTS[name])
    run = pages.run if name == "README.md" else pages.call  # in processes of their own, and all others in this one
    for command, code in commands(TEXTS[name]):
        if command.startswith("openssl") and not shutil.which("openssl"):
            pytest.skip("there is no openssl here")
        if command.split()[0] in _GUESTS and not shutil.which(command.split()[0]):
            continue
        done = run(command, folder)
        assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
        words = command.split()
        if "--out" in words:
            assert any((folder / words[words.index("--out") + 1]).iterdir())


@pytest.mark.parametrize("name", active("python"))
def test_the_python_of_a_page_runs(name, furnished):
    folder = furnished(TEXTS[name])
    for command, _ in commands(TEXTS[name]):
        if "report" in command.split():
            pages.call(command, folder)
    for program in pages.blocks(TEXTS[name], "python"):
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "fail" in done.stdout


def test_the_python_of_the_readme_writes_its_report(furnished):
    folder = furnished(README)
    [program] = pages.blocks(README, "python")
    subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True)
    assert {path.suffix for path in (folder / "report").iterdir()} == {".html", ".json"}


@pytest.mark.parametrize("name", [name for name, page in TEXTS.items() if "<!-- made by" in page])
def test_what_the_program_says_stands_in_the_page_as_it_is_today(name):
    assert pages.made(TEXTS[name]) == TEXTS[name], "run: make docs"


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name):
    folder = (pages.ROOT / name).parent
    targets = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", TEXTS[name])
    lost = [
        (to, place)
        for to, place in targets
        if "://" not in to and not _leads(folder / to if to else pages.ROOT / name, place)
    ]
    assert not lost


def _leads(target, place):
    """Is there such a file, and in it a heading of that name?"""
    if not target.exists() or not place:
        return target.exists()
    heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
    return place in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
