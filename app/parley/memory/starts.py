"""Conversations that the server begins: the first question, and the row that waits for its answer.

The row has the flow '', because it is not known yet at which webhook the person will answer. The
turn that answers takes it over: see `Conversation.take_over`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from parley.conversation import Session
from parley.conversation.flow import LONGEST_LIFETIME
from parley.conversation.follow_ups import WAIT, FollowUp
from parley.memory import schema
from parley.memory.addresses import stored
from parley.memory.database import Connection
from parley.memory.outgoing import MESSAGE, START, ToSend, add
from parley.memory.parking import park, parks
from parley.memory.running import STARTED
from parley.routing.router import ROUTED

IsRunning = Callable[[str, Session], bool]
"""Returns whether a conversation with this flow and session has a script with an open question."""

_OPTED_OUT = "SELECT FROM parley.opt_outs WHERE (person, number) = (%(person)s, %(number)s)"
_CONSENT = """
SELECT FROM parley.consents WHERE (person, number) = (%(person)s, %(number)s)
UNION ALL
SELECT FROM parley.conversations
WHERE (person, number) = (%(person)s, %(number)s) AND answered_at IS NOT NULL
"""
_GIVE_CONSENT = """
INSERT INTO parley.consents (person, number, given_at, how)
VALUES (%(person)s, %(number)s, %(now)s, %(consent)s)
ON CONFLICT (person, number) DO UPDATE SET given_at = excluded.given_at, how = excluded.how
"""
_HELD = """
SELECT FROM parley.conversations
WHERE (person, number) = (%(person)s, %(number)s) AND paused_until > %(now)s
"""
# Without parked scripts, which do not wait for an answer.
_CONVERSATIONS = """
SELECT flow, session::text FROM parley.conversations
WHERE (person, number) = (%(person)s, %(number)s) AND expires_at > %(now)s
    AND position('/' IN flow) < 2 FOR UPDATE
"""
_BEGIN = """
INSERT INTO parley.conversations AS c
    (person, number, flow, session, expires_at, waiting, version)
VALUES (%(person)s, %(number)s, '', %(session)s, %(expires_at)s, %(waiting)s, %(version)s)
ON CONFLICT (person, number, flow) DO UPDATE SET
    session = excluded.session, expires_at = excluded.expires_at, waiting = excluded.waiting,
    version = excluded.version
WHERE c.expires_at <= %(now)s
"""
_SET_VERSION = "UPDATE parley.outbox SET version = %(version)s WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True, kw_only=True)
class Start:
    """A script to begin with a person; `messages` are its first question.

    `consent` says how the person has agreed to texts; empty if consent is recorded already.
    """

    person: str = field(repr=False)
    number: str = field(repr=False)
    flow: str
    session: Session
    lifetime: int
    messages: Sequence[ToSend]
    follow_ups: tuple[FollowUp, ...] = ()
    consent: str = ""
    due: datetime


RUNNING = "a script is running with this person. It has to end or expire first"
HELD = "an operator answers this person. Give the conversation back first"
NO_CONSENT = (
    "there is no record that this person agreed to texts. Say how, with --consent or consent="
)


class NotBegun(Exception):
    """Raised for a script that does not begin; the message says why."""


class Starts:
    """Begins scripts in the database at a URL, each in its own transaction."""

    def __init__(self, url: str, is_running: IsRunning) -> None:
        self._url, self._is_running = url, is_running

    def check(self) -> None:
        """Raise SchemaError if the database cannot be used."""
        schema.check(self._url)

    def begin(self, start: Start, now: datetime) -> int:
        """Write a new script and its first question; return the id of its message.

        Raises NotBegun, and SchemaError if the database is not reachable.
        """
        values = {
            "person": stored(start.person),
            "number": stored(start.number),
            "consent": start.consent,
            "now": now,
        }
        with schema.connected(self._url) as connection:
            if problem := self._problem(connection, values):
                raise NotBegun(problem)
            return write_start(connection, start, now)

    def _problem(self, connection: Connection, values: Mapping[str, Any]) -> str:
        """Return why a script cannot begin, or an empty text. The conversations stay locked."""
        if connection.execute(_OPTED_OUT, values).fetchone() is not None:
            return "the person has opted out. Only START from that phone opts in again"
        if values["consent"]:
            connection.execute(_GIVE_CONSENT, values)
        elif connection.execute(_CONSENT, values).fetchone() is None:
            return NO_CONSENT
        if connection.execute(_HELD, values).fetchone() is not None:
            return HELD
        rows = connection.execute(_CONVERSATIONS, values).fetchall()
        is_running = any(self.is_running(flow, json.loads(session)) for flow, session in rows)
        return RUNNING if is_running else ""

    def is_running(self, flow: str, session: Mapping[str, Any]) -> bool:
        """Return whether a conversation has a script with an open question."""
        return flow == STARTED or self._is_running(flow, Session(session))


def write_start(connection: Connection, start: Start, now: datetime, *, is_new: bool = True) -> int:
    """Write a script's row and its question; return the id of the first message.

    A script that waits for a time first is parked. A script that is not new was parked before.
    Raises NotBegun.
    """
    first, own = _write_messages(connection, start, now)
    script = {"f": start.flow, "s": start.session}
    values = {
        "person": stored(start.person),
        "number": stored(start.number),
        "waiting": stored(start.flow),
        "version": first,
        "ids": own,
    }
    if parks(ROUTED, start.follow_ups):
        ends = start.due + timedelta(seconds=start.lifetime)
        values |= {"flow": ROUTED, "sid": uuid4().hex, "now": start.due, "expires_at": ends}
        connection.execute(*park(Session(script), start.follow_ups, values))
        return first
    values |= {
        "session": json.dumps(script | ({} if is_new else {"r": 1}), default=Session.as_dict),
        # Its lifetime begins when the question was sent.
        "expires_at": start.due + timedelta(seconds=LONGEST_LIFETIME),
        "now": now,
    }
    if connection.execute(_BEGIN, values).rowcount == 0:
        raise NotBegun(RUNNING)
    connection.execute(_SET_VERSION, values)
    return first


def _write_messages(connection: Connection, start: Start, now: datetime) -> tuple[int, list[int]]:
    """Write the messages of a first question, to be sent in order.

    Return the id of the first to the person, and those of all to the person.
    """
    own, ids = list[int](), list[int]()
    waits = parks(ROUTED, start.follow_ups)
    for each in start.messages:
        message = replace(each, after=ids[-1] if ids else None)
        if each.person == start.person:
            kind, data = (MESSAGE, {}) if own else (START, _then(start))
            message = replace(message, flow=STARTED, kind=kind, data=data)
            if waits:
                message = replace(message, flow=ROUTED, kind=WAIT, data={})
        ids.append(add(connection, message, start.due, now))
        own += ids[-1:] if each.person == start.person else []
    return (own or ids)[0], own


def _then(start: Start) -> dict[str, Any]:
    """Return the `data` of the first message: what happens once it was sent."""
    timers = [
        {"kind": each.kind, "seconds": each.due.total_seconds(), "words": each.words}
        for each in start.follow_ups
        if isinstance(each.due, timedelta)
    ]
    return {"lifetime": start.lifetime, "timers": timers}
