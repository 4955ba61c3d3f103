"""Parley: a webhook server that holds SMS conversations."""

import time
from collections.abc import Callable

from flask import Flask

from app.flows import FlowError, residents
from app.settings import Settings, SettingsError
from app.web import logs
from app.web.door import stand_guard
from app.web.errors import translate_errors
from app.web.health import health
from app.web.sms import sms
from app.wire.session_cookie import SessionCookie
from app.wire.signature import Verifier

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

    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = app.url_map.redirect_defaults = False
    flows = residents()
    stand_guard(app, verifier)
    translate_errors(app, flows)
    app.register_blueprint(health)
    app.register_blueprint(sms(flows, cookies))
    return app
