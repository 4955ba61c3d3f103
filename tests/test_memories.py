"""What a transcript shows holds with both memories: it is played with the cookie and a database."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("tests/flows", "tests/routing")
GUIDE = "tests/test_flows_guide.py"
TEXTS = {"sms", "guide_sms", "make_phone"}
"""The fixtures with which tests text an application."""


@pytest.fixture(scope="module")
def run() -> list[str]:
    """The tests of flows and of routing, as pytest names them."""
    options = ["--collect-only", "-o", "addopts=", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *FOLDERS, GUIDE]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [line for line in found.stdout.splitlines() if "::" in line]


def test_every_test_that_texts_an_application_is_run_with_both(run: list[str]) -> None:
    files = [*(file for folder in FOLDERS for file in (ROOT / folder).glob("test_*.py"))]
    names = [
        f"{file.relative_to(ROOT)}::{each.name}["
        for file in (*files, ROOT / GUIDE)
        for each in ast.parse(file.read_text()).body
        if isinstance(each, ast.FunctionDef)
        and each.name.startswith("test_")
        and TEXTS.intersection(argument.arg for argument in each.args.args)
    ]
    assert len(names) > 40
    for name in names:
        with_cookie = [each for each in run if each.startswith(f"{name}cookie")]
        with_database = [each for each in run if each.startswith(f"{name}database")]
        assert with_cookie, name
        assert len(with_cookie) == len(with_database), name


def test_the_routes_are_tested_with_both(run: list[str]) -> None:
    """All but one test, which is about the size of a cookie."""
    router = [each for each in run if each.startswith("tests/routing/test_router.py::")]
    with_cookie = [each for each in router if each.endswith("cookie]") or "[cookie-" in each]
    assert len(router) == 2 * len(with_cookie) - 1
