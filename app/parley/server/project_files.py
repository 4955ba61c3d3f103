"""The files of a project to watch for changes.

Python files, templates and data files in the project's packages are watched, but not databases or
tables that a flow itself writes.
"""

import os
import site
import sysconfig
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

SUFFIXES = frozenset(
    {".py", ".html", ".jinja", ".j2", ".css", ".js", ".svg", ".xml"}
    | {".txt", ".toml", ".json", ".yaml", ".yml"}
)
"""Suffixes of watched files in folders. A single file is watched with any name."""
FOLDERS = ("templates", "static")
"""Flask's folders beside a module."""
INSTALLED = tuple(
    {
        *(f"{each}{os.sep}" for each in site.getsitepackages()),
        *(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib", "purelib")),
    }
)
"""The folders of Python and of installed packages."""

State = dict[Path, tuple[int, int]]
"""The modification time in nanoseconds since 1970, and the size, of each file."""


def roots(modules: Iterable[ModuleType]) -> set[Path]:
    """Return the files of modules and the folders of packages that belong to the project."""
    found: set[Path] = set()
    for module in modules:
        found |= {Path(each) for each in getattr(module, "__path__", ())}
        if file := getattr(module, "__file__", None):
            found |= {Path(file), *(Path(file).parent / each for each in FOLDERS)}
    return {each.absolute() for each in found if not is_installed(str(each.absolute()))}


def is_installed(file: str) -> bool:
    """Return whether a file belongs to Python or to an installed package."""
    return file.startswith(INSTALLED)


def state(roots: Iterable[Path]) -> State:
    """Return the current state of the files."""
    found: State = {}
    for file in _files(roots):
        with suppress(OSError):  # an editor replaces a file by another one
            status = file.stat()
            found[file] = status.st_mtime_ns, status.st_size
    return found


def changed(before: State, now: State) -> Path | None:
    """Return a file that was changed, added or removed, or None."""
    differing = dict(set(before.items()) ^ set(now.items()))
    return min(differing, default=None)


def changed_since(then: int, now: State) -> Path | None:
    """Return a file that was modified since a time, but not in the future (clocks may differ)."""
    latest = time.time_ns()
    return min((file for file, each in now.items() if then < each[0] <= latest), default=None)


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        if not root.is_dir():
            yield root
            continue
        for folder, folders, names in os.walk(root):
            folders[:] = [each for each in folders if each[0] != "." and each != "__pycache__"]
            files = (Path(folder, each) for each in names if each[0] != ".")
            yield from (each for each in files if each.suffix in SUFFIXES)
