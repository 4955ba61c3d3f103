"""gunicorn's own answers, made to say what ours say."""

from typing import Any

from app.web.answer import KEPT_BY_NOBODY


class Polite:
    """A connection on which gunicorn's own answers, too, say that nobody is to keep them."""

    _HEADERS = "".join(f"\r\n{name}: {value}" for name, value in KEPT_BY_NOBODY.items()).encode()

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def sendall(self, answer: bytes) -> None:
        status_line, end, rest = answer.partition(b"\r\n")
        self._connection.sendall(status_line + self._HEADERS + end + rest)
