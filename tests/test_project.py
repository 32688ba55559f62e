"""What holds for the project as a whole: sizes, dependencies, and what may never be committed."""

import ast
import gc
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import audit
from audit.cli.settling import settle

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "audit").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = ("pandas", "numpy", "scipy", "sklearn", "fairlearn", "duckdb", "narwhals", "weasyprint", "jinja2")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_fits_into_a_reader_s_head(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not {node.name: _size(node) for node in functions if _size(node) > 40}


def _size(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, its docstring left out."""
    said = ast.get_docstring(node, clean=False)
    return (node.end_lineno or node.lineno) - node.lineno + 1 - (said.count("\n") + 1 if said else 0)


def test_no_package_index_is_named_in_what_is_committed():
    hosts = ("python" + "hosted", "pypi" + ".org/simple", "registry.npm" + "js")
    index = re.compile(r"https?://[^\s\"]+/(simple/?[\"\s]|packages/[0-9a-f]{2}/|[^\s\"]+\.(whl|tgz)\b)")
    assert index.search('see "https://index.example/' + 'simple/"')
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not tracked:
        pytest.skip("not a git checkout")
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "ignore") for name in tracked.split("\0") if _there(name)}
    assert not [name for name, text in texts.items() if index.search(text) or any(host in text for host in hosts)]


def _there(name: str) -> bool:
    return bool(name) and (ROOT / name).is_file()


def _demands() -> list[Requirement]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    lists = [PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["dev"], *extras]
    return [Requirement(line) for lines in lists for line in lines]


@pytest.mark.parametrize("demand", _demands(), ids=lambda demand: demand.name)
def test_the_tried_set_of_versions_covers_every_dependency(demand):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    [pin] = [pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(demand.name)]
    [pinned] = pin.specifier
    assert pinned.operator == "=="
    assert demand.specifier.contains(pinned.version)


def test_the_version_stands_in_one_place():
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert version("evenhand") == audit.__version__


def _loaded_by(code: str) -> set[str]:
    ask = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split("\n")[-2].split()}


def test_importing_audit_loads_nothing_heavy():
    assert not _loaded_by("import audit") & {*HEAVY, "pydantic"}


def test_asking_for_help_loads_nothing_heavy():
    assert not _loaded_by(_command("--help")) & {*HEAVY, "pydantic", "yaml", "rich"}


def test_no_source_is_read_when_a_policy_is():
    """Pydantic would parse every model's source for the texts below its fields; only the schema needs them."""
    code = _command("policy", "check", str(ROOT / "examples/compas/policy.yaml"))
    ask = f"{code}\nimport linecache; print([name for name in linecache.cache if 'policy' in name])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[-2] == "[]", done.stderr


def test_the_command_tells_the_collector_to_leave_modules_alone_and_ends_without_a_word(tmp_path):
    """DuckDB comes after that: it complains on standard error of what is not freed at the end."""
    code = (
        "import gc, sys, audit.cli.settling as settling\n"
        "settle = settling.settle\n"
        "def seen(formats):\n"
        "    settle(formats)\n"
        "    print(gc.get_freeze_count() > 10_000, gc.isenabled(), 'duckdb' in sys.modules)\n"
        "settling.settle = seen\n"
        f"from audit.cli import main; main(['demo', '-q', '--format', 'json', '--out', {str(tmp_path)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0], done.stderr) == (1, "True True False", "")


@pytest.mark.parametrize("alone", [True, False])
def test_only_a_process_of_the_command_s_own_has_its_collector_set(alone):
    before = gc.get_freeze_count()
    with click.Context(click.Command("audit"), obj=alone):
        settle(["html"])
    after = gc.get_freeze_count()
    gc.unfreeze()
    assert (after > before, gc.isenabled()) == (alone, True)


def test_a_policy_is_checked_without_loading_what_reads_rows():
    assert not _loaded_by(_command("policy", "check", str(ROOT / "examples/compas/policy.yaml"))) & set(HEAVY)


def test_a_usual_audit_loads_none_of_the_large_parts_that_it_does_not_need():
    """Each takes a tenth of a second or more, at every start."""
    code = (
        "import sys, pandas, audit\n"
        "rows = pandas.DataFrame({'g': ['a', 'b'] * 60, 'd': [1, 0, 1, 1] * 30})\n"
        "data = {'decision': {'column': 'd', 'favorable': 1}}\n"
        "law = {'evenhand': 1, 'title': 't', 'subject': {'name': 's'}, 'data': data,\n"
        "       'attributes': {'g': {'column': 'g'}},\n"
        "       'rules': [{'id': 'r', 'metric': 'selection_rate', 'compare': 'ratio', 'require': '>= 4/5'}]}\n"
        "audit.run(law, rows)\n"
        "print(*[name for name in ('scipy.stats', 'sklearn', 'fairlearn', 'weasyprint') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def _command(*words: str) -> str:
    """Code that runs the command in the same process and stops unless it ends well."""
    run = f"import sys; sys.argv = {['evenhand', *words]!r}\nfrom audit.cli import main\n"
    return run + "try: main()\nexcept SystemExit as end: assert not end.code, end.code"


def test_no_two_decision_notes_have_the_same_number():
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("0*.md"))]
    assert numbers == [f"{place:04}" for place in range(1, len(numbers) + 1)]


def test_tests_of_one_file_share_a_worker_and_so_do_those_of_a_server(tmp_path):
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_xdist_make_scheduler  # noqa: F401\n")
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(
            "import os, pathlib, pytest\n"
            "def tell(name):\n"
            "    pathlib.Path(__file__).with_name(name).open('a').write(os.environ['PYTEST_XDIST_WORKER'] + ' ')\n"
            "@pytest.mark.parametrize('case', range(9))\n"
            f"def test_where(case): tell('{name}')\n"
            "@pytest.mark.parametrize('case', range(4))\n"
            "def test_in_spark(case): tell('spark')\n"
        )
    asked = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"]
    found = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(asked, cwd=tmp_path, env=found, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    workers = {name: (tmp_path / name).read_text().split() for name in ("one", "two", "spark")}
    assert {name: len(there) for name, there in workers.items()} == {"one": 9, "two": 9, "spark": 8}
    assert {name: len(set(there)) for name, there in workers.items()} == {"one": 1, "two": 1, "spark": 1}
