"""A response of the server, independent of the web framework."""

from collections.abc import Iterable
from typing import NamedTuple

PLAIN_TEXT = "text/plain; charset=utf-8"
FAILURE = "Something went wrong. See the server's log."


class Response(NamedTuple):
    """A response: status, content type, body, and additional `headers`."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    stream: Iterable[bytes] | None = None
    """An iterable that is sent instead of the body; closed at its end if it has `close`."""

    def __repr__(self) -> str:
        """Omit the body, which contains the reply, and the headers, which contain the cookie."""
        return f"Response({self.status}, {self.content_type!r}, {len(self.body)} bytes)"


def sentence(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Return a response with a plain-text sentence."""
    return Response(status, PLAIN_TEXT, f"{text}\n".encode(), headers)
