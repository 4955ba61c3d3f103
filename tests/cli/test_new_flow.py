"""`make new-flow name=lunch`: two files that pass as they are."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from app.cli import sms
from tests.twilio import Twilio

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for folder in ("app/flows", "tests/flows"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def new_flow(name: str) -> Result:
    return CliRunner().invoke(sms, ["new-flow", name])


def test_the_flow_and_its_test_pass_as_they_are(
    project: Path,
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
) -> None:
    ended = new_flow("late-lunch")
    assert ended.exit_code == 0, ended.output
    files = ["app/flows/late_lunch.py", "tests/flows/test_late_lunch.py"]
    assert [line.split()[-1] for line in ended.output.splitlines()[:2]] == files
    guest_flow("late_lunch", (project / files[0]).read_text())
    names: dict[str, Any] = {}
    exec((project / files[1]).read_text(), names)  # noqa: S102  # what was just written
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test(Twilio(make_app().test_client(use_cookies=False)))
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml")]
        subprocess.run([*command, *(str(project / each) for each in files)], check=True)


@pytest.mark.usefixtures("project")
def test_nothing_is_written_over() -> None:
    assert new_flow("lunch").exit_code == 0
    again = new_flow("lunch")
    assert again.exit_code == 1
    assert "app/flows/lunch.py is there already" in again.output


@pytest.mark.parametrize("name", ["fallback", "Lunch", "1st", "_lunch", "class", "a b", "../x", ""])
def test_a_name_that_no_flow_can_have_is_refused(project: Path, name: str) -> None:
    ended = new_flow(name)
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: ")
    assert not list(project.rglob("*.py"))


def test_outside_of_a_project_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "run it in the project's folder" in new_flow("lunch").output
