"""Days as people write them."""

import datetime
import re
from datetime import timedelta
from typing import Any

from app.conversation.manners import plain
from app.conversation.steps import GAVE_UP, Asking, Question, Refused

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?(?: of)? ([a-z]{3,})\.?,?(?: ([0-9]{4}))?")
_MONTH_FIRST = re.compile(r"([a-z]{3,})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,?(?: ([0-9]{4}))?")


def date(
    text: str,
    today: datetime.date,
    least: datetime.date,
    most: datetime.date,
    *,
    again: str = "Please answer with a day from {least} to {most}, like 24 December.",
    tries: int | None = None,
    otherwise: Any = None,
) -> Asking:
    """A day from `least` to `most`, both included, as datetime.date.

    `today` is what "tomorrow" and "friday" are counted from; it must be the same in every turn,
    and so comes from a step outside.
    """

    def read(answer: str) -> int:
        day = day_of(answer, today)
        if day is None or not least <= day <= most:
            raise Refused(again.format(least=shown(least), most=shown(most)))
        return day.toordinal()

    answer = yield Question(text, read, f"date {today} {least} {most}", (), tries)
    return otherwise if answer is GAVE_UP else datetime.date.fromordinal(answer)


def day_of(text: str, today: datetime.date) -> datetime.date | None:
    """The day that a text means; None for one that means none.

    2026-12-24, 24 December (2026), Dec 24th, today, tomorrow, or a weekday, which is the next of
    that name. Without a year it is the next such day. 12/24 is none: it is another day elsewhere.
    """
    said = " ".join(plain(text).split())
    if said in ("today", "tomorrow"):
        return today + timedelta(days=said == "tomorrow")
    weekdays = [n for n, name in enumerate(WEEKDAYS) if len(said) >= 3 and name.startswith(said)]
    if weekdays:
        return today + timedelta(days=(weekdays[0] - today.weekday() - 1) % 7 + 1)
    if match := _ISO.fullmatch(said):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(said):
        return _named(match[2], int(match[1]), match[3], today)
    if match := _MONTH_FIRST.fullmatch(said):
        return _named(match[1], int(match[2]), match[3], today)
    return None


def shown(day: datetime.date) -> str:
    """`Thu 24 Dec 2026`, whatever the server's language."""
    weekday = WEEKDAYS[day.weekday()][:3].title()
    return f"{weekday} {day.day} {MONTHS[day.month - 1].title()} {day.year}"


def _named(month: str, day: int, year: str | None, today: datetime.date) -> datetime.date | None:
    if month[:3] not in MONTHS:
        return None
    number = MONTHS.index(month[:3]) + 1
    if year:
        return _day(int(year), number, day)
    found = _day(today.year, number, day)
    return found if found and found >= today else _day(today.year + 1, number, day) or found


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
