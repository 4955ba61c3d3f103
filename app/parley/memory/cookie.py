"""Conversations in the cookie that Twilio stores for a pair of numbers, for at most four hours."""

from parley.conversation import FlowError, Session
from parley.conversation.opt_out import HELP, STOP
from parley.memory import Conversation, Memory, TurnEnd
from parley.sessions import ConversationKey, SessionCookie

_MARK = "parley opted out"
OPTED_OUT = Session({_MARK: True})
"""The session after STOP, until a text other than HELP: a YES then means START."""


class CookieMemory(Memory):
    """Stores each conversation in its own cookie, and nothing in the server."""

    def begin(
        self,
        key: ConversationKey,
        sid: str,  # noqa: ARG002  # a cookie does not record which texts were answered
        cookies: str,
        lifetime: int,
    ) -> "CookieConversation":
        return CookieConversation(self.sessions, key, cookies, lifetime)


class CookieConversation(Conversation):
    """A conversation whose session is in the request's cookie, and in the response's."""

    def __init__(
        self, sessions: SessionCookie, key: ConversationKey, cookies: str, lifetime: int
    ) -> None:
        self._sessions, self._key = sessions, key
        found, self.state, self.seconds_left = sessions.find(cookies, key, lifetime)
        self.opted_out = _MARK in found
        self.session = found.forget(_MARK) if self.opted_out else found

    def save(self, end: TurnEnd) -> bytes:
        if end.later or end.messages:
            raise FlowError("reminders, waits and late calls need a database. Set DATABASE_URL")
        session = end.session
        if end.keyword == STOP or (end.keyword == HELP and self.opted_out):
            session = session.remember(**OPTED_OUT)
        carried = self.state != "new"
        self.set_cookie = self._sessions.next(session, self._key, end.lifetime, carried=carried)
        return end.reply
