"""The clock of the tests says Friday, 15 January 2027, 8:00 in UTC."""

import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.conversation import Refused
from app.flows.appointment import minutes_of
from app.phone.testing import Clock
from tests.twilio import Twilio, longest_path, play

WHAT = """< What may we do for you?
< 1. haircut
< 2. beard trim
< 3. colouring"""


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def test_an_appointment_is_made_with_wrong_answers_in_between(twilio: Twilio) -> None:
    play(
        twilio,
        "appointment",
        f"""
        > hi
        {WHAT}
        > shave
        < Please answer with a number from the list, or with its word.
        {WHAT}
        > 2
        < On which day?
        > 14 January 2027
        < Please answer with a day from Fri 15 Jan 2027 to Thu 15 Apr 2027, like 24 December.
        < On which day?
        > tomorrow
        < At what time, from 9:00 to 17:00?
        > noon
        < Please answer with a time, like 9:30 or 14:00.
        < At what time, from 9:00 to 17:00?
        > 8:59
        < Please choose a time from 9:00 to before 17:00.
        < At what time, from 9:00 to 17:00?
        > 5 pm
        < Please choose a time from 9:00 to before 17:00.
        < At what time, from 9:00 to 17:00?
        > back
        < On which day?
        > Monday
        < At what time, from 9:00 to 17:00?
        > 2:30 pm
        < What is your name?
        > Alice
        < beard trim, Mon 18 Jan 2027 at 14:30, for Alice: is that right?
        > perhaps
        < Please answer with yes or no.
        < beard trim, Mon 18 Jan 2027 at 14:30, for Alice: is that right?
        > Yep
        < See you then: beard trim, Mon 18 Jan 2027 at 14:30, for Alice.
        """,
    )
    assert twilio.cookie == ""


def test_who_declines_books_nothing(twilio: Twilio) -> None:
    for body in ("hi", "1", "monday", "10", "Alice"):
        twilio.text("appointment", body)
    assert twilio.hears("appointment", "no").startswith("Nothing is booked.")


def test_what_is_past_of_today_is_refused(twilio: Twilio, clock: Clock) -> None:
    for body in ("hi", "1"):
        twilio.text("appointment", body)
    clock.later(2 * 3_600)
    assert twilio.hears("appointment", "today").startswith("At what time")
    assert "from 10:01 to" in twilio.hears("appointment", "10:00")
    assert twilio.hears("appointment", "10:01") == "What is your name?"


def test_today_is_over_when_we_have_closed(twilio: Twilio, clock: Clock) -> None:
    clock.later(9 * 3_600)
    for body in ("hi", "1"):
        twilio.text("appointment", body)
    assert "from Sat 16 Jan 2027" in twilio.hears("appointment", "today")


def test_the_hours_are_those_of_the_settings(make_app: Callable[..., Flask]) -> None:
    app = make_app(APPOINTMENT_HOURS="12:30-13:00")
    twilio = Twilio(app.test_client(use_cookies=False))
    for body in ("hi", "1", "monday"):
        twilio.text("appointment", body)
    assert "from 12:30 to before 13:00" in twilio.hears("appointment", "12:29")
    assert "from 12:30 to before 13:00" in twilio.hears("appointment", "13:00")
    assert twilio.hears("appointment", "12:59") == "What is your name?"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("9", 540),
        ("9:30", 570),
        ("14.05", 845),
        ("2 PM", 840),
        ("12am", 0),
        ("12pm", 720),
        ("0", 0),
        ("24", None),
        ("13pm", None),
        ("9:60", None),
        ("nine", None),
        ("", None),
    ],
)
def test_a_time_is_written_in_many_ways(said: str, minutes: int | None) -> None:
    if minutes is None:
        with pytest.raises(Refused):
            minutes_of(said, 0, 1_440)
    else:
        assert minutes_of(said, 0, 1_440) == minutes


def test_its_longest_path_fits_the_cookie(twilio: Twilio) -> None:
    assert longest_path(twilio, "appointment", "hi", "3", "monday", "10", "x" * 60) < 600
