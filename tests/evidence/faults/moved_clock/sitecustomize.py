"""A clock that can be moved: Python imports this module at its start, if it is on its path.

MOVED_BY names a file that holds the seconds to add, as a double.
"""

import mmap
import os
import struct
import time

with open(os.environ["MOVED_BY"], "rb") as file:  # noqa: PTH123  # pathlib would come later
    seconds = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
actual = time.time


def moved() -> float:
    added: float = struct.unpack_from("d", seconds)[0]
    return actual() + added


time.time = moved
