"""The headers of the requests that flows and the engine's services send."""

from base64 import b64encode
from urllib.parse import unquote, urlsplit

HEADERS = {"User-Agent": "Parley", "Accept-Encoding": "identity", "Connection": "close"}
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def basic_authorization(user: str, password: str) -> str:
    """Return the value of an `Authorization` header (RFC 7617)."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def authorization_of(url: str) -> dict[str, str]:
    """Return the `Authorization` header for the user name and password in a URL; or nothing.

    Raises ValueError for an invalid URL.
    """
    parts = urlsplit(url)
    if not parts.username:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    return {"Authorization": basic_authorization(user, password)}


def is_encoded(content_encoding: str) -> bool:
    """Return whether a `Content-Encoding` header says that the body is compressed."""
    return content_encoding.strip().lower() not in ("", "identity")
