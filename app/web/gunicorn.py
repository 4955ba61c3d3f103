"""gunicorn's worker, made to keep to itself what a request said.

gunicorn's own answers repeat a header, a request line or a read buffer that it could not read.
"""

import signal
from itertools import chain
from mmap import mmap
from queue import SimpleQueue
from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException

from app.web.accepting import be_patient
from app.web.connections import ConnectionWorker
from app.web.limits import HEAD_CHECKED, HEADER_COUNT, HEADERS, REQUEST_LINE, few
from app.web.polite import Polite

_NUMBERS_ONLY = (LimitRequestHeaders, LimitRequestLine)  # their words are sizes and limits
_COUNTED_AS = {
    LimitRequestLine: (414, "request line too long"),
    LimitRequestHeaders: (431, "headers too large"),
}


class Worker(ConnectionWorker):
    """gunicorn's threaded worker, which neither logs nor answers what it could not read, counts
    headers as they came, and waits 10 seconds for the next byte of a request to come or of an
    answer to go.
    """

    missed: "SimpleQueue[int] | None" = None
    """Signals that came after the fork and before it listened to any; post_fork sets it."""

    is_stopping: "bytes | mmap" = b"\1"
    """One byte: whether the whole server stops, and not this worker alone; post_fork sets it."""

    def init_signals(self) -> None:
        super().init_signals()
        while self.missed and not self.missed.empty():
            if self.missed.get_nowait() in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
                self.alive = False

    def init_process(self) -> None:
        for listener in self.sockets:  # the connections that it accepts inherit this
            be_patient(listener.sock)
        lay_out(self.cfg)
        super().init_process()

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  # as gunicorn calls it
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive and self.is_stopping[0]:
            self._empty_queues()

    def _empty_queues(self) -> None:
        """Take what waits to be accepted, and stop listening at once.

        gunicorn leaves it waiting until its last worker has ended, and resets it then: at a stop,
        everything that came in the meantime. After this, who comes is refused, and a proxy turns to
        another server without having sent anything. At a reload others answer what waits.
        """
        for listener in self.sockets:
            before = -1
            while before < self.nr_conns < self.worker_connections and listener.sock:
                before = self.nr_conns
                self.accept(listener)
            listener.close()
        self.method_queue.defer(bool)  # nothing: it wakes who looks out, to serve them

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi.extensions[HEAD_CHECKED] = True

    def handle_request(self, req: Any, conn: Any) -> bool:
        # In the WSGI environment headers of one name are one, and their number is lost.
        if sum(map(len, chain.from_iterable(req.headers))) > HEADERS:
            raise LimitRequestHeaders(f"headers over {HEADERS} bytes")
        if len(req.headers) > HEADER_COUNT:
            raise LimitRequestHeaders(f"more than {HEADER_COUNT} headers")
        line = len(req.method) + len(req.uri) + len("  HTTP/1.1")
        if line > REQUEST_LINE:
            raise LimitRequestLine(line, REQUEST_LINE)
        if isinstance(body := req.body.reader, ChunkedReader):
            body.parser = few(body.parser)
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        if isinstance(exc, ParseException) and not isinstance(exc, _NUMBERS_ONLY):
            for name, value in vars(exc).items():
                if isinstance(value, str | bytes):
                    setattr(exc, name, "...")
        if counted_as := _COUNTED_AS.get(type(exc)):
            self.wsgi.extensions["metrics"].refused(*counted_as)
        super().handle_error(req, Polite(client), addr, exc)


def lay_out(cfg: Any) -> None:
    """Put gunicorn's settings where an object has its values: it looks up some forty for each
    request, each by a call. A worker's never change.
    """
    found = {name: setting.get() for name, setting in cfg.settings.items()}
    vars(cfg).update({name: found[name] for name in found if not hasattr(type(cfg), name)})
