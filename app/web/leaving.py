"""Connections on which all is said: closed without losing an answer, and without waiting.

What arrives at a socket that is closed resets the connection, and the answer may be lost with it
(RFC 9112, section 9.6). So the writing side is closed first, and the rest when the other side has
closed its own, which gunicorn waits for, two seconds at most.
"""

import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ, BaseSelector
from time import monotonic
from typing import Any

LINGER = 2
"""Seconds that the other side is given to close a connection."""
MOST = 8 * 1_048_576
"""Bytes that are read meanwhile, and not looked at."""


def said(connection: socket.socket) -> bytes | None:
    """The first byte that waits to be read; none where the other side is gone, None where it says
    nothing.
    """
    try:
        # Also under TLS the bytes as they came: its own recv knows no flags.
        return socket.socket.recv(connection, 1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def is_over(conn: Any) -> bool:
    """Whether a connection of gunicorn's can be closed at once: nothing more will arrive."""
    waiting = said(conn.sock)
    if waiting is not None:
        return not waiting
    request = conn.parser and conn.parser.mesg
    if not request or not request.should_close():
        return False
    return getattr(request.body.reader, "length", None) == 0


class Leaving:
    """The connections of a worker that wait for the other side to close them. `let_go` closes one.

    Not to be called by two threads at once.
    """

    poller: BaseSelector

    def __init__(self, let_go: Callable[[Any], None]) -> None:
        self._let_go = let_go
        self._waiting: deque[Any] = deque()  # in the order in which their time is over

    def wait_for(self, conn: Any) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._let_go(conn)
            return
        conn.sock.settimeout(0)
        conn.timeout = monotonic() + LINGER
        self._waiting.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn, [0]))

    def part_from_late(self) -> None:
        while self._waiting and self._waiting[0].timeout < monotonic():
            self._part_from(self._waiting[0])

    def _drain(self, conn: Any, drained: list[int], connection: socket.socket) -> None:
        try:
            read = len(connection.recv(65_536))
        except BlockingIOError:
            return
        except OSError:
            read = 0
        drained[0] += read
        if not read or drained[0] > MOST:
            self._part_from(conn)

    def _part_from(self, conn: Any) -> None:
        self._waiting.remove(conn)
        self.poller.unregister(conn.sock)
        self._let_go(conn)
