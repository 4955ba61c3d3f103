"""The phone's own door: it signs for whoever opens it, so it opens for this machine alone."""

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NAMES = ("127.0.0.1", "localhost", "[::1]")
_RELAYED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_CF_CONNECTING_IP")


def refusal(environ: "WSGIEnvironment", public_url: str) -> str | None:
    """Why a request may not use the phone, in a sentence; None where it may.

    A tunnel makes every caller look local, so a request that was relayed is refused. Another page
    in the same browser can send requests, but neither with our `Host` nor with our `Origin`.
    """
    if any(name in environ for name in _RELAYED) or any(
        name.startswith("HTTP_X_FORWARDED") for name in environ
    ):
        return "The phone is for this machine alone; this request came through a proxy or tunnel."
    if not _is_loopback(environ.get("REMOTE_ADDR", "")):
        return "The phone is for this machine alone."
    host = environ.get("HTTP_HOST", "").lower()
    if host not in hosts(public_url):
        return f"Open the phone at {public_url}/phone/ and under no other name."
    if environ["REQUEST_METHOD"] == "POST":
        scheme = urlsplit(public_url).scheme
        if environ.get("HTTP_ORIGIN", "").lower() != f"{scheme}://{host}":
            return "The phone takes orders from its own page alone."
        if environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != "application/json":
            return "The phone takes JSON alone."
    return None


def hosts(public_url: str) -> set[str]:
    """The `Host` headers under which this server may be opened: this machine's names, its port."""
    parts = urlsplit(public_url)
    port = parts.port
    if port is None:
        return {*NAMES, (parts.hostname or "").lower()}
    return {f"{name}:{port}" for name in NAMES} | {parts.netloc.rpartition("@")[2].lower()}


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
