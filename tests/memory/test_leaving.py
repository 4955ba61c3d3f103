"""Conversations move from the database into cookies if they fit."""

from collections.abc import Callable

import pytest
from flask import Flask

from parley import create_app
from parley.settings import Settings
from parley.testing import Clock
from tests.memory import diary
from tests.memory.texts import SID, Phone
from tests.webhook import SETTINGS, Twilio

GREETING = "Hello, thanks for the new message!"


@pytest.fixture
def leaving(make_server: Callable[..., Flask]) -> Twilio:
    return Twilio(make_server(LEAVE_DATABASE="on").test_client(use_cookies=False))


@pytest.fixture
def cookies_alone(clock: Clock) -> Twilio:
    """A server without the database."""
    app = create_app(Settings.load(SETTINGS), clock=clock)
    return Twilio(app.test_client(use_cookies=False))


def test_a_conversation_continues_in_a_cookie(
    phone: Phone, leaving: Twilio, cookies_alone: Twilio
) -> None:
    assert phone().hears("counter") == GREETING
    assert leaving.hears("counter") == "Your current count is 1"
    assert leaving.hears("counter") == "Your current count is 2"
    cookies_alone.cookie = leaving.cookie
    assert cookies_alone.hears("counter") == "Your current count is 3"
    leaving.cookie = cookies_alone.cookie
    assert leaving.hears("counter") == "Your current count is 4", "the cookie must be used"


def test_a_conversation_that_does_not_fit_a_cookie_stays_in_the_database(
    phone: Phone, leaving: Twilio
) -> None:
    """The lifetime of the diary is thirty days."""
    phone().hears("diary", "one")
    assert leaving.hears("diary", "two") == "one two"
    assert leaving.cookie == ""
    assert phone().hears("diary", "three") == "one two three"


def test_a_repeated_delivery_gets_the_same_cookie(leaving: Twilio) -> None:
    first = leaving.text("counter", MessageSid=SID)
    cookie = leaving.cookie
    assert leaving.text("counter", MessageSid=SID).data == first.data
    assert leaving.cookie == cookie
    assert leaving.hears("counter") == "Your current count is 1"


def test_a_turn_that_fails_moves_nothing(phone: Phone, leaving: Twilio) -> None:
    phone().hears("diary", "one")
    assert leaving.text("diary", "fail").status_code == 500
    assert leaving.client.get("/ready").status_code == 200
    assert leaving.hears("diary", "two") == "one two"
    assert diary.RAN == ["one", "fail", "two"]


def test_stop_deletes_the_conversation_and_is_recorded_in_both(
    phone: Phone, leaving: Twilio
) -> None:
    phone().hears("counter")
    assert leaving.text("counter", "STOP").data.endswith(b"<Response/>")
    assert leaving.cookie
    assert leaving.text("counter", "yes").data.endswith(b"<Response/>")
    assert leaving.hears("counter") == GREETING
