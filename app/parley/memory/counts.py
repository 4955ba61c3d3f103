"""The number of waiting conversations, for the metrics, with a limited load on the database."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from parley.memory.database import Database
from parley.refusals import MemoryUnavailable

WAITS = "(waiting <> '' AND expires_at > %(now)s)"
"""SQL condition: a script's question is open, or the script waits for a time."""
HELD = "(handed_to IS NOT NULL AND paused_until > %(now)s)"
"""SQL condition: an operator answers."""
COUNT = f"""
SELECT waiting, CASE WHEN {HELD} THEN 'held' WHEN position('/' IN flow) > 1 THEN 'parked'
    ELSE 'waiting' END, count(*)
FROM parley.conversations WHERE {WAITS} OR {HELD} GROUP BY 1, 2
"""
SHORTEST = 10
"""Minimum seconds between two counts."""
SHARE = 20
"""The pause before the next count, as a multiple of the time that a count takes."""

ByState = Mapping[tuple[str, str], int] | None


class Counts:
    """Counts conversations by script and state; counting takes only a small share of the time.

    `now` returns the time of the engine's clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._counted: ByState = None
        self._next = 0.0

    def __call__(self) -> ByState:
        """Return the last counts; None while the database is unavailable."""
        began = time.monotonic()
        if began > self._next:
            self._next = began + SHORTEST
            self._counted = self._count()
            ended = time.monotonic()
            self._next = ended + max(SHORTEST, SHARE * (ended - began))
        return self._counted

    def _count(self) -> ByState:
        values = {"now": self._now()}
        try:
            rows = self._database.run(lambda each: each.execute(COUNT, values).fetchall())
        except MemoryUnavailable:
            return None
        return {(script, state): count for script, state, count in rows}
