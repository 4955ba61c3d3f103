"""The interface of conversation storage: in a cookie, or in PostgreSQL.

This module imports neither, so that a server without a database does not load the driver.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Self

from parley.conversation import Outgoing, Session
from parley.conversation.follow_ups import FollowUp
from parley.conversation.script_resumption import Outcome
from parley.sessions import ConversationKey, SessionCookie

FollowUps = tuple[FollowUp, ...] | None


class Started(NamedTuple):
    """A script that the server began with a person, and that waits for the first answer."""

    flow: str
    session: Session
    version: int
    is_new: bool = True
    """False if the script was parked before."""
    is_sent: bool = True
    """Whether its question has left the outbox; no text answers it before."""


class TurnEnd(NamedTuple):
    """What a turn leaves: the session for `lifetime` seconds, and the reply to the text.

    `keyword` is STOP, START or HELP if the text was one of them. `later` is what happens if there
    is no further text; None leaves that unchanged. The worker sends `messages`. `waiting` is the
    script whose question is open.
    """

    session: Session
    lifetime: int
    reply: bytes = b""
    keyword: str | None = None
    later: FollowUps = ()
    messages: Sequence[Outgoing] = ()
    waiting: str = ""


class Conversation:
    """A conversation while one of its texts is answered: `with memory.begin(…) as conversation:`.

    If the block ends before `save`, nothing changes, and the same text can be answered again.
    """

    session: Session
    """The session; empty for a person who has opted out in this conversation."""
    state: str
    """`continued`, `new`, `repeated`, or the reason why there is no session, such as `expired`."""
    seconds_left: int = 0
    """Seconds until the session would have expired; 0 for an empty one."""
    opted_out: bool
    """Whether the person has opted out: then YES means START."""
    held_by: str | None = None
    """The operator who answers instead of the flow: a phone number, or a name."""
    held_seconds: int = 0
    """Seconds for which the operator answers, unless there are more texts."""
    reply: bytes | None = None
    """The earlier reply to this text, if there is one; it is then sent again."""
    set_cookie: str | None = None
    """The `Set-Cookie` header of the response."""
    kind: str = "message"
    """The kind of the messages of this turn: docs/decisions/0038."""
    started: Started | None = None
    """A script that the server began, and that this text may answer."""
    others: Mapping[str, Session] = MappingProxyType({})
    """For a parked script: the sessions of the person's other conversations, by their flow."""

    def take_over(self) -> None:
        """Continue this conversation with the script that the server began, once it is saved."""

    def save(self, end: TurnEnd) -> bytes:
        """End the turn: store its session, and the reply to this text.

        Return the reply to send: if another turn has answered the same text meanwhile, its reply.
        Raises a Refusal, SessionTooLarge, or FlowError for features that a cookie does not support.
        """
        raise NotImplementedError

    def hold(self, by: str, seconds: int, reply: bytes = b"") -> bytes:
        """End the turn like `save`; for `seconds` an operator answers instead of the flow.

        The session stays the same, and its expiry is postponed by that time. 0 seconds give the
        conversation back to the flow.
        """
        raise NotImplementedError

    def is_late(self, sid: str) -> bool:  # noqa: ARG002  # a cookie knows no late calls
        """Whether the script waits for the late call that the text `sid` began."""
        return False

    def keep(self, sid: str, outcome: Outcome, due: datetime | None = None) -> None:
        """Keep the result of a late call for a worker, until no operator answers.

        The worker continues the script at `due`, by default as soon as possible.
        """

    def postpone(self, sid: str, outcome: Outcome) -> None:
        """Postpone a parked script by some minutes, because another script runs. See `keep`."""

    def drop(self) -> None:
        """End the turn, and delete a parked script that cannot continue."""

    def leave(self) -> None:
        """End the turn without an answer, unless it was saved."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()


class Memory:
    """The storage of a server's conversations; `sessions` opens the cookies of requests.

    `clock` returns seconds since 1970; in development it is the clock of the simulated phone.
    """

    def __init__(self, sessions: SessionCookie, clock: Callable[[], float] = time.time) -> None:
        self.sessions, self.clock = sessions, clock

    @property
    def lasting(self) -> "Memory":
        """The memory for turns outside a request, which cannot set a cookie."""
        return self

    def begin(self, key: ConversationKey, sid: str, cookies: str, lifetime: int) -> Conversation:
        """Begin the turn of a text, whose MessageSid is `sid`.

        `cookies` is the `Cookie` header; `lifetime` is how many seconds its session would last if
        it were sealed now. With a database, wait until the earlier texts of the conversation are
        answered. Raises a Refusal.
        """
        raise NotImplementedError

    def note_keyword(self, keyword: str, person: str, number: str, how: str = "fallback") -> None:
        """Store a STOP or START that Twilio reported outside a turn, at the fallback URL."""

    def is_ready(self) -> bool:
        """Return whether texts can be answered now."""
        return True

    def counts(self) -> Mapping[tuple[str, str], int] | None:
        """Return how many conversations of each script are `waiting`, `parked`, or `held`.

        None without a database, and while it is unavailable.
        """
        return None

    def has(self, key: ConversationKey) -> bool:  # noqa: ARG002  # a cookie is not found by its key
        """Return whether a person has texted in this conversation. Raises MemoryUnavailable."""
        return False

    def held_by(self, operator: str, number: str) -> list[str]:  # noqa: ARG002
        """Return the people whom an operator answers for a number. Raises MemoryUnavailable."""
        return []

    def open(self) -> None:
        """Open the connections of a process, after the fork; otherwise the first turn does."""

    def close(self) -> None:
        """Close the connections, when the process ends."""
