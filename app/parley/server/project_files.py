"""The files of a project: which to watch, and what has changed.

Python files, templates and data below the project's packages count. A change of a database or of a
table that a flow itself writes does not.
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
"""Of files in a folder. A single file is watched whatever its name is."""
FOLDERS = ("templates", "static")
"""Flask's, beside a module."""
INSTALLED = tuple(
    {
        *(f"{each}{os.sep}" for each in site.getsitepackages()),
        *(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib", "purelib")),
    }
)
"""Where Python and the packages are installed that a project uses."""

State = dict[Path, tuple[int, int]]
"""When each file was last modified, in nanoseconds since 1970, and its size."""


def roots(modules: Iterable[ModuleType]) -> set[Path]:
    """The files of modules and the folders of packages that are a project's own."""
    found: set[Path] = set()
    for module in modules:
        found |= {Path(each) for each in getattr(module, "__path__", ())}
        if file := getattr(module, "__file__", None):
            found |= {Path(file), *(Path(file).parent / each for each in FOLDERS)}
    return {each.absolute() for each in found if not is_installed(str(each.absolute()))}


def is_installed(file: str) -> bool:
    """Return whether a file is Python's own, or of an installed package."""
    return file.startswith(INSTALLED)


def state(roots: Iterable[Path]) -> State:
    """The files as they are now."""
    found: State = {}
    for file in _files(roots):
        with suppress(OSError):  # an editor replaces a file by another one
            status = file.stat()
            found[file] = status.st_mtime_ns, status.st_size
    return found


def changed(before: State, now: State) -> Path | None:
    """A file that was changed, added or removed; None if there is none."""
    differing = dict(set(before.items()) ^ set(now.items()))
    return min(differing, default=None)


def changed_since(then: int, now: State) -> Path | None:
    """A file that was modified after this time. The future does not count: clocks may differ."""
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
