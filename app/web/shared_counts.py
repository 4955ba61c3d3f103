"""Where gunicorn's workers count together: a folder in memory, and a place there for each."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable

MEMORY = "/dev/shm"  # noqa: S108  # a folder with a random name is made in it


def make_folder(uid: int, gid: int) -> str:
    """A fresh folder for this user, in memory where there is such a place, removed when this
    process ends; not when one that it forks does.

    Raises OSError where none can be made.
    """
    folder = _made_in(MEMORY) or tempfile.mkdtemp(prefix="parley-")
    os.chown(folder, uid, gid)
    atexit.register(_remove, folder, os.getpid())
    return folder


def free_place(taken: Iterable[int]) -> int:
    """The lowest number that no living worker has.

    Workers get the places of the dead and go on with their files: with a file for each process id,
    as the client has it otherwise, every recycled worker would leave some to be read for ever.
    """
    occupied = set(taken)
    return next(place for place in range(len(occupied) + 1) if place not in occupied)


def _made_in(parent: str) -> str | None:
    try:
        return tempfile.mkdtemp(prefix="parley-", dir=parent)
    except OSError:
        return None


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
