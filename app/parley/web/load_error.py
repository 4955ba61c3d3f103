"""A development server whose flows cannot be loaded: it shows the simulator with the error.

Imported only in development.
"""

import time
from datetime import datetime

import flask

from parley.conversation.error_descriptions import describe
from parley.delivery_receipts import Receipts
from parley.memory.cookie import CookieMemory
from parley.metrics import NullMetrics
from parley.operators import Operators
from parley.request import Request
from parley.response import Response, sentence
from parley.routing.router import Router
from parley.senders import Senders
from parley.sessions import SessionCookie
from parley.settings import Settings, SettingsError
from parley.turn import Webhook
from parley.twilio.signature import Verifier
from parley.web.flask import make_server, make_simulator

UNAVAILABLE = "The flows could not be loaded; the terminal and the simulated phone say why."


class WithoutFlows(Webhook):
    """Answers the endpoints, and nothing else."""

    def answer(self, request: Request) -> Response:
        endpoint = self.endpoints.get(f"{request.method} {request.target_path}")
        return endpoint(request) if endpoint else sentence(503, UNAVAILABLE)


def make_app(error: str, settings: Settings) -> flask.Flask:
    """Return the application that shows this error, which may have several lines."""
    memory = CookieMemory(
        SessionCookie(settings.session_secrets, time.time, name=settings.session_cookie_name)
    )
    webhook = WithoutFlows(
        flows={},
        verifier=Verifier(settings.public_url, settings.auth_tokens),
        memory=memory,
        operators=Operators(memory),
        metrics=NullMetrics(),
        router=Router((), {}, datetime.now, time.time),
        receipts=Receipts(NullMetrics()),
        senders=Senders(),
    )
    return make_server(settings, webhook, error, simulator=make_simulator(settings))


def described(error: BaseException) -> str:
    """Return the message of an error, and its place in the author's files."""
    return str(error) if isinstance(error, SettingsError) else describe(error).whole
