"""One HTTP request and its answer, within the times that Twilio waits."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

READ_AT_MOST = 64_001
"""Bytes of a body: one more than an answer may have, so that this can be told."""


@dataclass(frozen=True)
class Request:
    """What is sent; `body` is empty for a GET."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Response:
    """What came back: at most 64,001 bytes of its body, and how many milliseconds it took."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes = field(repr=False)
    milliseconds: float = 0.0

    def header(self, name: str) -> str:
        """The first header of this name; empty where there is none."""
        wanted = name.lower()
        return next((value for each, value in self.headers if each.lower() == wanted), "")

    @property
    def set_cookies(self) -> list[str]:
        return [value for name, value in self.headers if name.lower() == "set-cookie"]


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect, between two bytes, and in all."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0


class NotConnected(Exception):
    """Nothing listens where the webhook should be; the message says where and why."""


class NotAnswered(Exception):
    """The connection was made, but no answer came over it in time; the message says why."""


Send = Callable[[Request, Timeouts], Response]


def over_http(request: Request, timeouts: Timeouts) -> Response:
    """Send a request over the network. Raises NotConnected or NotAnswered; follows no redirect."""
    started = time.monotonic()
    connection = _connected(request.url, timeouts)
    # A timeout of the socket starts anew with each byte: at the end of all time it is shut down.
    over = threading.Event()
    left = timeouts.total - (time.monotonic() - started)
    alarm = threading.Timer(max(left, 0.01), _shut, [connection.sock, over])
    alarm.start()
    try:
        connection.sock.settimeout(timeouts.read)
        answer, content = _asked(connection, request)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotAnswered(f"no answer from {origin(request.url)} in time, or none whole") from error
    finally:
        alarm.cancel()
        connection.close()
    cut_off = bool(answer.length) and len(content) < READ_AT_MOST
    if over.is_set() or cut_off:
        raise NotAnswered(f"the answer from {origin(request.url)} is cut off, or took too long")
    spent = 1_000 * (time.monotonic() - started)
    return Response(answer.status, tuple(answer.getheaders()), content, spent)


def _connected(url: str, timeouts: Timeouts) -> http.client.HTTPConnection:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise NotConnected("The URL is neither http nor https")
        secure = parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(parts.hostname or "", parts.port, timeout=timeouts.connect)
        connection.connect()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NotConnected(f"Nothing answers at {origin(url)}: {why}") from error
    except (ValueError, http.client.HTTPException) as error:  # an odd host or port
        raise NotConnected("The URL names no host and port that can be called") from error
    return connection


def _asked(
    connection: http.client.HTTPConnection, request: Request
) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.putrequest(request.method, target, skip_accept_encoding=True)
    for name, value in request.headers.items():
        connection.putheader(name, value)
    if request.body:
        connection.putheader("Content-Length", str(len(request.body)))
    connection.endheaders(request.body or None)
    answer = connection.getresponse()
    return answer, answer.read(READ_AT_MOST)


def origin(url: str) -> str:
    """Scheme, host and port of a URL, without a password; of an odd one, nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _shut(connected: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
