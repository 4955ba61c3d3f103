"""A request as it arrived, and how much of it is read before it is refused."""

from collections.abc import Mapping
from typing import BinaryIO, NamedTuple

from parley.refusals import (
    BodyTooLarge,
    HeadersTooLarge,
    MethodNotAllowed,
    RequestLineTooLong,
    SignatureError,
)

REQUEST_LINE = 8_190
HEADERS = 15_360
HEADER_COUNT = 90
BODY = 1_048_576
METHODS = ("GET", "POST")
PREFIX = "/sms/"
"""Where the flows answer: `/sms/<flow>`, with or without a slash at the end."""
HEALTH_PATHS = ("/healthz", "/health")
"""Two, because some platforms keep the first to themselves."""
READY_PATH = "/ready"
"""With a database: whether it answers."""
USUAL_METHODS = frozenset({*METHODS, "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
"""Methods that may be logged by their names; any other is logged as `odd`."""


class Request(NamedTuple):
    """A request as it arrived, before anything in it is believed.

    `target` is the raw request target, byte for byte; `path` is its path, decoded, without the
    query. `headers` are by lower-case name, repeated ones joined by a comma. `stream` is the body,
    which ends by itself if `is_terminated`, and after `Content-Length` bytes otherwise.
    """

    method: str
    protocol: str
    target: bytes
    path: str
    headers: Mapping[str, str]
    stream: BinaryIO
    is_terminated: bool

    def __repr__(self) -> str:
        return f"Request({len(self.target)} bytes of target, {len(self.headers)} headers)"

    @property
    def target_path(self) -> str:
        """The path of the raw target, as it arrived."""
        return self.target.partition(b"?")[0].decode("latin-1")

    def header(self, name: str) -> str:
        """The value of a header; empty if the request does not have it."""
        return self.headers.get(name, "")


def read_body(request: Request) -> bytes:
    """Return the body of a request that is within all limits.

    Raises, in this order, RequestLineTooLong, HeadersTooLarge, BodyTooLarge, MethodNotAllowed, and
    SignatureError for a body that did not arrive whole.
    """
    _check_head(request)
    body = _read_stream(request)
    if request.method not in METHODS:
        raise MethodNotAllowed
    if body is None:
        raise SignatureError("unreadable body", "it is cut off or malformed; Twilio sends it whole")
    return body


def _check_head(request: Request) -> None:
    line = len(request.method) + len(request.target) + len(request.protocol) + len("  ")
    if line > REQUEST_LINE:
        raise RequestLineTooLong("request line is too long", line, REQUEST_LINE)
    headers = request.headers
    if len(headers) > HEADER_COUNT:
        raise HeadersTooLarge("headers are too many", len(headers), HEADER_COUNT, "headers")
    size = sum(map(len, headers)) + sum(map(len, headers.values()))
    if size > HEADERS:
        raise HeadersTooLarge("headers are too large", size, HEADERS)


def _read_stream(request: Request) -> bytes | None:
    """The raw body; None if it did not arrive whole. Never reads more than the limit."""
    declared = request.header("content-length")
    length = int(declared[:12]) if declared.isascii() and declared.isdigit() else 0
    if length > BODY:
        raise BodyTooLarge("body is too large", "more", BODY)
    wanted = BODY + 1 if request.is_terminated else length
    try:
        body = request.stream.read(wanted) if wanted else b""
    except Exception:  # each WSGI server has errors of its own for a body that is cut off
        return None
    if len(body) > BODY:
        raise BodyTooLarge("body is too large", "more", BODY)
    return body
