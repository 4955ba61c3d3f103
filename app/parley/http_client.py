"""An HTTP client with a deadline for the whole request."""

import http.client
import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

MORE_THAN_THE_BODY = 262_144
"""Maximum size in bytes of a response's status line, headers, and chunk framing."""
READ_AT_MOST = 64_001
"""Maximum bytes read of a webhook's body: one more than Twilio accepts, to detect an excess."""


@dataclass(frozen=True)
class Request:
    """A request. Only Host and Content-Length are added to its headers."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Response:
    """A response. `content` is the body as received, without decompression."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes = field(repr=False)
    milliseconds: float = 0.0

    def header(self, name: str) -> str:
        """Return the first header of this name, or an empty string."""
        wanted = name.lower()
        return next((value for each, value in self.headers if each.lower() == wanted), "")

    @property
    def set_cookies(self) -> list[str]:
        return [value for name, value in self.headers if name.lower() == "set-cookie"]


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect to one address, between two bytes, and for the whole request."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0


class NotConnected(Exception):
    """Raised if there is no connection, so nothing was sent. `reason` has no part of the URL."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"No connection to {where}: {reason}" if where else reason)
        self.reason = reason


class NotAnswered(Exception):
    """Raised for a missing or incomplete response. `reason` has no part of the URL."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"No complete response from {where}: {reason}" if where else reason)
        self.reason = reason


Send = Callable[[Request, Timeouts], Response]
"""Sends a request: over the network (`send`), or to an application in this process."""


def send(request: Request, timeouts: Timeouts, max_bytes: int = READ_AT_MOST) -> Response:
    """Send a request once, over a new connection, without redirects or proxies.

    At most `max_bytes` of the body are read. Raises NotConnected or NotAnswered within
    `timeouts.total` seconds, including name lookup, TLS and a response that arrives byte by byte.
    """
    exchange = _Exchange(request, timeouts, max_bytes)
    try:
        # A name lookup cannot be interrupted, only abandoned in its thread (a greenlet with
        # gevent's patch). A daemon thread does not delay the end of the process.
        threading.Thread(target=exchange.run, name="http", daemon=True).start()
    except RuntimeError:
        raise NotConnected("no thread can be started") from None
    return exchange.result()


def origin(url: str) -> str:
    """Return scheme, host and port of a URL, without a password; an empty string for no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class _Exchange:
    """One request: `run` is called in a new thread, `result` in the thread that waits."""

    def __init__(self, request: Request, timeouts: Timeouts, max_bytes: int) -> None:
        self._request = request
        self._timeouts = timeouts
        self._max_bytes = max_bytes
        self._where = origin(request.url)
        self._stop = _Stop()
        self._ends = time.monotonic() + timeouts.total
        self._response: Future[Response] = Future()

    def result(self) -> Response:
        try:
            return self._response.result(self._timeouts.total)
        except TimeoutError:
            reason = f"it took more than {self._timeouts.total:g} seconds"
            if self._stop.is_connected:
                raise NotAnswered(reason, self._where) from None
            raise NotConnected(reason, self._where) from None
        finally:
            self._stop.set()

    def run(self) -> None:
        try:
            self._response.set_result(self._run())
        except BaseException as error:  # the waiting thread raises it
            self._response.set_exception(error)

    def _run(self) -> Response:
        started = time.monotonic()
        connection = self._prepared()
        try:
            self._connect(connection)
            connection.endheaders(self._request.body or None)
            with connection.getresponse() as answer:
                content = answer.read(self._max_bytes)
                is_cut_off = bool(answer.length) and len(content) < self._max_bytes
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotAnswered(_reason(error), self._where) from None
        finally:
            connection.close()
        if time.monotonic() > self._ends:
            raise NotAnswered("it was too late", self._where)
        if is_cut_off:
            raise NotAnswered("the body is cut off", self._where)
        spent = 1_000 * (time.monotonic() - started)
        return Response(answer.status, tuple(answer.getheaders()), content, spent)

    def _response_to(self, sock: socket.socket, *args: Any, **kwargs: Any) -> Any:
        """Create the response of a connection, limited in time and size."""
        most = self._max_bytes + MORE_THAN_THE_BODY
        return http.client.HTTPResponse(_Bounded(sock, self._ends, most), *args, **kwargs)  # type: ignore[arg-type]  # it asks for makefile alone

    def _prepared(self) -> "_Connection":
        """Return an unopened connection with the request's URL and headers."""
        request = self._request
        try:
            parts = urlsplit(request.url)
            if parts.scheme not in ("http", "https"):
                raise NotConnected("The URL is neither http nor https")
            if not parts.hostname:
                raise NotConnected("The URL has no host")
            kind = _Connection if parts.scheme == "http" else _SecureConnection
            connection = kind(parts.hostname, parts.port, timeout=self._timeouts.connect)
            connection.stop = self._stop
            connection.response_class = self._response_to  # type: ignore[assignment]  # it is called
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.putrequest(request.method, target, skip_accept_encoding=True)
            for name, value in request.headers.items():
                connection.putheader(name, value)
            if request.body or request.method == "POST":
                connection.putheader("Content-Length", str(len(request.body)))
        except (ValueError, http.client.HTTPException):
            raise NotConnected("The URL or a header is not valid") from None
        return connection

    def _connect(self, connection: "_Connection") -> None:
        try:
            connection.connect()
        except UnicodeError:  # a label of the host is empty, or over 63 characters
            raise NotConnected("The URL has no valid host") from None
        except OSError as error:
            raise NotConnected(_reason(error), self._where) from None
        connection.sock.settimeout(self._timeouts.read)


