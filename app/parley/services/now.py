"""The time, for flows that need it."""

from collections.abc import Callable
from datetime import datetime, tzinfo


def local_clock(clock: Callable[[], float], zone: tzinfo | None) -> Callable[[], datetime]:
    """Return a clock in the business's time zone; `clock` returns the seconds since 1970."""
    return lambda: datetime.fromtimestamp(clock(), zone)


def local_time(clock: Callable[[], datetime]) -> Callable[[], str]:
    """Return the service `now`: the local time as text, like `2026-11-21T08:00`."""

    def now() -> str:
        return clock().replace(tzinfo=None).isoformat(timespec="minutes")

    return now
