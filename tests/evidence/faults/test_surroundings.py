"""A log that cannot be written, a clock that jumps, and too few file descriptors."""

import calendar
import fcntl
import os
import resource
import selectors
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.evidence.faults.trial import SETTINGS, counting, try_fault
from tests.evidence.plugin import Record, sizes
from tests.server.running import Server, running
from tests.server.senders import to
from tests.server.test_idle_connections import cpu_seconds
from tests.server.workers import reload, workers

DISK = "16m"
UNREAD_FOR = 8
"""Maximum of seconds without a reader of the log: less than Twilio's timeout of 15."""
HOUR = 3_600
MOVED_CLOCK = Path(__file__).with_name("moved_clock")
FILES = 48
"""Limit per process; a worker has about twenty before the first connection."""
CONNECTIONS = 200
"""More than all workers together may open."""


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A separate file system in a folder, if mounting is allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield
    finally:
        unmount = ["umount", str(folder)]
        subprocess.run(unmount, check=True)


def reloading(server: Server, seconds: float) -> Callable[[], int]:
    """Wait, with a reload halfway."""

    def harm() -> int:
        time.sleep(seconds / 2)
        reload(server)
        time.sleep(seconds / 2)
        return 0

    return harm


@sizes(short=5, long=20)
def test_the_logs_disk_is_full(tmp_path: Path, size: int, record: Record) -> None:
    with small_disk(tmp_path), running(tmp_path, SETTINGS) as server:
        filler = tmp_path / "filler"

        def harm() -> int:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(65_536))
            full = server.output.stat().st_size
            reloading(server, size)()
            assert server.output.stat().st_size <= full + 65_536, "the disk was not full"
            filler.unlink()
            return 0

        try_fault("a full disk for the log", record, counting(to(server)), harm, server.log)
        assert " turn " in server.log().rstrip().rpartition("\n")[2], (
            "no line was written after the fault"
        )


@sizes(short=5, long=20)
def test_the_log_is_a_device_that_is_always_full(tmp_path: Path, size: int, record: Record) -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        running(tmp_path, SETTINGS, says_to=full) as server,
    ):
        harm = reloading(server, size)
        try_fault("a log that accepts nothing (/dev/full)", record, counting(to(server)), harm)


@sizes(short=5, long=20)
def test_the_reader_of_the_log_stops(tmp_path: Path, size: int, record: Record) -> None:
    reading, writing = os.pipe()
    with (
        os.fdopen(writing, "wb", buffering=0) as pipe,
        running(tmp_path, SETTINGS, says_to=pipe) as server,
    ):

        def harm() -> int:
            os.close(reading)
            return reloading(server, size)()

        try_fault("a log whose reader has ended", record, counting(to(server)), harm)


@sizes(short=5, long=UNREAD_FOR)
def test_the_log_is_not_read_for_a_while(tmp_path: Path, size: int, record: Record) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 16_384)  # a small pipe, soon full
    with (
        os.fdopen(writing, "wb", buffering=0) as pipe,
        running(tmp_path, SETTINGS, says_to=pipe) as server,
        reader(reading, server.output) as reads,
    ):
        senders = counting(to(server))
        answered = 0

        def harm() -> int:
            nonlocal answered
            reads.clear()
            time.sleep(1)  # now the pipe is full
            before = sum(sender.turns for sender in senders)
            time.sleep(size)
            answered = sum(sender.turns for sender in senders) - before
            reads.set()
            return 0

        try_fault("a log that is not read", record, senders, harm, server.log)
    assert answered > 0


@contextmanager
def reader(reading: int, file: Path) -> Iterator[threading.Event]:
    """Copy the output of a pipe into a file while the event is set."""
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


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
@sizes(short=5, long=20)
def test_the_clock_jumps(tmp_path: Path, size: int, hours: int, record: Record) -> None:
    """By an hour and back, for every process of the server: `time.time` is replaced.

    An hour later, conversations with a lifetime of half an hour have expired. After a jump back, a
    cookie that was sealed before it comes from the future, which also counts as expired.
    """
    offset = tmp_path / "offset"
    set_offset(offset, 0)
    settings = {**SETTINGS, "PYTHONPATH": str(MOVED_CLOCK), "MOVED_BY": str(offset)}
    with running(tmp_path, settings) as server:

        def harm() -> int:
            for by in (hours * HOUR, 0):
                set_offset(offset, by)
                time.sleep(size / 2)
                ahead = last_turn(server) - time.time()
                assert abs(ahead - by) < 60, f"the clock is {ahead:.0f} s ahead"
            return 0

        what = f"the clock jumps an hour {'forward' if hours > 0 else 'back'}, and returns"
        senders = [*counting(to(server)), *counting(to(server), 25, "brief-counter")]
        try_fault(what, record, senders, harm, server.log, restarts_for={"expired"})


def set_offset(offset: Path, seconds: float) -> None:
    with offset.open("r+b" if offset.exists() else "wb") as file:  # in place: it is memory-mapped
        file.write(struct.pack("d", seconds))


def last_turn(server: Server) -> float:
    """Return the time of the last turn in the log, by the server's clock."""
    stamp = server.log().rpartition(" INFO turn ")[0].rpartition("\n")[2]
    return calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))


@sizes(short=5, long=UNREAD_FOR)
def test_file_descriptors_run_out(tmp_path: Path, size: int, record: Record) -> None:
    """The limit is lowered while the server runs, and many idle connections are held open."""
    with running(tmp_path, SETTINGS) as server:

        def harm() -> int:
            usual = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
            limit_files(server, (FILES, usual[1]))
            before = seconds_of(server)
            hold_connections(server.port, size)
            assert (seconds_of(server) - before) / size < 1, "the server spins"
            limit_files(server, usual)
            return 0

        what = "file descriptors exhausted"
        try_fault(what, record, counting(to(server)), harm, server.log)


def seconds_of(server: Server) -> float:
    return sum(map(cpu_seconds, (server.process.pid, *workers(server))))


def limit_files(server: Server, limit: tuple[int, int]) -> None:
    for pid in (server.process.pid, *workers(server)):
        with suppress(ProcessLookupError):  # it has just ended
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)


def hold_connections(port: int, seconds: float) -> None:
    """Hold connections open for some seconds, and replace those that the server closes."""
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as held, ExitStack() as stack:
        while time.monotonic() < end:
            while len(held.get_map()) < CONNECTIONS:
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                held.register(connection, selectors.EVENT_READ)
            for key, _ in held.select(0.05):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(OSError):
                    if key.fileobj.recv(65_536):
                        continue
                held.unregister(key.fileobj)
            time.sleep(0.01)
