"""Parley as a Flask application: the adapter for Flask's requests and responses."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from logging import ERROR
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import flask

from parley import logging
from parley.discovery import module_names
from parley.loading import Routes
from parley.logging import kept_from_the_reply
from parley.media import MediaFolder
from parley.memory import Memory
from parley.metrics import NullMetrics
from parley.request import HEALTH_PATHS, PREFIX, READY_PATH, Request
from parley.response import PLAIN_TEXT, Response, sentence
from parley.settings import Settings
from parley.turn import Endpoint, Webhook
from parley.web.media import serve_media
from parley.web.webhook import make_webhook
from parley.web.wsgi_request import to_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from parley.simulator.simulator import TwilioSimulator

RESPONSE_HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
"""A response must not be cached, and its type must not be guessed."""

NO_SERVICES: Mapping[str, Any] = MappingProxyType({})


def create_app(
    settings: Settings | None = None,
    *,
    flows: Iterable[str] = (),
    services: Mapping[str, Any] = NO_SERVICES,
    routes: Routes = (),
    clock: Callable[[], float] = time.time,
) -> flask.Flask:
    """Create the whole server; the default settings are those of the environment.

    `flows` are modules (`shop.flows`) and folders (`/srv/flows`); the default is FLOWS. `services`
    are passed to flows by name, and replace the engine's with the same name. `routes` is a TOML
    file, or tables like its `[[route]]`; the default is ROUTES_FILE. `clock` returns seconds since
    1970. Raises SettingsError or FlowError if the server cannot run.
    """
    flows = tuple(flows)
    settings, problems = (settings, []) if settings else Settings.examine(os.environ)
    logging.configure(settings.log_format)
    simulator = make_simulator(settings, clock)
    clock = simulator.now if simulator else clock
    media = MediaFolder.of(settings, PREFIX, clock)
    webhook = make_webhook(
        settings, problems, flows=flows, services=services, routes=routes, clock=clock, media=media
    )
    logging.show_information_of(module_names(flows or settings.flows))
    return make_server(settings, webhook, media=media, simulator=simulator)


def make_simulator(
    settings: Settings, clock: Callable[[], float] = time.time
) -> "TwilioSimulator | None":
    """Return the simulated Twilio, only in development; it shares the server's adjustable clock.

    In production its package is not even imported, because it signs for anyone who opens its page.
    """
    if not settings.is_development:
        return None
    from parley.web import simulator

    return simulator.make_simulator(clock)


def make_server(
    settings: Settings,
    webhook: Webhook,
    load_error: str = "",
    media: MediaFolder | None = None,
    simulator: "TwilioSimulator | None" = None,
) -> flask.Flask:
    """Add the endpoints of a server to the webhook, and the page of the simulator, if any."""
    endpoints = make_endpoints(settings, webhook.metrics, webhook.memory)
    webhook = replace(webhook, endpoints=endpoints)
    app = flask.Flask(__name__, static_folder=None)
    if settings.live_tokens:
        from parley.web.live import add_live

        webhook = add_live(app, settings, webhook)
    app.extensions |= {"parley": webhook, "parley_settings": settings}
    if simulator:
        from parley.web.simulator import add_simulator, watch_turns

        page = add_simulator(app, settings, webhook, simulator, load_error)
        answer_before_flask(app, webhook, is_ours=lambda path: not is_below(path, page))
        watch_turns(app)
    else:
        answer_before_flask(app, webhook, is_ours=lambda _path: True)
    if media:
        serve_media(app, media, webhook.metrics)
    return app


def make_endpoints(settings: Settings, metrics: NullMetrics, memory: Memory) -> dict[str, Endpoint]:
    """Return the endpoints without Twilio's signature.

    They are the health checks, the metrics, and in development the redirects to the simulator.
    """
    endpoints: dict[str, Endpoint] = {
        f"{method} {path}": healthy for path in HEALTH_PATHS for method in ("GET", "HEAD")
    }
    if settings.database_url:
        endpoints |= {f"{method} {READY_PATH}": ready(memory) for method in ("GET", "HEAD")}
    if settings.has_metrics:
        from parley.prometheus import Metrics
        from parley.web.metrics_endpoint import metrics_endpoint

        if isinstance(metrics, Metrics):
            if settings.database_url:
                metrics.add_conversations(memory.lasting.counts)
            endpoints["GET /metrics"] = metrics_endpoint(metrics, settings.metrics_tokens)
    if settings.is_development:
        from parley.web.simulator import ENDPOINTS

        endpoints |= ENDPOINTS
    return endpoints


def healthy(_request: Request) -> Response:
    """Report that this process responds; nothing else is checked."""
    return Response(200, PLAIN_TEXT, b"ok\n")


def ready(memory: Memory) -> Endpoint:
    """Return the endpoint that tells a load balancer whether texts can be answered now."""

    def answer(_request: Request) -> Response:
        if memory.is_ready():
            return Response(200, PLAIN_TEXT, b"ok\n")
        return sentence(503, "The database does not respond.")

    return answer


def answer_before_flask(
    app: flask.Flask,
    webhook: Webhook,
    *,
    is_ours: Callable[[str], bool],
    in_context: bool = False,
) -> None:
    """Answer requests under Parley's paths before Flask, as a WSGI middleware.

    They bypass Flask's routes, hooks, sessions and error handlers. With `in_context` a turn has the
    application's context, so that flows can use `current_app`.
    """
    application = app.wsgi_app

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not is_ours(environ.get("PATH_INFO", "")):
            return application(environ, start_response)
        request = to_request(environ)
        response = (
            answer_in_context(app, webhook, request) if in_context else webhook.answer(request)
        )
        start_response(status_line(response.status), headers_of(response))
        return [] if request.method == "HEAD" else response.stream or [response.body]

    app.wsgi_app = answer  # type: ignore[method-assign]  # how Flask documents a middleware


def answer_in_context(app: flask.Flask, webhook: Webhook, request: Request) -> Response:
    """Answer in the application's context; a teardown function that raises loses no reply."""
    response = None
    try:
        with app.app_context():
            response = webhook.answer(request)
    except Exception as error:
        if response is None:
            raise
        with kept_from_the_reply():
            next_step = "a function of teardown_appcontext raised this; the reply was sent"
            logging.record("teardown", level=ERROR, error=error, next=next_step)
    return response


def is_below(path: str, beginning: str) -> bool:
    """Return whether a path is below another; Flask's routing drops a leading double slash."""
    return f"/{path.lstrip('/')}".startswith(beginning)


@cache
def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def headers_of(response: Response) -> list[tuple[str, str]]:
    return [
        ("Content-Type", response.content_type),
        *(() if response.stream else (("Content-Length", str(len(response.body))),)),
        *RESPONSE_HEADERS,
        *response.headers,
    ]
