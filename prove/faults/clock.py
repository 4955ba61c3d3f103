"""The clock of the server moved by an hour, there and back, while it runs."""

import calendar
import struct
import time
from pathlib import Path

from prove.faults.senders import counting
from prove.faults.trial import SETTINGS, tried
from prove.rows import Row
from tests.server.running import Server, running

HOUR = 3_600
MOVABLE = Path(__file__).with_name("moved")


def forward(folder: Path, seconds: float) -> Row:
    """An hour ahead, where what lasts half an hour is over; then as before, where all that was
    sealed in the meantime is of the future.
    """
    return _moved("clock moved an hour forward, then as before", folder, seconds, HOUR)


def back(folder: Path, seconds: float) -> Row:
    """An hour back, where all that was sealed is of the future; then as before."""
    return _moved("clock moved an hour back, then as before", folder, seconds, -HOUR)


def _moved(what: str, folder: Path, seconds: float, by: float) -> Row:
    """The clock of every process of a server: all that asks `time.time`, gunicorn and the log, too.

    Timeouts are kept by the monotonic clock, which nobody can set.
    """
    offset = folder / "offset"
    _set(offset, 0)
    settings = {**SETTINGS, "PYTHONPATH": str(MOVABLE), "MOVED_BY": str(offset)}
    with running(folder, settings) as server:

        def harm() -> int:
            for moved in (by, 0):
                _set(offset, moved)
                time.sleep(seconds / 2)
                told = _last_turn(server) - time.time()
                assert abs(told - moved) < 60, f"the clock is {told:.0f} s ahead"
            return 0

        senders = counting(server) + counting(server, 25, "brief-counter")
        return tried(what, server, senders, harm, anew_for={"expired"})


def _set(offset: Path, seconds: float) -> None:
    with offset.open("r+b" if offset.exists() else "wb") as file:  # in place: it is mapped
        file.write(struct.pack("d", seconds))


def _last_turn(server: Server) -> float:
    """When the last turn in the log was, by the server's own clock."""
    told = server.log().rpartition(" INFO turn ")[0].rpartition("\n")[2]
    return calendar.timegm(time.strptime(told, "%Y-%m-%dT%H:%M:%SZ"))
