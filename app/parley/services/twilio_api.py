"""Twilio's REST API for the services: each request is sent once, within a deadline.

Twilio's own client has no deadline for a whole response (docs/decisions/0029).
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from parley.conversation import ServiceError
from parley.http_client import NotAnswered, NotConnected, Request, Response, Timeouts, send
from parley.http_headers import HEADERS, basic_authorization
from parley.twilio.facts import ERRORS

API = "https://api.twilio.com"
LOOKUPS = "https://lookups.twilio.com"
DEADLINE = 7.0
"""Seconds for all requests of one call of a service."""
CONNECT = 3.0
MAX_BYTES = 65_536

Form = Sequence[tuple[str, str]]


class TwilioRejected(ServiceError):
    """Raised if Twilio rejected a request; `code` is its error code, such as 21610: opted out."""

    def __init__(self, code: int) -> None:
        more = ERRORS.get(code, f"see https://www.twilio.com/docs/errors/{code}")
        super().__init__(f"Twilio rejects it with {code}: {more}")
        self.code = code


class UnknownOutcome(ServiceError):
    """Raised if a request was sent, but it is unknown whether Twilio carried it out."""


@dataclass(frozen=True)
class TwilioApi:
    """A Twilio account; `user` and `password` are an API key, or the account SID and token.

    `elsewhere` maps Twilio's origins to others, for tests.
    """

    account_sid: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)
    elsewhere: Mapping[str, str] = field(default_factory=dict, repr=False)

    def post(self, path: str, form: Form) -> dict[str, Any]:
        """Post a form to a path of this account; return the JSON object of the response."""
        url = f"{API}/2010-04-01/Accounts/{self.account_sid}{path}"
        return _read(self.send("POST", url, Deadline(), form=form))

    def get(self, url: str) -> dict[str, Any]:
        """Return the JSON object at a URL of Twilio's."""
        return _read(self.send("GET", url, Deadline()))

    def send(
        self,
        method: str,
        url: str,
        deadline: "Deadline",
        *,
        form: Form = (),
        max_bytes: int = MAX_BYTES,
        with_credentials: bool = True,
    ) -> Response:
        """Send a request once. Raises ServiceError if there is no response within the deadline."""
        headers = dict(HEADERS)
        if with_credentials:
            headers["Authorization"] = basic_authorization(self.user, self.password)
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form).encode(errors="replace")
        left = deadline.left
        try:
            return send(
                Request(method, self._reached(url), headers, body),
                Timeouts(min(CONNECT, left), left, left),
                max_bytes + 1,
            )
        except NotConnected as error:
            raise ServiceError(f"Twilio cannot be reached: {error.reason}") from None
        except NotAnswered as error:
            raise UnknownOutcome(f"Twilio did not answer: {error.reason}") from None

    def _reached(self, url: str) -> str:
        """Return the URL to connect to: the same, except in tests."""
        for origin, other in self.elsewhere.items():
            if url.startswith(f"{origin}/"):
                return other + url.removeprefix(origin)
        return url


class Deadline:
    """The moment at which a call of a service gives up."""

    def __init__(self, seconds: float = DEADLINE) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then. Raises ServiceError if it has passed."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise ServiceError(f"Twilio took more than {DEADLINE:g} seconds")
        return left


def raise_for(response: Response) -> None:
    """Raise TwilioRejected for a status of 3xx or 4xx, and UnknownOutcome for 5xx."""
    if response.status >= 500:
        raise UnknownOutcome(f"Twilio failed with status {response.status}")
    if response.status >= 300:
        code = _object(response).get("code")
        raise TwilioRejected(code if isinstance(code, int) else response.status)


def _read(response: Response) -> dict[str, Any]:
    raise_for(response)
    found = _object(response)
    if not found:
        raise UnknownOutcome("the response is not Twilio's")
    return found


def _object(response: Response) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
