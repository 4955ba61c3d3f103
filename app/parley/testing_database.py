"""Test what a flow does later: a database for tests, and its worker on the clock of the test."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from parley.memory import schema
from parley.memory.outbox import Outbox, Pace
from parley.memory.postgres import PostgresMemory
from parley.simulator.simulator import TwilioSimulator
from parley.starting import Starter
from parley.web.phone_worker import PhoneSender, make_worker
from parley.worker.worker import Worker

TABLES = ("conversations", "opt_outs", "timers", "outbox", "senders", "consents", "counts")
FAST = Pace(0.001, settle=1)
"""That of a worker in tests: no message waits for another."""
_NEXT = """
SELECT least(
    (SELECT min(due_at) FROM parley.timers),
    (SELECT min(next_attempt_at) FROM parley.outbox WHERE status = 'waiting'))
"""


class MovedClock(Protocol):
    """The time of a test: parley.testing.Clock."""

    now: float

    def __call__(self) -> float: ...


def prepare(url: str) -> str:
    """Make Parley's tables in the database of a test, or empty them; return its URL.

    Raises ValueError if its name does not contain `test`.
    """
    name = urlsplit(url).path.removeprefix("/")
    if "test" not in name:
        raise ValueError(
            f"The tests empty the tables in their database, and {name!r} may not be for tests: "
            "use one with `test` in its name"
        )
    _upgrade(url)
    with schema.connected(url) as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM parley.{table}")  # noqa: S608  # a table of ours
    return url


@cache
def _upgrade(url: str) -> None:
    """Once in each process: it takes a tenth of a second."""
    schema.upgrade(url)


class DueMessages:
    """Lets the clock of a test go on, and on its way a worker send what is due."""

    def __init__(self, worker: Worker, memory: PostgresMemory, clock: MovedClock) -> None:
        self._worker, self._memory, self._clock = worker, memory, clock

    @classmethod
    def of(
        cls, extensions: Mapping[str, Any], simulator: TwilioSimulator, clock: MovedClock
    ) -> "DueMessages | None":
        """Those of an application; None if its clock is another, which cannot be moved."""
        settings, webhook = extensions["parley_settings"], extensions["parley"]
        memory = webhook.memory.lasting
        if memory.clock is not clock:
            return None
        outbox = Outbox(memory.database, clock, FAST)
        starter, sender = Starter.serving(settings, webhook), PhoneSender(outbox, simulator)
        return cls(make_worker(starter, webhook, outbox, sender), memory, clock)

    def pass_time(self, seconds: float) -> None:
        """Let time pass from one thing that is due to the next."""
        until = self._clock.now + seconds
        self._worker.drain()
        while (due := self._next()) is not None and max(due, self._clock.now + 1) <= until:
            self._clock.now = max(due, self._clock.now + 1)
            self._worker.drain()
        self._clock.now = until
        self._worker.drain()

    def _next(self) -> float | None:
        """When something is due the next time."""

        found = self._memory.database.fetch(_NEXT, {})
        return found[0].timestamp() if found and found[0] else None
