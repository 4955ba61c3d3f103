"""Opening hours of a week: `Mon-Fri 9:00-17:00, Sat 10:00-14:00`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SPAN = re.compile(
    r"(?P<first>[a-z]{3})[a-z]*(?:-(?P<last>[a-z]{3})[a-z]*)?"
    r" (?P<opens>[0-9]{1,2}:[0-5][0-9])-(?P<closes>[0-9]{1,2}:[0-5][0-9])"
)
_DAY = 24 * 60


@dataclass(frozen=True)
class OpeningHours:
    """Spans of local time, each `(weekday, opens, closes)`: Monday is 0, times are minutes after
    midnight. A span that closes after midnight has more than 1,440 minutes. `written` is the text
    that they were read from.
    """

    spans: tuple[tuple[int, int, int], ...]
    written: str

    def is_open(self, now: datetime) -> bool:
        """Return whether it is open at a local time; opens inclusive, closes exclusive."""
        minute = now.hour * 60 + now.minute
        today, yesterday = now.weekday(), (now - timedelta(days=1)).weekday()
        return any(
            (day == today and opens <= minute < closes)
            or (day == yesterday and opens <= minute + _DAY < closes)
            for day, opens, closes in self.spans
        )


def parse_hours(text: str) -> OpeningHours:
    """Read `Mon-Fri 9:00-17:00, Sat 10:00-14:00`; days that are not named are closed.

    `Fri 20:00-2:00` closes on Saturday at 2:00, and `Sat-Mon` goes over Sunday. Raises ValueError
    with a sentence for anything else.
    """
    spans: list[tuple[int, int, int]] = []
    for part in text.split(","):
        written = " ".join(part.split())
        match = _SPAN.fullmatch(written.casefold())
        if match is None:
            raise ValueError(
                f"{written!r} is not opening hours. Write them like 'Mon-Fri 9:00-17:00'"
            )
        days = _days(match["first"], match["last"] or match["first"], written)
        opens, closes = _minutes(match["opens"], written), _minutes(match["closes"], written)
        if opens == closes:
            raise ValueError(f"{written!r} opens and closes at the same time")
        spans += [(day, opens, closes if opens < closes else closes + _DAY) for day in days]
    return OpeningHours(tuple(spans), text)


def _days(first: str, last: str, written: str) -> list[int]:
    for name in (first, last):
        if name not in DAYS:
            raise ValueError(f"{written!r} has a day that is not one of Mon, Tue, … Sun")
    start, end = DAYS.index(first), DAYS.index(last)
    return [(start + each) % 7 for each in range((end - start) % 7 + 1)]


def _minutes(written: str, part: str) -> int:
    hour, _, minute = written.partition(":")
    minutes = int(hour) * 60 + int(minute)
    if minutes > _DAY:
        raise ValueError(f"{part!r} has a time after 24:00")
    return minutes
