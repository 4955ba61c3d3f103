import re
from collections.abc import Callable
from datetime import datetime, timedelta

from app.conversation import (
    Refused,
    Script,
    ask,
    choice,
    confirm,
    conversation,
    date,
    outside,
    shown,
    text,
)

SERVICES = ("haircut", "beard trim", "colouring")
AHEAD = timedelta(days=90)

_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))? ?(am|pm)?")


@conversation
def appointment(*, appointment_hours: tuple[int, int], now: Callable[[], str]) -> Script:
    """Make an appointment: service, day, time and name."""
    opens, closes = appointment_hours
    service = yield from choice("What may we do for you?", SERVICES)
    asked = datetime.fromisoformat((yield outside(now)))
    # Today, as long as there is an hour left in it.
    first = asked.date() + timedelta(days=asked.hour * 60 + asked.minute >= closes - 1)
    day = yield from date("On which day?", asked.date(), first, asked.date() + AHEAD)
    asked = datetime.fromisoformat((yield outside(now)))
    past = asked.hour * 60 + asked.minute if day <= asked.date() else -1
    hours = f"from {clock(opens)} to {clock(closes)}"
    minutes = yield from ask(
        f"At what time, {hours}?",
        lambda said: minutes_of(said, max(opens, past + 1), closes),
        kind=f"time {opens} {closes} {past}",
    )
    name = yield from text("What is your name?", most=60)
    summary = f"{service}, {shown(day)} at {clock(minutes)}, for {name}"
    if (yield from confirm(f"{summary}: is that right?")):
        return f"See you then: {summary}."
    return "Nothing is booked. Text again to begin anew."


def minutes_of(said: str, opens: int, closes: int) -> int:
    """A time of day in minutes, like 9, 9:30, 14.30 or 2:30 pm; Refused where we are closed."""
    match = _TIME.fullmatch(" ".join(said.lower().split()))
    if not match:
        raise Refused("Please answer with a time, like 9:30 or 14:00.")
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif half or hour > 23:
        raise Refused("Please answer with a time, like 9:30 or 14:00.")
    minutes = hour * 60 + minute
    if minute > 59 or not opens <= minutes < closes:
        raise Refused(f"Please choose a time from {clock(opens)} to before {clock(closes)}.")
    return minutes


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
