"""Requests to an application in this process, without a server between them."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.test import Client
from werkzeug.wrappers import Response as WerkzeugResponse

from parley.conversation.development_checks import Watch, watching
from parley.http_client import Request, Response, Send, Timeouts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def over_wsgi(application: "WSGIApplication", watch: Watch | None = None) -> Send:
    """Send requests to an application in this process, and watch its turns."""
    client = Client(application, WerkzeugResponse, use_cookies=False)

    def send(request: Request, _: Timeouts) -> Response:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        token = watching.set(watch)
        try:
            answer = client.open(
                parts.path,
                method=request.method,
                query_string=parts.query,
                headers=request.headers,
                data=request.body,
                environ_overrides={"RAW_URI": target},
            )
        finally:
            watching.reset(token)
        return Response(answer.status_code, tuple(answer.headers.items()), answer.data)

    return send
