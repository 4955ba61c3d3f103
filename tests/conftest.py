from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.settings import Settings
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, Twilio


class Clock:
    """The one seam of time: seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def environ() -> dict[str, str]:
    return {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}


@pytest.fixture
def make_app(environ: dict[str, str], clock: Clock) -> Callable[..., Flask]:
    """The real application, with these settings changed."""

    def make(**changed: str) -> Flask:
        return create_app(Settings.load({**environ, **changed}), clock=clock)

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def twilio(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False))


@pytest.fixture
def another(app: Flask) -> Callable[..., Twilio]:
    """Another number that texts the same application, with a jar of its own."""

    def make(**changed: Any) -> Twilio:
        return Twilio(app.test_client(use_cookies=False), **changed)

    return make
