"""Access to the phone: it signs for any visitor, so it accepts only requests from this machine."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parley.loopback import is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NAMES = ("127.0.0.1", "localhost", "[::1]")
_RELAYED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_CF_CONNECTING_IP")


def refusal(environ: "WSGIEnvironment", public_url: str) -> str | None:
    """Return why a request must not use the phone; None if it may.

    A tunnel makes every caller look local, so relayed requests are refused. Another page in the
    same browser can send requests, but not with this server's `Host` and `Origin`.
    """
    if any(name in environ for name in _RELAYED) or any(
        name.startswith("HTTP_X_FORWARDED") for name in environ
    ):
        return "The phone accepts no requests that came through a proxy or tunnel."
    if not is_loopback(environ.get("REMOTE_ADDR", "")):
        return "The phone accepts requests from this machine only."
    host = environ.get("HTTP_HOST", "").lower()
    if host not in hosts(public_url):
        return "Open the phone at the address that the server printed, not under another name."
    ours = f"{urlsplit(public_url).scheme}://{host}"
    reads = environ["REQUEST_METHOD"] == "GET"
    if environ.get("HTTP_ORIGIN", ours if reads else "").lower() != ours:
        return "The phone accepts requests from its own page only."
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
        return "Open the phone by its address, not from another page."
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip()
    if not reads and media_type != "application/json":
        return "The phone accepts JSON only."
    return None


def hosts(public_url: str) -> set[str]:
    """Return the allowed `Host` headers: this machine's names, with the port."""
    parts = urlsplit(public_url)
    default = 443 if parts.scheme == "https" else 80
    port = parts.port or default
    with_port = {f"{name}:{port}" for name in NAMES}
    return with_port | set(NAMES) if port == default else with_port
