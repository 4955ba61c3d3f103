"""Every flow is tested with both memories: the cookie, and a database."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from parley import create_app
from parley.settings import Settings
from parley.testing import Application, Clock, Sms
from tests.webhook import SETTINGS


@pytest.fixture(params=["cookie", "database"])
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "cookie":
        return SETTINGS
    url = request.getfixturevalue("database_url")
    return {**SETTINGS, "DATABASE_URL": url, "DATABASE_CONNECTIONS": "1"}


@pytest.fixture
def sms(environ: dict[str, str]) -> Iterator[Sms]:
    made: list[Flask] = []

    def make(
        settings: Mapping[str, str], services: Mapping[str, Any], clock: Callable[[], float]
    ) -> Flask:
        made.append(
            create_app(Settings.load({**environ, **settings}), services=services, clock=clock)
        )
        return made[-1]

    yield Sms(Application(make, Clock()))
    for each in made:
        each.extensions["parley"].memory.close()
