"""gunicorn's parsers: the one in Python, and the fast one in C where its package is installed."""

import os
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = "gunicorn_h1c"
OPTION = "--http-parser"


def parsers() -> list[str]:
    """Those that are here."""
    return ["python", *(["fast"] if version() else [])]


def countable() -> list[str]:
    """Those that are here and whose instructions can be counted."""
    return ["python", *(["fast"] if version() and build_for_valgrind() else [])]


def version() -> str:
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return ""


@cache
def build_for_valgrind() -> str:
    """A folder with the fast parser as valgrind can run it, built once; empty where it cannot be.

    valgrind 3.19 knows no `pcmpestri`, of SSE 4.2. Without it the parser compares byte by byte: it
    takes a few instructions more than where it is deployed.
    """
    folder = Path(sys.prefix) / f"{PACKAGE}-{version()}-without-sse4.2"
    if (folder / PACKAGE).is_dir():
        return str(folder)
    print("Building gunicorn's fast parser for valgrind (once) ...", file=sys.stderr, flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-deps"]
    tried = subprocess.run(
        [*pip, "--no-binary", PACKAGE, "--target", str(folder), f"{PACKAGE}=={version()}"],
        env={**os.environ, "CFLAGS": "-U__SSE4_2__"},
        capture_output=True,
        check=False,
    )
    return str(folder) if tried.returncode == 0 else ""
