"""Recorded conversations with a peer, which must do the same work as the others."""

import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bench.peers import Peer, serving
from bench.texts import conversations
from parley.http_client import Request
from tests.webhook import as_http

PAIRS, TURNS = 250, 9
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
SET_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
MESSAGE = re.compile(rb"<Response><Message>([^<]*)</Message></Response>")


class Turn(NamedTuple):
    """One text with the cookies of its conversation, and the reply."""

    request: Request
    message: bytes


class Connection:
    """A connection to a server on this machine, reopened after the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: Request, status: int = 200) -> tuple[bytes, bytes]:
        """Return the head and the body of a response; another status ends the measurement."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(as_http(request))
        head, body = self._read(self._socket)
        if not head.startswith(b"HTTP/1.1 %d " % status):
            raise SystemExit(f"A peer responds with {head.splitlines()[0]!r}.")
        if CLOSE.search(head):
            self.close()
        return head, body

    def _read(self, connection: socket.socket) -> tuple[bytes, bytes]:
        received = b""
        while True:
            head, found, body = received.partition(b"\r\n\r\n")
            length = LENGTH.search(head) if found else None
            if length and len(body) >= int(length[1]):
                return head, body
            part = connection.recv(65_536)
            if not part:
                raise SystemExit("A peer closes a connection before it has answered.")
            received += part

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def with_cookie(request: Request, cookie: str) -> Request:
    headers = {**request.headers, "Cookie": cookie} if cookie else request.headers
    return Request(request.method, request.url, headers, request.body)


def converse(port: int, texts: Iterable[list[Request]]) -> list[Turn]:
    """Hold these conversations, each with its own cookies."""
    connection, jars, held = Connection(port), dict[int, str](), []
    for turn in texts:
        for number, text in enumerate(turn):
            request = with_cookie(text, jars.get(number, ""))
            head, body = connection.ask(request)
            message = MESSAGE.search(body)
            held.append(Turn(request, message[1] if message else body))
            cookies = b"; ".join(SET_COOKIE.findall(head)).decode()
            jars[number] = cookies or jars.get(number, "")
    connection.close()
    return held


def recorded(peer: Peer, folder: Path, pairs: int = PAIRS, turns: int = TURNS) -> list[Turn]:
    """Return the turns with a cookie of conversations with a peer.

    The peer is checked: it counts correctly, and refuses wrong signatures and altered cookies.
    """
    with serving(peer, folder) as server:
        held = converse(server.port, conversations(pairs, turns, path=peer.path))
        for number, turn in enumerate(held):
            if turn.message != (right := expected(number // pairs)):
                raise SystemExit(f"{peer.title} answers {turn.message!r} instead of {right!r}.")
        check_refusals(held[-1], server.port)
    return held[pairs:]


def expected(turn: int) -> bytes:
    """The message that answers the text of this turn, from 0."""
    return b"Your current count is %d" % turn if turn else b"Hello, thanks for the new message!"


def check_refusals(turn: Turn, port: int) -> None:
    connection, request = Connection(port), turn.request
    wrong = request.headers["X-Twilio-Signature"].swapcase()
    headers = {**request.headers, "X-Twilio-Signature": wrong}
    connection.ask(Request(request.method, request.url, headers, request.body), status=403)
    cookie = request.headers["Cookie"]
    altered = cookie[:-10] + ("A" if cookie[-10] != "A" else "B") + cookie[-9:]
    _, body = connection.ask(with_cookie(request, altered))
    if expected(0) not in body:
        raise SystemExit("A peer accepts a cookie that was altered.")
    connection.close()
