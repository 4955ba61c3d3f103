"""The tables of docs/security.md are true: their tests exist, and show what an entry claims."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CELLS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs/security.md").read_text().splitlines()
    if re.match(r"\| S\d", line)
]
ROWS = [row for row in CELLS if len(row) > 2]
IDS = [row[0] for row in ROWS]
TESTS = {row[0]: row[1] for row in CELLS if len(row) == 2}
"""The tests of each row, from the second table."""


@cache
def threats_by_test() -> dict[str, set[str]]:
    """Every test of the project as `file::name`, with the rows that it says it shows."""
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = [ast.unparse(each) for each in node.decorator_list]
                said = [re.fullmatch(r"pytest\.mark\.threat\('(S\d+)'\)", mark) for mark in marks]
                name = f"{file.relative_to(ROOT)}::{node.name}"
                found[name] = {each[1] for each in said if each}
    return found


def named(row: list[str]) -> set[str]:
    return set(re.findall(r"`(tests/[^`]+)`", TESTS[row[0]]))


def test_the_rows_are_numbered_and_whole() -> None:
    assert [f"S{number}" for number in range(1, len(ROWS) + 1)] == IDS
    assert len(IDS) >= 28
    assert {len(row) for row in ROWS} == {5}
    assert list(TESTS) == IDS
    assert {row[3] for row in ROWS} == {"defended", "partly", "not defended"}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_row_names_tests_that_are_there(row: list[str]) -> None:
    assert named(row), f"{row[0]} is shown by no test"
    missing = named(row) - set(threats_by_test())
    assert not missing, f"not there: {missing}"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_row_is_referred_to_by_a_test_that_it_names(row: list[str]) -> None:
    marked = {name for name, threats in threats_by_test().items() if row[0] in threats}
    assert marked, f"mark a test: @pytest.mark.threat({row[0]!r})"
    assert marked <= named(row), f"name in the row: {marked - named(row)}"


def test_no_test_refers_to_a_row_that_is_not_there() -> None:
    assert set().union(*threats_by_test().values()) == set(IDS)
