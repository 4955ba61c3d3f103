"""The source of mms-reply fails in every way, while other senders text a counter."""

import re
import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest

from tests.evidence.faults.trial import SETTINGS, counting, fetching, try_fault
from tests.evidence.plugin import Record, sizes
from tests.server.running import running
from tests.server.senders import to
from tests.services.upstream import (
    PICTURE,
    Answer,
    drips,
    said,
    sends,
    sends_without_end,
    stalls,
    whole_request,
)

FETCHING = 24


def resets(connection: socket.socket) -> None:
    """Close the connection so that the other side gets an error."""
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
    """A source that answers each connection in the next of these ways, concurrently."""

    def __init__(self, ways: Sequence[Answer]) -> None:
        self._ways = cycle(ways)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}/doge"
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse every connection."""
        self._listener.shutdown(socket.SHUT_RDWR)  # close alone would not interrupt accept
        self._listener.close()

    def recover(self) -> None:
        """Listen again, and answer every connection with a picture."""
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


@pytest.mark.parametrize(
    ("what", "answers"), [("fails at once", QUICK), ("hangs", SLOW)], ids=["fails", "hangs"]
)
@sizes(short=5, long=20)
def test_the_source_of_a_flow_fails(
    tmp_path: Path, size: int, what: str, answers: Sequence[Answer], record: Record
) -> None:
    upstream = Upstream(answers)
    with running(tmp_path, {**SETTINGS, "MMS_SOURCE_URL": upstream.url}) as server:

        def harm() -> int:
            time.sleep(size)
            upstream.stop()
            time.sleep(1)
            upstream.recover()
            return 0

        what = f"the source of mms-reply {what}"
        beside = fetching(to(server), FETCHING)
        try_fault(what, record, counting(to(server)), harm, server.log, beside=beside)
        upstream.stop()
        assert len(set(re.findall(r'note="([^"]+)"', server.log()))) >= 1, "the source did not fail"
