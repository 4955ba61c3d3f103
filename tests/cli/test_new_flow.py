"""`make new-flow name=lunch` writes a flow and a test that pass unchanged."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from parley.cli import sms
from parley.testing import Sms
from tests.cli.conftest import InProcess
from tests.server.running import completed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for folder in ("app/flows", "tests/flows"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def new_flow(name: str) -> Result:
    return CliRunner().invoke(sms, ["new-flow", name])


def test_the_flow_and_its_test_pass_unchanged(
    project: Path, sms: Sms, guest_flow: Callable[[str, str], None]
) -> None:
    ended = new_flow("late-lunch")
    assert ended.exit_code == 0, ended.output
    files = ["app/flows/late_lunch.py", "tests/flows/test_late_lunch.py"]
    assert [line.split()[-1] for line in ended.output.splitlines()[:2]] == files
    guest_flow("late_lunch", (project / files[0]).read_text())
    names: dict[str, Any] = {}
    exec((project / files[1]).read_text(), names)  # noqa: S102  # the file that was just written
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test(sms)
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml")]
        subprocess.run([*command, *(str(project / each) for each in files)], check=True)


def test_in_a_checkout_make_runs_only_the_new_test(project: Path) -> None:
    (project / "Makefile").touch()
    ended = new_flow("lunch")
    assert ended.output.endswith("test it with: make test tests=tests/flows/test_lunch.py\n")
    command = [
        "make",
        "--no-print-directory",
        "--dry-run",
        "test",
        "tests=tests/flows/test_lunch.py",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.rstrip().endswith(" tests/flows/test_lunch.py")


@pytest.mark.usefixtures("project")
def test_no_file_is_overwritten() -> None:
    assert new_flow("lunch").exit_code == 0
    again = new_flow("lunch")
    assert again.exit_code == 1
    assert "app/flows/lunch.py exists already" in again.output


@pytest.mark.parametrize(("first", "second"), [("lunch", "lunch-two"), ("lunch2", "lunch")])
def test_a_name_that_extends_another_flows_name_is_rejected(
    project: Path, first: str, second: str
) -> None:
    assert new_flow(first).exit_code == 0
    refused = new_flow(second)
    assert refused.exit_code == 1
    assert f"Of {second} and the flow {first}, one name begins with" in refused.output
    assert len(list((project / "app/flows").iterdir())) == 1
    assert new_flow("lunchtime").exit_code == 0


@pytest.mark.parametrize("name", ["fallback", "Lunch", "1st", "_lunch", "class", "a b", "../x", ""])
def test_an_invalid_name_is_rejected(project: Path, name: str) -> None:
    ended = new_flow(name)
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: ")
    assert not list(project.rglob("*.py"))


@pytest.mark.parametrize(
    ("arguments", "flows", "written", "variable"),
    [
        ((), None, "flows/lunch.py", ""),
        ((), "shop.flows", "shop/flows/lunch.py", ""),
        ((), "./shop/flows,other", "shop/flows/lunch.py", ""),
        (("--folder", "talks"), "shop.flows", "talks/lunch.py", "FLOWS=./talks "),
    ],
)
def test_in_a_project_with_the_package_the_flow_is_written_to_its_flows_folder(
    in_process: InProcess,
    tmp_path: Path,
    arguments: tuple[str, ...],
    flows: str | None,
    written: str,
    variable: str,
) -> None:
    (tmp_path / "shop/flows").mkdir(parents=True)
    ended = in_process("new-flow", "lunch", *arguments, **({"FLOWS": flows} if flows else {}))
    assert ended.exit_code == 0, ended.output
    first, second, third = ended.output.splitlines()
    assert (first, second) == (f"Wrote {written}", "Wrote tests/test_lunch.py")
    assert (tmp_path / written).exists()
    run_it = f"{variable}python -m pytest tests/test_lunch.py"
    assert third == f"Its URL is /sms/lunch; test it with: {run_it}"


def test_in_a_project_with_the_package_the_new_test_passes(
    in_process: InProcess, tmp_path: Path
) -> None:
    ended = in_process("new-flow", "lunch", "--folder", "talks")
    tests = ended.output.rpartition(" pytest ")[2].split()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    passed = completed(tmp_path, [*command, "--rootdir", ".", *tests], FLOWS="./talks")
    assert "2 passed" in passed.stdout, passed.stdout + passed.stderr


def test_a_flows_module_without_a_folder_is_reported(in_process: InProcess) -> None:
    ended = in_process("new-flow", "lunch", FLOWS="shop.flows")
    assert ended.exit_code == 1
    assert "FLOWS names shop.flows, and there is no folder shop/flows here." in ended.output
    assert "--folder" in ended.output
