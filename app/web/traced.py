"""The id under which others know this request, for the log."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# https://www.w3.org/TR/trace-context/: version, trace, parent and flags, in lower case.
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_RANDOM = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
_NUMBER = re.compile(r"([0-9][-_]*){7}")
_LETTER = re.compile(r"[a-fA-F]")


def traced(environ: "WSGIEnvironment") -> dict[str, Any]:
    """The trace of a `traceparent`, or else the `X-Request-ID`; nothing where there is neither.

    An id that could hold a phone number is `odd`. Hexadecimal ids and UUIDs are drawn by lot, and
    may have long runs of digits; one of digits alone is no such draw.
    """
    parent = environ.get("HTTP_TRACEPARENT")
    found = _TRACEPARENT.fullmatch(parent) if parent else None
    if found and _LETTER.search(found[1]):
        return {"trace": found[1]}
    given = environ.get("HTTP_X_REQUEST_ID")
    return {} if given is None else {"request": _shown(given)}


def _shown(given: str) -> str:
    if _RANDOM.fullmatch(given):
        return given if _LETTER.search(given) else "odd"
    return given if _ID.fullmatch(given) and not _NUMBER.search(given) else "odd"
