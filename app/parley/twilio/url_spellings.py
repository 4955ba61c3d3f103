"""The URL that Twilio calls, in the spellings in which it may be signed."""

import re
from urllib.parse import urlsplit

_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#]*?)(?P<port>:[0-9]*)?(?P<path>/[^?#]*)?")
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def spellings(url: str) -> tuple[str, ...]:
    """A URL as it is written, then with its port (443 or 80 where it names none) and without.

    Twilio is inconsistent about the port: both have been seen
    (https://github.com/twilio/twilio-python, `request_validator.py`).
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("a public URL is http:// or https://, a host, perhaps a port and a path")
    scheme, host, path = parts["scheme"], parts["host"], parts["path"] or ""
    port = parts["port"] if parts["port"] and len(parts["port"]) > 1 else _DEFAULT_PORTS[scheme]
    return tuple(dict.fromkeys([url, f"{scheme}://{host}{port}{path}", f"{scheme}://{host}{path}"]))


def shown(url: str) -> str:
    """A URL without the user name and password that it may hold."""
    scheme, separator, rest = url.partition("://")
    if not _is_url(url):  # where its password ends is anybody's guess: before the last @
        bare = (rest or scheme).rpartition("@")[2]
        return f"{scheme}{separator}{bare}" if separator else bare
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"


def _is_url(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
