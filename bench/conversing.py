"""Conversations that are really held with a peer, and the requests and answers they consist of."""

import re
import socket
from collections.abc import Iterable
from typing import NamedTuple

from bench.texts import Text

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
SET_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)


class Answer(NamedTuple):
    """The head of an answer with its status, and its body."""

    head: bytes
    body: bytes

    @property
    def cookies(self) -> str:
        """What a jar would send back of it: all its cookies in one header."""
        return "; ".join(pair.decode() for pair in SET_COOKIE.findall(self.head))


class Turn(NamedTuple):
    """One text with the cookie that it carried, and the document that answered it."""

    text: Text
    cookie: str
    document: bytes


class Line:
    """A connection to a server of this machine, opened anew whenever the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes, status: int = 200) -> Answer:
        """The answer to one request; another status than this ends the measurement."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        answer = self._read(self._socket)
        if not answer.head.startswith(b"HTTP/1.1 %d " % status):
            raise SystemExit(f"a peer answers {answer.head.splitlines()[0]!r}")
        if CLOSE.search(answer.head):
            self.close()
        return answer

    def _read(self, connection: socket.socket) -> Answer:
        received = b""
        while True:
            head, found, body = received.partition(b"\r\n\r\n")
            length = LENGTH.search(head) if found else None
            if length and len(body) >= int(length[1]):
                return Answer(head, body)
            part = connection.recv(65_536)
            if not part:
                raise SystemExit("a peer hangs up before it has answered")
            received += part

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def converse(port: int, turns: Iterable[list[Text]]) -> list[Turn]:
    """Hold these conversations, each with its own cookies, and tell every turn but the first ones,
    which carry no cookie.
    """
    line = Line(port)
    jar: dict[str, str] = {}
    held = []
    for texts in turns:
        for text in texts:
            cookie = jar.get(text.from_, "")
            answer = line.ask(text.as_http(cookie))
            held.append(Turn(text, cookie, answer.body))
            jar[text.from_] = answer.cookies or cookie
    line.close()
    return held
