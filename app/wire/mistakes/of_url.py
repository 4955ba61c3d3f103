"""Mistakes in what comes before the path of a flow: PUBLIC_URL, or the URL of the webhook."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.wire.public_url import shown, spellings

_URL = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[^/?#]*)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^][:/?#@\s]+)"
    r"(?::(?P<port>[0-9]{0,5}))?(?P<prefix>(?:/[^?#\s]*)?)",
    re.IGNORECASE,
)
_PORTS = ("443", "80", "8443", "8080", "8000", "5000", "3000")
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_PREFIXES = ("/sms", "/twilio", "/webhook", "/webhooks", "/api", "/parley")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


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


def nearby(public_url: str, called: str) -> tuple[list[str], list[str]]:
    """URLs that PUBLIC_URL may have been meant to be: with one mistake, and with the scheme's too.

    `called` is where the request was sent, as far as that is known; empty where it is not.
    """
    here = _read(public_url)
    if here is None:
        return [], []
    other = {"http": "https", "https": "http"}
    changed = list(_changed(here, _read(called)))
    singles = [here._replace(scheme=other[here.scheme]), *changed]
    pairs = [each._replace(scheme=other[each.scheme]) for each in changed]
    known = dict.fromkeys(spellings(public_url))
    found: list[list[str]] = []
    for bases in (singles, pairs):
        spelt = [url for base in bases for url in _spelt(base, here)]
        found.append([url for url in dict.fromkeys(spelt) if url not in known])
        known.update(dict.fromkeys(spelt))
    return found[0], found[1]


def difference(public_url: str, signed: str, target: bytes) -> tuple[str, str]:
    """In a word what two URLs differ in, and the sentence that says what to set."""
    here, there = _read(public_url), _read(signed)
    if here is None or there is None:
        return "host", f"set PUBLIC_URL to {shown(signed)}"
    parts = {
        "scheme": here.scheme == there.scheme,
        "password": here.user == there.user,
        "host": here.host == there.host,
        "port": _port(here) == _port(there),
        "prefix": here.prefix == there.prefix,
    }
    cause = " and ".join(name for name, alike in parts.items() if not alike) or "port"
    if "password" in cause:
        has = "a user name and password" if here.user else "no user name and password"
        told = f"PUBLIC_URL has {has}, which is not what was signed"
    else:
        told = f"{shown(signed)} was signed, not {shown(public_url)}"
    return cause, f"{told}: {_advice(here, there, cause, target)}"


def _advice(here: _Base, there: _Base, cause: str, target: bytes) -> str:
    set_the_webhook = f"set the webhook to {shown(here.url())}/…"
    if (here.scheme, there.scheme) == ("https", "http"):
        return set_the_webhook
    if cause == "prefix" and here.prefix:
        if there.prefix == here.prefix * 2:
            return set_the_webhook
        if not there.prefix and target.startswith(f"{here.prefix}/".encode()):
            return f"let the proxy strip {here.prefix}, which stays in PUBLIC_URL"
    if "password" in cause and there.user:
        return "set PUBLIC_URL with the user name and password of the webhook"
    return f"set PUBLIC_URL to {shown(there.url())}"


def _changed(here: _Base, there: _Base | None) -> Iterator[_Base]:
    """One thing changed at a time, the likeliest first."""
    if there is not None:
        yield there
        yield here._replace(host=there.host, port=there.port)
        yield here._replace(host=there.host)
    bare = here.host.removeprefix("www.")
    yield here._replace(host=bare if bare != here.host else f"www.{here.host}")
    yield here._replace(host=here.host.lower())
    if here.host in _LOOPBACK:
        for host in _LOOPBACK:
            yield here._replace(host=host)
    if here.user:
        yield here._replace(user="")
    yield here._replace(prefix="")
    yield here._replace(prefix=here.prefix * 2)
    for port in _PORTS:
        yield here._replace(port=port)
    for prefix in _PREFIXES:
        yield here._replace(prefix=prefix)


def _spelt(base: _Base, here: _Base) -> tuple[str, ...]:
    """With and without the port, where the guess is not of the port or of one prefix of many."""
    guessed = base.port != here.port or base.prefix in _PREFIXES
    return (base.url(),) if guessed and base.host == here.host else spellings(base.url())


def _read(url: str) -> _Base | None:
    found = _URL.fullmatch(url.rstrip("/"))
    if found is None:
        return None
    user, port = found["user"] or "", found["port"] or ""
    return _Base(found["scheme"].lower(), user, found["host"], port, found["prefix"])


def _port(base: _Base) -> str:
    return "" if base.port == _DEFAULT_PORTS[base.scheme] else base.port
