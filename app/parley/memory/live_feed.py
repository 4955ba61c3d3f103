"""The live pages that this process serves, and the connection that listens for them."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg

from parley.logging import record
from parley.memory.live_log import CHANNEL, LISTENERS
from parley.memory.live_state import state
from parley.memory.presence import break_off
from parley.memory.schema import CONNECT_SECONDS
from parley.refusals import Refusal

MOST_READERS = 20
"""Maximum number of live pages per process."""
MOST_BEHIND = 100
"""Maximum number of events queued for a slow reader; further events are only counted."""
HEARTBEAT = 10.0
"""Seconds after which an idle stream sends a comment, so that no proxy closes it."""
LONGEST = 600.0
"""Maximum duration of a stream in seconds. The browser reconnects, and its token is checked."""
INTERVAL, SHARE = 2.0, 20
"""The pause between two queries: minimum seconds, and as a multiple of a query's duration."""
PAUSE = 1.0
OPTIONS = "-c statement_timeout=10000 -c default_transaction_read_only=on"

_LISTEN = f"LISTEN {CHANNEL}"
_LOCK = "SELECT pg_advisory_lock_shared(%s, %s)"


class TooManyReaders(Refusal):
    """A live page beyond the number that a process serves."""

    status = 503
    sentence = "Too many live pages are open. Close one."
    label = "live pages"

    def __init__(self) -> None:
        super().__init__("too many live pages", f"a process serves {MOST_READERS}: close some")


class LiveFeed:
    """Distributes the events of all processes to readers; its thread runs while there is a reader.

    `now` returns the time of the engine's clock.
    """

    def __init__(self, url: str, now: Callable[[], datetime]) -> None:
        self._url, self._now = url, now
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self._state = ""
        self._is_followed = False
        self._connection: psycopg.Connection[Any] | None = None

    def read(self) -> "Reader":
        """Return a new reader. Raises TooManyReaders."""
        with self._lock:
            if len(self._readers) >= MOST_READERS:
                raise TooManyReaders
            reader = Reader(self, self._state)
            self._readers.add(reader)
            if not self._is_followed:
                self._is_followed = True
                threading.Thread(target=self._follow, name="parley-live", daemon=True).start()
        return reader

    def leave(self, reader: "Reader") -> None:
        with self._lock:
            self._readers.discard(reader)

    def close(self) -> None:
        """End all streams, when this process stops; the browsers reconnect to another one."""
        for reader in list(self._readers):
            reader.close()
        if self._connection:
            break_off(self._connection)

    def _follow(self) -> None:
        """Listen until there are no readers; reconnect if the connection is lost."""
        while self._is_needed():
            try:
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=OPTIONS
                ) as connection:
                    self._connection = connection
                    connection.execute(_LISTEN)
                    connection.execute(_LOCK, LISTENERS)
                    self._listen(connection)
            except Exception as error:  # this thread must not end while there are readers
                if not self._readers:
                    continue
                record("live", level=logging.WARNING, reason=f"not shown: {type(error).__name__}")
                self._tell("away", "{}")
                time.sleep(PAUSE)

    def _is_needed(self) -> bool:
        with self._lock:
            self._is_followed = bool(self._readers)
            return self._is_followed

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        while self._readers:
            began = time.monotonic()
            self._state = json.dumps(state(connection, self._now()), separators=(",", ":"))
            self._tell("state", self._state)
            rest = max(INTERVAL, SHARE * (time.monotonic() - began))
            until = time.monotonic() + rest
            while self._readers and (left := until - time.monotonic()) > 0:
                for notification in connection.notifies(timeout=min(left, PAUSE)):
                    self._tell("events", notification.payload)

    def _tell(self, event: str, data: str) -> None:
        for reader in list(self._readers):
            reader.tell(event, data)


class Reader:
    """A stream of server-sent events for one browser. Events that it does not read are dropped."""

    def __init__(self, feed: LiveFeed, state: str) -> None:
        self._feed = feed
        self._events: deque[str] = deque()
        self._state, self._missed = state, 0
        self._is_told = threading.Event()
        self._has_ended = False
        self._ends_at = time.monotonic() + LONGEST
        self._events.append("retry: 1000\n\n")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next bytes of the stream, after at most HEARTBEAT seconds."""
        if not (self._events or self._state or self._missed):
            self._is_told.wait(HEARTBEAT)
        self._is_told.clear()
        if self._has_ended or time.monotonic() > self._ends_at:
            raise StopIteration
        parts = [self._events.popleft() for _ in range(len(self._events))]
        missed, self._missed = self._missed, 0
        state, self._state = self._state, ""
        if missed:
            parts.append(_event("events", f'[{{"event":"behind","count":{missed}}}]'))
        if state:
            parts.append(_event("state", state))
        return "".join(parts or [": alive\n\n"]).encode()

    def tell(self, event: str, data: str) -> None:
        """Queue an event; never blocks."""
        if event == "state":
            self._state = data
        elif len(self._events) < MOST_BEHIND:
            self._events.append(_event(event, data))
        else:
            self._missed += 1
        self._is_told.set()

    def end(self) -> None:
        """End the stream."""
        self._has_ended = True
        self._is_told.set()

    def close(self) -> None:
        """Leave the feed; the WSGI server calls this when the stream has ended for any reason."""
        self.end()
        self._feed.leave(self)


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
