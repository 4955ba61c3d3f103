"""Access to the database: statements with retries and deadlines, and writes that can be late.

Connections are opened after the fork, when they are first used.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg

from parley.logging import record
from parley.memory import schema
from parley.memory.connections import Connections, NoConnection
from parley.memory.presence import NEXT, Chore, Presence
from parley.refusals import MemoryUnavailable

SECONDS = 1.6
"""Seconds after which a text is refused because the database does not respond."""
PAUSE = 0.05
"""Seconds between two tries."""

Connection = psycopg.Connection[Any]
Row = tuple[Any, ...]
Result = TypeVar("Result")
Values = Mapping[str, Any]
Statement = tuple[str, Values]
"""SQL and its parameters."""
MOST_LATE = 10_000
"""Maximum number of statements that wait until the database is reachable."""


class Database:
    """The database of a server or a worker; `connections` are those of each process."""

    def __init__(self, url: str, connections: int = 8) -> None:
        self._url, self._most = url, connections
        self._lock = threading.Lock()
        self._pid = 0
        self._asked_at, self._answered = -1.0, False
        self._is_away = False
        self._late: deque[tuple[float, Statement]] = deque(maxlen=MOST_LATE)
        self.chores: list[Chore] = [self._catch_up]
        """Short tasks that each process runs several times a second, on a connection of its own."""

    def open(self) -> None:
        """Register this process with the others, unless it is registered."""
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            self._connections = Connections(self._url, self._most)
            self._presence = Presence(self._url, self._do_chores)
            self._presence.open()
            self._pid = os.getpid()

    def close(self) -> None:
        """Close the connections; to the other processes, this one has ended."""
        if self._pid == os.getpid():
            self._pid = 0
            self._presence.close()
            self._connections.close()

    def problem(self) -> str:
        """Return why a server cannot use this database; empty if it can, or if it is unavailable.

        A server also starts while the database is unavailable: it refuses texts until then.
        """
        try:
            schema.check(self._url)
        except schema.DatabaseAway as error:
            record("database", level=logging.ERROR, reason=str(error), next=NEXT)
        except schema.SchemaError as error:
            return str(error)
        return ""

    def is_ready(self) -> bool:
        """Return whether the database responds; checked at most once a second.

        The health check is public, so a request must not always cause a query.
        """
        now = time.monotonic()
        if now > self._asked_at + 1:
            self._asked_at = now
            try:
                self._answered = self.number() > 0 and self.fetch("SELECT 1", {}) is not None
            except MemoryUnavailable:
                self._answered = False
        return self._answered

    def number(self) -> int:
        """Return the number of this process. Raises MemoryUnavailable."""
        self.open()
        if number := self._presence.number(SECONDS):
            return number
        self._is_away = True
        raise MemoryUnavailable("no connection")

    def fetch(self, statement: str, values: Values) -> Row | None:
        """Run one statement in a transaction of its own, and return its first row."""
        return self.run(lambda connection: connection.execute(statement, values).fetchone())

    def write(self, *statements: Statement) -> bool:
        """Run statements in one transaction; skip the others if the first changes no row.

        Return whether the first one changed a row.
        """
        if len(statements) == 1:
            return self.run(lambda connection: connection.execute(*statements[0]).rowcount > 0)
        return self.run(lambda connection: _written(connection, statements))

    def write_soon(self, statement: Statement, seconds: float = 0) -> None:
        """Run a statement now, or as soon as the database is reachable.

        A late statement is repeated for `seconds`: what was sent before a connection was closed may
        still reach the database after it.
        """
        try:
            if self._is_away:
                raise MemoryUnavailable("no connection")
            self.write(statement)
        except MemoryUnavailable:
            self._late.append((time.monotonic() + seconds, statement))

    def run(self, work: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """Run `work` with a connection, and retry if the connection is lost.

        `work` must be idempotent. Raises MemoryUnavailable.
        """
        deadline = time.monotonic() + SECONDS
        self.open()
        while True:
            try:
                with self._connections.use(deadline) as connection:
                    result = work(connection)
                self._is_away = False
                return result
            except (psycopg.OperationalError, psycopg.InterfaceError, NoConnection) as error:
                if time.monotonic() + PAUSE > deadline:
                    self._is_away = True
                    raise MemoryUnavailable(type(error).__name__) from None
                self._connections.drop_idle()
                time.sleep(PAUSE)
            except psycopg.Error as error:
                raise MemoryUnavailable(type(error).__name__) from error

    def _do_chores(self, connection: psycopg.Connection[Any]) -> None:
        for chore in self.chores:
            chore(connection)

    def _catch_up(self, connection: psycopg.Connection[Any]) -> None:
        for ends, statement in list(self._late):
            connection.execute(*statement)
            if ends < time.monotonic():
                self._late.remove((ends, statement))


def _written(connection: psycopg.Connection[Any], statements: tuple[Statement, ...]) -> bool:
    with connection.transaction():
        with connection.pipeline():
            cursors = [connection.execute(*each) for each in statements]
        if cursors[0].rowcount:
            return True
        raise psycopg.Rollback
    return False
