"""What the page needs of the server: where to text, how to sign, and how to read what it shows."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Response

from parley.http_client import origin
from parley.simulator.delivery import Webhook
from parley.simulator.page.access import refusal
from parley.simulator.simulator import TwilioSimulator

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MENU = "menu"
"""Stands for a flow's name at the webhook of all flows, `POST /sms`."""
REFUSAL_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""The headers of a refusal: those of the page are not added to it."""

OpenCookie = Callable[[str, str, str, str], Mapping[str, Any]]
"""`(cookie header, flow, from, to)` -> `{"remembered": …, "answers": …}` or `{"reason": …}`."""
Segments = Callable[[str], Mapping[str, Any]]
"""`text` -> `{"encoding": …, "count": …, "units": …, "forcing": […]}`."""
Routing = Callable[[str, str], Mapping[str, Any] | None]
"""`(to, Messaging Service)` -> `{"keywords": [{"word", "flow", "summary"}], "default", …}`."""
SettingsOf = Callable[[str], Mapping[str, str]]
"""`flow` -> the settings that its answers depend on, without secrets."""
Explain = Callable[[str, str], Mapping[str, str]]
"""`(a request, its signature)` -> `{"cause": …, "sentence": …}`. Raises ValueError."""


@dataclass(frozen=True)
class FlowEntry:
    """A flow in the list: its first line, and what to text first."""

    summary: str
    tries: tuple[str, ...] = ("hi",)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """The page's view of a server at `public_url`, which it texts as Twilio does.

    `page_url` is where the page itself is, if another server serves it.
    """

    public_url: str = field(repr=False)
    auth_token: str = field(repr=False)
    flows: Mapping[str, FlowEntry]
    """Their names, in the order of the list."""
    chosen: str = ""
    """The flow that is chosen at first."""
    simulator: TwilioSimulator
    open_cookie: OpenCookie
    segments: Segments
    routing: Routing = lambda _to, _service: None
    settings_of: SettingsOf = lambda _flow: {}
    explain: Explain
    page_url: str = field(default="", repr=False)
    has_database: bool = False
    """Whether conversations are remembered in a database instead of the cookie."""
    load_error: str = ""
    """Why the flows could not be loaded; then there are none, and no text is sent."""
    started: str = field(default_factory=lambda: secrets.token_hex(8))
    """Differs after each reload of the server."""

    @property
    def is_remote(self) -> bool:
        """Return whether the server that is texted is another one than that of the page."""
        return bool(self.page_url)

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    def webhook(self, flow: str) -> Webhook:
        base = f"{self.public_url}/sms"
        url = base if flow == MENU else f"{base}/{flow}"
        return Webhook(url, self.auth_token, fallback_url=f"{base}/fallback")

    def flow_of(self, to: str) -> str:
        """The flow that texts to a number went to last; empty for a number that was not texted."""
        url = self.simulator.history.webhooks.get(to)
        if url is None:
            return ""
        return url.removeprefix(f"{self.public_url}/sms").removeprefix("/") or MENU

    def file(self, name: str) -> str:
        """The URL of one of the page's files."""
        return f"{origin(self.page_url or self.public_url)}/phone/static/{name}"

    def check_access(self, environ: "WSGIEnvironment") -> Response | None:
        """A response that refuses a request which may not use the phone."""
        why = refusal(environ, self.page_url or self.public_url)
        return Response(f"{why}\n", 403, REFUSAL_HEADERS, mimetype="text/plain") if why else None
