"""gunicorn's threaded worker, whose threads look out for connections themselves, and of which none
waits for a sender that says nothing (docs/decisions/0019).
"""

import os
import select
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import takewhile
from threading import Lock
from time import monotonic
from typing import Any

from app.web.accepting import AcceptingWorker
from app.web.joined import Joined
from app.web.leaving import Leaving, is_over, said
from app.web.threads import SLOW, Threads


class Kept:
    """That a connection is to be kept, in the shape of the Future that gunicorn asks."""

    def result(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False


class ConnectionWorker(AcceptingWorker):
    """All that gunicorn's worker keeps of its connections is read and changed behind one gate. Its
    first thread is inside, but while it waits; the others step in for a moment.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gate = Lock()
        self._signals = select.poll()
        self._leaving = Leaving(self._let_go)

    def get_thread_pool(self) -> Threads:
        return Threads(self.cfg.threads, self.look_out, self.serve, self.stir)

    def stir(self) -> None:
        """Let the first thread look up: it waits where a signal wakes it, too."""
        with suppress(BlockingIOError):
            os.write(self.PIPE[1], b"\0")

    def run(self) -> None:
        self._signals.register(self.PIPE[0], select.POLLIN)
        self._leaving.poller = self.poller
        with self._gate:
            super().run()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """The first thread serves nobody: it sees to it that somebody does."""
        if self.tpool.look() or not self.alive:
            timeout = SLOW
        self._gate.release()
        try:
            if self._signals.poll(1_000 * timeout):
                os.read(self.PIPE[0], 4_096)
        finally:
            self._gate.acquire()
        self._leaving.part_from_late()

    def look_out(self) -> None:
        """Wait until connections have something to say, and put them where they are served."""
        events = self.poller.select()
        with self._gate:
            for key, _ in events:
                with suppress(KeyError, ValueError):  # closed a moment ago: its time was over
                    key.data(key.fileobj)

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  # as called
        self._serve_late(self.keepalived_conns, self.on_client_socket_readable, force=force)
        super().murder_keepalived(force)

    def murder_pending(self) -> None:
        self._serve_late(self.pending_conns, self.on_pending_socket_readable)
        super().murder_pending()

    def _serve_late(
        self, conns: deque[Any], readable: Callable[[Any, Any], None], *, force: bool = False
    ) -> None:
        """Serve who spoke in time while all threads were slow, so that nobody looked out."""
        now = monotonic()
        over = takewhile(lambda conn: force or conn.timeout <= now, conns)
        for conn in [conn for conn in over if said(conn.sock)]:
            readable(conn, conn.sock)
            self.method_queue.defer(bool)  # nothing: it wakes who looks out by now

    def enqueue_req(self, conn: Any) -> None:
        self.tpool.put(conn)

    def serve(self, conn: Any) -> None:
        kept = False
        try:
            kept = self.handle(conn)
        finally:
            self._finish(conn, kept=kept)

    def handle_request(self, req: Any, conn: Any) -> bool:
        if not isinstance(conn.sock, Joined):  # but one that TLS is spoken on
            return bool(super().handle_request(req, conn))
        with conn.sock.joined():
            return bool(super().handle_request(req, conn))

    def _finish(self, conn: Any, *, kept: bool) -> None:
        if not kept and (self.cfg.is_ssl or conn.is_http2):
            with suppress(OSError):  # closed already
                conn.close(graceful=True)  # which may wait for the other side
            over = True
        else:
            over = not kept and is_over(conn)
        with self._gate:
            if kept and conn.parser.unreader.buf.getvalue():
                # The next request has begun: its turn comes after others have been looked out for.
                self.method_queue.defer(self.enqueue_req, conn)
            elif kept:
                self.finish_request(conn, Kept())
            elif over:
                self._let_go(conn)
            else:
                self._leaving.wait_for(conn)

    def _let_go(self, conn: Any) -> None:
        """Close a connection, and look whether others can be accepted again."""
        conn.close()
        self.nr_conns -= 1
        if self.is_room_again():
            self.stir()

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        if keepalive and getattr(conn.parser.mesg.body.reader, "length", None) == 0:
            return True  # read to its end; gunicorn looks by four system calls
        return bool(super()._keepalive_after(conn, keepalive))
