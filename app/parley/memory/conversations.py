"""Listing, showing, ending and taking over conversations, for operators."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg

from parley.conversation import Session
from parley.conversation.masking import is_number, masked
from parley.conversation.script_state import ScriptState
from parley.memory import TurnEnd
from parley.memory.addresses import original, stored
from parley.memory.counts import HELD, WAITS
from parley.memory.parking import END_ONE
from parley.memory.postgres import PostgresMemory
from parley.memory.running import is_parked
from parley.routing.router import running
from parley.sessions import ConversationKey

_COLUMNS = """person, number, flow, waiting, session::text, expires_at, answered_at, version,
    cardinality(queue), paused_until, handed_to, (
        SELECT due_at FROM parley.timers t WHERE (t.person, t.number, t.flow, t.kind, t.version)
            = (c.person, c.number, c.flow, 'wait', c.version))"""
_LIST = f"""
SELECT {_COLUMNS} FROM parley.conversations c WHERE %s ORDER BY answered_at DESC NULLS LAST"""
_OF_FLOW = "(waiting = %(flow)s OR flow = %(flow)s)"

Connection = psycopg.Connection[Any]


class Found(NamedTuple):
    """A conversation as it is now. `waiting` is the script whose question is open, or empty."""

    person: str
    number: str
    flow: str
    waiting: str
    session: Session
    expires_at: datetime | None
    answered_at: datetime | None
    turns: int
    texts: int
    """Number of texts that are not answered yet."""
    paused_until: datetime | None
    handed_to: str | None
    continues_at: datetime | None
    """When a script that waits for a time continues."""

    def __repr__(self) -> str:
        return f"Found({masked(self.person)}, {masked(self.number)}, {self.flow})"

    @property
    def key(self) -> ConversationKey:
        return ConversationKey(self.flow, self.person, self.number)

    @property
    def running(self) -> tuple[str, Session]:
        """The name of the flow that runs, and its session."""
        name, session = running(self.session)
        return (name, session) if session else (self.flow, self.session)

    def state(self, session: Session, now: datetime) -> str:
        """Describe the state of the conversation without its words; `session` is its flow's."""
        if self.is_held(now):
            return f"with {_shown(self.handed_to or '')} until {utc(self.paused_until)}"
        if self.is_waiting(now) and self.continues_at:
            return f"continues at {utc(self.continues_at)}"
        if self.is_waiting(now):
            script = ScriptState.of(session)
            return f"question {script.question} waits" if script else "waits"
        if not session:
            return "ended"
        return "remembers" if self.expires_at and self.expires_at > now else "expired"

    def is_held(self, now: datetime) -> bool:
        return bool(self.handed_to and self.paused_until and self.paused_until > now)

    def is_waiting(self, now: datetime) -> bool:
        return bool(self.waiting and self.expires_at and self.expires_at > now)


def listed(
    connection: Connection, now: datetime, limit: int, *, flow: str = "", every: bool = False
) -> list[Found]:
    """Return the conversations with an open question or an operator, the latest first.

    `every` includes those that have ended. `flow` limits the list to one flow.
    """
    conditions = [] if every else [f"({WAITS} OR {HELD})"]
    conditions += [_OF_FLOW] if flow else []
    statement = _LIST % (" AND ".join(conditions) or "true") + " LIMIT %(limit)s"
    return _found(connection, statement, {"now": now, "flow": stored(flow), "limit": limit})


def of_person(connection: Connection, person: str, number: str = "", flow: str = "") -> list[Found]:
    """Return the conversations of a person: all, or those with one number or flow."""
    conditions = ["person = %(person)s"]
    conditions += ["number = %(number)s"] if number else []
    conditions += [_OF_FLOW] if flow else []
    values = {"person": stored(person), "number": stored(number), "flow": stored(flow)}
    return _found(connection, _LIST % " AND ".join(conditions), values)


def end(memory: PostgresMemory, key: ConversationKey) -> None:
    """Delete the session of a conversation, after the texts that are being answered.

    The row of a parked script is deleted at once. Raises a Refusal.
    """
    if is_parked(key.flow):
        here = {"person": stored(key.from_), "number": stored(key.to), "flow": stored(key.flow)}
        memory.database.write((END_ONE, here))
        return
    with memory.begin(key, _made_up_sid(), "", 1) as conversation:
        conversation.save(TurnEnd(Session(), 0))


def take_over(memory: PostgresMemory, key: ConversationKey, by: str, seconds: int) -> None:
    """Let an operator answer for `seconds`, after the texts that are being answered.

    0 seconds give the conversation back to its flow. Raises a Refusal.
    """
    with memory.begin(key, _made_up_sid(), "", 1) as conversation:
        conversation.hold(by, seconds)


def utc(time: datetime | None) -> str:
    """Format a time in UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if time else "never"


def _shown(operator: str) -> str:
    """Return a name as it is, or a number masked."""
    return masked(operator) if is_number(operator.rpartition(":")[2]) else operator


def _made_up_sid() -> str:
    """Return a unique queue entry for an operation that is not a text."""
    return f"operator-{uuid4().hex}"


def _found(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[Found]:
    rows: Iterable[Any] = connection.execute(statement, values)
    return [
        Found._make((original(person), original(number), flow, waiting, _session(session), *more))
        for person, number, flow, waiting, session, *more in rows
    ]


def _session(text: str) -> Session:
    with suppress(ValueError):
        return Session(json.loads(text))
    return Session()
