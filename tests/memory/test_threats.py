"""Attacks on a server with a database, with access to parts of the traffic."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask

from parley.cli import sms
from parley.settings import Settings
from tests.memory import diary
from tests.memory.texts import Phone, rows
from tests.web.test_threats import MALLORY, signed, split_differently
from tests.webhook import ALICE, SETTINGS, Twilio, message, said

PASSWORD = "postgresql://parley:hunter2hunter2@db.example.com/parley"


@pytest.mark.threat("S36")
def test_a_replayed_request_changes_nothing(phone: Phone) -> None:
    form = message("one")
    first = phone().post("/sms/diary", form)
    phone().hears("diary", "two")
    for _ in range(3):
        assert phone(1).post("/sms/diary", form).data == first.data
    assert diary.RAN == ["one", "two"]
    assert phone().hears("diary", "three") == "one two three"


@pytest.mark.threat("S36")
def test_ten_texts_later_a_replayed_request_is_a_new_text(phone: Phone) -> None:
    form = message("0")
    phone().post("/sms/diary", form)
    for number in range(1, 11):
        phone().hears("diary", str(number))
    assert said(phone().post("/sms/diary", form)) == ["0 1 2 3 4 5 6 7 8 9 10 0"]


@pytest.mark.threat("S37")
def test_a_request_that_is_split_differently_reaches_her_conversation(phone: Phone) -> None:
    """Not defended: the sender in the request alone identifies the conversation."""
    phone(from_=ALICE).hears("diary", "mine")
    words = f"yes|From|{ALICE}|FromX"
    captured = message(words.replace("|", ""), from_=MALLORY)
    other = split_differently({**captured, "Body": words})
    assert signed(other, "diary") == signed(captured, "diary"), (
        "the two requests have different signatures"
    )
    client = phone().client
    answer = client.post(
        "/sms/diary",
        data=other,
        headers={"X-Twilio-Signature": signed(captured, "diary")},
        environ_overrides={"RAW_URI": "/sms/diary"},
    )
    assert said(answer) == ["mine yes"]


@pytest.mark.threat("S38")
def test_a_reader_of_the_database_sees_numbers_and_texts(phone: Phone, database_url: str) -> None:
    phone(from_=ALICE).hears("diary", "my words")
    ((person, session, replies),) = rows(database_url, "person, session::text, replies")
    assert person == ALICE
    assert "my words" in session
    assert b"my words" in replies[0]


@pytest.mark.threat("S38")
def test_the_database_password_is_never_shown() -> None:
    environ = {**SETTINGS, "DATABASE_URL": PASSWORD}
    assert "hunter2" not in repr(Settings.load(environ))
    shown = CliRunner().invoke(sms, ["settings"], env=environ).output
    assert "postgresql://db.example.com/parley" in shown
    assert "hunter2" not in shown


@pytest.mark.threat("S38")
def test_no_log_line_about_a_database_has_its_password(
    make_server: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    away = "postgresql://parley:hunter2hunter2@127.0.0.1:1/parley?connect_timeout=1"
    server = make_server(DATABASE_URL=away)
    assert Twilio(server.test_client(use_cookies=False)).text("diary").status_code == 503
    assert "cannot be reached" in caplog.text
    assert "hunter2" not in caplog.text