class _Bounded:
    """A socket whose file can be read until a deadline, and up to a number of bytes."""

    def __init__(self, sock: socket.socket, ends: float, most: int) -> None:
        self._sock, self._ends, self._most = sock, ends, most

    def makefile(self, _mode: str) -> io.BufferedReader:
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_BoundedFile(raw, self._ends, self._most))


class _BoundedFile(io.RawIOBase):
    """Reads a socket's file. http.client itself limits neither 100 responses nor trailers."""

    def __init__(self, raw: io.RawIOBase, ends: float, most: int) -> None:
        self._raw, self._ends, self._left = raw, ends, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        time.sleep(0)  # under gevent, a connection that always has data would block all others
        if time.monotonic() > self._ends:
            raise TimeoutError("the response takes too long")
        count: int = self._raw.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise http.client.HTTPException("the response is too long")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(http.client.HTTPConnection):
    """A connection that `stop` can end."""

    stop: "_Stop"

    def connect(self) -> None:
        super().connect()
        self.stop.watch(self.sock)


class _SecureConnection(_Connection):
    """A connection with TLS; `stop` can end its handshake, too."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        context = _tls(*map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
        self.sock = context.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.stop.watch(self.sock)
        self.sock.do_handshake()


@cache
def _tls(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Load the trusted certificates of the system or the environment; cached."""
    return ssl.create_default_context()


def _reason(error: Exception) -> str:
    """Describe an error without its text, which may contain parts of the URL or the response."""
    if isinstance(error, ssl.SSLCertVerificationError):
        message, _, _host = error.verify_message.partition(",")
        return f"its certificate is not valid: {message}"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


class _Stop:
    """Ends a connection from another thread, also during a TLS handshake.

    A socket's timeout restarts with every byte (under gevent also inside a TLS record), so it alone
    would let a slow server hold a connection forever.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_set = False

    @property
    def is_connected(self) -> bool:
        return self._socket is not None

    def watch(self, connected: socket.socket) -> None:
        """Set the connection to end. Raises TimeoutError if it should have ended already."""
        self._socket = connected
        if self._is_set:
            raise TimeoutError

    def set(self) -> None:
        self._is_set = True
        if self._socket is not None:
            with suppress(OSError):  # it is closed by now, or not connected any more
                self._socket.shutdown(socket.SHUT_RDWR)
