"""What the figures were measured with: numbers of versions and cores, nothing else."""

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata


def described() -> dict[str, str]:
    """Names of programs and libraries with their versions; those that are missing are left out."""
    found = {"cores": str(len(os.sched_getaffinity(0))), "CPython": platform.python_version()}
    for library in ("gunicorn", "gunicorn_h1c", "flask", "twilio", "itsdangerous"):
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    for program, option in (("wrk", "-v"), ("valgrind", "--version"), ("node", "--version")):
        if version := version_of(program, option):
            found[program] = version
    return found


def version_of(program: str, option: str) -> str:
    """The version that a program tells of itself; empty where it is not installed."""
    path = shutil.which(program)
    if path is None:
        return ""
    told = subprocess.run([path, option], capture_output=True, text=True, check=False)
    number = re.search(r"\d+(\.\d+)+", told.stdout + told.stderr)
    return number[0] if number else "unknown"


def sentence(machine: dict[str, str]) -> str:
    """The description in a line."""
    cores, *others = machine.items()
    return f"{cores[1]} cores, {', '.join(f'{name} {version}' for name, version in others)}."
