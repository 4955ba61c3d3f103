"""gunicorn's log, made to keep to itself what a request said.

gunicorn logs a header, a request line or a read buffer that it could not read, and of a request
that failed the target with its query.
"""

import logging
import re
import sys
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from app.web.limits import USUAL_METHODS
from app.web.logs import without_words
from app.web.unread import log_handler

_PLAIN_PATH = re.compile(r"/(healthz|metrics|sms/[a-z-]{1,40}/?)?")


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log without the words of an error or, for debugging, of a request."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if not self.error_log.isEnabledFor(logging.DEBUG):
            return
        if msg.startswith("Current configuration"):  # with what was given by --env, secrets too
            msg = "The configuration is not logged: it may hold secrets."
        super().debug(msg, *map(_nameless, args), **kwargs)

    def _set_handler(self, log: Any, output: Any, fmt: Any, stream: Any = None) -> None:
        """gunicorn's handler, but that nobody who stops reading holds the server up."""
        super()._set_handler(log, output, fmt, stream)
        handler = self._get_gunicorn_handler(log)
        if output == "-" and handler is not None:
            log.removeHandler(handler)
            waiting_for_nobody = log_handler(handler.stream)
            waiting_for_nobody.setFormatter(fmt)
            waiting_for_nobody._gunicorn = True  # type: ignore[attr-defined]  # its mark
            log.addHandler(waiting_for_nobody)

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What the access log may show: of the path only what holds no number and no line break."""
        shown: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = shown["U"] or ""
        method = shown["m"] if shown["m"] in USUAL_METHODS else "odd"
        hidden = dict.fromkeys(("r", "q", "f", "a", "u"), "-")
        plain = path if _PLAIN_PATH.fullmatch(path) else "(another path)"
        return {**shown, **hidden, "m": method, "U": plain}

    def exception(self, msg: str, *_: Any, **kwargs: Any) -> None:
        kwargs.pop("exc_info", None)
        error = sys.exc_info()[1]
        if isinstance(error, BlockingIOError):
            super().warning(
                "A connection was closed: it neither sent nor took a byte for 10 seconds."
            )
            return
        told = f"\n{without_words(error)}" if error else ""
        words = msg.partition("%")[0].rstrip()
        super().error("%s%s", words, told, **kwargs)


def _nameless(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) else "..."
