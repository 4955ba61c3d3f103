"""Asking a deployment as Twilio would, but following nothing and trying nothing again."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode, urlsplit

from app.phone.exchange import NotAnswered, NotConnected, Request, Response, Timeouts, over_http
from app.phone.parameters import inbound
from app.phone.signing import sign

HEALTH = "/healthz"
LONGEST_SHOWN = 200
"""Characters of a URL that a redirect leads to."""


class Unanswered(Exception):
    """A request without an answer; the message says why."""


@dataclass(frozen=True)
class Deployment:
    """Where it is and how it is texted; the token signs, and is empty where there is none."""

    public_url: str = field(repr=False)
    flow: str
    auth_token: str = field(repr=False)
    from_: str = field(repr=False)
    to: str = field(repr=False)
    account_sid: str = field(default="", repr=False)

    @property
    def webhook(self) -> str:
        return f"{self.public_url}/sms/{self.flow}"

    def message(self) -> dict[str, str]:
        """The parameters of one text, "hi"."""
        parameters = inbound(self.from_, self.to, "hi")
        return {**parameters, "AccountSid": self.account_sid or parameters["AccountSid"]}

    def text(self, message: dict[str, str], cookie: str = "", *, signed: bool = True) -> Response:
        """The answer to a text. Raises Unanswered."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        if signed:
            headers["X-Twilio-Signature"] = sign(self.webhook, message, self.auth_token)
        if cookie:
            headers["Cookie"] = cookie
        return answer("POST", self.webhook, headers, urlencode(message).encode())


def health(public_url: str) -> Response:
    """The answer to `GET /healthz`. Raises Unanswered."""
    return answer("GET", public_url + HEALTH, {})


def answer(method: str, url: str, more: dict[str, str], body: bytes = b"") -> Response:
    """What a URL answers within Twilio's times; its user name and password go along as Basic."""
    headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", **_authorization(url), **more}
    try:
        return over_http(Request(method, url, headers, body), Timeouts())
    except (NotConnected, NotAnswered) as error:
        raise Unanswered(str(error)) from None


def _authorization(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def described(response: Response) -> str:
    """The status of an answer that should have been another, and where it leads."""
    location = response.header("Location")
    if 300 <= response.status < 400 and location:
        bare = location.partition("?")[0]
        where = bare if "@" not in bare and len(bare) <= LONGEST_SHOWN else "another URL"
        return f"it redirects with {response.status} to {where}"
    if response.status == 401 and response.header("WWW-Authenticate"):
        return "a proxy asks for a password (401)"
    return f"it answers {response.status}"
