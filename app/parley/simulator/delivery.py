"""The delivery of a text: calling the webhook, executing its TwiML, and calling its fallback.

Requests are signed, have the cookies of the pair, and are retried and redirected like Twilio's.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from parley.http_client import NotAnswered, NotConnected, Request, Response, Send, Timeouts, origin
from parley.simulator import connection_overrides as overrides
from parley.simulator import twiml
from parley.simulator.connection_overrides import CLIENT_ERROR, CONNECT, READ, SERVER_ERROR
from parley.simulator.cookie_jar import CookieJar
from parley.simulator.reported_errors import TwilioError, error
from parley.simulator.signed_text import FORM, GET, signed_text
from parley.simulator.twiml import Delivered
from parley.twilio.facts import FOLLOWED_REDIRECTS

MOST_REDIRECTS = 10


@dataclass(frozen=True)
class Webhook:
    """A number's webhook: `method` is POST or GET; the URL can have connection overrides."""

    url: str = field(repr=False)
    auth_token: str = field(repr=False)
    method: str = "POST"
    fallback_url: str = field(default="", repr=False)


@dataclass
class Delivery:
    """The requests, the responses, the messages delivered, and the errors that Twilio reports."""

    parameters: Mapping[str, str] = field(repr=False)
    attempts: list[tuple[Request, Response | None]] = field(default_factory=list, repr=False)
    messages: list[Delivered] = field(default_factory=list, repr=False)
    errors: list[TwilioError] = field(default_factory=list)
    set_cookies: list[str] = field(default_factory=list, repr=False)
    """The accepted `Set-Cookie` headers: those of the webhook's origin."""
    receipts: list[tuple[Request, Response | None]] = field(default_factory=list, repr=False)
    """The reports on the messages, with the responses."""
    at: float = 0.0
    """When it began, in seconds since 1970."""

    @property
    def response(self) -> Response | None:
        """The last response; None if there was none."""
        return self.attempts[-1][1] if self.attempts else None


class CallFailed(Exception):
    """Raised for a webhook that could not be called, or returned an error; has Twilio's error."""

    def __init__(self, reason: TwilioError, policy: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.policy = policy


@dataclass
class Call:
    """The requests of one text with their responses, in order."""

    auth_token: str = field(repr=False)
    jar: CookieJar
    send: Send
    attempts: list[tuple[Request, Response | None]] = field(default_factory=list, repr=False)
    kept: list[str] = field(default_factory=list, repr=False)
    """The `Set-Cookie` headers that the jar has accepted, in order."""
    token: str = field(default_factory=lambda: str(uuid.uuid4()), repr=False)
    _home: str = field(default="", repr=False)
    """The origin of the webhook: the jar's cookies are sent only to it."""

    def request(self, url: str, method: str, parameters: Mapping[str, str]) -> Response:
        """Request a URL, with the retries of its overrides. Raises CallFailed."""
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
            response = self._sent(self._signed(url, method, parameters), left)
            for set_cookie in response.set_cookies if origin(url) == self._home else ():
                self.jar.keep(set_cookie)
                self.kept.append(set_cookie)
            location = response.header("Location")
            if response.status not in FOLLOWED_REDIRECTS or not location:
                return _checked(response)
            url = joined(url, location)
            if response.status != 307:  # the parameters are lost
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

    def _signed(self, url: str, method: str, parameters: Mapping[str, str]) -> Request:
        """Return a signed request, with the jar's cookies only for the webhook's origin."""
        return signed_text(
            url,
            parameters,
            self.auth_token,
            kind=FORM if method == "POST" else GET,
            cookie=self.jar.header() if origin(url) == self._home else "",
            token=self.token,
        )


def deliver(
    webhook: Webhook, parameters: Mapping[str, str], jar: CookieJar, send: Send
) -> Delivery:
    """Deliver one text; the jar stores the cookies of the responses. Never raises."""
    call = Call(webhook.auth_token, jar, send)
    delivery = Delivery(parameters, call.attempts, set_cookies=call.kept)
    failed = _obey(delivery, call, webhook.url, webhook.method, parameters)
    if failed and webhook.fallback_url:
        report = {"ErrorCode": str(failed.code), "ErrorUrl": webhook.url.partition("#")[0]}
        _obey(delivery, call, webhook.fallback_url, webhook.method, {**parameters, **report})
    return delivery


def _obey(
    delivery: Delivery, call: Call, url: str, method: str, parameters: Mapping[str, str]
) -> TwilioError | None:
    """Execute the TwiML of a URL; return the error that requires the fallback, if any."""
    for _ in range(MOST_REDIRECTS):
        try:
            result = twiml.read(call.request(url, method, parameters))
            delivery.messages += result.messages
            delivery.errors += result.errors
            if result.redirect is None:
                return result.errors[0] if result.errors and not result.messages else None
            method, target = result.redirect
            url = joined(url, target)
        except CallFailed as failed:
            delivery.errors.append(failed.reason)
            return failed.reason
    delivery.errors.append(error(11200, f"more than {MOST_REDIRECTS} redirects"))
    return delivery.errors[-1]


def joined(url: str, target: str) -> str:
    """Return the URL of a redirect. Raises CallFailed if it is not a URL."""
    try:
        return urljoin(url, target)
    except ValueError:
        raise CallFailed(error(11200, "it redirects to something that is not a URL")) from None


def _checked(response: Response) -> Response:
    if response.status >= 300:
        policy = SERVER_ERROR if response.status >= 500 else CLIENT_ERROR
        raise CallFailed(error(11200, f"status {response.status}"), policy)
    return response
