"""Where conversations are remembered between two texts: in a cookie, or in PostgreSQL.

This module imports neither, so that a server without a database loads no driver.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

from parley.conversation import Outgoing, Session
from parley.conversation.follow_ups import FollowUp
from parley.conversation.script_resumption import Outcome
from parley.sessions import ConversationKey, SessionCookie

FollowUps = tuple[FollowUp, ...] | None


class Started(NamedTuple):
    """A script that we began with a person, and that waits for the first answer."""

    flow: str
    session: Session
    version: int


class Conversation:
    """A conversation while one of its texts is answered: `with memory.begin(…) as conversation:`.

    If the block ends before `save`, everything stays as it was, and the text may come again.
    """

    session: Session
    """What is remembered; empty for a person who has opted out in this conversation."""
    state: str
    """How it was found: `continued`, `new`, `repeated`, or why it was not, such as `expired`."""
    seconds_left: int = 0
    """How much longer the session would have lasted; 0 for an empty one."""
    opted_out: bool
    """Whether the person has opted out: then YES means START."""
    held_by: str | None = None
    """The person who answers instead of the flow: a phone number, or a name."""
    held_seconds: int = 0
    """For how long, unless there are more texts."""
    reply: bytes | None = None
    """What this text was answered with before; then it is to be answered so again."""
    set_cookie: str | None = None
    """The `Set-Cookie` header of the response."""
    kind: str = "message"
    """The kind of the messages that are sent: docs/decisions/0038."""
    started: Started | None = None
    """A script that we began, and that this text may answer."""

    def take_over(self) -> None:
        """Let this conversation go on with the script that we began, once it is saved."""

    def save(
        self,
        session: Session,
        lifetime: int,
        reply: bytes,
        keyword: str | None = None,
        later: FollowUps = (),
        messages: Sequence[Outgoing] = (),
        *,
        waiting: str = "",
    ) -> bytes:
        """End the turn: remember a session for so many seconds, and the reply to this text.

        `keyword` is STOP, START or HELP if the text was one of them. `later` is what happens if no
        text comes; None leaves that as it was. `messages` are sent by the worker. `waiting` is the
        script whose question waits for an answer. Return the reply to send: that of another turn if
        it has answered the same text meanwhile. Raises a Refusal, SessionTooLarge, or FlowError for
        what a cookie cannot do.
        """
        raise NotImplementedError

    def hold(self, by: str, seconds: int, reply: bytes = b"") -> bytes:
        """End the turn as `save` does; for so many seconds a person answers, and not the flow.

        The session is as it was, and its time stands still meanwhile. 0 seconds give the
        conversation back to the flow.
        """
        raise NotImplementedError

    def is_late(self, sid: str) -> bool:  # noqa: ARG002  # a cookie knows no late calls
        """Whether the script waits for the late call that the text `sid` began."""
        return False

    def keep(self, sid: str, outcome: Outcome) -> None:
        """Keep the result of a late call for a worker, which goes on when no person answers."""

    def leave(self) -> None:
        """End the turn without an answer, unless it was saved."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()


class Memory:
    """Keeps the conversations of a server; `sessions` opens the cookies that come with texts.

    `clock` returns the seconds since 1970; in development it is that of the simulated phone.
    """

    def __init__(self, sessions: SessionCookie, clock: Callable[[], float] = time.time) -> None:
        self.sessions, self.clock = sessions, clock

    @property
    def lasting(self) -> "Memory":
        """The memory of turns that answer no request, and so cannot set a cookie."""
        return self

    def begin(self, key: ConversationKey, sid: str, cookies: str, lifetime: int) -> Conversation:
        """Begin to answer a text, whose MessageSid is `sid`.

        `cookies` is the `Cookie` header; `lifetime` is how many seconds its session would last if
        it was sealed now. With a database this waits until earlier texts of the conversation are
        answered. Raises a Refusal.
        """
        raise NotImplementedError

    def note_keyword(self, keyword: str, person: str, number: str, how: str = "fallback") -> None:
        """Remember a STOP or START that was no turn: Twilio has reported it in some other way."""

    def is_ready(self) -> bool:
        """Whether texts can be answered now."""
        return True

    def counts(self) -> Mapping[tuple[str, str], int] | None:
        """How many conversations of each script are `waiting`, or `held` by a person.

        None without a database, and while it is away.
        """
        return None

    def has(self, key: ConversationKey) -> bool:  # noqa: ARG002  # a cookie is not found by its key
        """Whether a person has texted in a conversation. Raises MemoryUnavailable."""
        return False

    def held_by(self, operator: str, number: str) -> list[str]:  # noqa: ARG002
        """The people whom an operator answers for a number. Raises MemoryUnavailable."""
        return []

    def open(self) -> None:
        """Open what a process needs, after the fork; otherwise the first turn does."""

    def close(self) -> None:
        """Close it, when the process ends."""
