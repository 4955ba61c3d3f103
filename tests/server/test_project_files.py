"""The files that a development server watches, and the changes that it detects."""

import os
import time
from pathlib import Path
from types import ModuleType

import flask
import pytest

from parley.server.project_files import changed, changed_since, roots, state


def module(name: str, file: Path, *folders: Path) -> ModuleType:
    made = ModuleType(name)
    made.__file__ = str(file)
    if folders:
        made.__path__ = [str(each) for each in folders]
    return made


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    for name in ("lunch.py", "templates/menu.html", "table.csv", ".hidden.py", "__pycache__/a.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("one")
    return folder


def test_only_files_of_the_project_are_watched(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    wsgi = tmp_path / "wsgi.py"
    found = roots([module("shop", package / "__init__.py", package), module("wsgi", wsgi)])
    assert {package, wsgi, tmp_path / "templates", tmp_path / "static"} <= found
    assert not roots([flask, os, pytest, ModuleType("made")])


def test_code_templates_and_data_are_watched_but_not_tables(flows: Path) -> None:
    names = {str(each.relative_to(flows)) for each in state([flows])}
    assert names == {"lunch.py", "templates/menu.html"}
    assert set(state([flows / "table.csv"])) == {flows / "table.csv"}, (
        "a file given by its name must be included"
    )
    assert state([flows / "nowhere"]) == {}


@pytest.mark.parametrize("name", ["lunch.py", "templates/menu.html", "dinner.py", "new/soup.txt"])
def test_a_changed_or_added_file_is_detected(flows: Path, name: str) -> None:
    before = state([flows])
    assert changed(before, state([flows])) is None
    (flows / name).parent.mkdir(exist_ok=True)
    (flows / name).write_text("three")
    assert changed(before, state([flows])) == flows / name


def test_a_removed_file_or_an_older_version_is_detected(flows: Path) -> None:
    before = state([flows])
    os.utime(flows / "lunch.py", (1_000_000_000, 1_000_000_000))
    assert changed(before, state([flows])) == flows / "lunch.py"
    (flows / "lunch.py").unlink()
    assert changed(before, state([flows])) == flows / "lunch.py"


def test_changes_since_a_time_are_detected_except_in_the_future(flows: Path) -> None:
    then = time.time_ns()
    for name, seconds in (("lunch.py", -1), ("templates/menu.html", 3_600)):
        os.utime(flows / name, ns=(then, then + seconds * 1_000_000_000))
    assert changed_since(then, state([flows])) is None
    assert changed_since(then - 2_000_000_000, state([flows])) == flows / "lunch.py"
