"""An adjustable clock. Python imports this module at startup if it is on the path.

MOVED_BY names a file with the seconds to add, as a double.
"""

import mmap
import os
import struct
import time

with open(os.environ["MOVED_BY"], "rb") as file:  # noqa: PTH123  # pathlib would load later
    seconds = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
actual = time.time


def moved() -> float:
    added: float = struct.unpack_from("d", seconds)[0]
    return actual() + added


time.time = moved
