"""An operator takes a conversation over between a timer and its message; nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from parley.testing import Clock
from parley.worker.worker import Worker
from tests.rest.stand_in import StandIn
from tests.server.running import until
from tests.webhook import Twilio
from tests.worker import asking
from tests.worker.conftest import ALICE
from tests.worker.follow_ups import Sent, impatient
from tests.worker.follow_ups import alice as alice
from tests.worker.follow_ups import app as app
from tests.worker.follow_ups import clock as clock
from tests.worker.follow_ups import environ as environ
from tests.worker.follow_ups import operator as operator
from tests.worker.follow_ups import sent as sent
from tests.worker.follow_ups import worker as worker

Query = Callable[..., list[Any]]
HOUR = 3_600
DAY = 24 * HOUR


def test_a_reminder_that_is_written_already_waits_for_the_end_of_a_take_over(
    alice: Twilio, operator: Twilio, worker: Worker, sent: Sent, clock: Clock
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY)
    worker._fire()
    operator.hears("trial", f"take {ALICE}")
    assert sent(3 * HOUR) == []
    operator.hears("trial", "back")
    assert sent() == ["Still there?"]


def test_what_a_script_has_said_already_waits_for_the_end_of_a_take_over(
    alice: Twilio, operator: Twilio, sent: Sent, twilio_rest: StandIn
) -> None:
    for body in ("hi", "Alice"):
        alice.text("booking", body)
    twilio_rest.instead = lambda _: b""  # Twilio cannot be reached
    sent(DAY)
    operator.hears("booking", f"take {ALICE}")
    twilio_rest.instead = lambda _: None
    twilio_rest.asked.clear()
    assert sent(HOUR) == []
    operator.hears("booking", "back")
    assert sent(HOUR) == ["Still coming?"]
    assert alice.hears("booking", "yes") == "See you."


@pytest.mark.parametrize("body", ["HELP", "START"])
def test_a_text_that_answers_nothing_keeps_what_is_written_already(
    alice: Twilio, worker: Worker, sent: Sent, clock: Clock, body: str
) -> None:
    alice.text("trial", "hi")
    alice.text("trial", "Alice")
    clock.later(3 * DAY)
    worker._fire()
    alice.text("trial", body)
    assert sent() == ["We have to go on."]


@pytest.mark.parametrize("body", ["exit", "STOP", "back"])
def test_the_result_of_a_late_call_is_not_sent_to_a_person_who_has_left(
    alice: Twilio, sent: Sent, query: Query, app: Flask, body: str
) -> None:
    late(alice, app)
    asking.GATE.set()
    until(lambda: query("SELECT body FROM parley.outbox"))
    alice.text("looking-up", body)
    assert sent() == []


def test_a_late_call_that_ends_while_an_operator_answers_goes_on_afterwards(
    alice: Twilio, operator: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    late(alice, app)
    operator.hears("looking-up", f"take {ALICE}")
    asking.GATE.set()
    until(lambda: query("SELECT kind FROM parley.timers WHERE data ->> 'holder' IS NULL"))
    assert sent(60) == []
    operator.hears("looking-up", "back")
    assert sent(60) == ["Found ALICE. More?"]
    assert len(set(asking.RUNS)) == 1, "it ran again with the same key"


def test_the_result_of_a_late_call_waits_for_the_end_of_a_take_over(
    alice: Twilio, operator: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    late(alice, app)
    asking.GATE.set()
    until(lambda: query("SELECT body FROM parley.outbox"))
    operator.hears("looking-up", f"take {ALICE}")
    assert sent(HOUR) == []
    operator.hears("looking-up", "back")
    assert sent() == ["Found ALICE. More?"]


def late(alice: Twilio, app: Flask) -> None:
    """Begin a late call."""
    impatient(app, "looking-up")
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Alice") == "One moment."
