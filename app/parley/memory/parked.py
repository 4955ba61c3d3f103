"""How a parked script continues: it ends, it is parked again, or it asks a question.

A question is sent like the first question of a script that the server begins. The row with the
flow '' then waits for the answer, and the person's next text takes it over. A person has one such
row for each number.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from parley.conversation import Outgoing, Session
from parley.conversation.follow_ups import LATE, WAIT, needed_lifetime
from parley.conversation.script_resumption import NothingToResume, Outcome
from parley.memory import TurnEnd, parking
from parley.memory.addresses import original
from parley.memory.database import Connection
from parley.memory.outgoing import addressed, to_send
from parley.memory.postgres import PostgresConversation, PostgresMemory
from parley.memory.starts import NotBegun, Start, write_start
from parley.refusals import ConversationBusy, MemoryUnavailable
from parley.routing.router import running
from parley.sessions import ConversationKey


class ParkedConversation(PostgresConversation):
    """The turn of a parked script, which continues without a text."""

    _next = 0

    def __init__(
        self, memory: PostgresMemory, key: ConversationKey, sid: str, cookies: str, lifetime: int
    ) -> None:
        super().__init__(memory, key, sid, cookies, lifetime)
        try:
            self._look_at_others(memory.now())
        except BaseException:
            self.leave()
            raise

    def _look_at_others(self, now: datetime) -> None:
        values = {**self._here, "now": now}
        rows = self._database.run(
            lambda connection: connection.execute(parking.OTHERS, values).fetchall()
        )
        self.others = {flow: Session(json.loads(session)) for flow, session, _, _ in rows}
        for _, _, paused_until, handed_to in rows:
            if paused_until and paused_until > now:
                self.held_by = original(handed_to or "")

    def postpone(self, sid: str, outcome: Outcome) -> None:
        due = self._memory.now() + parking.BUSY
        if outcome is None:
            values = {**self._here, "version": self._next - 1, "due": due}
            self._database.write((parking.POSTPONE, values))
        else:
            self.keep(sid, outcome, due)

    def drop(self) -> None:
        self._database.write((parking.END, self._here))
        self._is_over = True

    def _reply_of_another(self) -> bytes:
        try:
            return super()._reply_of_another()
        except MemoryUnavailable:
            raise NothingToResume from None

    def leave(self) -> None:
        if not self._is_over and self._next == 1:
            self.drop()  # the row is new: the script was deleted before this turn
        super().leave()

    def save(self, end: TurnEnd) -> bytes:
        """End the turn. Raises NothingToResume if the script was deleted during it."""
        if end.waiting and any(each.kind in (WAIT, LATE) for each in end.later or ()):
            return super().save(end)
        start = self._start(end) if end.waiting else None
        try:
            is_written = self._database.run(lambda each: self._move(each, start, end.messages))
        except NotBegun:
            raise ConversationBusy from None
        self._is_over = True
        if not is_written:
            raise NothingToResume
        return end.reply

    def _start(self, end: TurnEnd) -> Start:
        """Return the script's question like that of a script that the server begins."""
        person, number = (original(str(self._here[name])) for name in ("person", "number"))
        now, (flow, own) = self._memory.now(), running(end.session)
        later = end.later or ()
        return Start(
            person=person,
            number=number,
            flow=flow,
            session=own,
            lifetime=needed_lifetime(later, end.lifetime, now),
            follow_ups=later,
            messages=addressed(end.messages, person, number),
            due=now,
        )

    def _move(
        self, connection: Connection, start: Start | None, messages: Sequence[Outgoing]
    ) -> bool:
        """Delete the row, and write its messages; return whether the row still existed."""
        now = self._memory.now()
        with connection.transaction():
            if connection.execute(parking.END, self._here).rowcount == 0:
                return False
            if start:
                write_start(connection, start, now, is_new=False)
                return True
            # They have no version: they are sent in any case. A claim locks the row of the person.
            flow = parking.home(str(self._here["flow"]))
            values = {**self._here, "flow": flow, "kind": self.kind, "now": now, "version": None}
            for each in to_send(messages, values):
                connection.execute(*each)
        return True
