"""The time, for flows that have to know it."""

from collections.abc import Callable
from datetime import datetime


def local_time(clock: Callable[[], float]) -> Callable[[], str]:
    """A function that says the server's local time, like `2026-11-21T08:00`.

    `clock` returns the seconds since 1970; the zone is that of the server (`TZ`).
    """

    def now() -> str:
        return datetime.fromtimestamp(clock()).isoformat(timespec="minutes")

    return now
