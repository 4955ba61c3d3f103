"""The live page `/live`: a read-only view of the running server, for its operators."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask

from parley.memory.live_feed import LiveFeed
from parley.memory.live_log import LiveLog
from parley.memory.postgres import PostgresMemory
from parley.request import Request
from parley.response import PLAIN_TEXT, Response
from parley.settings import Settings
from parley.turn import Endpoint, Webhook
from parley.web.live_access import LiveAccess

PAGE, EVENTS = "GET /live", "GET /live/events"
FILES = {
    "live.html": "text/html; charset=utf-8",
    "live.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


def add_live(app: flask.Flask, settings: Settings, webhook: Webhook) -> Webhook:
    """Add the live page to the webhook; `app` stores the parts to close with the process."""
    memory = webhook.memory.lasting
    if not isinstance(memory, PostgresMemory):  # the flows could not be loaded
        return webhook
    log = LiveLog(shows_words=settings.live_shows_words)
    memory.database.chores.append(log.publish)
    feed = LiveFeed(settings.database_url, memory.now)
    app.extensions["parley_live"] = Live(log, feed)
    clock = time.time if settings.is_development else memory.clock  # the phone's page moves that
    access = LiveAccess(settings.live_tokens, settings.public_url, clock)
    endpoints = {**webhook.endpoints, **make_endpoints(access, feed)}
    return replace(webhook, endpoints=endpoints, on_words=log.show_words)


class Live:
    """The parts to close when a process stops: its streams, and its log handler."""

    def __init__(self, log: LiveLog, feed: LiveFeed) -> None:
        self._log, self._feed = log, feed

    def close(self) -> None:
        self._feed.close()
        self._log.close()


def make_endpoints(access: LiveAccess, feed: LiveFeed) -> Mapping[str, Endpoint]:
    """Return the endpoints, with access checks: the page, its files, and the event stream."""
    files = {name: (Path(__file__).parent / "static" / name).read_bytes() for name in FILES}

    def page(request: Request) -> Response:
        if access.is_link(request):
            headers = (*HEADERS, ("Location", "live"), ("Set-Cookie", access.cookie()))
            return Response(303, PLAIN_TEXT, b"", headers)
        return file("live.html")(request)

    def file(name: str) -> Endpoint:
        def answer(request: Request) -> Response:
            access.check(request)
            return Response(200, FILES[name], files[name], HEADERS)

        return answer

    def events(request: Request) -> Response:
        access.check(request)
        unbuffered = ("X-Accel-Buffering", "no")  # nginx would wait for more
        return Response(200, "text/event-stream", b"", (*HEADERS, unbuffered), feed.read())

    more: dict[str, Any] = {f"{PAGE}/{name}": file(name) for name in ("live.css", "live.js")}
    return {PAGE: page, EVENTS: events, **more}
