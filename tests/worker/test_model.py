"""No message after an answer, a STOP or a take-over, or twice, in any order of events."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from parley import create_app
from parley.memory.database import Database
from parley.memory.outbox import Outbox
from parley.rest.client import Credentials
from parley.resuming import Resumer
from parley.settings import Settings
from parley.starting import Starter
from parley.testing import Clock
from parley.worker.sender import Sender
from tests.evidence.plugin import Record, examples, sizes
from tests.rest.stand_in import ACCOUNT, AUTH_TOKEN, NUMBER, StandIn
from tests.webhook import SETTINGS
from tests.worker.conftest import worker_of
from tests.worker.follow_ups import OPERATOR, impatient
from tests.worker.model import PACE, STEPS, Search, World, check


@pytest.fixture
def query(database_url: str) -> Iterator[Callable[..., list[Any]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield lambda statement, *values: connection.execute(statement, values).fetchall()


@pytest.fixture
def world(
    database: Database,
    database_url: str,
    twilio_rest: StandIn,
    clock: Clock,
    query: Callable[..., list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    more = {"SENDING_NUMBER": NUMBER, "OPERATORS": OPERATOR, "QUIET_HOURS": "off"}
    flows = {"FLOWS": "tests.worker.asking", "DATABASE_URL": database_url}
    environ = {**SETTINGS, **flows, **more}
    settings = Settings.load(environ)
    app = create_app(settings, clock=clock)
    impatient(app, "numbered")
    memory = app.extensions["parley"].memory
    outbox = Outbox(database, clock, PACE)
    sender = Sender(outbox, Credentials(ACCOUNT, ACCOUNT, AUTH_TOKEN), PACE.settle)
    worker, starter = worker_of(outbox, sender, environ), Starter.of(settings, clock)
    client = app.test_client(use_cookies=False)
    world = World(database_url, worker, memory, starter, twilio_rest, clock, client, query)
    # The model decides when late calls end, and whether their server is still running then.
    monkeypatch.setattr(Resumer, "when_done", lambda *given: world.late.append(Search(*given)))
    yield world
    memory.close()


@sizes(few=100, short=10_000, long=100_000)
def test_what_is_sent_and_when(world: World, size: int, record: Record) -> None:
    """Play `size` turns; an example has about 35 of them."""
    turns: list[int] = []
    what = "reminders, waits, late calls, take-overs, STOPs; workers and servers that end"
    examples(what, size // 20, lambda *_, **__: None, STEPS, check, world, turns, size)
    record(what, inputs=len(turns), turns=sum(turns), mixed=0)
    assert sum(turns) >= size, "the examples are too short"
