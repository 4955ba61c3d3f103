"""The folder of the workers' metrics: Prometheus' client reads PROMETHEUS_MULTIPROC_DIR."""

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
WORKER = "_worker-"
"""In the names of files in which `parley worker` counts: it may run now."""
MEMORY = "/dev/shm"  # noqa: S108  # a folder with a random name is made in it


def make(uid: int, gid: int) -> None:
    """Create the folder, or empty the one in the variable; exit if neither is possible.

    Called at a start, before the client is imported, and not at a reload.
    """
    try:
        if given := os.environ.get(VARIABLE):
            Path(given).mkdir(parents=True, exist_ok=True)
            for file in Path(given).glob("*.db"):
                if WORKER not in file.name:
                    file.unlink()
            return
        folder = _made_in(MEMORY) or tempfile.mkdtemp(prefix="parley-")
        os.chown(folder, uid, gid)
    except OSError as error:
        sys.exit(
            f"There is no folder for the metrics ({error.strerror}). Make {MEMORY} or /tmp "
            f"writable, or set {VARIABLE} to a folder that is, or unset METRICS_TOKEN."
        )
    os.environ[VARIABLE] = folder
    atexit.register(_remove, folder, os.getpid())


def _made_in(parent: str) -> str | None:
    with suppress(OSError):
        return tempfile.mkdtemp(prefix="parley-", dir=parent)
    return None


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
