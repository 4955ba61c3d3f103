"""A response of the server, independent of the web framework."""

from collections.abc import Iterable
from typing import NamedTuple

PLAIN_TEXT = "text/plain; charset=utf-8"
FAILURE = "Something went wrong here; the server's log says what."


class Response(NamedTuple):
    """What the server answers: a body of bytes, and `headers` beside its content type."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    stream: Iterable[bytes] | None = None
    """What is sent instead of the body, as it comes; closed at its end if it has `close`."""

    def __repr__(self) -> str:
        """Without the body, which has a reply, and the headers, which have the cookie."""
        return f"Response({self.status}, {self.content_type!r}, {len(self.body)} bytes)"


def sentence(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A response of one plain-text sentence."""
    return Response(status, PLAIN_TEXT, f"{text}\n".encode(), headers)
