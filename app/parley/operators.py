"""Operators: people who answer instead of a flow, by text.

An operator's text is sent to the person whose number is at its beginning; that person's script
pauses until the operator gives the conversation back, or until there was no text for some hours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from parley.conversation import Message, Outgoing, Reply, Session
from parley.conversation.masking import is_number
from parley.conversation.opt_out import START, STOP
from parley.memory import Conversation, Memory
from parley.sessions import ConversationKey
from parley.twilio.facts import PHONE_NUMBER

HINT = (
    "Begin with the number of a person who texted here: +15551230000 Hello. "
    "Text BACK and the number to continue the script, or TAKE and the number to pause it."
)
UNKNOWN = "{0} has not texted here."
OPTED_OUT = "{0} has opted out of texts from this number."
SENT, TAKEN, BACK = "Sent to {0}.", "You answer {0} now.", "The script answers {0} again."
AN_OPERATOR = "{0} is an operator."

_TO = re.compile(rf"\s*({PHONE_NUMBER})(?![0-9])[\s:,]*(.*)", re.DOTALL)
_COMMAND = re.compile(rf"\s*(take|back)(?:\s+({PHONE_NUMBER}))?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Operators:
    """The `numbers` of operators; a script continues after `seconds` without a text."""

    memory: Memory = field(repr=False)
    numbers: frozenset[str] = field(default=frozenset(), repr=False)
    seconds: int = 4 * 3_600

    def answer(self, message: Message, conversation: Conversation, word: str | None) -> bool:
        """Return whether an operator answers this text, or has sent it.

        `word` is STOP, START or HELP; a STOP always ends the conversation.
        """
        return word != STOP and (self.has_sent(message) or conversation.held_by is not None)

    def has_sent(self, message: Message) -> bool:
        return message.from_ in self.numbers

    def reply(
        self, message: Message, key: ConversationKey, conversation: Conversation, word: str | None
    ) -> Reply:
        """Return the reply to a text that no flow answers. Raises a Refusal."""
        if word == START:
            self.memory.note_keyword(START, message.from_, message.to, "text")
        if self.has_sent(message):
            return self.obey(message, key, conversation.session)
        return forwarded(message, conversation.held_by or "", conversation.session)

    def hold(self, conversation: Conversation, content: bytes) -> bytes:
        """End the turn of a text that was forwarded, and restart the pause."""
        seconds = max(self.seconds, conversation.held_seconds)
        return conversation.hold(conversation.held_by or "", seconds, content)

    def obey(self, message: Message, key: ConversationKey, session: Session) -> Reply:
        """Run an operator's command; `key` and `session` are the operator's own."""
        if command := _COMMAND.fullmatch(message.body):
            word, to, body = command[1].lower(), command[2] or "", ""
        elif found := _TO.fullmatch(message.body):
            word, to, body = "", found[1], found[2]
        else:
            word, to, body = "", "", message.body
        if not (word or body.strip() or message.media):
            return Reply(HINT, session=session)
        if not to:
            held = self.memory.held_by(message.from_, message.to)
            if word == "take" or len(held) != 1:
                return Reply(_choose(held), session=session)
            to = held[0].rpartition(":")[2]
        person, seconds = _on_channel(to, message.to), 0 if word == "back" else self.seconds
        if refusal := self._hold(person, message, key, seconds):
            return Reply(refusal, session=session)
        if word:
            return Reply((BACK if word == "back" else TAKEN).format(to), session=session)
        media = tuple(each.url for each in message.media)
        return Reply(Outgoing(body, person, media), SENT.format(to), session=session)

    def _hold(self, person: str, message: Message, key: ConversationKey, seconds: int) -> str:
        """Pause or resume a person's script; return the reason if that fails, or an empty text."""
        number, theirs = person.rpartition(":")[2], ConversationKey(key.flow, person, key.to)
        if person in self.numbers or person == message.from_:
            return AN_OPERATOR.format(number)
        if not self.memory.has(theirs):
            return UNKNOWN.format(number)
        with self.memory.begin(theirs, f"operator-{message.sid}", "", 1) as conversation:
            if conversation.reply is None:  # otherwise this text was delivered before
                if conversation.opted_out:
                    return OPTED_OUT.format(number)
                conversation.hold(message.from_, seconds)
        return ""


def forwarded(message: Message, operator: str, session: Session) -> Reply:
    """Return a person's text for the operator; none if the operator is a name, not a number."""
    if not is_number(operator.rpartition(":")[2]):
        return Reply(session=session)
    media = tuple(each.url for each in message.media)
    channel = operator.rpartition(":")[0]
    other = channel != message.to.rpartition(":")[0]
    sender = _on_channel(message.to.rpartition(":")[2], operator) if other else None
    body = f"{message.from_.rpartition(':')[2]}: {message.body}"
    return Reply(Outgoing(body, operator, media, from_=sender), session=session)


def _on_channel(number: str, like: str) -> str:
    """Return a number on the channel of another address: `whatsapp:+15551230001`."""
    channel, colon, _ = like.rpartition(":")
    return f"{channel}{colon}{number}"


def _choose(held: Iterable[str]) -> str:
    """Return the hint, and the people whom the operator answers now."""
    people = ", ".join(each.rpartition(":")[2] for each in held)
    return f"{HINT} You answer {people}." if people else HINT
