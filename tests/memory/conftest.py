from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from parley import create_app
from parley.settings import Settings
from parley.testing import Clock
from tests.memory import diary
from tests.memory.texts import AtOnce
from tests.webhook import SETTINGS, Twilio


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_server(database_url: str, clock: Clock) -> Iterator[Callable[..., Flask]]:
    """Make one of several servers with the same database, each with its own connections."""
    made: list[Flask] = []

    def make(**changed: str) -> Flask:
        environ = {**SETTINGS, "DATABASE_URL": database_url, "DATABASE_CONNECTIONS": "2", **changed}
        app = create_app(Settings.load(environ), flows=["flows", "tests.memory.diary"], clock=clock)
        made.append(app)
        return app

    diary.RAN.clear()
    diary.MAY_END.clear()
    yield make
    diary.MAY_END.set()
    for each in made:
        each.extensions["parley"].memory.close()


@pytest.fixture
def servers(make_server: Callable[..., Flask]) -> list[Flask]:
    return [make_server(), make_server()]


@pytest.fixture
def phone(servers: list[Flask]) -> Callable[..., Twilio]:
    """A number that texts one of the servers, without using a cookie jar."""

    def make(server: int = 0, **changed: str) -> Twilio:
        return Twilio(servers[server].test_client(use_cookies=False), **changed)

    return make


@pytest.fixture
def at_once() -> AtOnce:
    return AtOnce()
