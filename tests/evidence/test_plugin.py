"""A failure is visible in the table, and the table replaces the quoted one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from tests.evidence.plugin import sizes

@sizes(1, short=2, long=3)
def test_texts(size, record):
    record("some texts", inputs=size, lost=0, note="a note")

@pytest.mark.evidence
def test_loses_one(record):
    record("one is lost", turns=5, lost=1)

@pytest.mark.evidence
def test_raises():
    raise ValueError

@pytest.mark.threat("S4")
def test_attack():
    assert True
"""
DOCUMENT = """\
<!-- evidence short -->
old
<!-- end -->
<!-- evidence long -->
kept
<!-- end -->
"""


def test_the_table_shows_failures_and_replaces_the_quoted_table(tmp_path: Path) -> None:
    file, document = tmp_path / "test_it.py", tmp_path / "document.md"
    file.write_text(TESTS)
    document.write_text(DOCUMENT)
    options = [
        *("-p", "tests.evidence.plugin", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)),
        *("-c", str(ROOT / "pyproject.toml"), "--quote-in", str(document)),
        *("-m", "evidence or threat", str(file)),
    ]
    command = [sys.executable, "-m", "pytest", *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    text = document.read_text()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = {each[0]: each[1:] for each in cells if len(each) == 10}
    assert rows["some texts"][:8] == ["2", "-", "-", "-", "0", "-", "-", "yes"]
    assert rows["one is lost"][:8] == ["-", "5", "-", "-", "1", "-", "-", "NO"]
    assert rows["test_it.py::test_raises"][7] == "NO"
    assert rows["the attacks of docs/security.md, as tests"][0] == "1"
    assert rows["in all"][:8] == ["3", "5", "0", "0", "1", "0", "0", "NO"]
    assert "- some texts: a note" in text
    assert "old" not in text
    assert "kept" in text
