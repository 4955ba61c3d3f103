"""Quiet hours, in which only people who have just texted get a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from parley.services.phone_numbers import IS_INSTALLED, time_zone_of
from parley.settings.sending import Hours


@dataclass(frozen=True)
class QuietHours:
    """The hours in the recipient's time zone, or in the business's, which is `time_zone`.

    The package `phonenumbers` has the zone of most numbers, but not of every mobile phone in a
    large country. None for `hours` means no quiet hours; for `time_zone`, that of the machine.
    """

    hours: Hours | None
    time_zone: tzinfo | None = None

    def end(self, person: str, now: datetime) -> datetime | None:
        """Return when they end for a person; None if it is not a quiet hour now."""
        if self.hours is None:
            return None
        begin, end = self.hours
        here = now.astimezone((time_zone_of(person) if IS_INSTALLED else None) or self.time_zone)
        clock = here.time()
        is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
        if not is_quiet:
            return None
        day = here.date() + timedelta(days=clock >= end)
        return datetime.combine(day, end, here.tzinfo).astimezone(now.tzinfo)
