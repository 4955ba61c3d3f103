from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
import pytest

from parley.memory.database import Database
from parley.memory.outbox import Outbox, Pace
from parley.memory.outgoing import ToSend, add
from parley.memory.postgres import PostgresMemory
from parley.memory.timers import Timers
from parley.rest.client import Credentials
from parley.resuming import Resumer
from parley.sessions import SessionCookie
from parley.settings import Settings
from parley.starting import Starter
from parley.testing import Clock
from parley.worker.sender import Sender
from parley.worker.worker import Worker
from tests.rest.stand_in import ACCOUNT, API, AUTH_TOKEN, NUMBER, StandIn, rest
from tests.webhook import SETTINGS

MESSAGES = f"{API}/Messages.json"
ALICE, BOB, CAROL = "+15551230001", "+15551230002", "+15551230003"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def rest_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with rest(tmp_path_factory.mktemp("rest")) as stand_in:
        yield stand_in


@pytest.fixture
def twilio_rest(rest_server: StandIn, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Twilio's REST API, reset for each test."""
    for name, value in rest_server.environ.items():
        monkeypatch.setenv(name, value)
    rest_server.asked.clear()
    rest_server.messages.clear()
    rest_server.refused.clear()
    rest_server.instead = rest_server.then = lambda _: None
    rest_server.clock = clock
    return rest_server


@pytest.fixture(scope="module")
def database(own_database: str) -> Iterator[Database]:
    opened = Database(own_database, 2)
    yield opened
    opened.close()


@pytest.fixture
def outbox(database: Database, database_url: str, clock: Clock) -> Outbox:  # noqa: ARG001
    return Outbox(database, clock, Pace())


@pytest.fixture
def sender(outbox: Outbox, twilio_rest: StandIn) -> Sender:  # noqa: ARG001
    return Sender(outbox, Credentials(ACCOUNT, ACCOUNT, AUTH_TOKEN), Pace().settle)


@pytest.fixture
def worker(outbox: Outbox, sender: Sender) -> Worker:
    return worker_of(outbox, sender, {})


def worker_of(outbox: Outbox, sender: Sender, environ: Mapping[str, str]) -> Worker:
    """Return a worker with the flows and the quiet hours of these settings."""
    database, clock = outbox.database, outbox.clock
    base = {**SETTINGS, "DATABASE_URL": "postgresql://none", "QUIET_HOURS": "off"}
    settings = Settings.load({**base, **environ})
    starter = Starter.of(settings, clock)
    memory = PostgresMemory(database, SessionCookie(settings.session_secrets, clock), clock)
    timers = Timers(database, clock, starter.quiet.end)
    resumer = Resumer(starter.flows, starter.router, memory)
    return Worker(outbox, sender, starter.delay, timers, resumer)


@pytest.fixture
def write(outbox: Outbox, database_url: str) -> Callable[..., int]:
    """Write a message that is due now."""

    def write(person: str = ALICE, body: str = "hello", **more: Any) -> int:
        message = ToSend(person=person, number=more.pop("number", NUMBER), body=body, **more)
        with psycopg.connect(database_url) as connection:
            return add(connection, message, outbox.now(), outbox.now())

    return write


@pytest.fixture
def query(database_url: str) -> Callable[..., list[Any]]:
    """Run a statement, and return its rows, or the values of a single column."""

    def query(statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            rows = cursor.fetchall() if cursor.description else []
        return [row[0] if len(row) == 1 else row for row in rows]

    return query
