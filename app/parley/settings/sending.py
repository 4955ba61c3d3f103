"""Settings for sending messages: number, rate, and quiet hours."""

import re
from datetime import time

from parley.settings.environment import Source
from parley.twilio.facts import PHONE_NUMBER

QUIET = "21:00-8:00"
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")

Hours = tuple[time, time]
"""When they begin, and when they end."""


def quiet_hours(source: Source) -> Hours | None:
    """Return the hours in which no conversation is begun; None for none."""
    written = source.text("QUIET_HOURS", QUIET)
    if written == "off":
        return None
    if found := _HOURS.fullmatch(written):
        hour, minute, end_hour, end_minute = (int(each) for each in found.groups())
        try:
            begin, end = time(hour, minute), time(end_hour, end_minute)
        except ValueError:
            pass
        else:
            if begin != end:
                return begin, end
    source.problems.append(
        f"QUIET_HOURS is {written!r}: write when they begin and end, like {QUIET}, or off."
    )
    return None


def sends_per_second(source: Source) -> float:
    """Return how many messages each of the server's numbers may send per second."""
    written = source.text("SENDS_PER_SECOND", "1")
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", written) and float(written) > 0:
        return float(written)
    source.problems.append(
        f"SENDS_PER_SECOND is {written!r}: write a number from 0.001 to 999, like 1 or 0.5."
    )
    return 1.0


def sending_number(source: Source) -> str:
    """Return the number that begins conversations; empty if it is not set."""
    number = source.text("SENDING_NUMBER")
    if number and not re.fullmatch(rf"(whatsapp:)?{PHONE_NUMBER}", number):
        source.problems.append(
            "SENDING_NUMBER is not a number: write it in full, like +15551230000."
        )
    return number
