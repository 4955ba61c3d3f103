"""The page's interface to the server: URLs, secrets, and functions for the data it shows."""

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
"""The name for the webhook of all flows, `POST /sms`, instead of a flow's."""
REFUSAL_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""The headers of a refusal, which does not get those of the page."""

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
    """A flow in the list: its summary, and the first texts to try."""

    summary: str
    tries: tuple[str, ...] = ("hi",)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """A server at `public_url`, to which the page sends texts like Twilio.

    `page_url` is the URL of the page, if another server serves it.
    """

    public_url: str = field(repr=False)
    auth_token: str = field(repr=False)
    flows: Mapping[str, FlowEntry]
    """Their names, in the order of the list."""
    chosen: str = ""
    """The initial flow."""
    simulator: TwilioSimulator
    open_cookie: OpenCookie
    segments: Segments
    routing: Routing = lambda _to, _service: None
    settings_of: SettingsOf = lambda _flow: {}
    explain: Explain
    page_url: str = field(default="", repr=False)
    has_database: bool = False
    """Whether conversations are stored in a database instead of the cookie."""
    load_error: str = ""
    """Why the flows could not be loaded; then there are none, and no text is sent."""
    started: str = field(default_factory=lambda: secrets.token_hex(8))
    """Differs after each reload of the server."""

    @property
    def is_remote(self) -> bool:
        """Return whether the texts go to a different server than the page's."""
        return bool(self.page_url)

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    def webhook(self, flow: str) -> Webhook:
        base = f"{self.public_url}/sms"
        url = base if flow == MENU else f"{base}/{flow}"
        return Webhook(url, self.auth_token, fallback_url=f"{base}/fallback")

    def flow_of(self, to: str) -> str:
        """Return the flow that last received texts to a number; empty for a new number."""
        url = self.simulator.history.webhooks.get(to)
        if url is None:
            return ""
        return url.removeprefix(f"{self.public_url}/sms").removeprefix("/") or MENU

    def file(self, name: str) -> str:
        """The URL of one of the page's files."""
        return f"{origin(self.page_url or self.public_url)}/phone/static/{name}"

    def check_access(self, environ: "WSGIEnvironment") -> Response | None:
        """Return a refusal for a request that must not use the phone, or None."""
        why = refusal(environ, self.page_url or self.public_url)
        return Response(f"{why}\n", 403, REFUSAL_HEADERS, mimetype="text/plain") if why else None
