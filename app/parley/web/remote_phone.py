"""The page of the phone for a remote server, served on the author's machine."""

import secrets
import time
from collections.abc import Sequence

import flask
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from parley.loading import bind_all, load, make_router
from parley.response import sentence
from parley.sessions import SessionCookie
from parley.settings import Settings
from parley.simulator.page.phone import Phone
from parley.simulator.page.views import PREFIX
from parley.web.server_view import ServerView, make_phone
from parley.web.simulator import add_page, answered, make_simulator

HOST = "127.0.0.1"


def make_remote_phone(
    settings: Settings, page_url: str, names: Sequence[str] = ()
) -> tuple[flask.Flask, Phone]:
    """Return an application with the page at `page_url`, for the server at PUBLIC_URL.

    The flows are `names`; the default are those of the local FLOWS. Raises FlowError or
    SettingsError if these cannot be loaded.
    """
    bound = {} if names else bind_all(load(settings), settings)
    known = settings.session_secrets or (
        secrets.token_hex(32),
    )  # without one, cookies cannot be opened
    server = ServerView(
        settings,
        bound,
        make_router(settings, bound, (), time.time),
        SessionCookie(known, name=settings.session_cookie_name),
        tuple(names),
    )
    phone = make_phone(settings, server, make_simulator(time.time), page_url=page_url)
    app = flask.Flask(__name__, static_folder=None)
    add_page(app, phone)

    @app.get("/")
    def lead() -> flask.Response:
        return flask.Response("", 302, {"Location": PREFIX})

    @app.errorhandler(HTTPException)
    def fail(_error: HTTPException) -> flask.Response:
        return answered(sentence(404, "There is nothing here."))

    return app, phone


def make_local_server(app: flask.Flask, port: int) -> BaseWSGIServer:
    """Return a server of the page for this machine; `serve_forever` runs it."""
    return make_server(HOST, port, app, threaded=True, request_handler=_Quiet)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Do not log requests, because the page polls each second."""
