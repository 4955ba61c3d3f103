import datetime
import re
from collections.abc import Callable
from typing import Annotated, NamedTuple

from parley import (
    InvalidAnswer,
    Script,
    SettingType,
    call,
    choice,
    confirm,
    date,
    script,
    shown,
    text,
    time,
)

SERVICES = ("haircut", "beard trim", "colouring")
DAYS_AHEAD = 90
SUNDAY = 6
TAKEN = frozenset({"12:00"})
"""Times that `is_free` reports as taken on every day: a sample."""

_HOURS = re.compile(r"([0-9]{1,2}):([0-5][0-9])-([0-9]{1,2}):([0-5][0-9])")


class Hours(NamedTuple):
    """Opening and closing in minutes after midnight."""

    opens: int
    closes: int


def hours_of(written: str) -> Hours:
    """Return the hours in a text like 9:00-17:00. Raises ValueError."""
    match = _HOURS.fullmatch(written)
    first, second, third, fourth = map(int, match.groups()) if match else (0, 0, 0, 0)
    hours = Hours(first * 60 + second, third * 60 + fourth)
    if not hours.opens < hours.closes <= 24 * 60:
        raise ValueError("is not an opening time and a later closing time, like 9:00-17:00.")
    return hours


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def written(hours: Hours) -> str:
    return f"{clock(hours.opens)}-{clock(hours.closes)}"


NINE_TO_FIVE = Hours(9 * 60, 17 * 60)

OpeningHours = Annotated[
    Hours, SettingType(hours_of, written, "opening and closing, in the time zone `TIME_ZONE`")
]


@script(several=True)
def appointment(
    *, now: Callable[[], str], appointment_hours: OpeningHours = NINE_TO_FIVE
) -> Script:
    """Make an appointment: service, day, time and name."""
    opens, closes = map(clock, appointment_hours)
    last_minute = clock(appointment_hours.closes - 1)
    service = yield from choice("What can we do for you?", SERVICES)
    day = yield from date("On which day?", within=DAYS_AHEAD, before=last_minute, check=open_on)
    question = f"At what time, from {opens} to {closes}?"
    at = yield from time(question, opens, closes, day=day)
    while not (yield call(is_free, day.isoformat(), at.isoformat("minutes"))):
        question = f"Sorry, {clock(at.hour * 60 + at.minute)} is taken. Which other time?"
        at = yield from time(question, opens, closes, day=day)
    name = yield from text("What is your name?", max=60)
    summary = f"{service}, {shown(day)} at {clock(at.hour * 60 + at.minute)}, for {name}"
    if not (yield from confirm(f"{summary}: is that right?")):
        return "Okay, nothing is booked. Text again to start over."
    if (yield call(is_past, now, day.isoformat(), at.isoformat("minutes"))):
        return "Sorry, that time has passed, so nothing is booked. Text again to start over."
    return f"See you then: {summary}."


def open_on(day: datetime.date) -> None:
    """Raise InvalidAnswer for a day on which the shop is closed."""
    if day.weekday() == SUNDAY:
        raise InvalidAnswer("Sorry, we're closed on Sundays.")


def is_free(day: str, at: str) -> bool:
    """Return whether an appointment is possible then. A sample: query your calendar here."""
    return bool(day) and at not in TAKEN


def is_past(now: Callable[[], str], day: str, at: str) -> bool:
    """Return whether a time has passed."""
    meant = datetime.datetime.fromisoformat(f"{day}T{at}")
    return meant <= datetime.datetime.fromisoformat(now())
