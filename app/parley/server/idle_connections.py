"""The connections of a worker that wait for a request, and how a stop closes them."""

import os
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from gevent import getcurrent, monkey

GRACE = 0.5
"""Seconds for which a stop leaves an idle connection open: its next request may be on its way."""

PlainSocket = monkey.get_original("socket", "socket")
"""The system's own socket class, not gevent's."""
_TCP_INFO_SIZE = 56
_LAST_DATA_RECEIVED = 8 + 4 * 11
"""Offset of `tcpi_last_data_recv`, in milliseconds (linux/tcp.h)."""

_waiting: dict[Any, tuple[Any, float]] = {}
"""By greenlet: the connection that it serves, and since when it waits."""


def add(connection: Any) -> None:
    """Note that the current greenlet waits for a request on this connection."""
    _waiting[getcurrent()] = connection, time.monotonic()


def remove() -> Any:
    """Note that the current greenlet does not wait any more; return its connection."""
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
    """Let what has arrived be read and answered, and then let the connection be closed.

    By the system's own socket: gevent's wakes its reader with an error, whatever has arrived.
    """
    with PlainSocket(fileno=os.dup(connection.fileno())) as plain:
        plain.shutdown(socket.SHUT_RD)


def _has_begun(connection: Any, since: float) -> bool:
    """Return whether bytes have arrived on a connection since then; only Linux's TCP says."""
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    except (AttributeError, OSError):
        return False
    (silent,) = struct.unpack_from("I", info, _LAST_DATA_RECEIVED)
    waited = time.monotonic() - since
    return bool(silent / 1_000 < waited - 0.02)
