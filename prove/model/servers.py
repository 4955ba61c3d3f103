"""The real application, as it is deployed again and again: other secrets, another `order`."""

import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask

import app.flows
from app import Settings, create_app
from app.phone.testing import AUTH_TOKEN, PUBLIC_URL
from prove.model.expected import Deployed

VERSIONS = {1: "first", 2: "second", 3: "third"}
NAME = "app.flows.order"

Build = Callable[[Deployed, Callable[[], float]], Flask]


def build(deployed: Deployed, now: Callable[[], float]) -> Flask:
    """A server whose clock is as far ahead of this one as was told."""
    settings = Settings.load(
        {
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "SESSION_SECRET": ",".join(deployed.secrets),
        }
    )
    folders = [str(folder(deployed.order))] if deployed.order else []
    sys.modules.pop(NAME, None)
    app.flows.__path__[:0] = folders
    try:
        return create_app(settings, clock=lambda: now() + deployed.ahead)
    finally:
        del app.flows.__path__[: len(folders)]
        sys.modules.pop(NAME, None)


def folder(order: int) -> Path:
    """Where the flow `order` is as it was then."""
    return Path(__file__).parent / "flows" / VERSIONS[order]
