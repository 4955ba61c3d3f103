"""Reminders, ends, waits, and calls that take long: cancelled by an answer, whatever the race."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from parley import FlowError, create_app
from parley.memory.outbox import Outbox
from parley.settings import Settings
from parley.starting import NotStarted, Starter
from parley.testing import Clock
from parley.worker.sender import Sender
from parley.worker.worker import Worker
from tests.rest.stand_in import NUMBER, StandIn
from tests.server.running import until
from tests.webhook import SETTINGS, Twilio
from tests.worker import asking
from tests.worker.conftest import ALICE, MESSAGES, worker_of

Query = Callable[..., list[Any]]
Phone = Callable[..., Twilio]
HOUR = 3_600
DAY = 24 * HOUR
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
    yield made
    asking.GATE.set()
    made.extensions["parley"].memory.close()


@pytest.fixture
def alice(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False), from_=ALICE, to=NUMBER)


@pytest.fixture
def sent(twilio_rest: StandIn, worker: Worker, clock: Clock) -> Callable[..., list[str]]:
    """Let time pass, and the worker work; return all that was sent."""

    def sent(seconds: float = 0) -> list[str]:
        clock.later(seconds)
        worker.drain()
        clock.later(2)
        worker.drain()
        return [each["Body"] for each in twilio_rest.posted(MESSAGES)]

    return sent


Sent = Callable[..., list[str]]
PATHS = pytest.mark.parametrize("path", ["trial", ""])


@PATHS
def test_a_person_is_reminded_once_and_can_still_answer(
    alice: Twilio, sent: Sent, path: str
) -> None:
    if not path:
        alice.text("", "trial")
    else:
        alice.text("trial", "hi")
    assert sent(DAY - HOUR) == []
    assert sent(HOUR) == ["Still there?"]
    assert sent(5 * DAY) == ["Still there?"]
    assert alice.hears(path, "exit")


def test_the_answer_after_a_reminder_continues_the_script(alice: Twilio, sent: Sent) -> None:
    alice.text("trial", "hi")
    assert sent(DAY) == ["Still there?"]
    assert alice.hears("trial", "Alice") == "Which color, Alice?\n1. red\n2. blue"


@pytest.mark.parametrize("body", ["Alice", "STOP", "exit"])
def test_an_answer_or_a_stop_cancels(
    alice: Twilio, sent: Sent, query: Query, clock: Clock, body: str
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY + 1)
    alice.text("trial", body)
    assert sent(2 * DAY) == []
    expected = ["expire"] if body == "Alice" else []
    assert query("SELECT kind FROM parley.timers") == expected


@pytest.mark.parametrize("body", ["Alice", "STOP"])
def test_an_answer_or_a_stop_cancels_a_reminder_that_is_written_already(
    alice: Twilio, worker: Worker, sent: Sent, query: Query, clock: Clock, body: str
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY)
    worker._fire()
    assert query("SELECT kind, status FROM parley.outbox") == [("remind", "waiting")]
    alice.text("trial", body)
    assert sent() == []
    assert query("SELECT kind, status FROM parley.outbox") == [("remind", "cancelled")]


@pytest.fixture
def operator(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False), from_=OPERATOR, to=NUMBER)


def test_reminders_stop_while_a_person_answers_and_go_on_afterwards(
    alice: Twilio, operator: Twilio, sent: Sent, clock: Clock
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY - 2 * HOUR)
    operator.hears("trial", f"take {ALICE}")
    for _ in range(10):
        assert sent(3 * HOUR) == []
        operator.text("trial", "one moment")
    operator.hears("trial", "back")
    assert sent(HOUR) == []
    assert sent(HOUR) == ["Still there?"]


def test_a_reminder_that_is_written_already_is_not_sent_when_a_person_takes_over(
    alice: Twilio, operator: Twilio, worker: Worker, sent: Sent, clock: Clock
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY)
    worker._fire()
    operator.hears("trial", f"take {ALICE}")
    assert sent(3 * HOUR) == []


def test_what_a_script_says_at_a_time_waits_for_the_end_of_a_take_over(
    alice: Twilio, operator: Twilio, sent: Sent
) -> None:
    alice.text("booking", "hi")
    alice.text("booking", "Alice")
    assert sent(DAY - HOUR) == []
    operator.hears("booking", f"take {ALICE}")
    assert sent(3 * HOUR) == []
    operator.hears("booking", "back")
    assert sent(HOUR) == ["Still coming?"]


def test_no_script_begins_while_a_person_answers(
    alice: Twilio, operator: Twilio, environ: dict[str, str], clock: Clock
) -> None:
    alice.text("trial", "hi")
    alice.text("trial", "exit")
    operator.hears("trial", f"take {ALICE}")
    starter = Starter.of(Settings.load(environ), clock)
    with pytest.raises(NotStarted, match=r"(?i)an operator answers this person: give"):
        starter.start(ALICE, "trial")


def test_help_keeps_a_reminder(alice: Twilio, sent: Sent, clock: Clock) -> None:
    alice.text("trial", "hi")
    clock.later(HOUR)
    alice.text("trial", "HELP")
    assert sent(DAY - HOUR) == ["Still there?"]


def test_a_conversation_expires_with_last_words(alice: Twilio, sent: Sent) -> None:
    alice.text("trial", "hi")
    alice.text("trial", "Alice")
    assert sent(3 * DAY - HOUR) == []
    assert sent(HOUR) == ["We have to go on."]
    assert alice.hears("trial", "red") == "Your name?"


def test_a_reminder_waits_for_the_end_of_the_quiet_hours(
    alice: Twilio, sent: Sent, clock: Clock
) -> None:
    clock.later(8 * HOUR)
    alice.text("trial", "hi")
    assert sent(DAY + 2 * HOUR) == []
    assert sent(12 * HOUR) == ["Still there?"]


def test_a_script_that_we_began_reminds_too(
    environ: dict[str, str], clock: Clock, sent: Sent, alice: Twilio
) -> None:
    Starter.of(Settings.load(environ), clock).start(ALICE, "trial", consent="web form")
    assert sent(2 * HOUR) == ["Your name?"]
    assert sent(DAY - HOUR) == ["Your name?"]
    assert sent(HOUR) == ["Your name?", "Still there?"]
    assert alice.hears("trial", "Alice").startswith("Which color, Alice?")


@pytest.mark.parametrize("path", ["booking", ""])
def test_a_script_goes_on_at_a_time(alice: Twilio, sent: Sent, path: str) -> None:
    alice.text(path, "booking")
    assert alice.hears(path, "Alice") == "Booked, Alice. I will text you tomorrow."
    assert alice.hears(path, "What?") == "Booked, Alice. I will text you tomorrow."
    assert alice.text(path, "thanks").data.endswith(b"<Response/>")
    assert sent(DAY - HOUR) == []
    assert sent(HOUR) == ["Still coming?"]
    assert sent(3 * HOUR) == ["Still coming?"]
    assert alice.hears(path, "yes") == "See you."


@pytest.mark.parametrize("body", ["exit", "STOP", "restart"])
def test_a_wait_ends_with_the_script(alice: Twilio, sent: Sent, clock: Clock, body: str) -> None:
    alice.text("booking", "hi")
    alice.text("booking", "Alice")
    clock.later(DAY + 1)
    alice.text("booking", body)
    assert sent(DAY) == []


def test_a_call_that_takes_long_is_answered_later(
    alice: Twilio, sent: Sent, query: Query, app: Flask
) -> None:
    impatient(app)
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Alice", MessageSid="SM" + "1" * 32) == "One moment."
    assert alice.hears("looking-up", "Hello?") == "One moment."
    asking.GATE.set()
    until(lambda: query("SELECT body FROM parley.outbox"))
    assert sent() == ["Found ALICE. More?"]
    assert alice.hears("looking-up", "no") == "no it is."
    assert sent(DAY) == ["Found ALICE. More?"]
    assert [f"SM{'1' * 32}-1"] == asking.RUNS


def test_a_call_that_is_fast_enough_is_answered_at_once(alice: Twilio) -> None:
    asking.GATE.set()
    alice.text("looking-up", "hi")
    assert alice.hears("looking-up", "Alice") == "Found ALICE. More?"


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
    until(lambda: sent(60) == ["Found ALICE. More?"])
    assert [f"SM{'1' * 32}-1"] * 2 == asking.RUNS


def impatient(app: Flask) -> None:
    """Let turns wait for a tenth of a second only."""
    defaults = app.extensions["parley"].flows["looking-up"].asked_for["script_defaults"]
    object.__setattr__(defaults, "patience", 0.1)


def test_without_a_database_the_server_does_not_start() -> None:
    settings = Settings.load({**SETTINGS, "FLOWS": "tests.worker.asking"})
    with pytest.raises(FlowError, match=r"asking\.py, line \d+: the script .* set DATABASE_URL"):
        create_app(settings)


def test_what_happens_when_a_script_goes_on_is_in_the_log(
    alice: Twilio, sent: Sent, caplog: pytest.LogCaptureFixture, app: Flask
) -> None:
    def fields(event: str) -> dict[str, Any]:
        found = [each for each in caplog.records if each.__dict__.get("event") == event]
        return dict(found[-1].__dict__["fields"])

    caplog.set_level("INFO", logger="parley")
    for body in ("booking", "Alice"):
        alice.text("", body)
    assert fields("turn")["answered"] == "name"
    assert "asked" not in fields("turn")
    sent(DAY)
    assert fields("resumed")["asked"] == "booking/coming"
    alice.text("", "yes")
    assert (fields("turn")["answered"], fields("turn")["script"]) == ("coming", "finished")

    impatient(app)
    for body in ("looking up", "Mallory"):
        alice.text("", body)
    assert "asked" not in fields("turn")
    asking.GATE.set()
    until(lambda: fields("resumed")["asked"] == "looking-up/name")
    alice.text("", "Ada")
    assert (fields("turn")["answered"], fields("turn")["asked"]) == ("name", "more")
