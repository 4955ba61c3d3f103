"""Calls that take long: their result is sent once, and by no second voice, whatever the race."""

import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any

import pytest
from flask import Flask

from parley.refusals import MemoryUnavailable
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.server.running import until
from tests.webhook import Twilio, said
from tests.worker import asking
from tests.worker.conftest import ALICE
from tests.worker.follow_ups import OPERATOR, Sent, impatient
from tests.worker.follow_ups import alice as alice
from tests.worker.follow_ups import app as app
from tests.worker.follow_ups import clock as clock
from tests.worker.follow_ups import environ as environ
from tests.worker.follow_ups import operator as operator
from tests.worker.follow_ups import sent as sent
from tests.worker.follow_ups import worker as worker

Query = Callable[..., list[Any]]
Finish = Callable[[], None]
HOUR = 3_600
DAY = 24 * HOUR
FOUND = "Found ALICE. More?"


def test_a_call_that_takes_long_is_answered_later(
    alice: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    impatient(app)
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Alice", MessageSid="SM" + "1" * 32) == "One moment."
    assert alice.hears("looking-up", "Hello?") == "One moment."
    asking.GATE.set()
    until(lambda: query("SELECT body FROM parley.outbox"))
    assert sent() == [FOUND]
    assert alice.hears("looking-up", "no") == "no it is."
    assert sent(DAY) == [FOUND]
    assert [f"SM{'1' * 32}-1"] == asking.RUNS


def test_a_call_that_is_fast_enough_is_answered_at_once(alice: Twilio) -> None:
    asking.GATE.set()
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Alice") == FOUND


def test_a_late_call_that_fails_asks_for_the_answer_again(
    alice: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    impatient(app)
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Mallory") == "One moment."
    asking.GATE.set()
    until(lambda: query("SELECT body FROM parley.outbox"))
    assert sent() == ["Sorry, something went wrong. Please answer the last question again."]
    assert alice.hears("looking-up", "Bob") == "Found BOB. More?"


def test_a_late_call_whose_process_has_ended_is_begun_again_by_the_worker(
    alice: Twilio, sent: Sent, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    impatient(app)
    monkeypatch.setattr("parley.resuming.Resumer.when_done", lambda *_: None)  # it was killed
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Alice", MessageSid="SM" + "1" * 32) == "One moment."
    asking.GATE.set()
    assert sent(HOUR) == [], "its process lives"
    app.extensions["parley"].memory.close()
    until(lambda: sent(60) == [FOUND])
    assert [f"SM{'1' * 32}-1"] * 2 == asking.RUNS


@pytest.fixture(params=["in the server", "in a worker", "written"])
def finish(
    request: pytest.FixtureRequest,
    alice: Twilio,
    app: Flask,
    worker: Worker,
    clock: Clock,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> Finish:
    """Begin a late call; what happens then, happens before its result is sent.

    The call runs in the server, or again in a worker since its server has ended, or it has ended
    and its result waits in the outbox. The function that is returned lets it end.
    """
    where = request.param
    impatient(app)
    with monkeypatch.context() as patch:
        if where == "in a worker":
            patch.setattr("parley.resuming.Resumer.when_done", lambda *_: None)  # it was killed
        alice.text("looking-up", "hi")
        assert alice.hears("looking-up", "Alice") == "One moment."
    if where == "in a worker":
        app.extensions["parley"].memory.close()
        until(lambda: work_later(worker, clock) and len(asking.RUNS) == 2)
    elif where == "written":
        asking.GATE.set()
        until(lambda: query("SELECT body FROM parley.outbox") == [FOUND])

    def finish() -> None:
        asking.GATE.set()
        wait(worker._under_way, 20)
        until(lambda: not [each for each in threading.enumerate() if each.name == "parley-late"])

    return finish


def work_later(worker: Worker, clock: Clock) -> bool:
    """Let the worker look at what is due a minute later."""
    clock.later(60)
    worker.work()
    return True


def test_while_a_person_answers_it_waits_and_is_sent_afterwards(
    finish: Finish, alice: Twilio, operator: Twilio, sent: Sent
) -> None:
    runs = len(asking.RUNS)
    assert operator.hears("looking-up", f"take {ALICE}") == f"You answer {ALICE} now."
    finish()
    assert said(alice.text("looking-up", "Hello?")) == [f"(to {OPERATOR}) {ALICE}: Hello?"]
    assert sent(HOUR) == []
    operator.hears("looking-up", "back")
    assert sent(2) == [FOUND]
    assert alice.hears("looking-up", "no") == "no it is."
    assert sent(DAY) == [FOUND]
    assert len(asking.RUNS) == runs, "its result was kept"


def test_after_the_hours_of_an_operator_it_is_sent_too(
    finish: Finish, operator: Twilio, sent: Sent
) -> None:
    operator.hears("looking-up", f"{ALICE} Hello, this is Eve")
    finish()
    assert sent(3 * HOUR) == []
    assert sent(HOUR) == [FOUND]


def test_after_stop_nothing_is_sent_and_nothing_after_start(
    finish: Finish, alice: Twilio, sent: Sent
) -> None:
    assert said(alice.text("looking-up", "STOP")) == []
    finish()
    assert sent(DAY) == []
    alice.text("looking-up", "START")
    assert sent(DAY) == []


def test_stop_while_a_person_answers_ends_it_too(
    finish: Finish, alice: Twilio, operator: Twilio, sent: Sent
) -> None:
    operator.hears("looking-up", f"take {ALICE}")
    finish()
    alice.text("looking-up", "STOP")
    operator.hears("looking-up", "back")
    assert sent(DAY) == []


@pytest.mark.parametrize(("body", "told"), [("exit", "Goodbye."), ("restart", "Your name?")])
def test_an_answer_that_ends_or_begins_the_script_cancels_it(
    finish: Finish, alice: Twilio, sent: Sent, body: str, told: str
) -> None:
    assert alice.hears("looking-up", body).startswith(told)
    finish()
    assert sent(DAY) == []


@pytest.mark.parametrize("body", ["HELP", "Liked “One moment.”"])
def test_a_text_that_is_not_an_answer_cancels_nothing(
    finish: Finish, alice: Twilio, sent: Sent, body: str
) -> None:
    alice.text("looking-up", body)
    finish()
    assert sent(2) == [FOUND]


def test_the_result_of_another_answer_is_not_taken(
    finish: Finish, alice: Twilio, sent: Sent, query: Query
) -> None:
    """The person goes back, and answers something else, while the first call still runs."""
    asking.OTHERS["Bob"] = threading.Event()
    assert alice.hears("looking-up", "back") == "Your name?"
    assert alice.hears("looking-up", "Bob") == "One moment."
    asking.GATE.set()
    until(lambda: query("SELECT count(*) FROM parley.conversations WHERE queue <> '{}'") == [0])
    assert sent() == []
    asking.OTHERS.pop("Bob").set()
    finish()
    assert sent(2) == ["Found BOB. More?"]


def test_a_call_that_fails_while_a_person_answers_asks_again_afterwards(
    alice: Twilio, operator: Twilio, sent: Sent, app: Flask
) -> None:
    impatient(app)
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Mallory") == "One moment."
    operator.hears("looking-up", f"take {ALICE}")
    asking.GATE.set()
    assert sent(HOUR) == []
    operator.hears("looking-up", "back")
    failed = ["Sorry, something went wrong. Please answer the last question again."]
    until(lambda: sent(2) == failed)


def test_a_second_late_call_blocks_no_text_either(
    alice: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    impatient(app, "two-look-ups")
    second = asking.OTHERS["ALICE"] = threading.Event()
    alice.text("two-look-ups", "hi")
    assert alice.hears("two-look-ups", "Alice", MessageSid="SM" + "1" * 32) == "One moment."
    asking.GATE.set()
    until(lambda: query("SELECT body FROM parley.outbox"))
    assert sent() == ["Another moment."]
    assert alice.hears("two-look-ups", "Hello?") == "Another moment."
    asking.OTHERS.pop("ALICE")
    second.set()
    until(lambda: sent(2) == ["Another moment.", "ALICE, then."])
    assert [f"SM{'1' * 32}-1", f"SM{'1' * 32}-2"] == asking.RUNS


def test_the_result_waits_for_a_database_that_is_away(
    alice: Twilio, sent: Sent, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(app)
    alice.text("looking-up", "hi")
    alice.text("looking-up", "Alice")
    asked: list[str] = []

    def away(*_: Any) -> None:
        asked.append("begin")
        raise MemoryUnavailable("no connection")

    with monkeypatch.context() as patch:
        patch.setattr("parley.memory.postgres.PostgresMemory.begin", away)
        asking.GATE.set()
        until(lambda: asked)
    until(lambda: sent(2) == [FOUND])
