"""Conversations that we start: the first question, and the replies at either webhook."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from parley import create_app
from parley.memory.outbox import Outbox
from parley.settings import Settings
from parley.starting import NotStarted, Starter
from parley.testing import Clock
from parley.worker.sender import Sender
from parley.worker.worker import Worker
from tests.rest.stand_in import NUMBER, StandIn, error
from tests.webhook import SETTINGS, Twilio
from tests.worker.conftest import ALICE, BOB, CAROL, MESSAGES, worker_of

Query = Callable[..., list[Any]]
FLOWS = {"FLOWS": "flows,tests.worker.asking"}
HELLO = "Hello! What is your name?"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def environ(database_url: str) -> dict[str, str]:
    more = {"DATABASE_URL": database_url, "SENDING_NUMBER": NUMBER, "TIME_ZONE": "UTC"}
    more["QUIET_HOURS"] = "21:00-8:00"
    return {**SETTINGS, **FLOWS, **more, "DATABASE_CONNECTIONS": "1"}


@pytest.fixture
def starter(environ: dict[str, str], clock: Clock) -> Starter:
    return Starter.of(Settings.load(environ), clock)


@pytest.fixture
def worker(outbox: Outbox, sender: Sender, environ: dict[str, str]) -> Worker:
    return worker_of(outbox, sender, environ)


@pytest.fixture
def app(environ: dict[str, str], clock: Clock) -> Iterator[Flask]:
    made = create_app(Settings.load(environ), clock=clock)
    yield made
    made.extensions["parley"].memory.close()


@pytest.fixture
def phone(app: Flask) -> Callable[..., Twilio]:
    def make(from_: str = ALICE) -> Twilio:
        return Twilio(app.test_client(use_cookies=False), from_=from_, to=NUMBER)

    return make


def bodies(twilio_rest: StandIn) -> list[str]:
    return [each["Body"] for each in twilio_rest.posted(MESSAGES)]


@pytest.mark.parametrize("path", ["visit", ""])
def test_a_reply_continues_the_script_at_either_webhook(
    starter: Starter,
    worker: Worker,
    twilio_rest: StandIn,
    phone: Callable[..., Twilio],
    clock: Clock,
    query: Query,
    path: str,
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    worker.drain()
    assert twilio_rest.posted(MESSAGES) == [{"To": ALICE, "From": NUMBER, "Body": HELLO}]
    clock.later(2 * 24 * 3_600)
    alice = phone()
    assert alice.text(path, "HELP").data.endswith(b"<Response/>")
    assert alice.hears(path, "Alice") == "Which day, Alice?\n1. Monday\n2. Tuesday"
    assert query("SELECT flow FROM parley.conversations") == [path or "menu"]
    assert alice.hears(path, "2") == "See you on Tuesday, Alice."


def test_another_flow_does_not_affect_the_question(
    starter: Starter, worker: Worker, phone: Callable[..., Twilio]
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    worker.drain()
    assert phone().hears("message-number", "hi")
    assert phone().hears("visit", "Alice").startswith("Which day, Alice?")


@pytest.mark.parametrize("path", ["visit", ""])
def test_a_script_started_by_us_is_counted_from_its_first_answer(
    starter: Starter,
    worker: Worker,
    phone: Callable[..., Twilio],
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    caplog.set_level("INFO", logger="parley")
    starter.start(ALICE, "visit", consent="web form")
    worker.drain()
    phone().hears(path, "Alice")
    fields = caplog.records[-1].__dict__["fields"]
    assert fields["script"] == "begun"
    assert (fields["asked"], fields["answered"]) == ("name,day", "name")
    assert "answered_after" not in fields


def test_questions_answered_in_advance_are_skipped(
    starter: Starter, worker: Worker, twilio_rest: StandIn, phone: Callable[..., Twilio]
) -> None:
    starter.start(ALICE, "visit", answers=["Alice"], consent="web form")
    worker.drain()
    assert bodies(twilio_rest) == ["Which day, Alice?\n1. Monday\n2. Tuesday"]
    assert phone().hears("visit", "monday") == "See you on Monday, Alice."


def test_its_lifetime_starts_when_it_is_sent(
    starter: Starter,
    worker: Worker,
    twilio_rest: StandIn,
    phone: Callable[..., Twilio],
    clock: Clock,
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    clock.later(5 * 24 * 3_600)
    worker.drain()
    assert bodies(twilio_rest) == [HELLO]
    clock.later(3 * 24 * 3_600 + 1)
    assert phone().hears("visit", "Alice") == HELLO
    assert starter.start(BOB, "visit", consent="web form")


def test_several_messages_are_sent_in_order(
    starter: Starter, worker: Worker, twilio_rest: StandIn, clock: Clock
) -> None:
    starter.start(ALICE, "long-words", consent="web form")
    for _ in range(4):
        worker.drain()
        clock.later(1)
    assert [(each["To"], each["Body"]) for each in twilio_rest.posted(MESSAGES)] == [
        (ALICE, "One."),
        ("+15551239999", "I am asking."),
        (ALICE, "Two?"),
    ]


REFUSED = [
    ((ALICE, "visit"), {}, "There is no record that this person agreed to texts. Say how"),
    ((ALICE, "none"), {}, "There is no flow none. The flows are appointment, "),
    ((ALICE, "counter"), {}, "The flow counter is not a script"),
    ((ALICE, "silent"), {}, "The script silent has no question to ask now"),
    ((ALICE, "broken"), {}, "The flow broken failed with ScriptFailed: "),
    (("5551230001", "visit"), {}, "5551230001 is not a number"),
    ((ALICE, "visit"), {"from_": "+1"}, "+1 is not a sender"),
    ((ALICE, "visit"), {"answers": ["Alice", "Friday"]}, "Answer 2 is not valid for its question"),
    ((ALICE, "visit"), {"answers": "Alice"}, "The answers are one text. Write a list"),
    ((ALICE, "visit"), {"answers": ["A", "1", "x"]}, "The script visit asks less than 3"),
    (("+19005550000", "visit"), {}, "The person is one of BLOCKED_NUMBERS"),
]


@pytest.mark.parametrize(("arguments", "named", "sentence"), REFUSED)
def test_an_invalid_start_is_rejected_with_the_reason(
    environ: dict[str, str],
    clock: Clock,
    query: Query,
    arguments: tuple[str, str],
    named: dict[str, Any],
    sentence: str,
) -> None:
    settings = Settings.load({**environ, "BLOCKED_NUMBERS": "+1900*"})
    with pytest.raises(NotStarted) as refused:
        Starter.of(settings, clock).start(*arguments, **named)
    assert str(refused.value).startswith(sentence)
    assert query("SELECT count(*) FROM parley.outbox") == [0]


def test_consent_is_stored_and_implied_by_a_text(
    starter: Starter, phone: Callable[..., Twilio], query: Query
) -> None:
    phone(BOB).text("message-number", "hi")
    starter.start(BOB, "visit")
    starter.start(ALICE, "visit", consent="web form, 2026-11-02")
    query("DELETE FROM parley.conversations WHERE flow = ''")
    starter.start(ALICE, "visit")
    assert query("SELECT person, how FROM parley.consents") == [(ALICE, "web form, 2026-11-02")]


def test_a_person_has_one_script_at_a_time(
    starter: Starter, phone: Callable[..., Twilio], clock: Clock
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    for path in ("visit", ""):
        phone(BOB).text(path, "visit")
        clock.later(1)
        with pytest.raises(NotStarted, match="A script is running with this person"):
            starter.start(BOB, "visit")
        phone(BOB).text(path, "exit")
    with pytest.raises(NotStarted, match="A script is running with this person"):
        starter.start(ALICE, "long-words")
    starter.start(BOB, "visit")


def test_a_question_waits_for_a_script_that_started_meanwhile(
    starter: Starter,
    worker: Worker,
    phone: Callable[..., Twilio],
    twilio_rest: StandIn,
    clock: Clock,
) -> None:
    starter.start(ALICE, "visit", consent="web form", after=60)
    alice = phone()
    alice.text("sign-up", "hi")
    clock.later(60)
    worker.drain()
    assert bodies(twilio_rest) == []
    alice.text("sign-up", "exit")
    clock.later(600)
    worker.drain()
    assert bodies(twilio_rest) == [HELLO]


def test_stop_cancels_a_started_script_even_before_it_is_sent(
    starter: Starter,
    worker: Worker,
    phone: Callable[..., Twilio],
    twilio_rest: StandIn,
    query: Query,
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    phone().text("visit", "STOP")
    worker.drain()
    assert bodies(twilio_rest) == []
    assert query("SELECT status FROM parley.outbox") == ["cancelled"]
    assert query("SELECT flow FROM parley.conversations WHERE flow = ''") == []
    with pytest.raises(NotStarted, match="The person has opted out"):
        starter.start(ALICE, "visit", consent="web form")
    phone().text("visit", "START")
    assert phone().hears("visit", "Alice") == HELLO


def test_a_question_that_cannot_be_sent_is_not_pending(
    starter: Starter, worker: Worker, twilio_rest: StandIn, query: Query
) -> None:
    twilio_rest.refused[ALICE] = error(400, 21614, "not a mobile number")
    starter.start(ALICE, "visit", consent="web form")
    worker.drain()
    assert query("SELECT count(*) FROM parley.conversations") == [0]


def test_no_first_text_is_sent_in_the_quiet_hours_of_the_country(
    environ: dict[str, str], clock: Clock
) -> None:
    """It is noon in UTC: 13:00 in Berlin, 7:00 in New York, and 21:00 in Tokyo."""
    settings = Settings.load({**environ, "TIME_ZONE": "Asia/Tokyo"})
    starter = Starter.of(settings, clock)
    due = {
        number: starter.start(number, "visit", consent="web form").due
        for number in ("+4915112345678", "+12015550123", CAROL)
    }
    new_york = ZoneInfo("America/New_York")
    assert due == {
        "+4915112345678": datetime.fromtimestamp(NOON, UTC),
        "+12015550123": datetime(2026, 11, 30, 8, tzinfo=new_york),
        CAROL: datetime(2026, 12, 1, 8, tzinfo=ZoneInfo("Asia/Tokyo")),
    }
    off = Starter.of(Settings.load({**environ, "QUIET_HOURS": "off"}), clock)
    assert off.start(BOB, "visit", consent="web form").due.timestamp() == NOON


def test_a_late_question_is_not_sent_in_the_quiet_hours(
    starter: Starter, worker: Worker, twilio_rest: StandIn, clock: Clock
) -> None:
    starter.start(ALICE, "visit", consent="web form")
    clock.later(10 * 3_600)
    worker.drain()
    assert bodies(twilio_rest) == []
    clock.later(10 * 3_600)
    worker.drain()
    assert bodies(twilio_rest) == [HELLO]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("QUIET_HOURS", "night", "QUIET_HOURS is 'night': write when they begin and end"),
        ("QUIET_HOURS", "25:00-8:00", "QUIET_HOURS is '25:00-8:00'"),
        ("SENDS_PER_SECOND", "0", "SENDS_PER_SECOND is '0': write a number from"),
        ("SENDING_NUMBER", "555", "SENDING_NUMBER is not a number"),
    ],
)
def test_invalid_settings_are_reported(
    environ: dict[str, str], name: str, value: str, sentence: str
) -> None:
    _, problems = Settings.examine({**environ, name: value})
    assert len(problems) == 1
    assert problems[0].startswith(sentence)


def test_the_metrics_show_pending_and_sent_messages(
    environ: dict[str, str], starter: Starter, worker: Worker, clock: Clock
) -> None:
    token = "0123456789" * 4
    app = create_app(Settings.load({**environ, "METRICS_TOKEN": token}), clock=clock)
    starter.start(ALICE, "visit", consent="web form")
    starter.start(BOB, "visit", consent="web form", after=3_600)
    worker.drain()
    page = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    app.extensions["parley"].memory.close()
    lines = page.splitlines()
    assert 'parley_outbox{state="waiting"} 1.0' in lines
    assert 'parley_outbox{state="due"} 0.0' in lines
    assert 'parley_outbox_messages_total{outcome="sent"} 1.0' in lines
    assert 'parley_outbox_messages_total{outcome="unclear"} 0.0' in lines
