"""The source of mms-reply fails in every way, while others text a counter on the same server."""

import re
import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path

from prove.faults.senders import counting, fetching
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.outside.source import (
    PICTURE,
    Answer,
    drips,
    said,
    sends,
    sends_without_end,
    stalls,
    whole_request,
)
from tests.server.running import running

FETCHING = 24


def resets(connection: socket.socket) -> None:
    """Closes so that the other side reads an error and no end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


AROUND = b" /around "
AGAIN = said(b"", "302 Found", "Location: /around")

QUICK: Sequence[Answer] = [
    resets,
    sends(b""),
    sends(b"HTTP/1.1 "),
    sends(b"\x00\xff no HTTP \r\n\r\n"),
    sends(said(PICTURE, "500 Internal Server Error")),
    sends(said(b"", "204 No Content")),
    sends(said(PICTURE, length=10_000)),
    sends(said(b"")),
    sends(said(b"<html>")),
    sends(said(b"[" * 60_000)),
    sends(said(b'{"message": null}')),
    sends(said(b'{"message": "http://plain.example.com/doge.jpg"}')),
    sends(said(b"[" + b"1," * 500_000 + b"1]")),
    sends_without_end,
    sends(AGAIN),
    sends(said(b"", "307 Temporary Redirect", "Location: https://elsewhere.example.com/")),
    sends(said(PICTURE)),
]
SLOW: Sequence[Answer] = [stalls, drips(said(PICTURE)), sends(said(PICTURE), after=9)]


class Upstream:
    """A source that answers each connection in the next of some ways, all of them at once."""

    def __init__(self, ways: Sequence[Answer]) -> None:
        self._ways = cycle(ways)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}/doge"
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def is_gone(self) -> None:
        """Refuse every connection."""
        self._listener.shutdown(socket.SHUT_RDWR)  # who waits in accept does not notice a close
        self._listener.close()

    def is_well(self) -> None:
        """Listen again, and answer everybody with a picture."""
        self._ways = cycle([sends(said(PICTURE))])
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=128)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(30)
                answer = (connection, next(self._ways))
                threading.Thread(target=self._answer, args=answer, daemon=True).start()

    def _answer(self, connection: socket.socket, way: Answer) -> None:
        with connection, suppress(OSError):
            asked = whole_request(connection)
            (sends(AGAIN) if AROUND in asked else way)(connection)


def failing(folder: Path, seconds: float) -> Row:
    """Wrong, cut off, endless, reset; and at the end nobody listens."""
    return _failing("mms_reply's source fails at once", folder, seconds, QUICK)


def hanging(folder: Path, seconds: float) -> Row:
    """Every fetch takes all the time that it may, and more are wanted than there are threads."""
    return _failing("mms_reply's source hangs", folder, seconds, SLOW)


def _failing(what: str, folder: Path, seconds: float, ways: Sequence[Answer]) -> Row:
    upstream = Upstream(ways)
    with running(folder, {**SETTINGS, "MMS_SOURCE_URL": upstream.url}) as server:

        def harm() -> int:
            time.sleep(seconds)
            upstream.is_gone()
            time.sleep(1)
            upstream.is_well()
            return 0

        row = tried(what, server, counting(server), harm, beside=fetching(server, FETCHING))
        upstream.is_gone()
        failures = set(re.findall(r'note="(no picture: [^"]+)"', server.log()))
        return row._replace(note=f"{row.note}; {FETCHING} of mms-reply, {len(failures)} failures")
