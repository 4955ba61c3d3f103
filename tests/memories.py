"""Fixtures that run a test with both memories: the cookie, and a database.

A module takes them with `from tests.memories import environ as environ` and so on.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from parley import create_app
from parley.settings import Settings
from parley.testing import Application, Clock, Sms
from tests.webhook import SETTINGS

MakeApp = Callable[..., Flask]


@pytest.fixture(params=["cookie", "database"])
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "cookie":
        return SETTINGS
    url = request.getfixturevalue("database_url")
    return {**SETTINGS, "DATABASE_URL": url, "DATABASE_CONNECTIONS": "1"}


@pytest.fixture
def served(environ: dict[str, str]) -> Iterator[MakeApp]:
    """Make an application with these settings changed, and close its memory in the end."""
    made: list[Flask] = []

    def make(settings: Mapping[str, str], **named: Any) -> Flask:
        made.append(create_app(Settings.load({**environ, **settings}), **named))
        return made[-1]

    yield make
    for each in made:
        each.extensions["parley"].memory.close()


@pytest.fixture
def sms(served: MakeApp) -> Sms:
    def make(
        settings: Mapping[str, str], services: Mapping[str, Any], clock: Callable[[], float]
    ) -> Flask:
        return served(settings, services=services, clock=clock)

    return Sms(Application(make, Clock()))
