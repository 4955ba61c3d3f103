"""Nowhere to log to: a full disk, a device that is always full, a reader that is gone."""

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from prove.faults.senders import counting
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.server.running import Server, running
from tests.server.workers import reload

DISK = "16m"
LONGEST = 8
"""Seconds that nobody reads the log: less than the fifteen that Twilio waits for an answer."""


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
            reloaded_within(server, seconds)
            assert server.output.stat().st_size <= full + 65_536, "the disk was not full"
            filler.unlink()
            return 0

        row = tried("a full disk for the log", server, counting(server), harm)
        last = server.log().rstrip().rpartition("\n")[2]
        return row._replace(held=row.held and " turn " in last)


def full_device(folder: Path, seconds: float) -> Row:
    """Standard error is /dev/full, from the start on."""
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        running(folder, SETTINGS, says_to=full) as server,
    ):
        return tried(
            "a log that takes nothing (/dev/full)",
            server,
            counting(server),
            lambda: reloaded_within(server, seconds),
        )


def reader_gone(folder: Path, seconds: float) -> Row:
    """Standard error is a pipe, whose reader ends."""
    reading, writing = os.pipe()
    with (
        os.fdopen(writing, "wb", buffering=0) as pipe,
        running(folder, SETTINGS, says_to=pipe) as server,
    ):

        def harm() -> int:
            os.close(reading)
            return reloaded_within(server, seconds)

        return tried("a log whose reader is gone", server, counting(server), harm)


def reader_stops(folder: Path, seconds: float) -> Row:
    """Standard error is a pipe, whose reader reads nothing for a while, and then all."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 16_384)  # soon full
    with (
        os.fdopen(writing, "wb", buffering=0) as pipe,
        running(folder, SETTINGS, says_to=pipe) as server,
        reader(reading, server.output) as reads,
    ):
        senders = counting(server)
        answered = 0

        def harm() -> int:
            nonlocal answered
            reads.clear()
            time.sleep(1)  # by then the pipe is full
            before = sum(sender.judge.turns for sender in senders)
            time.sleep(min(seconds, LONGEST))
            answered = sum(sender.judge.turns for sender in senders) - before
            reads.set()
            return 0

        row = tried("a log that nobody reads", server, senders, harm)
        return row._replace(
            held=row.held and answered > 0,
            note=f"{row.note}; {answered} turns while nobody read",
        )


def reloaded_within(server: Server, seconds: float) -> int:
    """Let the time pass, with a reload in its middle; no worker is killed."""
    time.sleep(seconds / 2)
    reload(server)
    time.sleep(seconds / 2)
    return 0


@contextmanager
def reader(reading: int, file: Path) -> Iterator[threading.Event]:
    """Somebody who writes into a file what a pipe brings, while the event is set."""
    reads = threading.Event()
    reads.set()

    def read() -> None:
        with file.open("ab", buffering=0) as log:
            while part := os.read(reading, 65_536):
                log.write(part)
                reads.wait()

    threading.Thread(target=read, daemon=True).start()
    try:
        yield reads
    finally:
        reads.set()
