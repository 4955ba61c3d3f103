"""Migration from the database to cookies: each conversation moves with its next text."""

from collections.abc import Mapping
from contextlib import suppress

from parley.conversation import Session
from parley.memory import Conversation, Memory, TurnEnd
from parley.memory.cookie import CookieMemory
from parley.sessions import ConversationKey, SessionTooLarge
from parley.twilio.facts import COOKIE_SECONDS


class LeavingMemory(Memory):
    """Continues the conversations of a database, and stores them in cookies if possible.

    A conversation that is too large for a cookie, lasts longer than four hours, or has timers stays
    in the database.
    """

    def __init__(self, database: Memory) -> None:
        super().__init__(database.sessions, database.clock)
        self._database = database

    @property
    def lasting(self) -> Memory:
        return self._database

    def begin(
        self, key: ConversationKey, sid: str, cookies: str, lifetime: int
    ) -> "LeavingConversation":
        kept = self._database.begin(key, sid, cookies, lifetime)
        before = CookieMemory(self.sessions).begin(key, sid, cookies, min(lifetime, COOKIE_SECONDS))
        return LeavingConversation(kept, before)

    def note_keyword(self, keyword: str, person: str, number: str, how: str = "fallback") -> None:
        self._database.note_keyword(keyword, person, number, how)

    def is_ready(self) -> bool:
        return self._database.is_ready()

    def counts(self) -> Mapping[tuple[str, str], int] | None:
        return self._database.counts()

    def has(self, key: ConversationKey) -> bool:
        return self._database.has(key)

    def held_by(self, operator: str, number: str) -> list[str]:
        return self._database.held_by(operator, number)

    def open(self) -> None:
        self._database.open()

    def close(self) -> None:
        self._database.close()


class LeavingConversation(Conversation):
    """A conversation in both memories; a valid cookie takes precedence."""

    def __init__(self, kept: Conversation, before: Conversation) -> None:
        self._kept, self._before = kept, before
        self.reply, self.started = kept.reply, kept.started
        self.opted_out = kept.opted_out or before.opted_out
        self.held_by, self.held_seconds = kept.held_by, kept.held_seconds
        newest = before if before.state == "continued" and kept.reply is None else kept
        self.session, self.state = newest.session, newest.state

    def take_over(self) -> None:
        self._kept.take_over()
        self.state = self._kept.state

    def save(self, end: TurnEnd) -> bytes:
        self.set_cookie = self._kept.set_cookie
        if end.lifetime <= COOKIE_SECONDS and not end.messages and end.later == ():
            with suppress(SessionTooLarge):
                self._before.save(end)
                self.set_cookie = self._before.set_cookie
                end = end._replace(session=Session(), waiting="")
        return self._kept.save(end)

    def hold(self, by: str, seconds: int, reply: bytes = b"") -> bytes:
        self.set_cookie = self._kept.set_cookie
        return self._kept.hold(by, seconds, reply)

    def leave(self) -> None:
        self._kept.leave()
