"""The idle connections of a worker, and how a stop closes them."""

import os
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from gevent import getcurrent, monkey

GRACE = 0.5
"""Seconds that a stop keeps an idle connection open, because a request may be in transit."""

PlainSocket = monkey.get_original("socket", "socket")
"""The system's own socket class, not gevent's."""
_TCP_INFO_SIZE = 56
_LAST_DATA_RECEIVED = 8 + 4 * 11
"""Offset of `tcpi_last_data_recv`, in milliseconds (linux/tcp.h)."""

_waiting: dict[Any, tuple[Any, float]] = {}
"""By greenlet: its connection, and since when it is idle."""


def add(connection: Any) -> None:
    """Record that the current greenlet waits for a request on this connection."""
    _waiting[getcurrent()] = connection, time.monotonic()


def remove() -> Any:
    """Record that the current greenlet no longer waits; return its connection."""
    return _waiting.pop(getcurrent(), (None, 0))[0]


def close_idle() -> bool:
    """Close the connections on which no request has begun; return whether any are left."""
    now = time.monotonic()
    for connection, since in list(_waiting.values()):
        if now - since > GRACE and not _has_begun(connection, since):
            with suppress(OSError):
                _end_of_requests(connection)
    return bool(_waiting)


def _end_of_requests(connection: Any) -> None:
    """Shut down reading: received requests are answered, and then the connection is closed.

    This uses the system's socket: gevent's ends its reader with an error, even if data has arrived.
    """
    with PlainSocket(fileno=os.dup(connection.fileno())) as plain:
        plain.shutdown(socket.SHUT_RD)


def _has_begun(connection: Any, since: float) -> bool:
    """Return whether bytes have arrived on a connection since then; requires Linux."""
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    except (AttributeError, OSError):
        return False
    (silent,) = struct.unpack_from("I", info, _LAST_DATA_RECEIVED)
    waited = time.monotonic() - since
    return bool(silent / 1_000 < waited - 0.02)
