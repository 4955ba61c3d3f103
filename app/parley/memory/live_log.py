"""Publishing the events of this process to the live pages of all processes, with NOTIFY.

Log lines are collected, and sent twice a second on the connection that holds the process number.
Commits with NOTIFY are serialized in the whole database, so no turn does one.
"""

import json
import logging
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from parley.conversation import Reply
from parley.logging import LOGGER, record, shown_sid
from parley.memory.presence import LOCKS

CHANNEL = "parley_live"
LISTENERS = (LOCKS, -2)
"""The advisory lock that each process with a reader shares; processes have numbers from 1."""
MOST_EVENTS = 200
"""Maximum number of events per process in half a second; further ones are only counted."""
PAYLOAD = 7_900
"""Maximum size of a notification in bytes; PostgreSQL accepts less than 8,000."""
LONGEST_WORDS = 300
"""Maximum length of a text on the page, in characters."""
_OF_A_TURN = ("status", "flow", "sid", "from", "to", "memory", "opt_out", "note", "ms")
_OF_OTHERS = ("reason", "next", "is", "error_code", "kind", "attempts")
FIELDS = (*_OF_A_TURN, *_OF_OTHERS)
"""The fields of a log line on the page; none has texts or unmasked numbers."""

_IS_ALONE = "SELECT pg_try_advisory_xact_lock(%s, %s)"
_NOTIFY = "SELECT pg_notify(%s, each) FROM unnest(%s::text[]) AS each"

Event = Mapping[str, Any]


class LiveLog(logging.Handler):
    """Collects the events of this process; with `shows_words` also the texts."""

    def __init__(self, *, shows_words: bool = False) -> None:
        super().__init__(logging.INFO)
        self._shows_words = shows_words
        self._events: deque[Event] = deque()
        self._missed = 0
        LOGGER.addHandler(self)

    def close(self) -> None:
        LOGGER.removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        shown = {name: fields[name] for name in FIELDS if name in fields}
        event = getattr(record, "event", "log")
        self._add({"at": record.created, "level": record.levelname, "event": event, **shown})

    def show_words(self, parameters: Mapping[str, str], reply: Reply) -> None:
        """Add a text and its reply, if the setting allows it."""
        if self._shows_words:
            sid, said = parameters.get("MessageSid", ""), parameters.get("Body", "")
            replied = "\n".join(each.body for each in reply.messages)
            words = {"said": said[:LONGEST_WORDS], "replied": replied[:LONGEST_WORDS]}
            self._add({"event": "words", "sid": shown_sid(sid), **words})

    def _add(self, event: Event) -> None:
        if len(self._events) < MOST_EVENTS:
            self._events.append(event)
        else:
            self._missed += 1

    def publish(self, connection: psycopg.Connection[Any]) -> None:
        """Send the collected events if any process has a reader; called twice a second."""
        if not self._events:
            return
        events = [self._events.popleft() for _ in range(len(self._events))]
        missed, self._missed = self._missed, 0
        try:
            if connection.execute(_IS_ALONE, LISTENERS).fetchone() == (True,):
                return
            events += [{"event": "missed", "count": missed}] if missed else []
            connection.execute(_NOTIFY, [CHANNEL, list(payloads(events))])
        except psycopg.Error as error:  # the queue of notifications is full
            if connection.closed:
                raise
            record("live", level=logging.WARNING, reason=f"not shown: {type(error).__name__}")


def payloads(events: Iterable[Event]) -> Iterable[str]:
    """Yield the events as JSON lists, each short enough for a notification."""
    texts: list[str] = []
    size = 0
    for event in events:
        text = json.dumps(event, default=str, separators=(",", ":"))
        if len(text) + 2 > PAYLOAD:
            continue
        if size + len(text) + 2 > PAYLOAD:
            yield f"[{','.join(texts)}]"
            texts, size = [], 0
        texts.append(text)
        size += len(text) + 1
    if texts:
        yield f"[{','.join(texts)}]"
