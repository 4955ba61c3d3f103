"""A raw request, and the limits of its parts."""

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
"""The path prefix of the flows: `/sms/<flow>`, with or without a slash at the end."""
HEALTH_PATHS = ("/healthz", "/health")
"""Two, because some platforms reserve the first."""
READY_PATH = "/ready"
"""The readiness check: with a database, whether it responds."""
USUAL_METHODS = frozenset({*METHODS, "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
"""Methods that are logged by name; any other is logged as `odd`."""


class Request(NamedTuple):
    """A request as it arrived, before any validation.

    `target` is the raw request target, byte for byte; `path` is its decoded path, without the
    query. `headers` are by lower-case name, repeated ones joined by a comma. `stream` is the body,
    which ends by itself if `is_terminated`, otherwise after `Content-Length` bytes.
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
        """Return the value of a header; empty if it is missing."""
        return self.headers.get(name, "")


def read_body(request: Request) -> bytes:
    """Return the body of a request that is within all limits.

    Raises, in this order, RequestLineTooLong, HeadersTooLarge, BodyTooLarge, MethodNotAllowed, and
    SignatureError for an incomplete body.
    """
    _check_head(request)
    body = _read_stream(request)
    if request.method not in METHODS:
        raise MethodNotAllowed
    if body is None:
        raise SignatureError("unreadable body", "it is incomplete or malformed")
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
    """Return the raw body; None if it is incomplete. Never reads more than the limit."""
    declared = request.header("content-length")
    length = int(declared[:12]) if declared.isascii() and declared.isdigit() else 0
    if length > BODY:
        raise BodyTooLarge("body is too large", "more", BODY)
    wanted = BODY + 1 if request.is_terminated else length
    try:
        body = request.stream.read(wanted) if wanted else b""
    except Exception:  # each WSGI server raises its own errors for an incomplete body
        return None
    if len(body) > BODY:
        raise BodyTooLarge("body is too large", "more", BODY)
    return body
