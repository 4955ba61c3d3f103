"""Nowhere to log to: a full disk, a device that is always full, a reader that is gone."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from prove.faults.senders import counting
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.server.running import running
from tests.server.workers import reload

DISK = "16m"


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own in a folder, where we may mount one; whether it is there."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            away = ["umount", str(folder)]
            subprocess.run(away, check=True)


def full_disk(folder: Path, seconds: float) -> Row:
    """The disk that the log is on is full for a while, and a reload falls into it."""
    with ExitStack() as stack:
        if not stack.enter_context(small_disk(folder)):
            return full_device(folder, seconds)
        server = stack.enter_context(running(folder, SETTINGS))
        filler = folder / "filler"

        def harm() -> int:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(65_536))
            full = server.output.stat().st_size
            time.sleep(seconds / 2)
            reload(server)
            time.sleep(seconds / 2)
            assert server.output.stat().st_size <= full + 65_536, "the disk was not full"
            filler.unlink()
            return 0

        row = tried("a full disk for the log", server, counting(server), harm)
        lines = server.log().rstrip().rpartition("\n")[2]
        return row._replace(held=row.held and " turn " in lines)


def full_device(folder: Path, seconds: float) -> Row:
    """Standard error is /dev/full, from the start on."""
    with ExitStack() as stack:
        full = stack.enter_context(Path("/dev/full").open("wb", buffering=0))
        server = stack.enter_context(running(folder, SETTINGS, says_to=full))

        def harm() -> int:
            time.sleep(seconds / 2)
            reload(server)
            time.sleep(seconds / 2)
            return 0

        return tried("a log that takes nothing (/dev/full)", server, counting(server), harm)


def reader_gone(folder: Path, seconds: float) -> Row:
    """Standard error is a pipe, whose reader ends."""
    reading, writing = os.pipe()
    with ExitStack() as stack:
        pipe = stack.enter_context(os.fdopen(writing, "wb", buffering=0))
        server = stack.enter_context(running(folder, SETTINGS, says_to=pipe))

        def harm() -> int:
            os.close(reading)
            time.sleep(seconds / 2)
            reload(server)
            time.sleep(seconds / 2)
            return 0

        return tried("a log whose reader is gone", server, counting(server), harm)
