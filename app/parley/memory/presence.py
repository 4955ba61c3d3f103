"""The number of a process, with which other processes check whether it still runs.

A dedicated connection holds an advisory lock on the number. The lock ends with the connection, and
the connection with the process, even if it is killed.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from parley.logging import record
from parley.memory.schema import CONNECT_SECONDS, shown

LOCKS = 1_885_434_476
"""The first part of the advisory locks on process numbers; the second is the number."""
IDLE, BETWEEN, PROBES = 5, 2, 3
"""TCP keepalive: idle seconds and seconds between probes until either end detects a dead peer."""
SETTINGS = (
    "SET statement_timeout = 1500; SET idle_in_transaction_session_timeout = 5000; "
    f"SET tcp_keepalives_idle = {IDLE}; SET tcp_keepalives_interval = {BETWEEN}; "
    f"SET tcp_keepalives_count = {PROBES}"
)
"""Settings of every session, in milliseconds and seconds. As connection options, connection
poolers may reject them."""
PAUSE = 0.2
"""Seconds between two connection attempts."""
TICK = 0.5
NEXT = "texts are refused with 503 until it is back: docs/database.md"
"""The `next` field of the log line about an unavailable database."""

_TAKE = "SELECT pg_try_advisory_lock(%s, %s)"
_NEXT = "SELECT nextval('parley.process_numbers')"

Chore = Callable[[psycopg.Connection[Any]], None]


class Presence:
    """Holds the number of this process in a thread, and keeps it when the connection is lost.

    `chore` is called several times a second with the connection.
    """

    def __init__(self, url: str, chore: Chore | None = None) -> None:
        self._url, self._chore = url, chore
        self._number = 0
        self._connection: psycopg.Connection[Any] | None = None
        self._is_there = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._hold, name="parley-presence", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Release the number."""
        self._closing.set()
        if self._connection:
            break_off(self._connection)
        self._thread.join(2)

    def number(self, seconds: float) -> int | None:
        """Return the number; None if the database does not assign one within `seconds`."""
        return self._number if self._is_there.wait(seconds) else None

    def _hold(self) -> None:
        is_reported = False
        while not self._closing.is_set():
            try:
                with connect_to(self._url) as connection:
                    self._connection = connection
                    self._number = self._take(connection)
                    self._is_there.set()
                    if is_reported:
                        record("database", reason="The database can be reached again.")
                    is_reported = False
                    self._stay(connection)
            except psycopg.Error as error:
                self._is_there.clear()
                if not (is_reported or self._closing.is_set()):
                    is_reported = True
                    record(
                        "database",
                        level=logging.ERROR,
                        reason=f"The database cannot be reached: {shown(error)}.",
                        next=NEXT,
                    )
                self._closing.wait(PAUSE)

    def _take(self, connection: psycopg.Connection[Any]) -> int:
        """Lock the number that this process had, or a new one."""
        while not (self._number and _one(connection, _TAKE, LOCKS, self._number)):
            self._number = int(_one(connection, _NEXT))
        return self._number

    def _stay(self, connection: psycopg.Connection[Any]) -> None:
        """Return when the process stops; raise psycopg.OperationalError on a lost connection."""
        while not self._closing.is_set():
            if self._chore:
                self._chore(connection)
            for _ in connection.notifies(timeout=TICK):
                pass


def connect_to(url: str) -> psycopg.Connection[Any]:
    """Connect to the database, with short timeouts in case it, or its machine, is down."""
    connection = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        fallback_application_name="parley",
        keepalives_idle=IDLE,
        keepalives_interval=BETWEEN,
        keepalives_count=PROBES,
    )
    try:
        connection.execute(SETTINGS)
    except psycopg.Error:
        connection.close()
        raise
    return connection


def break_off(connection: psycopg.Connection[Any]) -> None:
    """Shut down a connection's socket, so that its statement ends with an error."""
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as same,
    ):
        same.shutdown(socket.SHUT_RDWR)


def _one(connection: psycopg.Connection[Any], statement: str, *parameters: Any) -> Any:
    row = connection.execute(statement, parameters).fetchone()
    return row[0] if row else None
