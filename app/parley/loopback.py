"""Loopback hosts."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str | None) -> bool:
    """Return whether a name or an address is `localhost`, `127.…` or `::1`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Return whether the host of a URL is this machine; False for an invalid URL."""
    try:
        return is_loopback(urlsplit(url).hostname)
    except ValueError:
        return False
