"""The log line of a turn has the events of its script, and no personal data."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from parley.testing import Clock
from tests.webhook import Twilio

BRIEF = """
from parley.conversation import *

@script(lifetime=60)
def brief() -> Script:
    first = yield "First?"
    second = yield "Second?"
    return f"{first} {second}"
"""
RECEPTION = """
from parley.conversation import *

@script
def reception() -> Script:
    wish = yield "Which flow?"
    return goto(wish)
"""
FAILS_LATER = """
from parley.conversation import *

FAILS = []

@script
def fails_later() -> Script:
    first = yield "First?"
    if FAILS:
        raise ValueError("my-recognisable words")
    second = yield "Second?"
    return f"{first} {second}"
"""
FIELDS = ("script", "asked", "asked_again", "answered", "given_up", "went_back", "left")


@pytest.fixture
def fields(caplog: pytest.LogCaptureFixture) -> Callable[[], dict[str, Any]]:
    """A function that reads the script fields in the log line of the last turn."""

    def read() -> dict[str, Any]:
        found = caplog.records[-1].__dict__["fields"]
        return {name: found[name] for name in (*FIELDS, "answered_after") if name in found}

    caplog.set_level("INFO")
    return read


def test_the_log_line_names_the_asked_and_answered_questions(
    twilio: Twilio, fields: Callable[[], dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    twilio.text("sign-up")
    assert fields() == {"script": "begun", "asked": "name"}
    twilio.text("sign-up", "my-recognisable words")
    assert fields() == {"answered": "name", "asked": "colour", "answered_after": 0}
    assert " answered=name asked=colour answered_after=0 ms=" in caplog.records[-1].getMessage()
    assert "recognisable" not in caplog.text
    twilio.text("appointment")
    twilio.text("appointment", "haircut tomorrow 10am")
    assert fields()["answered"] == "service,day,at"
    assert fields()["asked"] == "day,at,name"
    twilio.text("counter")
    assert fields() == {}


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_answered_after_is_the_time_since_the_previous_turn(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    fields: Callable[[], dict[str, Any]],
    clock: Clock,
    seconds: int,
) -> None:
    guest_flow("brief", BRIEF)
    twilio = Twilio(make_app().test_client(use_cookies=False))
    twilio.text("brief")
    clock.later(seconds)
    twilio.text("brief", "one")
    assert fields()["answered_after"] == seconds
    clock.later(60)
    assert "too much time has passed" in twilio.hears("brief", "two")
    assert fields() == {"script": "begun", "asked": "first"}


def test_a_cookie_with_another_lifetime_gives_no_answer_time(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    fields: Callable[[], dict[str, Any]],
) -> None:
    guest_flow("brief", BRIEF.replace("lifetime=60", "lifetime=600"))
    before = Twilio(make_app().test_client(use_cookies=False))
    before.text("", "brief")
    guest_flow("brief", BRIEF)  # a deploy
    after = Twilio(make_app().test_client(use_cookies=False), cookie=before.cookie)
    after.text("", "one")
    assert fields() == {"answered": "first", "asked": "second"}


def test_stop_and_the_menu_leave_the_pending_question(
    twilio: Twilio, fields: Callable[[], dict[str, Any]]
) -> None:
    for body in ("hi", "Bob", "STOP"):
        twilio.text("sign-up", body)
    assert fields() == {"left": "colour", "script": "stop"}
    twilio.text("sign-up", "STOP")
    assert fields() == {}
    for body in ("sign up", "Bob", "menu"):
        twilio.text("", body)
    assert fields() == {"left": "sign-up/colour", "script": "sign-up/menu"}
    twilio.text("", "menu")
    assert fields() == {}
    for body in ("sign up", "STOP"):
        twilio.text("", body)
    assert fields() == {"left": "sign-up/name", "script": "sign-up/stop"}


def test_a_script_that_ends_with_goto_has_finished(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    fields: Callable[[], dict[str, Any]],
) -> None:
    guest_flow("reception", RECEPTION)
    twilio = Twilio(make_app().test_client(use_cookies=False))
    for body in ("reception", "sign-up"):
        twilio.text("", body)
    assert fields() == {
        "answered": "reception/wish",
        "script": "reception/finished,begun",
        "asked": "name",
        "answered_after": 0,
    }


def test_a_failing_script_does_not_delay_stop(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    fields: Callable[[], dict[str, Any]],
) -> None:
    guest_flow("fails_later", FAILS_LATER)
    twilio = Twilio(make_app().test_client(use_cookies=False))
    for body in ("hi", "one"):
        twilio.text("fails-later", body)
    sys.modules["flows.fails_later"].__dict__["FAILS"].append(1)
    assert twilio.text("fails-later", "STOP").status_code == 200
    assert fields() == {"script": "stop"}
