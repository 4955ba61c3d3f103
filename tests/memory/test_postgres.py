"""Conversations in PostgreSQL: in order, once per message, and for more than four hours."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask

from parley.conversation import Session
from parley.memory import TurnEnd, postgres
from parley.memory.rows import ROW_BYTES
from parley.sessions import ConversationKey, SessionTooLarge
from parley.testing import Clock
from tests.memory import diary
from tests.memory.texts import SID, AtOnce, Phone, rows, sealed, until_queued
from tests.server.running import until
from tests.webhook import ALICE, APP, said


def test_a_conversation_continues_at_any_server_without_a_cookie(phone: Phone) -> None:
    assert phone(0).hears("diary", "one") == "one"
    response = phone(1).text("diary", "two")
    assert said(response) == ["one two"]
    assert "Set-Cookie" not in response.headers
    assert phone(1, from_="+15551230002").hears("diary", "three") == "three"
    assert phone(1, to="+15559870003").hears("diary", "four") == "four"
    assert phone(0).hears("counter", "five").startswith("Hello")


def test_the_flow_defines_the_lifetime_of_a_conversation(
    phone: Phone, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="parley")
    phone().hears("diary", "one")
    clock.later(30 * 24 * 3_600 - 1)
    assert phone().hears("diary", "two") == "one two"
    clock.later(30 * 24 * 3_600)
    assert phone().hears("diary", "three") == "three"
    states = [each.getMessage().partition("memory=")[2].split()[0] for each in caplog.records]
    assert states == ["new", "continued", "expired"]


def test_a_conversation_that_ends_is_deleted(phone: Phone, database_url: str) -> None:
    phone().hears("diary", "one")
    assert phone().hears("diary", "goodbye") == "The end."
    assert rows(database_url, "session::text") == [("{}",)]
    assert phone().hears("diary", "two") == "two"


def test_a_conversation_in_a_cookie_moves_to_the_database(phone: Phone, clock: Clock) -> None:
    twilio = phone(cookie=sealed(clock, said=["before"]))
    assert twilio.hears("diary", "one") == "before one"
    assert twilio.cookie == ""
    again = phone(cookie=sealed(clock, said=["before"]))
    assert again.hears("diary", "two") == "before one two", "the database must take precedence"
    assert again.cookie == ""
    forged = phone(from_="+15551230002", cookie=sealed(clock, said=["of another person"]))
    assert forged.hears("diary", "three") == "three"


@pytest.mark.parametrize("server", [0, 1])
def test_a_repeated_delivery_gets_the_same_response(phone: Phone, server: int) -> None:
    first = phone(0).text("diary", "one", MessageSid=SID)
    phone(0).text("diary", "two")
    again = phone(server).text("diary", "one", MessageSid=SID)
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert diary.RAN == ["one", "two"]
    assert phone(0).hears("diary", "three") == "one two three"


def test_five_concurrent_deliveries_of_a_text_run_once(
    phone: Phone, at_once: AtOnce, database_url: str
) -> None:
    for number in range(5):
        at_once.text(phone(number % 2), "wait", MessageSid=SID)
    until_queued(database_url, 1)
    time.sleep(0.1)
    diary.MAY_END.set()
    assert at_once.replies() == ["wait"] * 5
    assert diary.RAN == ["wait"]


def test_concurrent_texts_are_answered_in_order(
    phone: Phone, at_once: AtOnce, database_url: str
) -> None:
    for number in range(4):
        at_once.text(phone(number % 2), f"wait{number}")
        until_queued(database_url, number + 1)
    assert diary.RAN == ["wait0"], "another text of the conversation ran"
    diary.MAY_END.set()
    assert at_once.replies() == [
        "wait0",
        "wait0 wait1",
        "wait0 wait1 wait2",
        "wait0 wait1 wait2 wait3",
    ]
    assert rows(database_url, "queue, holders") == [([], [])]


def test_a_flow_that_waits_holds_no_connection(
    phone: Phone, at_once: AtOnce, database_url: str
) -> None:
    """Each server has two connections."""
    for number in range(6):
        at_once.text(phone(0, from_=f"+1555123000{number}"), "wait")
    until(lambda: len(diary.RAN) == 6, 5)
    using = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"""
    with psycopg.connect(database_url) as connection:
        assert connection.execute(using).fetchone() == (0,)
    diary.MAY_END.set()
    assert at_once.replies() == ["wait"] * 6


