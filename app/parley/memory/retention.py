"""Erase the texts of conversations after some days; the rows stay, for the counts.

A sweep reads the conversations in the order of their primary key, so that it needs no index that
would change with each turn.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from parley.logging import record
from parley.memory.presence import LOCKS

PAGE = 500
"""Number of rows per statement."""
HOUR = 3_600.0
"""Seconds between two sweeps of a server."""
MINUTE = 60.0
"""Seconds until a process tries again to become the one that sweeps."""
LOCK = (LOCKS, -1)
"""The advisory lock of the process that sweeps; processes have numbers from 1."""

_IS_OLD = """answered_at <= %(before)s AND queue = '{}'
    AND (replies <> '{}' OR session::text <> '{}')"""
_CONVERSATIONS = f"""
WITH page AS MATERIALIZED (
    SELECT person, number, flow, {_IS_OLD} AS is_old FROM parley.conversations
    WHERE (person, number, flow) > (%(person)s, %(number)s, %(flow)s)
    ORDER BY person, number, flow LIMIT {PAGE}
), erased AS (
    UPDATE parley.conversations c
    SET session = '{{}}', expires_at = NULL, waiting = '', answered = '{{}}', replies = '{{}}'
    FROM page
    WHERE page.is_old AND (c.person, c.number, c.flow) = (page.person, page.number, page.flow)
        AND {_IS_OLD}
    RETURNING 1
)
SELECT person, number, flow, (SELECT count(*) FROM erased) FROM page
ORDER BY person DESC, number DESC, flow DESC LIMIT 1
"""
_MESSAGES = f"""
UPDATE parley.outbox SET body = '', media_urls = '{{}}', data = '{{}}' WHERE id IN (
    SELECT id FROM parley.outbox
    WHERE (body <> '' OR media_urls <> '{{}}') AND status NOT IN ('waiting', 'claimed')
        AND created_at <= %(before)s
    ORDER BY created_at LIMIT {PAGE})
"""

Connection = psycopg.Connection[Any]
Now = Callable[[], datetime]


class Place(NamedTuple):
    """The primary key up to which conversations were swept."""

    person: str = ""
    number: str = ""
    flow: str = ""


START = Place()


class Retention:
    """Erases texts older than `days`; `now` returns the time."""

    def __init__(self, days: int, now: Now) -> None:
        self._age, self._now = timedelta(days=days), now
        self._sweeper: Connection | None = None
        self._place, self._next = START, 0.0

    def clean(self, connection: Connection) -> int:
        """Erase all old texts; return the number of rows changed."""
        erased, place = 0, START
        while True:
            place, count = self._page(connection, place)
            erased += count
            if place == START:
                return erased

    def step(self, connection: Connection) -> None:
        """Do a small part of a sweep if one is due; a server calls this several times a second.

        One process sweeps for all, until its connection ends.
        """
        if time.monotonic() < self._next:
            return
        if self._sweeper is not connection:
            self._place = START
            row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK).fetchone()
            if row != (True,):
                self._next = time.monotonic() + MINUTE
                return
            self._sweeper = connection
        try:
            self._place, _ = self._page(connection, self._place)
        except psycopg.Error as error:
            if connection.closed:
                raise
            record("database", level=logging.WARNING, reason=_reason(error), next="it is retried")
            self._place = START
        if self._place == START:
            self._next = time.monotonic() + HOUR

    def _page(self, connection: Connection, place: Place) -> tuple[Place, int]:
        """Erase the next rows; return the last place (START at the end) and the number erased."""
        values = {"before": self._now() - self._age, **place._asdict()}
        row = connection.execute(_CONVERSATIONS, values).fetchone()
        if row:
            return Place(*row[:3]), row[3]
        count = connection.execute(_MESSAGES, values).rowcount
        return (place if count == PAGE else START), count


def _reason(error: psycopg.Error) -> str:
    return f"old texts were not erased: {type(error).__name__}"
