"""gunicorn's threaded worker, which lets in whom it has room for."""

import errno
import socket
import struct
from functools import partial
from selectors import EVENT_READ
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from app.web.joined import Joined
from app.web.leaving import said

PATIENCE = 10
"""Seconds that a sender is given for the first byte, and for each further one."""
AT_ONCE = 8
"""Connections that are let in before others are served."""
PAUSE = 1
"""Seconds for which nobody is let in where there is no room."""
_NOBODY = (errno.EAGAIN, errno.ECONNABORTED)
_PATIENCE = struct.pack("ll", PATIENCE, 0)  # a timeval: seconds, microseconds


def be_patient(connection: socket.socket) -> None:
    """Wait PATIENCE for the next byte to come or to go."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _PATIENCE)


class AcceptingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Who has said nothing yet waits in the poller, and keeps no thread. Without a free descriptor
    gunicorn's worker would end, and all that it is at with it.
    """

    _full_until = 0.0

    def accept(self, listener: Any) -> None:
        """Let in who waits; a few, for other workers listen, too."""
        for _ in range(AT_ONCE):
            if listener.sock is None or self.nr_conns >= self.worker_connections:
                return
            try:
                connection, address = listener.accept()
            except OSError as error:
                if error.errno not in _NOBODY:
                    self._make_room(error)
                return
            self._let_in(connection, address, listener)

    def _let_in(self, connection: Any, address: Any, listener: Any) -> None:
        self.nr_conns += 1
        connection = Joined.of(connection)
        if connection.family == socket.AF_UNIX:  # which inherits nothing of its listener
            be_patient(connection)
        conn = TConn(self.cfg, connection, address, listener.getsockname())
        if said(connection) is None:
            conn.timeout = monotonic() + PATIENCE
            self.pending_conns.append(conn)
            readable = partial(self.on_pending_socket_readable, conn)
            self.poller.register(connection, EVENT_READ, readable)
        else:
            conn.data_ready = True
            self.enqueue_req(conn)
        if self.nr_conns == self.worker_connections and not self._is_silent_one_gone():
            self.set_accept_enabled(False)  # until one is closed

    def _is_silent_one_gone(self) -> bool:
        """Hang up on who has said nothing for longest: as many as there is room for keep it all."""
        silent = next((conn for conn in self.pending_conns if said(conn.sock) is None), None)
        if silent is None:
            return False
        self.pending_conns.remove(silent)
        self.poller.unregister(silent.sock)
        silent.close()
        self.nr_conns -= 1
        return True

    def _make_room(self, error: OSError) -> None:
        """Accept nobody until a connection is closed, or for a second; close the idle ones."""
        self.log.warning("No connection can be accepted (%s): raise the limit?", error.strerror)
        self._full_until = monotonic() + PAUSE
        self.set_accept_enabled(False)
        self.murder_keepalived(force=True)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  # as gunicorn calls it
        if not enabled or monotonic() >= self._full_until:
            super().set_accept_enabled(enabled)

    def is_room_again(self) -> bool:
        """Whether others are let in again, now that a connection is closed."""
        self._full_until = 0.0
        return self.alive and not self._accepting
