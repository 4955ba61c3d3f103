"""A pool of database connections with deadlines.

The connection that was used last is used first: its PostgreSQL process is in the CPU's caches,
which halves the time of a short statement. A statement or a connection attempt is aborted at its
deadline, whatever the database or the network does.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from parley.memory.presence import break_off, connect_to

INTERVAL = 0.1
"""Seconds between two checks for statements past their deadline."""

Connection = psycopg.Connection[Any]


class NoConnection(Exception):
    """Raised if there is no connection before the deadline."""


class Waiting:
    """A caller that waits for a connection that another turn returns."""

    def __init__(self) -> None:
        self.is_served = threading.Event()
        self.connection: Connection | None = None
        """None if the caller may open a new one."""


class Connections:
    """Up to `most` connections to the database at a URL, opened when they are needed."""

    def __init__(self, url: str, most: int) -> None:
        self._url, self._left = url, most
        self._idle: list[Connection] = []
        self._waiting: deque[Waiting] = deque()
        self._lock = threading.Lock()
        self._deadlines: dict[Connection, float] = {}
        self._is_open = True
        threading.Thread(target=self._cut_off, name="parley-deadlines", daemon=True).start()

    @contextmanager
    def use(self, deadline: float) -> Iterator[Connection]:
        """Lend a connection until a deadline of `time.monotonic`, when its socket is closed.

        Raises NoConnection if none is free by then, and psycopg.OperationalError.
        """
        connection = self._taken(deadline)
        try:
            connection = connection or self._made(deadline)
            self._deadlines[connection] = deadline
            yield connection
        finally:
            if connection:
                self._deadlines.pop(connection, None)
            self._give(connection)

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they are returned."""
        self._is_open = False
        self.drop_idle()

    def drop_idle(self) -> None:
        """Close the idle connections, after one has shown that the database was unavailable."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._left += len(idle)
        for each in idle:
            each.close()

    def _taken(self, deadline: float) -> Connection | None:
        """Return an idle connection, or None to open a new one; callers wait in a queue."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._left:
                self._left -= 1
                return None
            mine = Waiting()
            self._waiting.append(mine)
        if not mine.is_served.wait(max(0, deadline - time.monotonic())):
            with self._lock:
                if not mine.is_served.is_set():
                    self._waiting.remove(mine)
                    raise NoConnection
        return mine.connection

    def _give(self, connection: Connection | None) -> None:
        """Pass a connection to the next caller, unless it is broken or still busy."""
        if connection and not (
            self._is_open and connection.pgconn.transaction_status == TransactionStatus.IDLE
        ):
            connection.close()
            connection = None
        with self._lock:
            if self._waiting:
                next_one = self._waiting.popleft()
                next_one.connection = connection
                next_one.is_served.set()
            elif connection:
                self._idle.append(connection)
            else:
                self._left += 1

    def _made(self, deadline: float) -> Connection:
        """Connect in a thread, because a database that hangs may exceed the deadline."""
        made: list[Connection | psycopg.Error] = []
        is_done, is_late = threading.Event(), threading.Event()

        def connect() -> None:
            try:
                connection = connect_to(self._url)
            except psycopg.Error as error:
                made.append(error)
            else:
                made.append(connection)
                if is_late.is_set():
                    connection.close()
            is_done.set()

        threading.Thread(target=connect, name="parley-connect", daemon=True).start()
        if not is_done.wait(max(0, deadline - time.monotonic())):
            is_late.set()
            raise NoConnection
        if isinstance(made[0], psycopg.Error):
            raise made[0]
        return made[0]

    def _cut_off(self) -> None:
        """Close the sockets of statements past their deadline; their callers get an error."""
        while self._is_open:
            now = time.monotonic()
            for connection, deadline in list(self._deadlines.items()):
                if deadline < now:
                    break_off(connection)
            time.sleep(INTERVAL)
