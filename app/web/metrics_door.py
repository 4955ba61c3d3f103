"""The door of the metrics: a token on the server's own port, or a port of this machine alone."""

import hmac
from typing import TYPE_CHECKING

from app.web.answer import Answer
from app.web.limits import is_get

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from app.web.metrics import Metrics

PATH = "/metrics"
HOST = "127.0.0.1"
"""Where METRICS_PORT is listened on."""


class TokenRefused(Exception):
    """Somebody asks for the metrics without one of their tokens."""


class OnlyMetricsHere(Exception):
    """Something else is asked for on the port of the metrics."""

    def __init__(self) -> None:
        super().__init__(f"This port answers GET {PATH} and GET /healthz alone.")


class MetricsDoor:
    """Answers `GET /metrics` for whoever may read it. There is no route behind this door: what
    Twilio signed does not open it, and what comes to the port of the metrics reaches no flow.

    `port` is 0 where there is none.
    """

    def __init__(self, metrics: "Metrics", tokens: tuple[str, ...], port: int) -> None:
        self._metrics = metrics
        self._tokens = [token.encode() for token in tokens]
        self._port = str(port) if port else None

    def __repr__(self) -> str:
        return "MetricsDoor(…)"

    def __call__(self, environ: "WSGIEnvironment") -> Answer | None:
        """The metrics; None for a request that has nothing to do with them.

        Raises OnlyMetricsHere and TokenRefused.
        """
        # SERVER_PORT is the listener's; on a Unix socket it is what `Host` says, so ask the socket.
        if environ["SERVER_PORT"] == self._port and _arrived_at(environ) == (HOST, self._port):
            if not is_get(PATH, environ):
                raise OnlyMetricsHere
            return self._answer()
        if not self._tokens or not is_get(PATH, environ):
            return None
        self._check_token(environ.get("HTTP_AUTHORIZATION", ""))
        return self._answer()

    def _check_token(self, header: str) -> None:
        scheme, _, given = header.partition(" ")
        if scheme.lower() != "bearer":
            raise TokenRefused("no token")
        token = given.strip().encode(errors="replace")
        if not any([hmac.compare_digest(token, each) for each in self._tokens]):  # noqa: C419
            raise TokenRefused("wrong token")

    def _answer(self) -> Answer:
        return Answer(self._metrics.page(), content_type=self._metrics.CONTENT_TYPE)


def _arrived_at(environ: "WSGIEnvironment") -> tuple[str, str] | None:
    """Host and port that a connection was made to, as its socket says; None where none tells."""
    connection = environ.get("gunicorn.socket")
    name = connection.getsockname() if connection else None
    return (name[0], str(name[1])) if isinstance(name, tuple) else None
