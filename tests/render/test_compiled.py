"""Compiled templates are kept beside the templates: used when they are whole and safe, and never needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from jinja2 import nodes
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from audit.render import compiled, document
from audit.render.compiled import Compiled
from audit.render.loading import environment, names
from audit.resources import folder
from audit.theme import Theme


class Watched(jinja2.Environment):
    """An environment that remembers which templates it had to compile."""

    def __init__(self, place: Path, settings: str = "") -> None:
        super().__init__(loader=jinja2.FileSystemLoader(place), bytecode_cache=Compiled(settings))
        self.compiled: list[str | None] = []

    def compile(self, source, name=None, *rest, **more):
        self.compiled.append(name)
        return super().compile(source, name, *rest, **more)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a template, where Python may keep what is compiled."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "page.html.j2").write_text("of {{ who }}")
    return tmp_path


def laid_out(place, settings=""):
    """The page, and which templates were compiled for it."""
    made = Watched(place, settings)
    return made.get_template("page.html.j2").render(who="all"), made.compiled


def kept(place):
    """The one file that is kept."""
    [path] = (place / "__pycache__").iterdir()
    return path


PAGE = "of all"
ANEW: list[str] = ["page.html.j2"]
AS_KEPT: list[str] = []


def test_a_template_is_compiled_once(place):
    assert laid_out(place) == (PAGE, ANEW)
    assert laid_out(place) == (PAGE, AS_KEPT)
    assert kept(place).name == f"page.html.{sys.implementation.cache_tag}.pyc"
    assert sorted(path.name for path in place.iterdir()) == ["__pycache__", "page.html.j2"]


def test_what_changes_is_compiled_again_and_takes_the_old_one_s_place(place, monkeypatch):
    laid_out(place)
    (place / "page.html.j2").write_text("for {{ who }}")
    assert laid_out(place) == ("for all", ANEW)
    assert laid_out(place, "{'autoescape': True}") == ("for all", ANEW)
    monkeypatch.setattr(jinja2, "__version__", "99")
    assert laid_out(place, "{'autoescape': True}") == ("for all", ANEW)
    assert laid_out(place, "{'autoescape': True}") == ("for all", AS_KEPT)
    assert kept(place)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"garbage",
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: whole[:60] + bytes([whole[60] ^ 1]) + whole[61:],
        lambda whole: bytes(32) + whole[32:],
    ],
    ids=["empty", "garbage", "cut off", "longer", "a bit", "no digest"],
)
def test_what_is_damaged_is_compiled_again_and_mended(place, damage):
    laid_out(place)
    kept(place).write_bytes(damage(kept(place).read_bytes()))
    assert laid_out(place) == (PAGE, ANEW)
    assert laid_out(place) == (PAGE, AS_KEPT)


def test_a_file_that_others_could_have_written_is_not_read_but_replaced(place):
    laid_out(place)
    kept(place).chmod(0o664)
    assert laid_out(place) == (PAGE, ANEW)
    assert kept(place).stat().st_mode & 0o777 == 0o644
    assert laid_out(place) == (PAGE, AS_KEPT)


def test_a_folder_that_others_can_write_to_is_neither_read_nor_written(place):
    laid_out(place)
    before = kept(place).stat().st_mtime_ns
    kept(place).parent.chmod(0o777)
    assert laid_out(place) == (PAGE, ANEW)
    assert laid_out(place) == (PAGE, ANEW)
    assert kept(place).stat().st_mtime_ns == before


def test_a_folder_that_is_a_link_is_not_followed(place, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (place / "__pycache__").symlink_to(elsewhere)
    assert laid_out(place) == laid_out(place) == (PAGE, ANEW)
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    ("owner", "mode", "safe"),
    [("self", 0o40755, True), ("root", 0o40755, True), ("another", 0o40755, False), ("self", 0o40775, False)],
)
def test_what_is_safe_is_one_s_own_or_the_administrator_s(owner, mode, safe):
    owners = {"self": os.geteuid(), "root": 0, "another": os.geteuid() + 1}
    assert compiled._safe(SimpleNamespace(st_uid=owners[owner], st_mode=mode)) is safe


def test_where_nothing_can_be_kept_the_report_is_made_without_a_word(place, capfd):
    (place / "__pycache__").write_text("a file where the folder would be")
    assert laid_out(place) == laid_out(place) == (PAGE, ANEW)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_cannot_take_its_place_leaves_nothing_behind(place):
    laid_out(place)
    path = kept(place)
    path.unlink()
    path.mkdir()
    assert laid_out(place) == (PAGE, ANEW)
    assert kept(place) == path


def test_python_s_own_switches_hold(place, monkeypatch, tmp_path_factory):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert laid_out(place) == laid_out(place) == (PAGE, ANEW)
    elsewhere = tmp_path_factory.mktemp("prefix")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(elsewhere))
    assert laid_out(place) == (PAGE, ANEW)
    assert laid_out(place) == (PAGE, AS_KEPT)
    assert not (place / "__pycache__").exists()
    assert [path for path in elsewhere.rglob("*") if path.is_file()]


def test_a_python_that_keeps_no_modules_keeps_no_templates(monkeypatch):
    assert isinstance(environment(None).bytecode_cache, Compiled)
    monkeypatch.setattr(sys.implementation, "cache_tag", None)
    assert environment(None).bytecode_cache is None


def test_what_is_compiled_for_a_theme_s_sandbox_is_not_kept():
    theme = Theme(templates={"brand.html.j2": "ours"}, sha256="", organisation="")
    assert environment(theme).bytecode_cache is None


def test_nothing_of_the_report_s_own_is_worked_out_when_a_template_is_compiled():
    """A filter on a constant is: its result would be kept when the filter has changed."""
    made = document._environment()
    jinja_s_own = {**FILTERS, **TESTS}
    for name in names():
        tree = made.parse((folder("templates") / "report" / name).read_text("utf-8"))
        tree.set_environment(made)
        for used in tree.find_all((nodes.Filter, nodes.Test)):
            assert used.name in jinja_s_own or _open(used), f"{name}:{used.lineno}"


def _open(used):
    try:
        used.as_const()
    except nodes.Impossible:
        return True
    return False
