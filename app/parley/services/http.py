"""The service `http`, with which flows call other servers."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from parley.conversation import ServiceError
from parley.http_client import NotAnswered, NotConnected, Request, Response, Timeouts, send
from parley.http_headers import HEADERS, REDIRECTS, authorization_of, is_encoded
from parley.tracing import tracing

DEADLINE = 7.0
"""Maximum seconds for a call: a redirect, name lookups, connecting, headers and body."""
CONNECT = 3.0
"""Seconds to connect to one address, before the next address of the name is tried."""
MAX_BYTES = 65_536
"""Maximum size of a body in bytes."""

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


class BadStatus(ServiceError):
    """A response whose `status` is not 2xx."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server responds with {status}")
        self.status = status


@dataclass(frozen=True)
class Answer:
    """A response with a status of 2xx. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are not become U+FFFD."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """Return the JSON value of the body. Raises ServiceError if it is not JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise ServiceError("the response is not JSON") from None


class Http:
    """A client that sends each request once, and gives up at the deadline.

    Every method raises ServiceError with a reason for the log, which contains no part of the URL;
    BadStatus is the ServiceError for a status other than 2xx. A GET follows one redirect, within
    its origin; a POST follows none, and is never retried. `user:password@` in a URL is sent as
    Basic authentication. Bodies are not decompressed.
    """

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
    ) -> Answer:
        """Return the response to a GET."""
        limits, sent = _Limits(deadline, max_bytes), _headers(url, headers)
        response = limits.send(Request("GET", url, sent))
        if response.status in REDIRECTS:
            response = limits.send(Request("GET", _redirected(url, response), sent))
            if response.status in REDIRECTS:
                raise ServiceError("the server redirects more than once")
        return limits.answer(response)

    def get_json(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
    ) -> Any:
        """Return the JSON value at a URL."""
        sent = _merged({"Accept": _JSON}, headers)
        return self.get(url, headers=sent, deadline=deadline, max_bytes=max_bytes).json()

    def post(
        self,
        url: str,
        body: bytes | str | Mapping[str, str] = b"",
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
        idempotency_key: str | None = None,
    ) -> Answer:
        """Return the response to a POST of text, bytes or the fields of a form.

        A server that supports the `Idempotency-Key` header handles two requests with one key once.
        """
        added = {}
        if isinstance(body, Mapping):
            body, added = urlencode(body), {"Content-Type": _FORM}
        if idempotency_key is not None:
            added["Idempotency-Key"] = idempotency_key
        content = body.encode() if isinstance(body, str) else body
        request = Request("POST", url, _headers(url, _merged(added, headers)), content)
        limits = _Limits(deadline, max_bytes)
        return limits.answer(limits.send(request))

    def post_json(
        self,
        url: str,
        value: Any,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
        idempotency_key: str | None = None,
    ) -> Any:
        """POST a JSON value; return the JSON value of the response, None if it has no body."""
        answer = self.post(
            url,
            json.dumps(value),
            headers=_merged({"Content-Type": _JSON, "Accept": _JSON}, headers),
            deadline=deadline,
            max_bytes=max_bytes,
            idempotency_key=idempotency_key,
        )
        return answer.json() if answer.content else None


class _Limits:
    """The time and the bytes that the requests of one call may take."""

    def __init__(self, deadline: float, max_bytes: int) -> None:
        self._deadline = deadline
        self._ends = time.monotonic() + deadline
        self._max_bytes = max_bytes

    def send(self, request: Request) -> Response:
        left = max(self._ends - time.monotonic(), 0.0)
        try:
            return send(request, Timeouts(min(CONNECT, left), left, left), self._max_bytes + 1)
        except (NotConnected, NotAnswered) as error:
            if time.monotonic() >= self._ends:
                late = f"the server took more than {self._deadline:g} seconds"
                raise ServiceError(late) from None
            what = "no connection" if isinstance(error, NotConnected) else "no complete response"
            raise ServiceError(f"{what}: {error.reason}") from None

    def answer(self, response: Response) -> Answer:
        if not 200 <= response.status < 300:
            raise BadStatus(response.status)
        if is_encoded(response.header("Content-Encoding")):
            raise ServiceError("the server sent a compressed body without being asked to")
        if len(response.content) > self._max_bytes:
            raise ServiceError(f"the response is larger than {self._max_bytes:,} bytes")
        headers = {name.lower(): value for name, value in reversed(response.headers)}
        return Answer(response.status, headers, response.content)


def _headers(url: str, headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers to send to a URL, with its user name and password.

    In a traced turn, they include the span.
    """
    now = tracing.get()
    own = {**HEADERS, **now.headers()} if now else HEADERS
    try:
        return _merged({**own, **authorization_of(url)}, headers)
    except ValueError:
        raise ServiceError("the URL is not valid") from None


def _merged(defaults: Mapping[str, str], headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers, and those defaults that they do not replace."""
    given = dict(headers or {})
    names = {name.lower() for name in given}
    return {**{name: defaults[name] for name in defaults if name.lower() not in names}, **given}


def _redirected(url: str, response: Response) -> str:
    """Return the target of a redirect, which must have the same origin."""
    try:
        target = urljoin(url, response.header("Location"))
        is_same = _origin(target) == _origin(url)
    except ValueError:
        raise ServiceError("the server redirects to an invalid URL") from None
    if not is_same:
        raise ServiceError("the server redirects to another origin")
    return target


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443}.get(parts.scheme, 80)
