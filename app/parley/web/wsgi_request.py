"""The request of a WSGI environment (PEP 3333)."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from parley.request import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def to_request(environ: "WSGIEnvironment") -> Request:
    """Read a WSGI environment (PEP 3333), with the extensions of WSGI servers if available."""
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return Request(
        method=environ["REQUEST_METHOD"],
        protocol=environ.get("SERVER_PROTOCOL", ""),
        target=raw_target(environ),
        path=environ.get("PATH_INFO", ""),
        headers=headers,
        stream=environ["wsgi.input"],
        is_terminated=bool(environ.get("wsgi.input_terminated")),
    )


def raw_target(environ: "WSGIEnvironment") -> bytes:
    """Return the request target, byte for byte as it arrived.

    gunicorn has it in `RAW_URI`, other servers in `REQUEST_URI`. Without either, it is rebuilt:
    then a path with unusual escapes differs from the original.
    """
    given = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if given:
        return str(given).encode("latin-1", errors="replace")
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    target = quote(path.encode("latin-1"), safe="/-_.~!$&'()*+,;=:@")
    return (f"{target}?{query}" if query else target).encode("latin-1")
