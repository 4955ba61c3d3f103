"""Opening hours: parsing, and both sides of every boundary."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from parley.routing.opening_hours import parse_hours

MONDAY = datetime(2026, 11, 30)  # local times are naive


@pytest.mark.parametrize(
    ("written", "day", "at", "is_open"),
    [
        ("Mon-Fri 9:00-17:00", 0, "8:59", False),
        ("Mon-Fri 9:00-17:00", 0, "9:00", True),
        ("Mon-Fri 9:00-17:00", 4, "16:59", True),
        ("Mon-Fri 9:00-17:00", 4, "17:00", False),
        ("Mon-Fri 9:00-17:00", 5, "12:00", False),
        ("Mon-Fri 9:00-17:00, Sat 10:00-14:00", 5, "13:59", True),
        ("monday-friday  9:00-17:00", 2, "12:00", True),
        ("Sat-Mon 9:00-17:00", 6, "12:00", True),
        ("Sat-Mon 9:00-17:00", 0, "12:00", True),
        ("Sat-Mon 9:00-17:00", 1, "12:00", False),
        ("Fri 20:00-2:00", 5, "1:59", True),
        ("Fri 20:00-2:00", 5, "2:00", False),
        ("Fri 20:00-2:00", 4, "1:00", False),
        ("Sun 22:00-6:00", 0, "5:59", True),
        ("Mon 0:00-24:00", 0, "23:59", True),
        ("Mon 0:00-24:00", 1, "0:00", False),
        ("Mon 9:00-12:00, Mon 14:00-18:00", 0, "13:00", False),
        ("Mon 9:00-12:00, Mon 14:00-18:00", 0, "14:00", True),
    ],
)
def test_the_opening_minute_is_included_and_the_closing_minute_is_not(
    written: str, day: int, at: str, *, is_open: bool
) -> None:
    hour, minute = map(int, at.split(":"))
    now = datetime.fromordinal(MONDAY.toordinal() + day).replace(hour=hour, minute=minute)
    assert parse_hours(written).is_open(now) is is_open


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-03-29T00:59", False),  # 1:59, an hour before the clocks are put forward
        ("2026-03-29T01:00", True),  # 3:00: the hour from 2:00 does not exist
        ("2026-10-25T00:30", True),  # 2:30 for the first time
        ("2026-10-25T01:30", True),  # 2:30 for the second time
        ("2026-10-25T02:00", False),  # 3:00, after the clocks were put back
    ],
)
def test_daylight_saving_time_keeps_the_local_hours(utc: str, *, is_open: bool) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime.fromisoformat(f"{utc}+00:00").astimezone(berlin)
    hours = "Sun 2:00-3:30" if utc < "2026-10" else "Sun 2:00-3:00"
    assert parse_hours(hours).is_open(now) is is_open


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "is not opening hours"),
        ("9:00-17:00", "is not opening hours"),
        ("Mon 9-17", "is not opening hours"),
        ("Mon 9:00-17:00,", "is not opening hours"),
        ("Mon 9:00-17:60", "is not opening hours"),
        ("Mox 9:00-17:00", "has a day that is not one of Mon, Tue, … Sun"),
        ("Mon 9:00-25:00", "has a time after 24:00"),
        ("Mon 9:00-9:00", "opens and closes at the same time"),
    ],
)
def test_invalid_opening_hours_are_errors(written: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_hours(written)
