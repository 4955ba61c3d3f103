"""Candidates for the base URL: a different PUBLIC_URL, or a different URL of the webhook."""

import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import quote, unquote

from parley.request import PREFIX
from parley.twilio.url_spellings import spellings, without_password

_URL = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[^/?#]*)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^][:/?#@\s]+)"
    r"(?::(?P<port>[0-9]{0,5}))?(?P<prefix>(?:/[^?#\s]*)?)",
    re.IGNORECASE,
)
_PORTS = ("443", "80", "8443", "8080", "8000", "5000", "3000")
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_OTHER_SCHEME = {"https": "http", "http": "https"}
_PREFIXES = ("/sms", "/twilio", "/webhook", "/webhooks", "/api", "/parley")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_FLOWS = PREFIX.encode()
"""The beginning of every flow's path, after the prefix."""


class _Base(NamedTuple):
    scheme: str
    user: str
    host: str
    port: str
    prefix: str

    def url(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.prefix}"

    def named_port(self) -> str:
        """The port, empty if it is the default one of the scheme."""
        return "" if self.port == _DEFAULT_PORTS[self.scheme] else self.port


def base_urls(public_url: str, called: str) -> tuple[list[str], list[str]]:
    """Return URLs that differ from PUBLIC_URL in one part, and those that also differ in scheme.

    `called` is where the request was sent; empty if unknown.
    """
    here = _read(public_url)
    if here is None:
        return [], []
    changed = list(_changed(here, _read(called)))
    other_scheme = here._replace(scheme=_OTHER_SCHEME[here.scheme])
    pairs = [each._replace(scheme=_OTHER_SCHEME[each.scheme]) for each in changed]
    known = set(spellings(public_url))
    found: list[list[str]] = []
    for bases in ([other_scheme, *changed], pairs):
        spelt = dict.fromkeys(url for base in bases for url in _spelt(base, here))
        found.append([url for url in spelt if url not in known])
        known.update(spelt)
    return found[0], found[1]


def difference(public_url: str, signed: str, target: bytes) -> tuple[str, str, str]:
    """Return the cause, the finding and the next step if Twilio's URL began with `signed`.

    `target` is the request target as it arrived. Following the next step leads to a flow.
    """
    here, there = _read(public_url), _read(signed)
    if here is None or there is None:
        return "host", "another URL was signed", f"set PUBLIC_URL to {without_password(signed)}"
    differs = {
        "scheme": here.scheme != there.scheme,
        "password": here.user != there.user,
        "host": here.host != there.host,
        "port": here.named_port() != there.named_port(),
        "prefix": here.prefix != there.prefix,
    }
    cause = " and ".join(name for name, is_other in differs.items() if is_other) or "port"
    if differs["password"]:
        has = "a user name and password" if here.user else "no user name and password"
        finding = f"PUBLIC_URL has {has}, which is not what was signed"
    else:
        finding = f"{without_password(signed)} was signed, not {without_password(public_url)}"
    return cause, finding, _next_step(here, there, target)


def _next_step(here: _Base, there: _Base, target: bytes) -> str:
    """Say what to set, so that the next request is signed for PUBLIC_URL and finds its flow."""
    steps, right = [], there
    if (here.scheme, there.scheme) == ("https", "http"):
        port = here.port if here.host == there.host else ""
        right = right._replace(scheme="https", port=port)
    if here.prefix and there.prefix == here.prefix * 2:
        right = right._replace(prefix=here.prefix)
    must_set_webhook = right != there
    if not there.prefix and target.startswith(here.prefix.encode() + _FLOWS) and here.prefix:
        right = right._replace(prefix=here.prefix)
        steps.append(f"let the proxy strip {here.prefix}, which stays in PUBLIC_URL")
    if right.url() not in spellings(here.url()):
        if right.user and right.user != here.user:
            steps.append("set PUBLIC_URL with the user name and password of the webhook")
        else:
            steps.append(f"set PUBLIC_URL to {without_password(right.url())}")
    if must_set_webhook:
        steps.append(f"set the webhook to {without_password(right.url())}/…")
    return " and ".join(steps)


def _changed(here: _Base, called: _Base | None) -> Iterator[_Base]:
    """Change one part at a time, the likeliest first."""
    if called is not None:
        yield called
        for user in (called.user, unquote(called.user)):
            yield here._replace(user=user)
        yield here._replace(host=called.host, port=called.port)
        yield here._replace(host=called.host)
    for host in _hosts(here.host):
        yield here._replace(host=host)
    if here.user:
        for user in ("", unquote(here.user), quote(here.user, safe=":%")):
            yield here._replace(user=user)
    for prefix in ("", here.prefix * 2, unquote(here.prefix), quote(here.prefix, safe="/%")):
        yield here._replace(prefix=prefix)
    for port in _PORTS:
        yield here._replace(port=port)
    for prefix in _PREFIXES:
        yield here._replace(prefix=prefix)


def _hosts(host: str) -> Iterator[str]:
    """Other spellings of a host."""
    yield host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    yield host.lower()
    yield host.removesuffix(".") if host.endswith(".") else f"{host}."
    with suppress(UnicodeError):
        yield host.encode("idna").decode()
    with suppress(UnicodeError):
        yield host.encode().decode("idna")
    if host in _LOOPBACK:
        yield from _LOOPBACK
    elif host.startswith("["):
        with suppress(ValueError):
            address = IPv6Address(host.strip("[]"))
            yield from (f"[{address.compressed}]", f"[{address.exploded}]")


def _spelt(base: _Base, here: _Base) -> tuple[str, ...]:
    """Return a base with and without the port, unless the port or the prefix was changed."""
    is_guessed = base.port != here.port or base.prefix in _PREFIXES
    try:
        spelt = spellings(base.url())
    except ValueError:  # an unescaped part can make the URL invalid
        return ()
    return spelt[:1] if is_guessed and base.host == here.host else spelt


def _read(url: str) -> _Base | None:
    found = _URL.fullmatch(url.rstrip("/"))
    if found is None:
        return None
    user, port = found["user"] or "", found["port"] or ""
    return _Base(found["scheme"].lower(), user, found["host"], port, found["prefix"])
