"""What other CPythons bring: `make bench-pythons pythons="python3.11 python3.13"`.

Each gets an environment of its own with the server's libraries, in which bench/one_python.py
measures. One that is not here, or in which they cannot be installed, is left out and named.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import machine, report, results
from bench.peers import ROOT
from bench.serving import settings


def main() -> None:
    found: dict[str, Any] = {"machine": machine.described(), "versions": {}, "skipped": {}}
    for command in sys.argv[1:]:
        try:
            python = environment(command)
            found["versions"] |= measured(python)
        except NotToBeHad as error:
            print(f"without {command}: {error}", file=sys.stderr, flush=True)
            found["skipped"][command] = str(error)
    if not found["versions"]:
        sys.exit("make bench-pythons: none of these can be measured here.")
    results.write("pythons", found)
    print(f"\n{report.blocks()['pythons']}")


class NotToBeHad(Exception):
    """A CPython that cannot be measured here, and why."""


def environment(command: str) -> Path:
    """An interpreter beside the server's libraries, made once."""
    path = shutil.which(command)
    if path is None:
        raise NotToBeHad("there is no such command")
    told = run(path, "-c", "import platform; print(platform.python_version())")
    folder = ROOT / f".venv-bench-{told.strip()}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        print(f"Setting up {folder.name} (once) ...", file=sys.stderr, flush=True)
        run(path, "-m", "venv", "--clear", str(folder))
        run(str(python), *["-m", "pip", "install", "--quiet", "-r", "requirements.txt"])
        (folder / ".ready").touch()
    return python


def measured(python: Path) -> dict[str, Any]:
    """What one_python tells of itself, by its version."""
    print(f"measuring with {python.parents[1].name}", file=sys.stderr, flush=True)
    told: dict[str, Any] = json.loads(run(str(python), "-m", "bench.one_python"))
    return told


def run(*command: str) -> str:
    """What a command prints; raises NotToBeHad with its last line where it fails."""
    tried = subprocess.run(
        command, cwd=ROOT, env=settings(), capture_output=True, text=True, check=False, timeout=900
    )
    if tried.returncode:
        last = (tried.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise NotToBeHad(f"{command[1]} {command[2]} fails: {last}")
    return tried.stdout


if __name__ == "__main__":
    main()
