"""Serving the pictures of MEDIA_FOLDER, with types, ranges, and cache headers."""

from collections.abc import Iterable
from logging import WARNING
from typing import TYPE_CHECKING

import flask
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from parley import logging
from parley.media import Found, MediaFolder, MediaRefused
from parley.metrics import NullMetrics
from parley.twilio.facts import MEDIA_TYPES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = ("GET", "HEAD")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""A file never runs as a page of this server."""

_TYPES = {ending: media_type for media_type, ending in reversed(MEDIA_TYPES.items())}
_TYPES |= {".jpeg": "image/jpeg", ".tif": "image/tiff"}


def serve_media(app: flask.Flask, folder: MediaFolder, metrics: NullMetrics) -> None:
    """Answer GET and HEAD below the folder's prefix before Flask, as a WSGI middleware.

    The response to a URL that is not signed, has expired or has no file is the same: 404.
    """
    application: WSGIApplication = app.wsgi_app

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        if request.method not in METHODS or not request.path.startswith(folder.prefix):
            return application(environ, start_response)
        try:
            response = _response(folder.find(request.path.removeprefix(folder.prefix)), environ)
        except MediaRefused as refusal:
            response = _refused(refusal, request.method, metrics)
        except OSError as error:
            unread = MediaRefused("a picture cannot be read", error.strerror or "see its mode")
            response = _refused(unread, request.method, metrics)
        response.headers.update(HEADERS)
        return response(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign]  # how Flask documents a middleware


def _response(found: Found, environ: "WSGIEnvironment") -> Response:
    media_type = _TYPES.get(found.path.suffix.lower(), "application/octet-stream")
    try:
        response = send_file(found.path, environ, mimetype=media_type)
    except RequestedRangeNotSatisfiable as error:
        return Response(status=416, headers={"Content-Range": f"bytes */{error.length}"})
    del response.headers["Content-Disposition"]
    response.headers["Cache-Control"] = f"private, max-age={found.seconds}"
    return response


def _refused(refusal: MediaRefused, method: str, metrics: NullMetrics) -> Response:
    logging.record(
        "refused",
        level=WARNING,
        status=refusal.status,
        method=method,
        reason=refusal.reason,
        next=refusal.next_step,
    )
    metrics.refused(refusal.status, refusal.counted_as)
    headers = {"Cache-Control": "no-store"}
    return Response(f"{refusal.text}\n", refusal.status, headers, mimetype="text/plain")
