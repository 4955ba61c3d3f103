"""How much of a request is read before it is refused."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gunicorn.http.errors import ParseException

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REQUEST_LINE = 8_190
HEADERS = 15_360
HEADER_COUNT = 90
BODY = 1_048_576
CHUNKS = 10_000
"""Chunks of a body, each of which costs some microseconds, however small."""
METHODS = ("GET", "POST")
USUAL_METHODS = frozenset({*METHODS, "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
"""Methods that may be logged by their names; of another, nothing is told."""


class TooMuch(Exception):
    """A part of a request that is larger than its limit; the message has both numbers."""

    def __init__(self, what: str, size: int | str, limit: int, unit: str = "bytes") -> None:
        counted = f"{size:,}" if isinstance(size, int) else size
        super().__init__(f"The {what}: {counted} {unit}, at most {limit:,} are read.")


class RequestLineTooLong(TooMuch):
    """A request line over 8,190 bytes."""


class HeadersTooLarge(TooMuch):
    """Headers over 15,360 bytes (names and values), or more than 90 of them."""


class BodyTooLarge(TooMuch):
    """A body over 1 MiB, or in over 10,000 chunks."""


class ChunksTooMany(ParseException):  # type: ignore[misc]  # gunicorn has no types
    """What its server raises while such a body is read."""


class BodyUnreadable(Exception):
    """A body that did not arrive whole, or that HTTP cannot hold."""


class MethodRefused(Exception):
    """A method other than GET and POST."""

    def __init__(self) -> None:
        super().__init__("Only GET and POST are answered here.")


def raw_target(environ: "WSGIEnvironment") -> bytes:
    """The request target, byte for byte as it arrived; empty where the server does not tell."""
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    return target.encode("latin-1", errors="replace")


def is_get(path: str, environ: "WSGIEnvironment") -> bool:
    """Whether a request is a GET of this path, to the letter; a query changes nothing."""
    if environ["PATH_INFO"] != path or environ["REQUEST_METHOD"] != "GET":
        return False
    return raw_target(environ).partition(b"?")[0] == path.encode()


HEAD_CHECKED = "parley.head_checked"
"""Among an application's extensions: its server checks the head of each request by itself."""


def check_head(environ: "WSGIEnvironment") -> None:
    """Raise RequestLineTooLong or HeadersTooLarge."""
    line = len(raw_target(environ)) + len(environ["REQUEST_METHOD"])
    line += len(environ.get("SERVER_PROTOCOL", "")) + len("  ")
    if line > REQUEST_LINE:
        raise RequestLineTooLong("request line is too long", line, REQUEST_LINE)
    sizes = [
        len(name) - len("HTTP_") + len(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            sizes.append(len(name) + len(environ[name]))
    if len(sizes) > HEADER_COUNT:
        raise HeadersTooLarge("headers are too many", len(sizes), HEADER_COUNT, "headers")
    if sum(sizes) > HEADERS:
        raise HeadersTooLarge("headers are too large", sum(sizes), HEADERS)


def read_body(environ: "WSGIEnvironment") -> bytes:
    """The whole body, raw; raises BodyTooLarge without reading more than the limit, and
    BodyUnreadable where it does not arrive whole.
    """
    declared = environ.get("CONTENT_LENGTH") or ""
    if declared.isdigit() and (len(declared) > 12 or int(declared) > BODY):
        raise BodyTooLarge("body is too large", "more", BODY)
    if environ.get("wsgi.input_terminated"):
        wanted = BODY + 1
    else:
        wanted = int(declared) if declared.isdigit() else 0
    try:
        body: bytes = environ["wsgi.input"].read(wanted) if wanted else b""
    except ChunksTooMany:
        raise BodyTooLarge("body is in too many chunks", "more", CHUNKS, "chunks") from None
    except (OSError, ParseException):  # cut off, stalled, or chunked wrongly
        raise BodyUnreadable from None
    if len(body) > BODY:
        raise BodyTooLarge("body is too large", "more", BODY)
    return body


def few(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks; raises ChunksTooMany where they are over 10,000."""
    for number, chunk in enumerate(chunks):
        if number == CHUNKS:
            raise ChunksTooMany
        yield chunk
