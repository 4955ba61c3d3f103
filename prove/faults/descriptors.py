"""File descriptors exhausted: more connections are held open than a worker may have files."""

import resource
import selectors
import socket
import time
from contextlib import suppress
from pathlib import Path

from prove.faults.senders import counting
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.server.running import Server, running
from tests.server.test_under_load import workers

LIMIT = 48
"""Files that each process may open; a worker has some ten before anybody connects."""
HELD = 200
"""Connections, of more than all workers may have together: each asks for /healthz once, and is kept
open until the server closes it.
"""
ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def exhausted(folder: Path, seconds: float) -> Row:
    """The limit is lowered while the server runs, for its first process too, so that a worker that
    takes another's place has it as well; and raised again.
    """
    with running(folder, SETTINGS) as server:

        def harm() -> int:
            usual = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
            limited(server, (LIMIT, usual[1]))
            held_open(server.port, seconds)
            limited(server, usual)
            return 0

        row = tried("file descriptors exhausted", server, counting(server), harm)
        ended = server.log().count("Too many open files")
        return row._replace(note=f"{row.note}; {ended} times out of files in the log")


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