def test_a_text_that_waits_too_long_is_rejected_and_leaves_the_queue(
    phone: Phone,
    at_once: AtOnce,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.2)
    at_once.text(phone(0), "wait")
    until_queued(database_url, 1)
    refused = phone(1).text("diary", "hello")
    assert (refused.status_code, refused.text) == (
        503,
        "An earlier text of this conversation is still being answered.\n",
    )
    assert 'reason="an earlier text of this conversation is still being answered"' in caplog.text
    until_queued(database_url, 1)
    diary.MAY_END.set()
    assert at_once.replies() == ["wait"]


def test_a_failing_turn_changes_nothing(phone: Phone, database_url: str) -> None:
    phone().hears("diary", "one")
    assert phone().text("diary", "fail", MessageSid=SID).status_code == 500
    assert rows(database_url, "queue, version") == [([], 1)]
    assert phone().text("diary", "fail", MessageSid=SID).status_code == 500, (
        "the failed text must fail again"
    )
    assert phone().hears("diary", "two") == "one two"


def test_a_hanging_turn_loses_its_conversation_after_a_minute(
    phone: Phone, at_once: AtOnce, database_url: str, clock: Clock
) -> None:
    stuck = ThreadPoolExecutor().submit(phone(0).text, "diary", "wait")
    until_queued(database_url, 1)
    at_once.text(phone(1), "hello")
    until_queued(database_url, 2)
    clock.later(61)
    assert at_once.replies() == ["hello"]
    diary.MAY_END.set()
    assert stuck.result(5).status_code == 503, "the result of the stuck turn was stored"
    assert phone().hears("diary", "again") == "hello again"


def test_the_replies_to_ten_texts_are_kept(phone: Phone) -> None:
    first = phone().text("diary", "0", MessageSid=SID)
    for number in range(1, 10):
        phone().text("diary", str(number))
    assert phone().text("diary", "0", MessageSid=SID).data == first.data
    assert len(diary.RAN) == 10


ODD = ["\ud800", "é\x00\n", "\\ud800", "whatsapp:+15551230001", "x" * 10_000, "é" * 5_000]


@pytest.mark.parametrize("address", ODD)
def test_any_address_and_any_text_can_be_stored(phone: Phone, address: str) -> None:
    form = {"MessageSid": "SM1", "From": address, "To": APP, "Body": "a\x00\ud800é"}
    for number, expected in enumerate(["aé", "aé aé"]):
        response = phone().post_json("/sms/diary", {**form, "MessageSid": f"SM{number}"})
        assert said(response) == [expected]


def test_each_address_has_its_own_conversation(phone: Phone) -> None:
    for address in (*ODD, "x" * 9_999):
        form = {"MessageSid": "SM1", "From": address, "To": APP, "Body": "hi"}
        assert said(phone().post_json("/sms/diary", form)) == ["hi"]


def test_a_session_is_read_as_it_was_written(phone: Phone, clock: Clock) -> None:
    values: dict[str, Any] = {
        "a": 1e300,
        "b": 1.0,
        "c": [1, {"d": "\x00\ud800"}],
        "e": 10**30,
        "f": None,
        "g": "",
    }
    twilio = phone(cookie=sealed(clock, said=[], **values))
    twilio.hears("diary", "one")
    memory = twilio.client.application.extensions["parley"].memory
    with memory.begin(ConversationKey("diary", ALICE, APP), "SM2", "", 60) as conversation:
        assert conversation.session == Session({**values, "said": ["one"]})
        assert isinstance(conversation.session["b"], float)


def test_a_session_that_is_too_large_is_a_failure(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    memory = phone().client.application.extensions["parley"].memory
    key = ConversationKey("diary", ALICE, APP)
    with (
        pytest.raises(SessionTooLarge, match=r"a row of 64,0\d\d bytes, .* is words, with "),
        memory.begin(key, "SM1", "", 60) as conversation,
    ):
        conversation.save(TurnEnd(Session({"words": "x" * ROW_BYTES}), 60))
    assert phone().hears("diary", "x" * 1_000) == "x" * 1_000
    assert [each.levelname for each in caplog.records] == ["INFO"]


def test_a_script_continues_after_days(phone: Phone, clock: Clock, servers: list[Flask]) -> None:
    assert phone().hears("sign-up", "hi") == "What is your name?"
    clock.later(4 * 3_600 - 1)
    assert phone(1).hears("sign-up", "Ada").startswith("Hello Ada.")
    assert len(servers) == 2


def test_an_answer_is_counted_once_with_the_time_since_its_question(
    phone: Phone, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="parley")
    phone().text("sign-up", "hi")
    clock.later(70)
    for server in (0, 1):
        phone(server).text("sign-up", "Ada", MessageSid=SID)
    answered, repeated = (each.__dict__["fields"] for each in caplog.records[-2:])
    assert (answered["answered"], answered["answered_after"]) == ("name", 70)
    assert repeated["memory"] == "repeated"
    assert "answered" not in repeated
