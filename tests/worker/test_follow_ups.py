"""Reminders, expiry, waits and slow calls, which an answer cancels in any order of events."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from parley import FlowError, create_app
from parley.memory import outbox
from parley.settings import Settings
from parley.starting import NotStarted, Starter
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.server.running import until
from tests.webhook import SETTINGS, Twilio
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
def test_an_answer_or_stop_cancels_a_reminder(
    alice: Twilio, sent: Sent, query: Query, clock: Clock, body: str
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY + 1)
    alice.text("trial", body)
    assert sent(2 * DAY) == []
    expected = ["expire"] if body == "Alice" else []
    assert query("SELECT kind FROM parley.timers") == expected


@pytest.mark.parametrize("body", ["Alice", "STOP"])
def test_an_answer_or_stop_cancels_a_queued_reminder(
    alice: Twilio, worker: Worker, sent: Sent, query: Query, clock: Clock, body: str
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY)
    worker._fire()
    assert query("SELECT kind, status FROM parley.outbox") == [("remind", "waiting")]
    alice.text("trial", body)
    assert sent() == []
    assert query("SELECT kind, status FROM parley.outbox") == [("remind", "cancelled")]


def test_reminders_pause_during_a_take_over(
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


def test_a_queued_reminder_is_not_sent_during_a_take_over(
    alice: Twilio, operator: Twilio, worker: Worker, sent: Sent, clock: Clock
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY)
    worker._fire()
    operator.hears("trial", f"take {ALICE}")
    assert sent(3 * HOUR) == []


def test_a_timed_message_waits_for_the_end_of_a_take_over(
    alice: Twilio, operator: Twilio, sent: Sent
) -> None:
    alice.text("booking", "hi")
    alice.text("booking", "Alice")
    assert sent(DAY - HOUR) == []
    operator.hears("booking", f"take {ALICE}")
    assert sent(3 * HOUR) == []
    operator.hears("booking", "back")
    assert sent(HOUR) == ["Still coming?"]


def test_no_script_starts_during_a_take_over(
    alice: Twilio, operator: Twilio, environ: dict[str, str], clock: Clock
) -> None:
    alice.text("trial", "hi")
    alice.text("trial", "exit")
    operator.hears("trial", f"take {ALICE}")
    starter = Starter.of(Settings.load(environ), clock)
    with pytest.raises(NotStarted, match=r"(?i)an operator answers this person. give"):
        starter.start(ALICE, "trial")


def test_a_question_that_we_begin_waits_for_the_end_of_a_take_over(
    alice: Twilio, operator: Twilio, environ: dict[str, str], clock: Clock, sent: Sent
) -> None:
    alice.text("trial", "hi")
    alice.text("trial", "exit")
    Starter.of(Settings.load(environ), clock).start(ALICE, "trial")
    operator.hears("trial", f"take {ALICE}")
    assert sent(HOUR) == []
    operator.hears("trial", "back")
    assert sent() == ["Your name?"]


def test_help_keeps_a_reminder_that_is_written_already(
    alice: Twilio, worker: Worker, sent: Sent, clock: Clock
) -> None:
    alice.text("trial", "hi")
    clock.later(DAY)
    worker._fire()
    alice.text("trial", "HELP")
    assert sent() == ["Still there?"]


@pytest.mark.parametrize("path", ["booking", "two-look-ups"])
def test_stop_between_two_steps_of_a_claim_is_seen(
    alice: Twilio, sent: Sent, app: Flask, monkeypatch: pytest.MonkeyPatch, query: Query, path: str
) -> None:
    """The opt-out is written after the claim has read what is due, and before it locks it."""
    impatient(app, "two-look-ups")
    for body in ("hi", "Alice"):
        alice.text(path, body)
    asking.GATE.set()
    due = "SELECT (SELECT count(*) FROM parley.outbox) + (SELECT count(*) FROM parley.timers)"
    until(lambda: query(due) == [1] or query("SELECT body FROM parley.outbox"))
    found = outbox._unchanged

    def after_stop(*arguments: Any) -> Any:
        if query("SELECT count(*) FROM parley.opt_outs") == [0]:
            alice.text(path, "STOP")
        return found(*arguments)

    monkeypatch.setattr(outbox, "_unchanged", after_stop)
    assert sent(DAY) == []
    assert query("SELECT count(*) FROM parley.opt_outs") == [1]


def test_words_that_postgresql_does_not_take_stop_no_timer(alice: Twilio, sent: Sent) -> None:
    alice.text("unprintable", "hi")
    alice.text("trial", "hi")
    assert sorted(sent(DAY)) == ["Still there?", "You?"]


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


def test_a_script_started_by_us_sends_reminders(
    environ: dict[str, str], clock: Clock, sent: Sent, alice: Twilio
) -> None:
    Starter.of(Settings.load(environ), clock).start(ALICE, "trial", consent="web form")
    assert sent(2 * HOUR) == ["Your name?"]
    assert sent(DAY - HOUR) == ["Your name?"]
    assert sent(HOUR) == ["Your name?", "Still there?"]
    assert alice.hears("trial", "Alice").startswith("Which color, Alice?")


@pytest.mark.parametrize("path", ["booking", ""])
def test_a_script_continues_at_a_given_time(alice: Twilio, sent: Sent, path: str) -> None:
    alice.text(path, "booking")
    assert alice.hears(path, "Alice") == "Booked, Alice. I will text you tomorrow."
    if path:
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


def test_without_a_database_the_server_does_not_start() -> None:
    settings = Settings.load({**SETTINGS, "FLOWS": "tests.worker.asking"})
    with pytest.raises(FlowError, match=r"asking\.py, line \d+: the script .* set DATABASE_URL"):
        create_app(settings)


def test_the_log_has_the_events_of_a_continued_script(
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
