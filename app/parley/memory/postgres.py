"""Conversations in PostgreSQL: texts are answered in order and once, and sessions have no limit.

A turn is two short transactions: the first joins the conversation's queue and reads the session,
the second writes the changes. Between them, while the flow runs, the turn holds no connection.
"""

import itertools
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from parley.conversation.follow_ups import needed_lifetime
from parley.conversation.opt_out import START, STOP
from parley.conversation.script_resumption import Outcome
from parley.memory import (
    Conversation,
    FollowUps,
    Memory,
    TurnEnd,
    outbox,
    outbox_statements,
    parking,
    statements,
    timer_statements,
)
from parley.memory.addresses import original, stored
from parley.memory.cookie import CookieMemory
from parley.memory.counts import Counts
from parley.memory.database import Database, Statement, Values
from parley.memory.outgoing import to_send
from parley.memory.rows import STATE, State, Text, encoded, session_of, started_in
from parley.memory.running import is_parked
from parley.memory.timers import timer, with_result
from parley.refusals import ConversationBusy, MemoryUnavailable
from parley.sessions import ConversationKey, SessionCookie
from parley.twilio.facts import COOKIE_SECONDS

PATIENCE = 10
"""Seconds that a text waits for the answers to earlier ones; Twilio's timeout is 15 seconds."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.1
"""Seconds between two checks whether a text is first in its queue."""
GRACE = 0.5
"""Seconds for which the text of an ended process keeps its place, for a second delivery."""
LEASE = timedelta(seconds=60)
"""The time after which an unfinished turn is considered hung."""


class PostgresMemory(Memory):
    """Stores conversations in a database, and continues those from cookies before it was set."""

    def __init__(
        self, database: Database, sessions: SessionCookie, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(sessions, clock)
        self.database = database
        self._turns = itertools.count()
        self._counts = Counts(database, self.now)

    def begin(
        self, key: ConversationKey, sid: str, cookies: str, lifetime: int
    ) -> "PostgresConversation":
        if is_parked(key.flow):
            from parley.memory.parked import ParkedConversation  # which imports this module

            return ParkedConversation(self, key, sid, cookies, lifetime)
        return PostgresConversation(self, key, sid, cookies, lifetime)

    def note_keyword(self, keyword: str, person: str, number: str, how: str = "fallback") -> None:
        values = {"person": stored(person), "number": stored(number), "how": how, "now": self.now()}
        statement = statements.OPT_OUT if keyword == STOP else statements.OPT_IN
        self.database.write_soon((statement, values))
        if keyword == STOP:
            self.database.write_soon((parking.END_ALL, values))

    def is_ready(self) -> bool:
        return self.database.is_ready()

    def counts(self) -> Mapping[tuple[str, str], int] | None:
        return self._counts()

    def has(self, key: ConversationKey) -> bool:
        values = {"person": stored(key.from_), "number": stored(key.to), "flow": stored(key.flow)}
        return self.database.fetch(statements.HAS, values) is not None

    def held_by(self, operator: str, number: str) -> list[str]:
        values = {"by": stored(operator), "number": stored(number), "now": self.now()}
        rows = self.database.run(
            lambda connection: connection.execute(statements.HELD_BY, values).fetchall()
        )
        return [original(person) for (person,) in rows]

    def states(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the states of the outbox, for the metrics. Raises MemoryUnavailable."""
        return outbox.states(self.database, self.now())

    def open(self) -> None:
        self.database.open()

    def close(self) -> None:
        self.database.close()

    def now(self) -> datetime:
        """Return the time of the engine's clock, not the database's."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def next_turn(self) -> int:
        """Return a number that is unique among the turns of all processes."""
        return self.database.number() << 32 | next(self._turns) & 0xFFFFFFFF


class PostgresConversation(Conversation):
    """A conversation of which this turn holds the lease."""

    def __init__(
        self, memory: PostgresMemory, key: ConversationKey, sid: str, cookies: str, lifetime: int
    ) -> None:
        self._memory, self._database = memory, memory.database
        self._turn = memory.next_turn()
        self._here = {
            "person": stored(key.from_),
            "number": stored(key.to),
            "flow": stored(key.flow),
            "sid": stored(sid),
            "turn": self._turn,
        }
        self.set_cookie = memory.sessions.removal if memory.sessions.carries(cookies) else None
        self._is_over = self._opted_out_by_cookie = self._takes_over = False
        try:
            row = self._wait()
            self.opted_out = row.opted_out
            self.session, self.state, self.seconds_left = session_of(row, memory.now())
            self._paused_until = row.paused_until
            if row.paused_until and row.paused_until > memory.now():
                self.held_by = original(row.handed_to or "")
                self.held_seconds = int((row.paused_until - memory.now()).total_seconds())
            self.started = started_in(row)
            self._next, self._ends = row.version + 1, row.expires_at
            if self.reply is not None:
                self.state, self._is_over = "repeated", True
            elif row.version == 0:
                self._take_from_cookie(key, sid, cookies, lifetime)
        except BaseException:
            self.leave()
            raise

    def _take_from_cookie(
        self, key: ConversationKey, sid: str, cookies: str, lifetime: int
    ) -> None:
        """Continue a conversation from before the database was enabled."""
        memory = CookieMemory(self._memory.sessions)
        before = memory.begin(key, sid, cookies, min(lifetime, COOKIE_SECONDS))
        self.session, self.state = before.session, before.state
        self.seconds_left = before.seconds_left
        self._opted_out_by_cookie = before.opted_out
        self.opted_out |= before.opted_out

    def take_over(self) -> None:
        self._takes_over = True
        self.state = "continued"

    def save(self, end: TurnEnd) -> bytes:
        session, later, keyword, now = end.session, end.later, end.keyword, self._memory.now()
        ends = now.replace(microsecond=0) + timedelta(
            seconds=needed_lifetime(later or (), end.lifetime, now)
        )
        is_parking = parking.parks(str(self._here["flow"]), later)
        values = {
            **self._here,
            "now": now,
            "session": encoded(parking.without_script(session) if is_parking else session),
            "expires_at": max(ends, self._ends) if later is None and self._ends else ends,
            "reply": end.reply,
            "waiting": "" if is_parking else stored(end.waiting),
            "how": "text",
        }
        writes: list[Statement] = [(statements.SAVE, values), *self._opts(values, keyword)]
        if self.started and (self._takes_over or keyword == STOP):
            writes.append((statements.END_STARTED, {**values, "version": self.started.version}))
        if is_parking:
            writes.append(parking.park(session, later, {**values, "waiting": stored(end.waiting)}))
        else:
            writes += self._timers(values, later)
        version = self._next if values["waiting"] else None
        writes += to_send(end.messages, {**values, "kind": self.kind, "version": version})
        is_written = self._database.write(*writes)
        reply = end.reply if is_written else self._reply_of_another()
        self._is_over = True
        return reply

    def _opts(self, values: Values, keyword: str | None) -> list[Statement]:
        """Return the statements for an opt-in or an opt-out."""
        if keyword == START:
            return [(statements.OPT_IN, values)] if self.opted_out else []
        opts_out = keyword == STOP or self._opted_out_by_cookie
        return [(each, values) for each in (statements.OPT_OUT, parking.END_ALL) if opts_out]

    def hold(self, by: str, seconds: int, reply: bytes = b"") -> bytes:
        now = self._memory.now()
        until = now + timedelta(seconds=seconds)
        values = {**self._here, "now": now, "until": until, "reply": reply}
        values["by"] = stored(by) if seconds else None
        shift = until - max(self._paused_until or now, now)
        later = {**values, "version": self._next, "shift": shift, "held_until": self._paused_until}
        if not self._database.write(
            (statements.HOLD, values),
            (timer_statements.HOLD, later),
            (outbox_statements.HOLD, later),
        ):
            reply = self._reply_of_another()
        self._is_over = True
        return reply

    def _timers(self, values: Values, later: FollowUps) -> list[Statement]:
        """Return the statements that write this turn's follow-ups, instead of earlier ones."""
        if later is None:
            kept = {**values, "version": self._next}
            return [(timer_statements.KEEP, kept), (outbox_statements.KEEP, kept)]
        return [timer(each, {**values, "version": self._next}) for each in later]

    def is_late(self, sid: str) -> bool:
        values = {**self._here, "version": self._next - 1, "call": stored(sid)}
        return self._database.fetch(timer_statements.IS_LATE, values) is not None

    def keep(self, sid: str, outcome: Outcome, due: datetime | None = None) -> None:
        data = with_result(stored(sid), outcome)
        values = {**self._here, "version": self._next - 1, "data": data}
        values["due"] = due or self._memory.now()
        self._database.write((timer_statements.KEEP_RESULT, values))

    def leave(self) -> None:
        if not self._is_over:
            self._drop(self._turn)

    def _wait(self) -> State:
        """Return the row once this text is first in the queue, or was answered.

        Raises ConversationBusy and MemoryUnavailable.
        """
        limit, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        gone, gone_since = 0, 0.0
        row = self._arrive()
        while row is None or row.head != self._turn:
            if time.monotonic() > limit:
                raise ConversationBusy
            found = self._look()
            if found is None:
                row = self._arrive()
                continue
            row, text = found
            self.reply = text.reply
            if self.reply is not None:
                break
            if text.is_own_gone:
                self._database.write((statements.TAKE_OVER, {**self._here, "gone": text.own}))
            elif text.is_head_gone or text.leased_at + LEASE < self._memory.now():
                if gone != row.head:
                    gone, gone_since = row.head, time.monotonic()
                elif gone_since + GRACE < time.monotonic():
                    self._drop(row.head)
            if row.head != self._turn:
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        return row

    def _arrive(self) -> State | None:
        """Join the queue; return None if the text is in it already, or was answered."""
        values = {**self._here, "now": self._memory.now()}
        row = self._database.fetch(statements.ARRIVE, values)
        return State(*row[:STATE]) if row else None

    def _look(self) -> tuple[State, Text] | None:
        """Return the row and the state of the text; None if it is not in the queue."""
        values = {**self._here, "now": self._memory.now()}
        found = self._database.fetch(statements.LOOK, values)
        if found is None:
            return None
        row, text = State(*found[:STATE]), Text(*found[STATE:])
        return (row, text) if (text.reply, text.own) != (None, None) else None

    def _reply_of_another(self) -> bytes:
        """Return the reply of the turn that replaced this one."""
        found = self._look()
        if found is None or found[1].reply is None:
            raise MemoryUnavailable("another process has taken over this conversation")
        return found[1].reply

    def _drop(self, turn: int) -> None:
        """Remove a turn from the queue: this one, or that of an ended process."""
        values = {**self._here, "turn": turn, "now": self._memory.now()}
        self._database.write_soon((statements.LEAVE, values), LEASE.total_seconds())
