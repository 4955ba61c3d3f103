"""File descriptors exhausted: more connections are held open than a worker may have files."""

import os
import resource
import selectors
import socket
import time
from contextlib import suppress
from pathlib import Path

from bench.loading import processor_time
from prove.faults.senders import counting
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.server.running import Server, running
from tests.server.workers import workers

LIMIT = 48
"""Files that each process may open; a worker has some ten before anybody connects."""
HELD = 200
"""Connections, of more than all workers may have together: each asks for /healthz once, and is kept
open until the server closes it.
"""
MOST_CORES = 1.0
"""Processor seconds a second, of the two that two workers take where both spin."""
ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def exhausted(folder: Path, seconds: float) -> Row:
    """The limit is lowered while the server runs, for its first process too, so that a worker that
    takes another's place has it as well; and raised again. Meanwhile nobody may spin.
    """
    with running(folder, SETTINGS) as server:
        cores = 0.0

        def harm() -> int:
            nonlocal cores
            usual = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
            limited(server, (LIMIT, usual[1]))
            before = processor_seconds(server)
            held_open(server.port, seconds)
            cores = (processor_seconds(server) - before) / seconds
            limited(server, usual)
            return 0

        row = tried("file descriptors exhausted", server, counting(server), harm)
        ended = server.log().count("exited with code")
        return row._replace(
            held=row.held and cores < MOST_CORES,
            note=f"{row.note}; {cores:.2f} cores busy; {ended} workers ended",
        )


def processor_seconds(server: Server) -> float:
    """What a server's processes have computed, those that have ended included."""
    pid = server.process.pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(map(processor_time, [pid, *workers(server)]))


def limited(server: Server, limit: tuple[int, int]) -> None:
    for pid in (server.process.pid, *workers(server)):
        with suppress(ProcessLookupError):  # it has just ended
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)


def held_open(port: int, seconds: float) -> None:
    """Hold connections open for so long, another for each that the server closes."""
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as held:
        while time.monotonic() < end:
            while len(held.get_map()) < HELD:
                held.register(asking(port), selectors.EVENT_READ)
            for key, _ in held.select(0.05):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                with suppress(OSError):
                    if connection.recv(65_536):
                        continue
                held.unregister(connection)
                connection.close()
            time.sleep(0.01)
        for key in list(held.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()


def asking(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(ASKED)
    return connection
