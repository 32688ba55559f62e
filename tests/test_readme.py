"""The README and the pages beside it say what is true: their commands run, and their links lead somewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs import readme

ROOT = Path(__file__).parent.parent
README = readme.README.read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("examples/*/README.md")), *sorted(ROOT.glob("docs/*.md"))]
_COMMAND = re.compile(r"^\$ (?P<command>evenhand .*?)(?:\s+# exit code (?P<code>\d))?$", re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, int]]:
    """Every `$ evenhand ...` of the pages with the exit code that it says, 0 if it says none."""
    texts = [block for page in PAGES for block in blocks(page.read_text(encoding="utf-8"), "console")]
    found = [match for text in texts for match in _COMMAND.finditer(text)]
    return list(dict.fromkeys((match["command"], int(match["code"] or 0)) for match in found))


@pytest.fixture
def folder(tmp_path):
    """An empty folder but for the examples and the README's own policy."""
    for example in ("compas", "adult"):
        shutil.copytree(ROOT / "examples" / example, tmp_path / "examples" / example)
    [policy] = blocks(README, "yaml")
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    return tmp_path


def test_the_readme_opens_with_the_two_commands():
    first = blocks(README, "[a-z]*")[0]
    assert [line.partition("#")[0].strip() for line in first.strip().splitlines()] == ["make demo", "make test"]


@pytest.mark.parametrize(("command", "code"), commands(), ids=lambda value: str(value)[:60])
def test_a_command_ends_as_its_page_says(command, code, folder):
    words = [str(Path(sys.executable).with_name("evenhand")), *command.split()[1:]]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    if "--out" in words:
        assert list((folder / words[words.index("--out") + 1]).glob("*.html"))


def test_the_python_of_the_readme_runs(folder):
    [program] = blocks(README, "python")
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fail ")
    assert {path.suffix for path in (folder / "report").iterdir()} == {".html", ".json"}


def test_the_help_in_the_readme_is_that_of_today():
    assert readme.with_help(README) == README, "run: make readme"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [to for to in targets if "://" not in to and not (page.parent / to).exists()]
