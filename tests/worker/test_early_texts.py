"""Texts that arrive before a question is sent that the person has not asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from parley.settings import Settings
from parley.starting import Starter
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.rest.stand_in import StandIn
from tests.webhook import Twilio
from tests.worker.conftest import ALICE
from tests.worker.follow_ups import Sent
from tests.worker.follow_ups import alice as alice
from tests.worker.follow_ups import app as app
from tests.worker.follow_ups import clock as clock
from tests.worker.follow_ups import environ as environ
from tests.worker.follow_ups import sent as sent
from tests.worker.follow_ups import worker as worker

Query = Callable[..., list[Any]]
HELLO = "Hello! What is your name?"


@pytest.fixture
def starter(environ: dict[str, str], clock: Clock) -> Starter:
    return Starter.of(Settings.load(environ), clock)


@pytest.mark.parametrize("path", ["visit", ""])
def test_a_text_before_the_first_question_is_not_its_answer(
    starter: Starter, alice: Twilio, sent: Sent, path: str
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    assert not alice.hears(path, "Good morning!").startswith("Which day")
    alice.text(path, "exit")
    assert sent(600) == [HELLO]
    assert alice.hears(path, "Alice").startswith("Which day, Alice?")


def test_the_first_question_waits_for_the_script_that_an_earlier_text_began(
    starter: Starter, alice: Twilio, sent: Sent
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    assert alice.hears("trial", "Good morning!") == "Your name?"
    assert sent(600) == []
    alice.text("trial", "Alice")
    assert alice.hears("trial", "red") == "red, then."
    assert sent(600) == [HELLO]


def test_a_first_question_that_may_have_been_sent_can_be_answered(
    starter: Starter, worker: Worker, alice: Twilio, twilio_rest: StandIn, sent: Sent, query: Query
) -> None:
    twilio_rest.then = lambda _: b""  # the response is lost
    starter.start(ALICE, "visit", consent="web form")
    worker.drain()
    assert query("SELECT status FROM parley.outbox") == ["unclear"]
    assert alice.hears("visit", "Alice").startswith("Which day, Alice?")
    assert sent(20) == [HELLO]


def test_after_stop_and_start_a_first_question_that_was_not_sent_is_dropped(
    starter: Starter, alice: Twilio, sent: Sent
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    for body in ("STOP", "START"):
        alice.text("visit", body)
    assert sent(600) == []
