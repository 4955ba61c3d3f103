"""gunicorn's log, in the server's format, and without the content of requests.

By itself gunicorn logs a malformed header, request line or buffer, and the target of a failed
request with its query.
"""

import logging
import re
import sys
from typing import Any

from gevent import monkey
from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException

from parley import log_stream
from parley.log_stream import log_handler
from parley.logging import formatter, without_words
from parley.request import USUAL_METHODS
from parley.server.configuration import settings

log_stream.system_poll = monkey.get_original("select", "poll")

_PLAIN_PATH = re.compile(r"/(healthz|health|metrics|sms/[a-z0-9-]{1,40}/?)?")
_NEXT_STEPS = {
    LimitRequestLine: "set the webhook to POST instead of GET",
    LimitRequestHeaders: "Twilio's requests are smaller; check whether a proxy adds headers",
}


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """Writes gunicorn's lines in the server's format, without request data or error messages."""

    def setup(self, cfg: Any) -> None:
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in list(log.handlers):
                if type(handler) is logging.StreamHandler:
                    log.removeHandler(handler)
                    log.addHandler(handler := log_handler(handler.stream))
                handler.setFormatter(formatter(settings.log_format if settings else "text"))

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if not self.error_log.isEnabledFor(logging.DEBUG):
            return
        if msg.startswith("Current configuration"):  # includes --env values, also secrets
            msg = "The configuration is not logged: it may contain secrets."
        super().debug(msg, *map(_nameless, args), **kwargs)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, ParseException):
            next_step = _NEXT_STEPS.get(type(error), "Twilio does not send such requests")
            msg, args = "Invalid request: %s. Next: %s.", (type(error).__name__, next_step)
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *_: Any, **kwargs: Any) -> None:
        kwargs.pop("exc_info", None)
        error = sys.exc_info()[1]
        if isinstance(error, TimeoutError):
            self.warning("A connection was closed: it neither sent nor read a byte for 15 seconds.")
            return
        told = f"\n{without_words(error)}" if error else ""
        self.error("%s%s", msg.partition("%")[0].rstrip(), told, **kwargs)

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Return the fields of the access log; a path with numbers or line breaks is hidden."""
        shown: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = shown["U"] or ""
        method = shown["m"] if shown["m"] in USUAL_METHODS else "odd"
        hidden = dict.fromkeys(("r", "q", "f", "a", "u"), "-")
        plain = path if _PLAIN_PATH.fullmatch(path) else "(another path)"
        return {**shown, **hidden, "m": method, "U": plain}


def _nameless(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) else "..."
