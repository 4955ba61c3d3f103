"""The pytest plugin: the fixture `sms`, which plays conversations with a project's flows.

The application is the project's fixture `app`, if it has one and is not asked for other settings or
services: make it with `parley.testing.SETTINGS`. Otherwise the plugin makes one from the flows that
the option `parley_flows` names in pytest's configuration, or else the variable FLOWS.

With `sms(settings={"DATABASE_URL": …})` it remembers in a database for tests, which is emptied
before each of them.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from parley.testing import Sms


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("parley_flows", "where the flows are: a package or a folder", "string", "")


@pytest.fixture
def sms(request: pytest.FixtureRequest) -> "Iterator[Sms]":
    """A phone that texts the project's flows: `sms.play("lunch", "> hi\\n< Hello!")`."""
    # Imported here, so that pytest does not start slower in projects that do not use the fixture.
    from parley.testing import Application, Clock, Sms

    made: list[Any] = []

    def make(
        settings: Mapping[str, str], services: Mapping[str, Any], clock: Callable[[], float]
    ) -> "WSGIApplication":
        if not settings and not services and (app := project_app(request)):
            return app
        app = new_app(request.config.getini("parley_flows"), settings, services, clock)
        made.append(app)
        return app

    yield Sms(Application(make, Clock()))
    for each in made:
        each.extensions["parley"].memory.close()


def project_app(request: pytest.FixtureRequest) -> "WSGIApplication | None":
    """The project's fixture `app`, if it is a Flask application with Parley; None otherwise."""
    try:
        app: WSGIApplication = request.getfixturevalue("app")
    except pytest.FixtureLookupError as error:
        if error.argname != "app":
            raise
        return None
    return app if "parley" in getattr(app, "extensions", {}) else None


def new_app(
    flows: str,
    settings: Mapping[str, str],
    services: Mapping[str, Any],
    clock: Callable[[], float],
) -> "WSGIApplication":
    """An application with the project's flows, and no settings but these and those for tests.

    With a database there are no quiet hours, unless a test sets some.
    """
    from parley import create_app
    from parley.settings import Settings
    from parley.testing import SETTINGS

    where = flows or os.environ.get("FLOWS", "")
    environ = {**SETTINGS, **({"FLOWS": where} if where else {}), **settings}
    if url := settings.get("DATABASE_URL"):
        from parley.testing_database import prepare

        prepare(url)
        environ = {"QUIET_HOURS": "off", **environ}
    return create_app(Settings.load(environ), services=services, clock=clock)
