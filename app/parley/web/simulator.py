"""The simulated Twilio of a development server, with its page; imported in development only."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import flask
from werkzeug.exceptions import HTTPException

from parley.conversation.development_checks import Watch, watching
from parley.conversation.error_descriptions import describe
from parley.conversation.segments import segments
from parley.request import Request
from parley.response import Response, sentence
from parley.settings import Settings
from parley.simulator.page.phone import Phone
from parley.simulator.page.views import PREFIX, make_blueprint
from parley.simulator.simulator import TwilioSimulator
from parley.turn import Webhook
from parley.turn_context import Turn
from parley.web.flask import headers_of
from parley.web.server_view import ServerView, make_phone
from parley.web.wsgi_request import to_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def make_simulator(clock: Callable[[], float]) -> TwilioSimulator:
    return TwilioSimulator(clock=clock, count_segments=lambda text: segments(text).count)


def add_simulator(
    app: flask.Flask,
    settings: Settings,
    webhook: Webhook,
    simulator: TwilioSimulator,
    load_error: str,
) -> str:
    """Add the page of the simulated phone; return the prefix of its paths."""
    server = ServerView(settings, webhook.flows, webhook.router, webhook.memory.sessions)
    phone = make_phone(settings, server, simulator, load_error=load_error)
    app.extensions["parley_simulator"] = simulator
    app.config["TEMPLATES_AUTO_RELOAD"] = True

    def fail(error: Exception) -> flask.Response:
        if isinstance(error, HTTPException):
            return answered(sentence(404, "There is nothing here."))
        return answered(webhook.fail(Turn(to_request(flask.request.environ)), error))

    add_page(app, phone)
    app.register_error_handler(Exception, fail)
    if settings.database_url:
        from parley.web.phone_worker import PhoneWorker

        app.extensions["parley_phone_worker"] = PhoneWorker(settings, webhook, simulator)
    return PREFIX


def add_page(app: flask.Flask, phone: Phone) -> None:
    """Serve the page of a phone, with access checks."""
    app.register_blueprint(make_blueprint(phone))

    @app.before_request
    def check() -> flask.Response | None:
        return phone.check_access(flask.request.environ)


def answered(response: Response) -> flask.Response:
    return flask.Response(response.body, response.status, headers_of(response))


def watch_turns(app: flask.Flask) -> None:
    """Show full errors of turns in the log, and beside the bubble, as a WSGI middleware."""
    application, simulator = app.wsgi_app, app.extensions["parley_simulator"]

    def failed(sid: str, description: str, error: BaseException) -> None:
        simulator.show_failure(sid, description, describe(error).traceback)

    watch = Watch(failed, simulator.note_random)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        token = watching.set(watch)
        try:
            return application(environ, start_response)
        finally:
            watching.reset(token)

    app.wsgi_app = answer  # type: ignore[method-assign]  # how Flask documents a middleware


def redirect_to_phone(_request: Request) -> Response:
    """Redirect `/` and `/phone` to the page."""
    where = PREFIX.lstrip("/")
    return sentence(302, f"The simulated phone is at {PREFIX}", (("Location", where),))


ENDPOINTS = {"GET /": redirect_to_phone, f"GET {PREFIX.rstrip('/')}": redirect_to_phone}
