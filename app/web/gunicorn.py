"""gunicorn's worker and logger, made to keep to themselves what a request said.

Theirs repeat a header, a request line or a read buffer that they could not read: in the log, and
in the answer. They also log a failing request's target with its query.
"""

import sys
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from app.web.logs import without_words

_NUMBERS_ONLY = (LimitRequestHeaders, LimitRequestLine)  # their words are sizes and limits


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log without the words of an error or, for debugging, of a request."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().debug(msg, *map(_nameless, args), **kwargs)

    def exception(self, msg: str, *_: Any, **kwargs: Any) -> None:
        kwargs.pop("exc_info", None)
        error = sys.exc_info()[1]
        told = f"\n{without_words(error)}" if error else ""
        words = msg.partition("%")[0].rstrip()
        super().error("%s%s", words, told, **kwargs)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, which neither logs nor answers what it could not read."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        if isinstance(exc, ParseException) and not isinstance(exc, _NUMBERS_ONLY):
            for name, value in vars(exc).items():
                if isinstance(value, str | bytes):
                    setattr(exc, name, "...")
        super().handle_error(req, client, addr, exc)


def _nameless(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) else "..."
