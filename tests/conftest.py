"""What all tests have in common: the same examples everywhere, fixtures made once, and nothing left behind.

Property tests draw the same examples everywhere, and a busy machine fails none of them; `make explore` draws new ones
at every run, and many more: for finding what nobody thought of.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

from tests import unmeasured

settings.register_profile("same everywhere", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("same everywhere")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: Places where a table is counted that are dear to start: one worker has the tests of both.
SERVERS = ("spark", "postgres", "test_engines.py")
#: Begun first, so that no worker is left alone with them at the end.
LONG = (
    "servers", "test_readme.py", "test_wheel.py", "test_faults.py", "test_mistakes.py", "test_scores.py", "test_odd.py",
    "test_pdf.py", "test_score_rules.py", "test_statistics.py", "test_verify.py", "test_themes.py", "test_rows.py",
    "test_units.py", "test_slices.py", "test_unfinished.py",
)  # fmt: skip

#: Spark is asked every time by the tests of engines and of faults; what else is counted there is slow.
SPARK = ("test_engines.py", "test_faults.py")

#: Compiling Java thoroughly takes longer than what our few rows win by it.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The longest files first; what is slow, and what is not measured.

    Property tests run without measuring coverage, in a third of the time: what only a drawn example reaches is no line
    that a test is about.
    """
    for item in items:
        if "[spark" in item.name and item.path.name not in SPARK:
            item.add_marker("slow")
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: _turn(group_of(item.nodeid)))


def group_of(nodeid):
    """A file's tests share one worker and so its fixtures; those of the servers share one too."""
    path, _, name = nodeid.partition("::")
    said = f"{Path(path).name}::{name}"
    return "servers" if any(server in said for server in SERVERS) else Path(path).name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadgroup`, tests are dealt out by these groups: xdist reads its own marks from names of tests, into
    which pytest has not let it write since 9.2, and then shares nothing.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    if config.getvalue("dist") != "loadgroup":
        return None
    dealer = LoadScopeScheduling(config, log)
    dealer._split_scope = group_of
    return dealer


def _turn(group):
    return LONG.index(group) if group in LONG else len(LONG)


def pytest_collection_finish(session):
    """What was imported and collected stays until the end: nothing of it is looked through for garbage again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item):
    """Libraries work unmeasured from the first test on that follows their import, which comes when they are needed."""
    unmeasured.take()


def pytest_sessionstart(session):
    """Java and Spark put their files into a folder of this process, wherever they were started from.

    A shell that runs us behind itself may have told us to ignore Ctrl-C, which tests press.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    session.config.java_home = home = tempfile.mkdtemp(prefix="evenhand-java-")
    os.environ["SPARK_LOCAL_DIRS"] = home
    os.environ["SPARK_SUBMIT_OPTS"] = f"-Djava.io.tmpdir={home} {QUICK_JAVA}"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """The servers that tests shared stop, and the folder goes, before a worker says that it has finished."""
    gc.unfreeze()
    engines = sys.modules.get("tests.engines")
    if engines is not None:
        engines.SHARED.close()
    shutil.rmtree(session.config.java_home, ignore_errors=True)


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """The browser, whose pages are closed after the test."""
    yield chromium
    for context in chromium.contexts:
        context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium, started once for a process."""
    if not CHROMIUM.exists():
        pytest.skip("SKIPPED LOUDLY: /usr/bin/chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()
