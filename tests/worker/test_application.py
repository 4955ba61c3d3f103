"""Commands for a project that makes its application itself: `--app shop.wsgi:app`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

import parley
from parley.settings import SettingsError
from parley.starting import NotStarted
from tests.cli.conftest import InProcess
from tests.cli.conftest import in_process as in_process
from tests.rest.stand_in import NUMBER, StandIn
from tests.webhook import SETTINGS, Twilio
from tests.worker.conftest import ALICE, MESSAGES

Query = Callable[..., list[Any]]
FILES = {
    "store/__init__.py": "",
    "store/flows/__init__.py": "",
    "store/flows/table.py": """
from parley import Script, call, hours, script, wait

@script
def table(*, find_table) -> Script:
    guests = yield "For how many?"
    yield wait("Booked.", until=hours(0))
    number = yield call(find_table, guests)
    yield f"Table {number}. Coming?"
    return "Good."
""",
    "store/wsgi.py": """
from flask import Flask
from parley import Parley, create_app

FOUND = dict(flows=["store.flows"], services={"find_table": lambda guests: 10 * int(guests)})
app = create_app(**FOUND)
bare = Flask("bare")

def in_a_host():
    host = Flask("host")
    Parley(**FOUND).init_app(host)
    return host
""",
}


@pytest.fixture
def settings(
    database_url: str, twilio_rest: StandIn, project: Callable[[dict[str, str]], Path]
) -> dict[str, str]:
    """Those of the environment: they name no flows."""
    project(FILES)
    twilio_rest.clock = time.time
    rest = {**twilio_rest.environ, "TWILIO_AUTH_TOKEN": SETTINGS["TWILIO_AUTH_TOKEN"]}
    own = {"DATABASE_URL": database_url, "SENDING_NUMBER": NUMBER, "QUIET_HOURS": "off"}
    return {**SETTINGS, **rest, **own}


@pytest.fixture
def run(in_process: InProcess, settings: dict[str, str]) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        ended = in_process(*arguments, **settings)
        assert ended.exit_code == 0, ended.output
        return ended.output

    return run


@pytest.mark.parametrize("app", ["store.wsgi:app", "store.wsgi", "store.wsgi:in_a_host()"])
def test_they_know_its_flows_and_services(
    run: Callable[..., str], twilio_rest: StandIn, settings: dict[str, str], app: str
) -> None:
    asked = run("start", ALICE, "table", "--consent", "form", "--app", app)
    assert asked == f"{ALICE}  will be asked now\n"
    run("worker", "--once", "--app", app)
    assert [each["Body"] for each in twilio_rest.posted(MESSAGES)] == ["For how many?"]
    answer_as_the_server(settings, "4")
    run("worker", "--once", "--app", app)
    time.sleep(1.1)  # a message a second
    run("worker", "--once", "--app", app)
    assert twilio_rest.posted(MESSAGES)[-1]["Body"] == "Table 40. Coming?"
    shown = run("conversations", "--app", app, "show", ALICE, "--words")
    assert "For how many?\n        4" in shown
    assert shown == run("conversations", "show", ALICE, "--words", "--app", app)


def answer_as_the_server(settings: dict[str, str], body: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        from store.wsgi import FOUND  # type: ignore[import-not-found]

        app = parley.create_app(**FOUND)
    alice = Twilio(app.test_client(use_cookies=False), from_=ALICE, to=NUMBER)
    assert alice.hears("table", body) == "Booked."
    app.extensions["parley"].memory.close()


def test_without_it_they_know_those_of_the_environment(
    in_process: InProcess, settings: dict[str, str]
) -> None:
    ended = in_process("start", ALICE, "table", "--consent", "form", **settings, FLOWS="flows")
    assert "not started: There is no flow table. The flows are appointment," in ended.output


def test_in_a_flask_project_flask_names_it(settings: dict[str, str], query: Query) -> None:
    arguments = ["--app", "store.wsgi:app", "sms", "start", ALICE, "table", "--consent", "form"]
    ended = CliRunner().invoke(FlaskGroup(), arguments, env=settings)
    assert ended.output == f"{ALICE}  will be asked now\n"
    assert query("SELECT body FROM parley.outbox") == ["For how many?"]


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("store.wsgi:bare", "store.wsgi:bare is an application without Parley: name the one"),
        ("store.wsgi:none", "Failed to find attribute 'none' in 'store.wsgi'."),
        ("nowhere:app", "Could not import 'nowhere'."),
    ],
)
def test_what_is_not_such_an_application_is_told(
    in_process: InProcess, settings: dict[str, str], app: str, told: str
) -> None:
    ended = in_process("worker", "--once", "--app", app, **settings)
    assert ended.exit_code > 0
    assert told in ended.output


def test_an_application_without_a_database_is_told(
    in_process: InProcess, settings: dict[str, str]
) -> None:
    files = FILES["store/flows/table.py"].replace('    yield wait("Booked.", until=hours(0))\n', "")
    Path("store/flows/table.py").write_text(files)
    settings = {**settings, "DATABASE_URL": ""}
    ended = in_process("worker", "--once", "--app", "store.wsgi:app", **settings)
    assert ended.output.startswith("Error: DATABASE_URL is not set")


def test_start_in_python_takes_an_application_too(
    settings: dict[str, str], query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    from store.wsgi import app

    with pytest.raises(NotStarted, match=r"There is no flow counter\. The flows are table\."):
        parley.start(ALICE, "counter", app=app)
    parley.start(ALICE, "table", consent="web form", app=app)
    assert query("SELECT body FROM parley.outbox") == ["For how many?"]


def test_start_in_python_needs_a_database(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**settings, "DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    app = parley.create_app(flows=["flows"])
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        parley.start(ALICE, "counter", app=app)
