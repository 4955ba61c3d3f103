"""Files in which a worker counts, in the folder of a server's metrics on the same machine."""

import fcntl
import itertools
import os
from pathlib import Path
from typing import IO

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_locks: list[IO[str]] = []
"""Held for as long as this process lives."""


def count_in_folder() -> bool:
    """Count in files that no other living worker has; return whether there is a folder for them.

    Called before metrics are made. A worker takes the files of one that has ended, so that their
    counts go on. Raises OSError.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return False
    from parley.prometheus import count_in_slot

    Path(folder).mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        lock = (Path(folder) / f"worker-{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _locks.append(lock)
        count_in_slot(f"worker-{number}")
        break
    return True
