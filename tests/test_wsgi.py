"""wsgi.py with Flask's own commands in a checkout."""

import pytest

from tests.server.running import ROOT, finished
from tests.webhook import SETTINGS

WITHOUT_SETTINGS = [
    "PUBLIC_URL is missing: ",
    "TWILIO_AUTH_TOKEN is missing: ",
    "SESSION_SECRET is missing: ",
]


@pytest.mark.parametrize(
    ("app", "command"),
    [
        ((), "--help"),
        (("--app", "wsgi"), "routes"),
        (("--app", str(ROOT / "wsgi.py")), "nonsense"),
    ],
)
def test_without_settings_flask_reports_the_missing_ones(
    app: tuple[str, ...], command: str
) -> None:
    ended = finished(ROOT, "flask", *app, command, PARLEY_MODE="production")
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    assert ("Show the routes for the app." in said) == (command == "--help")
    assert all(each in said for each in WITHOUT_SETTINGS)


def test_an_invalid_flow_is_reported() -> None:
    ended = finished(ROOT, "flask", "routes", FLOWS="no_such_package", PARLEY_MODE="production")
    assert ended.returncode != 0
    assert "no_such_package" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_with_settings_flask_lists_the_routes() -> None:
    ended = finished(ROOT, "flask", "routes", **SETTINGS)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_flask_run_names_the_command_to_use_instead() -> None:
    ended = finished(ROOT, "flask", "run")
    assert ended.returncode == 1
    assert ended.stderr.startswith("`flask run` serves no texts. Start Parley with")
