"""The tables in docs/security.md are correct: tests exist, and are marked with their entries."""

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
    """Return every test as `file::name`, with the rows that its `threat` marks name."""
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


def test_the_rows_are_numbered_and_complete() -> None:
    assert [f"S{number}" for number in range(1, len(ROWS) + 1)] == IDS
    assert len(IDS) >= 28
    assert {len(row) for row in ROWS} == {5}
    assert list(TESTS) == IDS
    assert {row[3] for row in ROWS} == {"defended", "partly", "not defended"}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_row_names_existing_tests(row: list[str]) -> None:
    assert named(row), f"{row[0]} names no test"
    missing = named(row) - set(threats_by_test())
    assert not missing, f"missing: {missing}"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_row_names_every_test_marked_with_it(row: list[str]) -> None:
    marked = {name for name, threats in threats_by_test().items() if row[0] in threats}
    assert marked, f"missing mark: @pytest.mark.threat({row[0]!r})"
    assert marked <= named(row), f"missing in the table: {marked - named(row)}"


def test_every_mark_names_an_existing_row() -> None:
    assert set().union(*threats_by_test().values()) == set(IDS)
