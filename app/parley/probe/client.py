"""The client of the checks: it sends requests like Twilio, without redirects and retries."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from parley.http_client import NotAnswered, NotConnected, Request, Response, Timeouts, send
from parley.http_headers import authorization_of
from parley.request import PREFIX
from parley.simulator.parameters import inbound
from parley.simulator.signing import sign

LONGEST_SHOWN = 200
"""Maximum length of a redirect's URL in a message, in characters."""


class Unanswered(Exception):
    """Raised for a request without a response; the message says why."""


@dataclass(frozen=True)
class Deployment:
    """The URL of a deployment and the parameters of texts; `auth_token` may be empty.

    `flow` is empty for the webhook of all flows.
    """

    public_url: str = field(repr=False)
    flow: str
    auth_token: str = field(repr=False)
    from_: str = field(repr=False)
    to: str = field(repr=False)
    account_sid: str = field(default="", repr=False)

    @property
    def webhook(self) -> str:
        return f"{self.public_url}{PREFIX}{self.flow}".removesuffix("/")

    def message(self) -> dict[str, str]:
        """Return the parameters of one text, "hi"."""
        parameters = inbound(self.from_, self.to, "hi")
        return {**parameters, "AccountSid": self.account_sid or parameters["AccountSid"]}

    def text(self, message: dict[str, str], cookie: str = "", *, signed: bool = True) -> Response:
        """Return the response to a text. Raises Unanswered."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        if signed:
            headers["X-Twilio-Signature"] = sign(self.webhook, message, self.auth_token)
        if cookie:
            headers["Cookie"] = cookie
        return _response("POST", self.webhook, headers, urlencode(message).encode())


def get(url: str) -> Response:
    """Return the response of a GET. Raises Unanswered."""
    return _response("GET", url, {})


def _response(method: str, url: str, more: dict[str, str], body: bytes = b"") -> Response:
    """Request a URL with Twilio's timeouts; its user name and password are sent as Basic."""
    headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", **authorization_of(url), **more}
    try:
        return send(Request(method, url, headers, body), Timeouts())
    except (NotConnected, NotAnswered) as error:
        raise Unanswered(str(error)) from None


def described(response: Response) -> str:
    """Describe a response with an unexpected status."""
    location = response.header("Location")
    if 300 <= response.status < 400 and location:
        bare = location.partition("?")[0]
        where = bare if "@" not in bare and len(bare) <= LONGEST_SHOWN else "another URL"
        return f"it redirects with {response.status} to {where}"
    if response.status == 401 and response.header("WWW-Authenticate"):
        return "a proxy asks for a password (401)"
    return f"it answers {response.status}"
