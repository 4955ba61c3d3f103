"""The webhook of all flows with and without its limits; nothing else differs."""

import os

from parley import create_app
from parley.settings import Settings

ROUTES = [{"default": "counter"}]

limited = create_app(Settings.load({**os.environ, "RATE_LIMITS": "on"}), routes=ROUTES)
unlimited = create_app(Settings.load({**os.environ, "RATE_LIMITS": "off"}), routes=ROUTES)
