"""Runs mutmut on a copy of the code, and reads its results."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from prove.mutation.explaining import Change, Mutant, change_in
from prove.progress import say

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-prove/bin/python"
MUTMUT = (str(PYTHON), "-m", "mutmut")
FOLDER = ROOT / "build/mutation"
COPIED = ("app", "tests", "wsgi.py", "gunicorn.conf.py", "pyproject.toml")
LEFT_OUT = ("__pycache__", "test_script_property.py")
"""The latter takes eight seconds, which is too long for every change of a script."""
LOG = FOLDER / "mutmut.log"
EACH = 30
"""Seconds between two lines of progress."""
ENVIRONMENT = {**os.environ, "CI": "1", "COLUMNS": "200"}
"""`CI` makes hypothesis draw the same examples for every mutant."""


def run() -> None:
    """Begin anew, and try all mutants; it takes some minutes."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in COPIED:
        source, target = ROOT / name, FOLDER / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            shutil.copy(source, target)
    shutil.copy(Path(__file__).with_name("setup.cfg"), FOLDER)
    with LOG.open("wb") as log:
        order = [*MUTMUT, "run", "--max-children", str(os.cpu_count() or 1)]
        mutmut = subprocess.Popen(  # the project's own command
            order, cwd=FOLDER, env=ENVIRONMENT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while mutmut.poll() is None:
                time.sleep(EACH)
                say(last_line())
        finally:
            mutmut.terminate()
            mutmut.wait()


def last_line() -> str:
    """How far mutmut has come, in its own signs."""
    return LOG.read_text(errors="replace").replace("\r", "\n").rstrip().rpartition("\n")[2]


def mutants() -> list[Mutant]:
    """All mutants with what became of them; of the killed ones not what they were."""
    found = []
    for line in asked("results", "--all", "true").splitlines():
        name, separator, status = line.strip().partition(": ")
        if separator:
            found.append(Mutant(name, status, Change("", "", "")))
    return [
        each if each.is_killed else each._replace(change=change_in(asked("show", each.name)))
        for each in found
    ]


def asked(*what: str) -> str:
    """What mutmut answers to one of its commands."""
    done = subprocess.run(  # the project's own command
        [*MUTMUT, *what], cwd=FOLDER, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout
