"""A connection that sends the head of an answer together with its body."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Joined(socket.socket):
    """While its sends are `joined`, a head waits for what follows it, or for the end.

    gunicorn writes each by itself: two packets, and the other side is woken twice.
    """

    _is_joining = False
    _head = b""

    @classmethod
    def of(cls, connection: socket.socket) -> "Joined":
        """The same connection; the one that was given is empty afterwards."""
        kind = (connection.family, connection.type, connection.proto)
        return cls(*kind, fileno=connection.detach())

    @contextmanager
    def joined(self) -> Iterator[None]:
        self._is_joining = True
        try:
            yield
        finally:
            self._is_joining = False
            self._send_head()

    def sendall(self, sent: Any, flags: int = 0) -> None:
        if self._is_joining and not self._head and sent.endswith(b"\r\n\r\n"):
            self._head = sent
            return
        head, self._head = self._head, b""
        super().sendall(head + sent, flags)

    def send(self, sent: Any, flags: int = 0) -> int:
        self._send_head()
        return super().send(sent, flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        self._send_head()
        return super().sendfile(file, offset, count)

    def _send_head(self) -> None:
        if self._head:
            self.sendall(b"")
