"""An application that uses Parley, with its own package `app`, served in three ways."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.test import TestResponse

from parley import Settings, SettingsError, create_app
from tests.test_flows_guide import PROJECT
from tests.webhook import Twilio, message, said

FILES = {
    **PROJECT,
    "app/__init__.py": "raise SystemExit('This is the package app of the project.')\n",
    "shop/__init__.py": "",
}
OWNER = "+15550000009"

Texted = Callable[[str], TestResponse]


def by_module(settings: Settings) -> tuple[flask.Flask, str]:
    return create_app(settings, flows=["shop.flows"]), "/sms/book"


def by_the_setting(settings: Settings) -> tuple[flask.Flask, str]:
    return create_app(settings), "/sms/book"


def in_a_host(settings: Settings) -> tuple[flask.Flask, str]:
    """The guide's file, which reads the settings from the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environ.items():
            patch.setenv(name, value)
        names: dict[str, Any] = {"__name__": "site_of_the_shop"}
        exec(PROJECT["shop/web.py"], names)  # noqa: S102  # the guide's own code
    return names["app"], "/texts/book"


@pytest.fixture(params=[by_module, by_the_setting, in_a_host], ids=lambda each: each.__name__)
def serve(
    request: pytest.FixtureRequest,
    project: Callable[[dict[str, str]], Path],
    environ: dict[str, str],
) -> Callable[..., Texted]:
    """Serve the application with these settings, and return a phone that texts its flow."""
    folder = project(FILES)

    def start(**changed: str) -> Texted:
        settings = Settings.load({**environ, "FLOWS": f"{folder}/shop/flows", **changed})
        app, path = request.param(settings)
        twilio = Twilio(app.test_client(use_cookies=False))
        return lambda body: twilio.post(path, message(body))

    return start


def test_a_flow_gets_its_setting_and_its_services(
    serve: Callable[..., Texted], caplog: pytest.LogCaptureFixture
) -> None:
    text = serve(OWNER=OWNER)
    assert said(text("4")) == ["Table 14 is yours."]
    assert said(text("9")) == [f"Please call {OWNER}."]
    assert 'note="no table: there is no such table"' in caplog.records[-1].getMessage()


def test_without_its_setting_the_flow_answers_503(
    serve: Callable[..., Texted], caplog: pytest.LogCaptureFixture
) -> None:
    assert serve()("4").status_code == 503
    assert 'reason="OWNER not set"' in caplog.records[-1].getMessage()


def test_the_server_does_not_start_with_an_invalid_setting(serve: Callable[..., Texted]) -> None:
    with pytest.raises(SettingsError, match="OWNER is not a phone number"):
        serve(OWNER="Zoë")


def test_a_service_of_the_application_overrides_that_of_the_package(
    project: Callable[[dict[str, str]], Path], environ: dict[str, str]
) -> None:
    project(FILES)
    settings = Settings.load({**environ, "OWNER": OWNER})
    app = create_app(settings, flows=["shop.flows"], services={"find_table": lambda _guests: 99})
    response = Twilio(app.test_client(use_cookies=False)).text("book", "2")
    assert said(response) == ["Table 99 is yours."]
