"""Limits for the time and size of a request's body under gunicorn."""

import errno
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import gevent
from gunicorn.http.body import ChunkedReader, LengthReader

SECONDS = 15
"""Seconds from the headers to the last byte of the body: Twilio's own timeout."""
MOST_BYTES = 2 * 1_048_576
"""Maximum bytes read of a body. The application refuses more than 1 MiB and discards the rest."""
LINGER = 2
"""Seconds for which the rest of a refused body is read and discarded."""
MOST_CHUNKS = 2_000
"""Maximum number of chunks: each takes some microseconds, independent of its size."""
MOST_PIECES = 4_000
"""Maximum reads of a chunked body: each takes 50 µs; over Ethernet a megabyte needs 800."""
LARGE_PIECE = 32_768
"""Minimum bytes that must have arrived before a read, unless fewer are missing."""


class BodyReader:
    """Reads a body like gunicorn's own reader, within these limits.

    Raises TimeoutError and ConnectionResetError: gunicorn then closes the connection, after the
    application's answer.
    """

    def __init__(self, request: Any, connection: Any) -> None:
        self._unreader, self._connection = request.unreader, connection
        self._reader, self._ends = request.body.reader, time.monotonic() + SECONDS
        self.bytes_read, self.is_at_end = 0, False
        if isinstance(self._reader, ChunkedReader):
            # gunicorn limits neither the number of chunks nor the number of reads.
            self._reader.parser = limited(self._reader.parse_chunked(Pieces(self._unreader)))

    def read(self, size: int) -> bytes:
        if self.is_at_end:
            return b""
        if isinstance(self._reader, LengthReader):
            self._receive(min(size, self._reader.length))
            data: bytes = self._reader.read(size)
        else:
            with self._deadline():
                data = self._reader.read(size)
        self.bytes_read += len(data)
        self.is_at_end = not data
        if self.bytes_read > MOST_BYTES:
            raise ConnectionResetError(errno.ECONNRESET, "The body is too large.")
        return data

    def _receive(self, wanted: int) -> None:
        """Receive `wanted` bytes into gunicorn's buffer, or fewer at the end of the body."""
        pieces = [self._unreader.take_buffered()]
        missing = wanted - len(pieces[0])
        if missing > 0:
            try:
                with self._deadline():
                    while missing > 0 and (piece := self._receive_piece(missing)):
                        pieces.append(piece)
                        missing -= len(piece)
            finally:
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self._unreader.unread(b"".join(pieces))

    def _receive_piece(self, missing: int) -> bytes:
        """Wait until a whole piece has arrived, so that small packets cost little."""
        if not isinstance(self._connection, ssl.SSLSocket):  # TLS may have buffered a part already
            least = min(missing, LARGE_PIECE)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)
        piece: bytes = self._connection.recv(missing)
        return piece

    def _deadline(self) -> gevent.Timeout:
        left = max(0, self._ends - time.monotonic())
        return gevent.Timeout(left, TimeoutError(f"The body took more than {SECONDS} seconds."))


class Pieces:
    """The part of gunicorn's unreader that reads chunks; gives up after MOST_PIECES pieces."""

    def __init__(self, unreader: Any) -> None:
        self._unreader, self._number = unreader, 0
        self.unread = unreader.unread

    def read(self, size: int | None = None, read_ahead: int | None = None) -> bytes:
        self._number += 1
        if self._number > MOST_PIECES:
            raise ConnectionResetError(errno.ECONNRESET, "The body has too many pieces.")
        data: bytes = self._unreader.read(size, read_ahead=read_ahead)
        return data


def limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks; raise ConnectionResetError after MOST_CHUNKS."""
    for number, chunk in enumerate(chunks):
        if number == MOST_CHUNKS:
            raise ConnectionResetError(errno.ECONNRESET, "The body has too many chunks.")
        yield chunk


def has_rest(reader: BodyReader, environ: Mapping[str, Any]) -> bool:
    """Return whether the application has left a part of this request's body unread."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return not reader.is_at_end
    return reader.bytes_read < int(environ.get("CONTENT_LENGTH") or 0)


def discard_rest(connection: Any) -> None:
    """Read and discard the rest of the body, so that the response arrives before the close.

    Data that arrives at a closed socket resets the connection, and the response may be lost
    (RFC 9112, section 9.6).
    """
    left = MOST_BYTES
    with suppress(OSError), gevent.Timeout(LINGER, exception=False):
        connection.shutdown(socket.SHUT_WR)
        while left > 0 and (data := connection.recv(65_536)):
            left -= len(data)
