"""gunicorn's gevent worker, with a graceful stop that does not wait for idle connections."""

import os
import signal
import socket
import time
from typing import Any

import gevent
from gevent.pool import Pool
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.ggevent import GeventWorker

from parley.server import configuration, idle_connections

MOST_BUFFERED = 32_768
"""Maximum bytes before the end of the headers. gunicorn itself accepts 90 headers of 16 kB."""
INTERVAL = 0.2
"""Seconds between two checks whether the worker has to stop."""


class BoundedRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """A request with a limit on its headers, because gunicorn rescans all of them with each packet.

    A megabyte of headers in small packets took seconds of CPU time, without a signature.
    """

    max_buffer_headers = property(lambda _: MOST_BUFFERED, lambda _, __: None)


RequestParser.mesg_class = BoundedRequest


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """A worker whose stop resets no connection.

    gunicorn has no setting or hook for connections before their first request, nor for the moment
    when a worker closes its listeners: connections in the backlog would be reset.
    """

    def load_wsgi(self) -> None:
        try:
            super().load_wsgi()
        except (Exception, SystemExit) as error:
            reloader = configuration.reloader()
            if reloader is None:
                raise
            self.wsgi = reloader.failed(error)

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGINT, self.handle_exit)  # as SIGTERM: finish what was read

    def run(self) -> None:
        # While a copy of a listener is open, closing the listener resets no connection.
        listeners = [
            idle_connections.PlainSocket(fileno=os.dup(each.fileno())) for each in self.sockets
        ]
        ending = gevent.spawn(self._end, listeners)
        super().run()
        limit = time.monotonic() + self.cfg.graceful_timeout
        while not ending.ready() and time.monotonic() < limit:
            self.notify()
            ending.join(1)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:  # noqa: ARG002
        idle_connections.add(client)
        try:
            super().handle(
                client, client, addr
            )  # only reads a name, and the listener may be closed
        finally:
            idle_connections.remove()

    def _end(self, listeners: list[Any]) -> None:
        """Stop: close idle connections, and serve connections that are not accepted yet."""
        while self.alive:
            gevent.sleep(INTERVAL)
        if live := getattr(self.wsgi, "extensions", {}).get("parley_live"):
            live.close()  # its streams would delay the stop
        while any(listener.fileno() != -1 for listener in self.sockets):
            idle_connections.close_idle()
            gevent.sleep(INTERVAL / 10)
        late = Pool()
        for listener in listeners:
            for client, address in _last_connections(listener):
                late.spawn(self.handle, listener, client, address)
        while idle_connections.close_idle() or len(late):
            gevent.sleep(INTERVAL / 10)


def _last_connections(listener: Any) -> list[tuple[socket.socket, Any]]:
    """Accept the connections in the backlog, and close the listener.

    A connection that arrives between the two is reset: gevent's sockets take longer to close.
    """
    found = []
    listener.settimeout(0)
    try:
        while True:
            found.append(listener.accept())
    except OSError:
        listener.close()
    return [(socket.socket(fileno=client.detach()), address) for client, address in found]
