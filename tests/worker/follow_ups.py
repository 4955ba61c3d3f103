"""Fixtures for scripts that act without a text: a server, its worker, a person and an operator."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from parley import create_app
from parley.memory.outbox import Outbox
from parley.settings import Settings
from parley.testing import Clock
from parley.worker.sender import Sender
from parley.worker.worker import Worker
from tests.rest.stand_in import NUMBER, StandIn
from tests.webhook import SETTINGS, Twilio
from tests.worker import asking
from tests.worker.conftest import ALICE, MESSAGES, worker_of

Sent = Callable[..., list[str]]
OPERATOR = "+15550000009"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def environ(database_url: str) -> dict[str, str]:
    more = {"DATABASE_URL": database_url, "SENDING_NUMBER": NUMBER, "TIME_ZONE": "UTC"}
    flows = {"FLOWS": "flows,tests.worker.asking", "QUIET_HOURS": "21:00-8:00"}
    more["OPERATORS"] = OPERATOR
    return {**SETTINGS, **flows, **more, "DATABASE_CONNECTIONS": "2"}


@pytest.fixture
def worker(outbox: Outbox, sender: Sender, environ: dict[str, str]) -> Worker:
    return worker_of(outbox, sender, environ)


@pytest.fixture
def app(environ: dict[str, str], clock: Clock) -> Iterator[Flask]:
    made = create_app(Settings.load(environ), clock=clock)
    asking.GATE.clear()
    asking.RUNS.clear()
    asking.OTHERS.clear()
    yield made
    asking.GATE.set()
    made.extensions["parley"].memory.close()


@pytest.fixture
def alice(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False), from_=ALICE, to=NUMBER)


@pytest.fixture
def operator(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False), from_=OPERATOR, to=NUMBER)


@pytest.fixture
def sent(twilio_rest: StandIn, worker: Worker, clock: Clock) -> Sent:
    """Let time pass, and the worker work; return all that was sent."""

    def sent(seconds: float = 0) -> list[str]:
        clock.later(seconds)
        worker.drain()
        clock.later(2)
        worker.drain()
        return [each["Body"] for each in twilio_rest.posted(MESSAGES)]

    return sent


def impatient(app: Flask, flow: str = "looking-up") -> None:
    """Let turns wait for a tenth of a second only."""
    defaults = app.extensions["parley"].flows[flow].asked_for["script_defaults"]
    object.__setattr__(defaults, "patience", 0.1)
