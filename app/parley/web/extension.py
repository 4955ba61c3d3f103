"""Parley as an extension of an existing Flask application."""

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import flask

from parley.loading import Routes
from parley.media import MediaFolder
from parley.request import PREFIX
from parley.settings import Settings
from parley.web.flask import NO_SERVICES, answer_before_flask
from parley.web.media import serve_media
from parley.web.webhook import make_webhook

_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+/?")
"""Without `.` and `..` as segments: clients resolve them."""


class Parley:
    """Flows in your own application: `Parley(flows=["shop.flows"]).init_app(app)`.

    The flows answer at `/sms/<flow>`, or under another `url_prefix`. Requests under the prefix are
    answered before Flask dispatches them: they bypass the application's hooks, handlers and
    sessions, and other requests bypass Parley. A turn runs in the application's context
    (`current_app`), so that flows and services can use its database.

    Health checks, metrics and logging are the application's own; Parley logs to the logger
    `parley`.
    """

    def __init__(
        self,
        app: flask.Flask | None = None,
        *,
        flows: Iterable[str] = (),
        services: Mapping[str, Any] = NO_SERVICES,
        routes: Routes = (),
        settings: Settings | None = None,
        url_prefix: str = PREFIX,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._flows, self._services = tuple(flows), services
        self._routes, self._settings, self._clock = routes, settings, clock
        if app is not None:
            self.init_app(app, url_prefix=url_prefix)

    def init_app(self, app: flask.Flask, *, url_prefix: str = PREFIX) -> None:
        """Answer at `<url_prefix>/<flow>` of this application.

        Settings come from the environment if none were given. Raises SettingsError, FlowError, and
        ValueError for a prefix that is not a path like `/texts`.
        """
        if not _PREFIX.fullmatch(url_prefix):
            raise ValueError(
                "url_prefix must be a path like /texts: a slash before each segment, and in a "
                f"segment letters, digits, '.', '_', '~' and '-' (it is {url_prefix!r})."
            )
        prefix = f"{url_prefix.removesuffix('/')}/"
        settings, problems = (
            (self._settings, []) if self._settings else Settings.examine(os.environ)
        )
        media = MediaFolder.of(settings, prefix, self._clock)
        webhook = make_webhook(
            settings,
            problems,
            flows=self._flows,
            services=self._services,
            routes=self._routes,
            clock=self._clock,
            prefix=prefix,
            media=media,
        )
        app.extensions |= {"parley": webhook, "parley_settings": settings}
        answer_before_flask(
            app, webhook, is_ours=lambda path: path.startswith(prefix), in_context=True
        )
        if media:
            serve_media(app, media, webhook.metrics)
