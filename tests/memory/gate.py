"""A proxy before a database that passes bytes on, holds them back, or is closed."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Gate:
    """A port of 127.0.0.1 that forwards to another one."""

    behind: int
    port: int = 0
    _listener: socket.socket | None = None
    _sockets: list[socket.socket] = field(default_factory=list)
    _passes: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        """Accept connections again, on the same port as before."""
        self._passes.set()
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def hold(self) -> None:
        """Keep all connections but pass nothing on, like a machine that hangs."""
        self._passes.clear()

    def shut(self) -> None:
        """Refuse new connections and break open ones, like a server that has stopped."""
        if self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        while self._sockets:
            with suppress(OSError), self._sockets.pop() as each:
                each.shutdown(socket.SHUT_RDWR)
        self._passes.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.behind))
                self._sockets += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65_536):
                self._passes.wait()
                to.sendall(part)
        for each in (source, to):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def gate_before(url: str) -> Iterator[tuple[str, Gate]]:
    """Return a gate before the database of a URL, and the URL of the gate."""
    behind = urlsplit(url).port or 0
    gate = Gate(behind)
    gate.open()
    try:
        yield url.replace(f":{behind}/", f":{gate.port}/"), gate
    finally:
        gate.shut()
