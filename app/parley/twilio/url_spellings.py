"""The spellings of a URL that Twilio may sign."""

import re
from urllib.parse import urlsplit

_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#]*?)(?P<port>:[0-9]*)?(?P<path>/[^?#]*)?")
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def spellings(url: str) -> tuple[str, ...]:
    """Return a URL as written, then with its port (or the default one), then without a port.

    Twilio is inconsistent about the port: both have been seen
    (https://github.com/twilio/twilio-python, `request_validator.py`). Raises ValueError.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("a public URL is http:// or https://, a host, perhaps a port and a path")
    scheme, host, path = parts["scheme"], parts["host"], parts["path"] or ""
    port = parts["port"] if parts["port"] and len(parts["port"]) > 1 else _DEFAULT_PORTS[scheme]
    return tuple(dict.fromkeys([url, f"{scheme}://{host}{port}{path}", f"{scheme}://{host}{path}"]))


def without_password(url: str) -> str:
    """Return a URL without the user name and password that it may contain."""
    scheme, separator, rest = url.partition("://")
    if not _is_url(url):  # the password may end at any @, so remove everything up to the last one
        bare = (rest or scheme).rpartition("@")[2]
        return f"{scheme}{separator}{bare}" if separator else bare
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"


def _is_url(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
