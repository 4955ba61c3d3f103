"""Asking a webhook: signed, with its cookies, tried again and redirected as Twilio does."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urljoin

from app.phone import overrides
from app.phone.errors import TwilioError, error
from app.phone.exchange import (
    NotAnswered,
    NotConnected,
    Request,
    Response,
    Send,
    Timeouts,
    origin,
)
from app.phone.jar import CookieJar
from app.phone.overrides import CLIENT_ERROR, CONNECT, READ, SERVER_ERROR
from app.phone.signing import sign

FOLLOWED = frozenset({301, 302, 303, 307})
"""Redirects that Twilio follows; 308 is not one of them."""
MOST_REDIRECTS = 10


class CallFailed(Exception):
    """A webhook that did not answer well: the error that this earns."""

    def __init__(self, reason: TwilioError, policy: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.policy = policy


@dataclass
class Call:
    """All that is asked for one text: every request with its answer, in their order."""

    auth_token: str = field(repr=False)
    jar: CookieJar
    send: Send
    attempts: list[tuple[Request, Response | None]] = field(default_factory=list, repr=False)
    kept: list[str] = field(default_factory=list, repr=False)
    """The `Set-Cookie` headers that the jar has taken, in their order."""
    token: str = field(default_factory=lambda: str(uuid.uuid4()), repr=False)
    _home: str = field(default="", repr=False)
    """The origin of the webhook: the jar's cookies are its own, and go to no other."""

    def ask(self, url: str, method: str, parameters: Mapping[str, str]) -> Response:
        """The answer of a URL, tried again as its overrides say. Raises CallFailed."""
        bare, rules = overrides.split(url)
        self._home = self._home or origin(bare)
        for retries_left in range(rules.retries, -1, -1):
            try:
                return self._followed(bare, method, parameters, rules.timeouts)
            except CallFailed as failed:
                if not retries_left or failed.policy not in rules.policies:
                    raise
        raise AssertionError("the last try returns or raises")

    def _followed(
        self, url: str, method: str, parameters: Mapping[str, str], timeouts: Timeouts
    ) -> Response:
        ends = time.monotonic() + timeouts.total
        for _ in range(MOST_REDIRECTS):
            left = replace(timeouts, total=max(ends - time.monotonic(), 0.01))
            response = self._sent(self._request(url, method, parameters), left)
            for set_cookie in response.set_cookies if origin(url) == self._home else ():
                self.jar.keep(set_cookie)
                self.kept.append(set_cookie)
            location = response.header("Location")
            if response.status not in FOLLOWED or not location:
                return _well(response)
            url = joined(url, location)
            if response.status != 307:  # as a browser does: what was posted is got elsewhere
                method, parameters = "GET", {}
        raise CallFailed(error(11200, f"more than {MOST_REDIRECTS} redirects"))

    def _sent(self, request: Request, timeouts: Timeouts) -> Response:
        try:
            response = self.send(request, timeouts)
        except (NotConnected, NotAnswered) as problem:
            self.attempts.append((request, None))
            connected = isinstance(problem, NotAnswered)
            code, policy = (11200, READ) if connected else (11205, CONNECT)
            raise CallFailed(error(code, str(problem)), policy) from None
        self.attempts.append((request, response))
        return response

    def _request(self, url: str, method: str, parameters: Mapping[str, str]) -> Request:
        """Signed, with Twilio's headers; the parameters of a GET are in its URL."""
        form = method == "POST"
        if parameters and not form:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Home-Region": "us1",
            "I-Twilio-Idempotency-Token": self.token,
            "X-Twilio-Signature": sign(url, parameters if form else {}, self.auth_token),
        }
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        cookie = self.jar.header() if origin(url) == self._home else ""
        if cookie:
            headers["Cookie"] = cookie
        return Request(method, url, headers, urlencode(parameters).encode() if form else b"")


def joined(url: str, target: str) -> str:
    """Where a redirect leads. Raises CallFailed where it is no URL."""
    try:
        return urljoin(url, target)
    except ValueError:
        raise CallFailed(error(11200, "it redirects to something that is no URL")) from None


def _well(response: Response) -> Response:
    if response.status >= 300:
        policy = SERVER_ERROR if response.status >= 500 else CLIENT_ERROR
        raise CallFailed(error(11200, f"status {response.status}"), policy)
    return response
