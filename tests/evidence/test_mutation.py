"""Mutation testing: the tests must notice nearly all single changes of the code."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.evidence.plugin import Record

ROOT = Path(__file__).parents[2]
MUTMUT = (str(ROOT / ".venv-mutation/bin/python"), "-m", "mutmut")
"""`make prove-long` creates it."""
COPIED = ("app", "bench", "tests", "wsgi.py", "gunicorn.conf.py", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "test_script_property.py")
"""The latter takes seconds, which is too long for every change in a script."""
ENVIRONMENT = {**os.environ, "CI": "1", "COLUMNS": "200"}
"""`CI` makes hypothesis draw the same examples for every change."""
NOTICED = ("killed", "timeout")
LEAST = 0.97
"""The other changes have no visible effect, or show a gap: the output lists them."""


@pytest.mark.long
def test_changes_of_the_code_are_noticed(tmp_path: Path, record: Record) -> None:
    """mutmut runs them on a copy of the project, in about half an hour."""
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFT_OUT)
        else:
            shutil.copy(source, target)
    shutil.copy(Path(__file__).with_name("mutation.cfg"), tmp_path / "setup.cfg")
    mutmut(tmp_path, "run", "--max-children", str(os.cpu_count() or 1))
    found = [
        (name, status)
        for line in mutmut(tmp_path, "results", "--all", "true").splitlines()
        for name, separator, status in [line.strip().partition(": ")]
        if separator
    ]
    statuses = Counter(status for _, status in found)
    noticed = sum(statuses[each] for each in NOTICED)
    others = [name for name, status in found if status not in NOTICED]
    print("\n".join(mutmut(tmp_path, "show", name) for name in others))
    record(
        "changes of the code, one at a time (mutmut)",
        inputs=len(found),
        note=f"{noticed:,} noticed by a test, {len(others)} not",
    )
    assert len(found) > 1_000
    assert noticed >= LEAST * len(found)


def mutmut(folder: Path, *arguments: str) -> str:
    """Return the output of a mutmut command."""
    command = [*MUTMUT, *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout
