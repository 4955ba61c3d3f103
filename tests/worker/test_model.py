"""No reminder is sent after an answer or STOP, or twice, in any order of events."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley import create_app
from parley.memory.outbox import Outbox
from parley.settings import Settings
from parley.testing import Clock
from parley.worker.sender import Sender
from tests.evidence.plugin import Record, examples, sizes
from tests.rest.stand_in import NUMBER, StandIn
from tests.webhook import SETTINGS
from tests.worker.conftest import worker_of
from tests.worker.model import STEPS, World, check


@pytest.fixture
def world(
    database_url: str,
    outbox: Outbox,
    sender: Sender,
    twilio_rest: StandIn,
    clock: Clock,
    query: Callable[..., list[Any]],
) -> Iterator[World]:
    flows = {"FLOWS": "tests.worker.asking", "DATABASE_URL": database_url, "QUIET_HOURS": "off"}
    environ = {**SETTINGS, **flows, "SENDING_NUMBER": NUMBER}
    app = create_app(Settings.load(environ), clock=clock)
    memory = app.extensions["parley"].memory
    worker = worker_of(outbox, sender, environ)
    client = app.test_client(use_cookies=False)
    yield World(database_url, worker, outbox, memory, twilio_rest, clock, client, query)
    memory.close()


@sizes(few=5, short=500, long=5_000)
def test_reminders_and_last_words(world: World, size: int, record: Record) -> None:
    turns: list[int] = []
    what = "reminders, answers, STOPs, workers that end, answers of Twilio that are lost"
    examples(what, size, lambda *_, **__: None, STEPS, check, world, turns)
    record(what, inputs=size, turns=sum(turns), mixed=0)
