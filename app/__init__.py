"""Parley: a webhook server that holds SMS conversations."""

import gc

gc.disable()  # what is loaded stays: to look at it again and again takes a tenth of the start

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask

from app.conversation import FlowError
from app.conversation.binding import Bound, bind
from app.flows import residents
from app.outside import errands
from app.outside.chance import seeds
from app.outside.now import local_time
from app.settings import Settings, SettingsError
from app.web import limits, logs
from app.web.application import Application
from app.web.counted import Uncounted
from app.web.door import OwnDoor, stand_guard
from app.web.errors import translate_errors
from app.web.fallback import fallback
from app.web.health import health
from app.web.metrics_door import MetricsDoor
from app.web.sms import sms
from app.wire.session_cookie import SessionCookie
from app.wire.signature import Verifier

gc.freeze()
gc.enable()

if TYPE_CHECKING:
    from app.web.doctor import Doctor

__all__ = ["FlowError", "Settings", "SettingsError", "create_app", "residents"]


def create_app(
    settings: Settings | None = None, *, clock: Callable[[], float] = time.time
) -> Flask:
    """The whole server, put together; settings come from the environment where none are given.

    `clock` returns the seconds since 1970. Raises SettingsError or FlowError where the server
    cannot run as it is.
    """
    settings = settings or Settings.load()
    logs.configure(settings.log_format)
    verifier = Verifier(
        settings.public_url,
        settings.auth_tokens,
        settings.shared_keys,
        settings.allowed_accounts,
    )
    cookies = SessionCookie(settings.session_secrets, clock)

    found = residents()
    metrics, metrics_door = make_metrics(settings, found)
    available = {
        **settings.of_flows,
        **metrics.watched(errands(settings.threads)),
        "now": local_time(clock),
        "seed": seeds(settings.session_secrets[0]),
    }
    flows = {name: bind(flow, available) for name, flow in found.items()}

    app = Application(__name__, static_folder=None)
    app.url_map.merge_slashes = app.url_map.redirect_defaults = False
    app.config["MAX_CONTENT_LENGTH"] = limits.BODY
    app.extensions["metrics"] = metrics  # for what gunicorn refuses
    phone, doctor = add_phone(app, settings, flows, cookies), make_doctor(settings, clock)
    stand_guard(app, verifier, phone, doctor, metrics_door)
    translate_errors(app, flows, metrics)
    app.register_blueprint(health)
    app.register_blueprint(fallback(metrics, opt_out_words=settings.opt_out_words))
    app.register_blueprint(sms(flows, cookies, metrics, opt_out_words=settings.opt_out_words))
    return app


def make_metrics(settings: Settings, flows: Iterable[str]) -> tuple[Uncounted, MetricsDoor | None]:
    """What counts the turns of these flows, and the door that tells; where no setting asks for
    metrics, nothing is counted, and there is no door.
    """
    if not settings.has_metrics:
        return Uncounted(), None
    from app.web.metrics import Metrics

    metrics = Metrics(flows)
    return metrics, MetricsDoor(metrics, settings.metrics_tokens, settings.metrics_port)


def make_doctor(settings: Settings, clock: Callable[[], float]) -> "Doctor | None":
    """Who looks for the mistake behind a refusal, where a setting asks for one."""
    if not settings.explain_refusals:
        return None
    from app.web.doctor import Doctor

    return Doctor(settings, clock)


def add_phone(
    app: Flask, settings: Settings, flows: Mapping[str, Bound], cookies: SessionCookie
) -> dict[str, OwnDoor]:
    """In development the simulated phone at `/phone/`, with its door; elsewhere nothing, and its
    package is not even imported: it signs for whoever opens it.
    """
    if not settings.is_development:
        return {}
    from app.simulation import make_phone

    blueprint, beginning, door = make_phone(settings, flows, cookies)
    app.register_blueprint(blueprint)
    return {beginning: door}
