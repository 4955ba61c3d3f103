"""The URL that Twilio calls, checked before anything is signed with it."""

import ipaddress
from urllib.parse import urlsplit

EXAMPLE = "https://sms.example.com"


def problem(url: str, mode: str) -> str | None:
    """What is wrong with PUBLIC_URL in this mode, and what to do; None where it is well."""
    if not url:
        return f"PUBLIC_URL is missing: set it to the URL that Twilio calls, like {EXAMPLE}."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # its words repeat parts of the URL, which may hold a password
        return f"PUBLIC_URL is no URL, in its host or its port: write it like {EXAMPLE}."
    if not url.startswith(("https://", "http://")) or not host:
        return f"PUBLIC_URL must begin with https:// in lower case and name a host, like {EXAMPLE}."
    if port == 0 or parts.netloc.endswith(":"):
        return "PUBLIC_URL names no port behind its colon: write a number from 1 to 65535."
    if any(character.isspace() or not character.isprintable() for character in url):
        return "PUBLIC_URL holds white space or a control character: take it out."
    if "?" in url or "#" in url:
        return "PUBLIC_URL holds a query or a fragment: it ends before the path of a flow."
    if mode == "development" and not is_loopback(url):
        return (
            "PUBLIC_URL must name this machine in development, like http://127.0.0.1:8000; "
            "to be reached from outside, set PARLEY_MODE=production."
        )
    if mode == "production" and parts.scheme != "https":
        return (
            "PUBLIC_URL must begin with https:// in production: Twilio's signature does not cover "
            "cookies, and so they are believed over https only."
        )
    return None


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine itself: `localhost`, `127.…` or `[::1]`."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
