"""The database of a test run is removed at its end, by the process that has made it only."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import postgres
from tests.server.running import ROOT

FAILS = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_configure():
    raise pytest.UsageError("another plugin fails")
"""
FORKS = """
import os

def test_a_child_that_does_not_end_by_itself():
    if os.fork() == 0:
        raise SystemExit
    os.wait()
    assert os.path.isdir(os.environ["PARLEY_TEST_POSTGRES"])
"""


def run(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A test run inside this one, with the database of another run in its environment."""
    given = folder / "of_another_run"
    given.mkdir()
    (folder / "test_nested.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider"]
    command += ["-p", "tests.postgres", "--rootdir", str(folder), "-c", os.devnull, *options]
    environ = {**os.environ, postgres.FOLDER: str(given), "TMPDIR": str(folder)}
    environ["PYTHONPATH"] = f"{ROOT}:{ROOT / 'app'}:{folder}"
    ended = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert given.exists(), "the database of the other run was removed"
    assert not list(folder.glob("parley-postgres-*")), "its own was left"
    return ended


def test_a_run_that_is_not_configured_leaves_the_database_of_another(tmp_path: Path) -> None:
    ended = run(tmp_path, FAILS, "-p", "test_nested")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR, ended.stdout + ended.stderr


def test_a_run_inside_another_leaves_its_database(tmp_path: Path) -> None:
    ended = run(tmp_path, "def test_it(): pass")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_child_process_leaves_the_database_of_its_parent(tmp_path: Path) -> None:
    ended = run(tmp_path, FORKS)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_run_in_the_same_process_leaves_the_variable_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(postgres.FOLDER, "before")
    config: Any = SimpleNamespace(stash=pytest.Stash())
    postgres.pytest_configure(config)
    made = Path(os.environ[postgres.FOLDER])
    assert made.is_dir()
    postgres.pytest_unconfigure(config)
    assert not made.exists()
    assert os.environ[postgres.FOLDER] == "before"
