"""Whether the server is up: the one path that needs no signature."""

from typing import TYPE_CHECKING

from flask import Blueprint

from app.web.answer import Answer
from app.web.limits import is_get

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PATH = "/healthz"

health = Blueprint("health", __name__)


@health.get(PATH)
def healthy() -> Answer:
    """Say that this process answers; nothing else is looked at."""
    return Answer("ok\n", mimetype="text/plain")


def is_health_check(environ: "WSGIEnvironment") -> bool:
    """Whether a request is `GET /healthz`."""
    return is_get(PATH, environ)
